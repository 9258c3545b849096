"""The mini-program's login: exchange the code, open a session for whoever is bound."""

from typing import Annotated, ClassVar

import structlog
from fastapi import APIRouter, Request
from pydantic import StringConstraints

from app.channels.kinds import MINIPROGRAM
from app.kit.bounds import Wire
from app.kit.errors import DomainError, Kind, NotFound, Unavailable
from app.people.schemas import LoginOut
from app.people.service.login import log_in_with_openid
from wechat.gateway import Gateway, NoAnswer, PlatformDown

log = structlog.get_logger()
router = APIRouter(tags=["wechat"])

BAD_CODE = frozenset({40029, 40163, 41008, 42003})  # wrong, used, missing, expired


class BadLoginCode(DomainError):
    """Wrong, used or older than five minutes."""

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "wechat.bad_login_code"
    sentence: ClassVar[str] = "微信登录已过期，请重新进入小程序。"


class CodeIn(Wire):
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,128}$")]


@router.post("/wechat/login/{account}", status_code=201, openapi_extra={"security": []})
async def log_in(account: str, body: CodeIn, request: Request) -> LoginOut:
    """A family's session of 30 days. The platform is asked with no transaction open."""
    edge = request.app.state.wechat
    gateway: Gateway = edge.gateway
    found = await edge.book.by_name(account)
    if found is None or found.kind != MINIPROGRAM:
        raise NotFound
    try:
        answer = await gateway.code_to_session(found, body.code)
    except (NoAnswer, PlatformDown) as exc:
        raise Unavailable from exc
    if answer.errcode in BAD_CODE:
        raise BadLoginCode
    openid = answer.data.get("openid")
    if answer.errcode or not isinstance(openid, str):
        # Busy, or our own keys are wrong: a new code would not help the family.
        log.error("wechat_login_failed", errcode=answer.errcode, account=found.name)
        raise Unavailable
    unionid = answer.data.get("unionid")
    opened = await log_in_with_openid(
        request.app.state.engine,
        found.district_id,
        found.appid,
        openid,
        unionid if isinstance(unionid, str) else "",
    )
    return LoginOut.model_validate(opened)
