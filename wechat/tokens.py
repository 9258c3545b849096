"""Who fetches the access token? One caller in all processes; everybody else waits for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from app.channels.accounts import Account
from app.channels.tokens import TokenStore

WAIT_SECONDS = 8.0
LOOK_EVERY_SECONDS = 0.1
KEPT_SECONDS = (
    5.0  # a renewed one is in use elsewhere while the old one still works: both do, 5 minutes
)

Fetch = Callable[[Account, bool], Awaitable[tuple[str, int]]]


class TokenUnavailable(Exception):
    """No token to be had now: the platform refuses, or was forced less than 30 seconds ago.

    `errcode` is the platform's, where it gave one.
    """

    def __init__(self, errcode: int = 0, errmsg: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg


class Tokens:
    """Read-through over the shared row; compare-and-refresh on failure.

    `fetch(account, forced)` asks the platform's stable_token and is given from
    outside, so that this file knows no HTTP. It runs with no transaction open.
    """

    def __init__(self, store: TokenStore, fetch: Fetch) -> None:
        self._store = store
        self._fetch = fetch
        self._kept: dict[str, tuple[float, str]] = {}

    async def current(self, account: Account) -> str:
        """A token with at least five minutes left; looked up again every few seconds."""
        kept = self._kept.get(account.appid)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        if kept is not None:  # the others go on with it while one looks
            self._kept[account.appid] = (time.monotonic() + KEPT_SECONDS, kept[1])
        stored = await self._store.read(account.appid)
        if stored is not None and stored.fresh:
            token = stored.token
        else:
            token = await self._refresh(account, failed=None)
        self._kept[account.appid] = (time.monotonic() + KEPT_SECONDS, token)
        return token

    async def replace(self, account: Account, failed: str) -> str:
        """Another token than the one that just failed: what others fetched meanwhile, or a new one."""
        self._kept.pop(account.appid, None)
        stored = await self._store.read(account.appid)
        if stored is not None and stored.token != failed and stored.fresh:
            return stored.token
        if stored is not None and stored.forced_lately:
            raise TokenUnavailable
        return await self._refresh(account, failed)

    async def _refresh(self, account: Account, failed: str | None) -> str:
        for _ in range(int(WAIT_SECONDS / LOOK_EVERY_SECONDS)):
            if await self._store.claim_refresh(account.appid):
                return await self._fetch_as_winner(account, failed)
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            stored = await self._store.read(account.appid)
            if stored is not None and stored.fresh and stored.token != failed:
                return stored.token
            if failed is not None and stored is not None and stored.forced_lately:
                raise TokenUnavailable
        raise TokenUnavailable

    async def _fetch_as_winner(self, account: Account, failed: str | None) -> str:
        stored: Any = await self._store.read(account.appid)
        if stored is not None and stored.fresh and stored.token != failed:
            await self._store.give_up(account.appid)
            return str(stored.token)
        if failed is not None and stored is not None and stored.forced_lately:
            # Whoever held the lease before us has just forced, in vain.
            await self._store.give_up(account.appid)
            raise TokenUnavailable
        try:
            # Normal mode first: when another program renewed the token, it is simply the new one.
            token, life = await self._fetch(account, False)
            if token == failed:
                token, life = await self._force(account, token, life)
        except BaseException:
            await self._store.give_up(account.appid)
            raise
        await self._store.store(account.appid, token, life, forced=failed is not None)
        return token

    async def _force(self, account: Account, token: str, life: int) -> tuple[str, int]:
        """A forced token; a refusal is noted too, so that it is not asked for again at once."""
        try:
            return await self._fetch(account, True)
        except TokenUnavailable:
            await self._store.store(account.appid, token, life, forced=True)
            raise
