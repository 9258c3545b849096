"""Which account is meant, without asking the database at every push?"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from app.channels import accounts
from app.channels.accounts import Account
from app.kit.db import OUTAGES, Engine
from app.kit.sealing import Sealer

SECONDS_KEPT = 30.0  # after a key was changed, the old one is used for at most this long
PATIENCE_SECONDS = 1.0  # of the budget of a push, for reading again what is known
_NAME = re.compile(r"[a-z][a-z0-9-]{1,38}")


class AccountBook:
    """The accounts of the installation, each kept for half a minute; absence is not kept.

    While the database is away the last known account goes on serving: without its
    token nobody could be told, in a signed answer, that we are busy.
    """

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer
        self._kept: dict[tuple[object, ...], tuple[float, Account]] = {}

    async def by_name(self, name: str) -> Account | None:
        """The account behind an address; what cannot be a name is not looked up."""
        if not _NAME.fullmatch(name):
            return None
        return await self._get(
            ("name", name), lambda: accounts.find_account(self._engine, self._sealer, name)
        )

    def kept(self, name: str) -> Account | None:
        """The account, when it need not be read now."""
        found = self._kept.get(("name", name))
        return found[1] if found and time.monotonic() - found[0] < SECONDS_KEPT else None

    async def of_district(self, district_id: UUID, kind: str) -> Account | None:
        return await self._get(
            ("district", district_id, kind),
            lambda: accounts.account_of_district(self._engine, self._sealer, district_id, kind),
        )

    async def _get(
        self, key: tuple[object, ...], find: Callable[[], Awaitable[Account | None]]
    ) -> Account | None:
        kept = self._kept.get(key)
        if kept and time.monotonic() - kept[0] < SECONDS_KEPT:
            return kept[1]
        if kept:  # the others go on with it while one looks, who does not look for long
            self._kept[key] = (time.monotonic(), kept[1])
        try:
            async with asyncio.timeout(PATIENCE_SECONDS if kept else None):
                found = await find()
        except OUTAGES:
            if kept is None:
                raise
            return kept[1]
        if found is not None:
            self._kept[key] = (time.monotonic(), found)
        return found
