"""How do we call the platform? One client, bounded in connections, time and retries."""

import asyncio
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import aiohttp
import certifi
import structlog
from yarl import URL

from app.channels.accounts import Account
from app.channels.service.health import Pulse
from app.channels.tokens import TokenStore
from wechat.pace import Pace
from wechat.policy import rid_of
from wechat.tokens import Tokens, TokenUnavailable

log = structlog.get_logger()

PLATFORM_API = "api.weixin.qq.com"
STABLE_TOKEN = "/cgi-bin/stable_token"  # noqa: S105 - an address
CONNECTIONS = 20  # as many as the sender has calls under way
CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
NO_MENU = 46003  # an answer to "which menu is there?", no refusal
MOST_URLS = 64
FOREVER = float("inf")
HURRIED_CONNECT = 0.8  # seconds to connect in, for a call that must begin soon or not at all
TOKEN_ERRORS = frozenset({40001, 40014, 41001, 42001})
BREAKER_FAILURES = 8
BREAKER_SECONDS = 5.0
File = tuple[str, bytes, str]  # name, content, media type


def on_platform(api_base: str) -> bool:
    """The real platform, and not its simulator or a test's double."""
    return urlsplit(api_base).netloc == PLATFORM_API


class NoAnswer(Exception):
    """Time-out, reset, 5xx or not JSON: nobody knows whether the call took effect."""


class PlatformDown(Exception):
    """The breaker is open: we did not even try."""


@dataclass(frozen=True)
class Answer:
    """What the platform said; `errcode` 0 is success."""

    errcode: int
    errmsg: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One call as it goes on the wire; a file is sent as a form."""

    method: str
    url: URL
    content: bytes | None = None
    file: File | None = None

    def data(self) -> bytes | aiohttp.FormData | None:
        if self.file is None:
            return self.content
        name, content, kind = self.file
        form = aiohttp.FormData()
        form.add_field("media", content, filename=name, content_type=kind)
        return form

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.content is None else {"Content-Type": "application/json"}


class Wire:
    """At most twenty connections. The library was chosen for its price: a third of httpx's (measured)."""

    def __init__(self, api_base: str) -> None:
        # The roots take 75 ms to load: once for all, and not for the simulator.
        secure = api_base.startswith("https:")
        self._trust = ssl.create_default_context(cafile=certifi.where()) if secure else True
        self._session: aiohttp.ClientSession | None = None
        self._turns = asyncio.Semaphore(CONNECTIONS)

    def _open(self) -> aiohttp.ClientSession:
        """Made by the first call, because the library wants a running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, ssl=self._trust),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def exchange(self, request: Request, latest: float) -> tuple[int, bytes]:
        """The answer's status and whole body; not begun when its turn comes after `latest`."""
        async with self._turns:
            if time.monotonic() > latest:
                raise PlatformDown
            connect = CONNECT_SECONDS if latest == FOREVER else HURRIED_CONNECT
            limits = aiohttp.ClientTimeout(sock_connect=connect, sock_read=READ_SECONDS)
            async with self._open().request(
                request.method,
                request.url,
                data=request.data(),
                headers=request.headers,
                timeout=limits,
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class Gateway:
    """All calls to the platform. Never called with a database transaction open."""

    def __init__(self, api_base: str, store: TokenStore) -> None:
        self._wire = Wire(api_base)
        self._urls: dict[str, URL] = {}
        self._base = api_base.rstrip("/")
        self.tokens = Tokens(store, self._stable_token)
        self._failures = 0
        self._open_until = 0.0
        self._pace = Pace()
        self.pulses: dict[tuple[UUID, str], Pulse] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.close()

    async def post(
        self, account: Account, path: str, body: dict[str, Any], *, begin_within: float = FOREVER
    ) -> Answer:
        """Call with the account's token. A bad token is replaced and the call repeated once.

        What is not on the wire `begin_within` so many seconds (a slow token, no free connection) is
        not sent (`PlatformDown`): whoever asked looks first whether it is still wanted.
        """
        latest = time.monotonic() + begin_within
        return await self._with_token(account, "POST", path, body, latest=latest)

    async def upload(self, account: Account, path: str, name: str, content: bytes) -> Answer:
        """A picture for the platform's library; with a new token the same bytes go again."""
        file = (name, content, "image/jpeg")
        return await self._with_token(account, "POST", path, None, file, FOREVER, type="image")

    async def get(self, account: Account, path: str, **query: str) -> Answer:
        """A read, with the same care for the token."""
        return await self._with_token(account, "GET", path, None, None, FOREVER, **query)

    async def _with_token(
        self,
        account: Account,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        file: File | None = None,
        latest: float = FOREVER,
        **query: str,
    ) -> Answer:
        token = await self.tokens.current(account)
        await self._pace.turn(account.appid, path)
        query["access_token"] = token
        answer = await self._send(method, path, query, body, file, latest)
        if answer.errcode in TOKEN_ERRORS:
            query["access_token"] = token = await self.tokens.replace(account, token)
            answer = await self._send(method, path, query, body, file, latest)
            if answer.errcode in TOKEN_ERRORS:
                log.error("wechat_token_refused", errcode=answer.errcode, account=account.name)
                self._refused(account, path, answer)
                raise TokenUnavailable(answer.errcode, answer.errmsg)
        self._refused(account, path, answer)
        return answer

    async def code_to_session(self, account: Account, code: str) -> Answer:
        """Exchange a mini-program login code: no token needed, the secret is in the query."""
        query = {
            "appid": account.appid,
            "secret": account.secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        return await self._send("GET", "/sns/jscode2session", query, None)

    async def web_code_to_openid(self, account: Account, code: str) -> Answer:
        """Exchange a web authorization code of the service account."""
        query = {
            "appid": account.appid,
            "secret": account.secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        return await self._send("GET", "/sns/oauth2/access_token", query, None)

    async def _stable_token(self, account: Account, forced: bool) -> tuple[str, int]:
        body = {
            "grant_type": "client_credential",
            "appid": account.appid,
            "secret": account.secret,
            "force_refresh": forced,
        }
        try:
            answer = await self._send("POST", STABLE_TOKEN, {}, body)
        except NoAnswer as exc:
            # Without a token nothing was sent: the caller's message has no unknown outcome.
            raise TokenUnavailable from exc
        token, life = answer.data.get("access_token"), answer.data.get("expires_in")
        if answer.errcode or not isinstance(token, str) or not isinstance(life, int):
            log.error("wechat_token_not_given", errcode=answer.errcode, account=account.name)
            self._refused(account, STABLE_TOKEN, answer)
            raise TokenUnavailable(answer.errcode, answer.errmsg)
        return token, life

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: dict[str, Any] | None,
        file: File | None = None,
        latest: float = FOREVER,
    ) -> Answer:
        if time.monotonic() < self._open_until:
            raise PlatformDown
        request = self._request(method, path, query, body, file)
        try:
            status, content = await self._wire.exchange(request, latest)
            data = json.loads(content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            self._failed()
            raise PlatformDown from exc
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as exc:
            self._failed()
            raise NoAnswer from exc
        if status >= 500 or not isinstance(data, dict):
            self._failed()
            raise NoAnswer
        self._failures = 0
        errcode = data.get("errcode", 0)
        return Answer(
            errcode if isinstance(errcode, int) else -1, str(data.get("errmsg", ""))[:300], data
        )

    def _url(self, target: str) -> URL:
        """Taken apart once an address: with its long token that cost as much as a statement."""
        found = self._urls.get(target)
        if found is None:
            if len(self._urls) >= MOST_URLS:
                self._urls.clear()
            found = self._urls[target] = URL(self._base + target, encoded=True)
        return found

    def _request(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: dict[str, Any] | None,
        file: File | None,
    ) -> Request:
        """The platform wants Chinese as it is, not as \\u escapes."""
        url = self._url(f"{path}?{urlencode(query)}" if query else path)
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return Request(method, url, content, file)

    def _refused(self, account: Account, path: str, answer: Answer) -> None:
        """Keep the account's last call, and its last refusal, until somebody writes them down."""
        key = (account.district_id, account.appid)
        before = self.pulses.get(key)
        if answer.errcode not in (0, NO_MENU):
            refusal = (answer.errcode, path, rid_of(answer.errmsg))
            self.pulses[key] = Pulse(account.district_id, account.appid, *refusal)
        elif before is None:
            self.pulses[key] = Pulse(account.district_id, account.appid)

    def take_pulses(self) -> list[Pulse]:
        """The calls since the last time this was asked."""
        taken, self.pulses = list(self.pulses.values()), {}
        return taken

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= BREAKER_FAILURES:
            self._open_until = time.monotonic() + BREAKER_SECONDS
            self._failures = 0
            log.error("wechat_breaker_open", seconds=BREAKER_SECONDS)
