"""One's own account: password, second factor, open logins, and the fresh proof before dangerous acts."""

import json
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit import cookies
from app.kit.context import Ctx
from app.kit.errors import DomainError
from app.people.queries import own_name
from app.people.service import accounts, second_factor, staff_phone
from app.people.service.login import SESSION_HOURS, Opened
from app.web import labels
from app.web.console.forms import read_form
from app.web.console.menu import ACCOUNT
from app.web.console.staff import OwnAccount, console_page
from app.web.qr import qr_image
from app.web.refusals import FACTOR_PAGE
from app.web.rendering import own_path, page, send_to

router = APIRouter(prefix="/account", include_in_schema=False)
LONGEST = 200


async def _account(ctx: Ctx, problem: str = "") -> dict[str, Any]:
    person_id = accounts.own_account(ctx)
    row = await accounts.own_password(ctx, person_id)
    logins = await accounts.own_logins(ctx)
    return {
        "name": await own_name(ctx),
        "login_name": row.subject if row else "",
        "phones": await staff_phone.own_phones(ctx),
        "code": "",
        "recovery_left": await second_factor.count_recovery_codes(ctx, person_id),
        "logins": [(login, _state(ctx, login)) for login in logins],
        "labels": labels,
        "problem": problem,
    }


def _state(ctx: Ctx, login: Any) -> str:
    if login.id == ctx.actor.login_session_id:
        return "this"
    return "open" if login.ended_at is None and login.expires_at > ctx.now else "over"


@router.get("")
async def show_account(request: Request, ctx: OwnAccount) -> HTMLResponse:
    return console_page(request, ctx, "account.html", await _account(ctx))


@router.post("/password")
async def change_password(request: Request, ctx: OwnAccount) -> Response:
    """The old one is asked; the person's other logins end."""
    form = await read_form(request)
    old, new = (next(iter(form.many(name)), "")[: LONGEST + 1] for name in ("old", "new"))
    try:
        refusal = await accounts.change_password(ctx, old, new)
    except DomainError as exc:
        refusal = exc
    if refusal is None:
        return send_to(request, ACCOUNT, "密码已修改，您在其他设备上的登录已退出。")
    context = await _account(ctx, refusal.text())
    return console_page(request, ctx, "account.html", context, 422)


@router.post("/wechat")
async def show_code(request: Request, ctx: OwnAccount) -> HTMLResponse:
    """A word to send from WeChat, shown this once."""
    await read_form(request)
    code = await staff_phone.new_staff_code(ctx)
    return console_page(request, ctx, "account.html", {**await _account(ctx), "code": code})


@router.post("/wechat/drop")
async def drop_phones(request: Request, ctx: OwnAccount) -> Response:
    await read_form(request)
    await staff_phone.drop_own_phones(ctx)
    return send_to(request, ACCOUNT, "微信已解除，那里的登录也退出了。")


@router.post("/logins/{login_session_id}/end")
async def end_login(request: Request, ctx: OwnAccount, login_session_id: UUID) -> Response:
    await accounts.end_own_login(ctx, login_session_id)
    return send_to(request, ACCOUNT, "那台设备已退出。")


@router.get("/second-factor")
async def show_factor(request: Request, ctx: OwnAccount) -> Response:
    """The QR code for the app while the first code is awaited; else how to begin."""
    return await _factor(request, ctx)


async def _factor(request: Request, ctx: Ctx, problem: str = "") -> Response:
    person_id = accounts.own_account(ctx)
    if await second_factor.is_on(ctx.conn, ctx.district_id, person_id):
        return send_to(request, ACCOUNT)
    waiting = await second_factor.waiting_enrolment(ctx, person_id, request.app.state.sealer)
    context = {
        "qr": qr_image(waiting.uri) if waiting else "",
        "secret": waiting.secret if waiting else "",
        "must": ctx.actor.hindered is not None,
        "problem": problem,
    }
    return console_page(request, ctx, "second_factor.html", context, 422 if problem else 200)


@router.post("/second-factor")
async def start_factor(request: Request, ctx: OwnAccount) -> Response:
    person_id = accounts.own_account(ctx)
    await second_factor.start_enrolment(ctx, person_id, request.app.state.sealer)
    return send_to(request, FACTOR_PAGE)


@router.post("/second-factor/confirm")
async def confirm_factor(request: Request, ctx: OwnAccount) -> Response:
    """The first code brings it into force; the recovery codes are shown this once."""
    form = await read_form(request)
    person_id = accounts.own_account(ctx)
    try:
        outcome = await second_factor.confirm_enrolment(
            ctx, person_id, request.app.state.sealer, form.one("totp")[:20]
        )
    except DomainError as exc:
        outcome = exc
    if isinstance(outcome, DomainError):
        return await _factor(request, ctx, outcome.text())
    return console_page(request, ctx, "recovery_codes.html", {"codes": outcome})


@router.post("/second-factor/remove")
async def remove_factor(request: Request, ctx: OwnAccount) -> Response:
    await read_form(request)
    await second_factor.remove_second_factor(ctx, accounts.own_account(ctx))
    return send_to(request, ACCOUNT, "动态验证码已停用。")


@router.post("/recovery-codes")
async def renew_codes(request: Request, ctx: OwnAccount) -> HTMLResponse:
    await read_form(request)
    codes = await second_factor.renew_recovery_codes(ctx, accounts.own_account(ctx))
    return console_page(request, ctx, "recovery_codes.html", {"codes": codes})


@router.get("/proof")
async def ask_proof(request: Request, _: OwnAccount) -> HTMLResponse:
    target = own_path(request.query_params.get("next"), ACCOUNT)
    return page(request, "console/proof.html", {"to": "", "kept": "", "next": target})


@router.post("/proof")
async def give_proof(request: Request, ctx: OwnAccount) -> Response:
    """Password or code once more; then on to where the person was, or the form once more."""
    form = await read_form(request)
    to = own_path(form.one("to"), "")
    again = {
        "to": to,
        "kept": form.one("kept") if to else "",
        "next": own_path(form.one("next"), ACCOUNT),
    }
    password = next(iter(form.many("password")), "")[: LONGEST + 1]
    try:
        outcome = await accounts.prove_again(
            ctx, request.app.state.sealer, password, form.one("totp")[:20]
        )
    except DomainError as exc:
        outcome = exc
    if isinstance(outcome, DomainError):
        return page(request, "console/proof.html", {**again, "problem": outcome.text()}, 422)
    return _go_on(request, outcome, again)


def _go_on(request: Request, opened: Opened, again: dict[str, str]) -> Response:
    request.cookies[cookies.name_of(request, cookies.LOGIN)] = opened.token
    if again["to"]:
        context = {"to": again["to"], "next": again["next"], "kept": _pairs(again["kept"])}
        response: Response = page(request, "console/proved.html", context)
    else:
        response = send_to(request, again["next"], "已确认是您本人，十分钟内不用再输入。")
    cookies.put_cookie(request, response, cookies.LOGIN, opened.token, SESSION_HOURS * 3600)
    return response


def _pairs(kept: str) -> list[tuple[str, str]]:
    """What the form held; nonsense is left out."""
    try:
        given = json.loads(kept)
        return [(str(name), str(value)) for name, value in given][:1000]
    except (ValueError, TypeError):
        return []
