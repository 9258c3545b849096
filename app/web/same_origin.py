"""Does a change really come from one of our own pages (CSRF)?

Browsers say so themselves (`Sec-Fetch-Site`, `Origin`). Old in-app browsers that say
neither must send the form's token. A call with a bearer token uses no cookie, so no
foreign page can make it.
"""

import hmac
from urllib.parse import parse_qs, urlsplit

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import cookies
from app.kit.errors import DomainError, Kind
from app.kit.problems import of_error
from app.web.refusals import as_page
from app.web.rendering import form_token, is_page

SAFE = {"GET", "HEAD", "OPTIONS"}
LARGEST_FORM = 256 * 1024


class FromElsewhere(DomainError):
    kind, code = Kind.FORBIDDEN, "web.from_elsewhere"
    sentence = "这个请求不是从本系统的页面提交的，已拒绝。请刷新页面后重新操作。"


class SameOrigin:
    """Refuses unsafe requests with our cookie, and all unsafe requests to pages, from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE or _is_plain(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        verdict = _said_by_browser(request) if _guarded(request) else True
        if verdict is None:
            body = await _read(receive)
            verdict = _has_token(request, body)
            receive = _again(body, receive)
        if verdict:
            await self._app(scope, receive, send)
        else:
            await _refusal(request)(scope, receive, send)


def _is_plain(scope: Scope) -> bool:
    """A call with no cookie at all, and to no page: most are, so nothing more is looked at."""
    return not is_page(scope["path"]) and all(key != b"cookie" for key, _ in scope["headers"])


def _guarded(request: Request) -> bool:
    if request.headers.get("authorization"):
        return False
    return is_page(request.url.path) or cookies.read_cookie(request, cookies.LOGIN) is not None


def _said_by_browser(request: Request) -> bool | None:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return None


async def _read(receive: Receive) -> bytes:
    chunks, size, more = [], 0, True
    while more and size <= LARGEST_FORM:
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(chunks)


def _has_token(request: Request, body: bytes) -> bool:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return False
    if len(body) > LARGEST_FORM:
        return False
    given = parse_qs(body.decode("utf-8", "replace")).get("form_token", [""])[0]
    return hmac.compare_digest(given.encode(), form_token(request).encode())


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the application the body that was read here, then whatever follows."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _refusal(request: Request) -> Response:
    plain = of_error(FromElsewhere())
    return as_page(request, plain) if is_page(request.url.path) else plain
