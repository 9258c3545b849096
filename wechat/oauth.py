"""How does a page inside WeChat learn whose phone it is? The web authorization of the service account.

The platform sends the browser back with a code that works once; we trade it for the
openid. `state` ties the way back to the browser that set out.
"""

import hmac
import json
from typing import Annotated
from urllib.parse import quote, urlencode

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from app.channels.accounts import Account
from app.channels.kinds import SERVICE_ACCOUNT
from app.kit import cookies
from app.kit.errors import DomainError, Kind, Unavailable
from app.kit.ids import new_token
from app.orgs.queries import all_district_ids
from app.people.service.login import FAMILY_SESSION_DAYS
from app.people.service.web_login import log_in_from_service_account
from wechat.gateway import Gateway, NoAnswer, PlatformDown, on_platform
from wechat.login import BAD_CODE

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)

PLATFORM_PAGES = "https://open.weixin.qq.com"
STATE, STATE_SECONDS, PHONE_SECONDS = "oauth", 600, 900
Word = Annotated[str, Query(max_length=800)]


class NoServiceAccount(DomainError):
    kind, code = Kind.NOT_FOUND, "wechat.no_service_account"
    sentence = "这个学区还没有接入微信服务号，请联系学校。"


class LostWay(DomainError):
    """The way back from the platform does not belong to this browser, or took too long."""

    kind, code = Kind.INVALID, "wechat.lost_way"
    sentence = "微信登录已过期，请回到服务号菜单重新进入。"


class SnapshotVisitor(DomainError):
    """WeChat's preview mode shows an invented person."""

    kind, code = Kind.FORBIDDEN, "wechat.snapshot_visitor"
    sentence = "您正在预览。请点右下角“使用完整服务”，再重新进入。"


@router.get("/m/login")
async def set_out(request: Request, next: Word = "", account: Word = "") -> Response:  # noqa: A002
    """Send the browser to the platform, which knows the phone; nobody types anything."""
    found = await _account(request, account)
    state = new_token()
    settings = request.app.state.settings
    query = {
        "appid": found.appid,
        "redirect_uri": f"{settings.base_url}/m/oauth",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    target = f"{_pages(settings.wechat_api_base)}/connect/oauth2/authorize?{urlencode(query)}"
    response = RedirectResponse(f"{target}#wechat_redirect", 302)
    kept = {"state": state, "next": next, "account": found.name}
    sealed = request.app.state.sealer.seal(json.dumps(kept))
    cookies.put_cookie(request, response, STATE, sealed, STATE_SECONDS)
    return response


@router.get("/m/oauth")
async def come_back(request: Request, code: Word = "", state: Word = "") -> Response:
    """Trade the code for the openid and open a family session, or show how to bind a child."""
    kept = _kept(request)
    if not code or not hmac.compare_digest(kept["state"].encode(), state.encode()):
        raise LostWay
    account = await _account(request, kept["account"])
    openid = await _openid(request, account, code)
    opened = await log_in_from_service_account(
        request.app.state.engine, account.district_id, account.appid, openid
    )
    target = (
        f"/m/welcome?next={quote(kept['next'], safe='')}" if opened else _bind_page(kept["next"])
    )
    response = RedirectResponse(target, 303)
    phone = {"district": str(account.district_id), "issuer": account.appid, "openid": openid}
    sealed = request.app.state.sealer.seal(json.dumps(phone))
    cookies.put_cookie(request, response, cookies.PHONE, sealed, PHONE_SECONDS)
    cookies.drop_cookie(request, response, STATE)
    if opened:
        life = FAMILY_SESSION_DAYS * 86_400
        cookies.put_cookie(request, response, cookies.LOGIN, opened.token, life)
    else:
        cookies.drop_cookie(request, response, cookies.LOGIN)
    return response


def _bind_page(wanted: str) -> str:
    """Where a phone goes that nobody is bound to; a letter's code on the way is not lost."""
    return wanted if wanted.startswith("/m/bind?code=") else "/m/bind"


def _pages(api_base: str) -> str:
    """The platform's pages live beside its API; the simulator serves both."""
    return PLATFORM_PAGES if on_platform(api_base) else api_base


def _kept(request: Request) -> dict[str, str]:
    sealed = cookies.read_cookie(request, STATE)
    if not sealed:
        raise LostWay
    try:
        found: dict[str, str] = json.loads(request.app.state.sealer.unseal(sealed))
    except (DomainError, ValueError) as exc:
        raise LostWay from exc
    return found


async def _account(request: Request, name: str) -> Account:
    """The named account, else that of the first district which has one."""
    edge = request.app.state.wechat
    found: Account | None = await edge.book.by_name(name) if name else None
    if found is None and not name:
        for district_id in await all_district_ids(request.app.state.engine):
            found = await edge.book.of_district(district_id, SERVICE_ACCOUNT)
            if found is not None:
                break
    if found is None or found.kind != SERVICE_ACCOUNT:
        raise NoServiceAccount
    return found


async def _openid(request: Request, account: Account, code: str) -> str:
    gateway: Gateway = request.app.state.wechat.gateway
    try:
        answer = await gateway.web_code_to_openid(account, code)
    except (NoAnswer, PlatformDown) as exc:
        raise Unavailable from exc
    if answer.errcode in BAD_CODE:
        raise LostWay
    openid = answer.data.get("openid")
    if answer.errcode or not isinstance(openid, str) or not openid:
        log.error("wechat_web_login_failed", errcode=answer.errcode, account=account.name)
        raise Unavailable
    if answer.data.get("is_snapshotuser") == 1:
        raise SnapshotVisitor
    return openid
