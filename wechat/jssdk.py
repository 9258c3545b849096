"""May a page of ours use the phone's scanner? The signature that WeChat's script asks for.

Only for addresses of our own host: signed for others, a copy of our pages could act in our name.
The ticket is one row an account, fetched by one process at a time, like the access token.
"""

import hashlib
import secrets
import time
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from app.channels.accounts import Account
from app.channels.kinds import SERVICE_ACCOUNT
from app.channels.tokens import TokenStore
from app.kit.errors import DomainError, Kind, NotFound, Unavailable
from wechat.gateway import Gateway, NoAnswer, PlatformDown, on_platform
from wechat.tokens import Tokens, TokenUnavailable

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
PLATFORM_SCRIPT = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js"
SIMULATED_SCRIPT = "/sim/static/jweixin.js"
TICKET = "#jsapi"  # behind the appid, in the table of tokens


class ForeignPage(DomainError):
    kind, code = Kind.FORBIDDEN, "wechat.foreign_page"
    sentence = "只能为本平台自己的网页签名。"


def script_of(api_base: str) -> str:
    """The address of the script that gives a page the phone; the simulator brings its own."""
    return PLATFORM_SCRIPT if on_platform(api_base) else f"{api_base}{SIMULATED_SCRIPT}"


class Tickets:
    """The jsapi_ticket of an account, with at least five minutes left."""

    def __init__(self, gateway: Gateway, store: TokenStore) -> None:
        self._gateway = gateway
        self._tokens = Tokens(store, self._fetch)

    async def current(self, account: Account) -> str:
        return await self._tokens.current(replace(account, appid=account.appid + TICKET))

    async def _fetch(self, account: Account, forced: bool) -> tuple[str, int]:  # noqa: ARG002 - a ticket cannot be forced
        real = replace(account, appid=account.appid.removesuffix(TICKET))
        try:
            answer = await self._gateway.get(real, "/cgi-bin/ticket/getticket", type="jsapi")
        except (NoAnswer, PlatformDown) as exc:
            raise TokenUnavailable from exc
        ticket, life = answer.data.get("ticket"), answer.data.get("expires_in")
        if answer.errcode or not isinstance(ticket, str) or not isinstance(life, int):
            log.error("wechat_ticket_not_given", errcode=answer.errcode, account=real.name)
            raise TokenUnavailable(answer.errcode, answer.errmsg)
        return ticket, life


def signed(ticket: str, nonce: str, stamp: int, url: str) -> str:
    """SHA-1 over the four in this order; the address exactly as the page sees it, without `#…`."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={stamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@router.get("/wechat/js-sdk")
async def sign(
    request: Request,
    url: Annotated[str, Query(max_length=1000)],
    account: Annotated[str, Query(max_length=40)],
) -> JSONResponse:
    """What `wx.config` wants for this page, which must be ours."""
    page, own = urlsplit(url), urlsplit(request.app.state.settings.base_url)
    if (page.scheme, page.netloc) != (own.scheme, own.netloc):
        raise ForeignPage
    edge = request.app.state.wechat
    found = await edge.book.by_name(account)
    if found is None or found.kind != SERVICE_ACCOUNT:
        raise NotFound
    try:
        ticket = await edge.tickets.current(found)
    except TokenUnavailable as exc:
        raise Unavailable from exc
    nonce, stamp = secrets.token_hex(8), int(time.time())
    body = {
        "appId": found.appid,
        "timestamp": stamp,
        "nonceStr": nonce,
        "signature": signed(ticket, nonce, stamp, url.partition("#")[0]),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
