"""Letting a colleague in: the link is made on one page, and opens the other."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit import cookies
from app.kit.context import Actor, Ctx
from app.kit.db import Connection, enter_district, transaction
from app.kit.errors import DomainError
from app.kit.ids import new_token
from app.people.access import access_account
from app.people.errors import WrongInvitation
from app.people.service import invitations
from app.people.service.login import Opened
from app.web.console.forms import read_form
from app.web.console.login import let_in
from app.web.console.staff import Staff, console_page
from app.web.qr import qr_image
from app.web.refusals import FACTOR_PAGE
from app.web.rendering import ANONYMOUS, page, send_to

router = APIRouter(include_in_schema=False)
LONGEST_TOKEN = 100


@router.get("/staff/{person_id}/invitation")
async def ask_invitation(request: Request, ctx: Staff, person_id: UUID) -> HTMLResponse:
    """What the link will do; asked for a proof before it is made."""
    person = await access_account(ctx, person_id)
    ctx.require_proof()
    context = {"person": person, "url": ""}
    return console_page(request, ctx, "invite.html", context)


@router.post("/staff/{person_id}/invitation")
async def make_invitation(request: Request, ctx: Staff, person_id: UUID) -> HTMLResponse:
    """The link, shown this once, to be copied, scanned or printed."""
    form = await read_form(request)
    person = await access_account(ctx, person_id)
    row, token = await invitations.issue_invitation(
        ctx, person_id, resets_factor=form.one("resets") == "1"
    )
    url = f"{request.app.state.settings.base_url}/console/invitation/{token}"
    context = {"person": person, "url": url, "qr": qr_image(url), "expires_at": row.expires_at}
    return console_page(request, ctx, "invite.html", context)


@router.get("/invitation/{token}")
async def show_invitation(request: Request, token: str) -> Response:
    """For whom the link is, and the form; nothing is used up by looking."""
    try:
        async with transaction(request.app.state.engine) as conn:
            ctx = await _context(request, conn, token)
            invited = await invitations.read_invitation(ctx, token)
    except WrongInvitation as refusal:
        return _over(request, refusal)
    return _form(request, {"link": token, "invited": invited, "username": ""})


@router.post("/invitation/{token}")
async def use_invitation(request: Request, token: str) -> Response:
    """Login name and password; then the second factor, or the ordinary way in."""
    form = await read_form(request)
    name, password = form.one("username")[:64], next(iter(form.many("password")), "")[:300]
    opened: Opened | None = None
    try:
        async with transaction(request.app.state.engine) as conn:
            ctx = await _context(request, conn, token)
            invited = await invitations.read_invitation(ctx, token)
        if next(iter(form.many("again")), "")[:300] != password:
            problem = "两次输入的密码不一样，请重新输入。"
            return _form(request, _again(token, invited, name, problem), 422)
        async with transaction(request.app.state.engine) as conn:
            ctx = await _context(request, conn, token)
            opened = await invitations.use_invitation(ctx, token, name, password)
            await ctx.flush()
    except WrongInvitation as refusal:
        return _over(request, refusal)
    except DomainError as refusal:
        return _form(request, _again(token, invited, name, refusal.text()), 422)
    if opened is None:
        return send_to(request, "/console/login", "新密码已设好，请用它登录，验证码不变。")
    return let_in(request, opened, FACTOR_PAGE)


def _again(token: str, invited: Any, name: str, problem: str) -> dict[str, Any]:
    return {"link": token, "invited": invited, "username": name, "problem": problem}


async def _context(request: Request, conn: Connection, token: str) -> Ctx:
    """Nobody yet, in the district the link leads to."""
    district_id = await invitations.district_of_invitation(conn, token[:LONGEST_TOKEN])
    now = await enter_district(conn, district_id)
    actor = Actor(district_id, None, "console")
    return Ctx(conn, actor, now, request.app.state.wiring, request.state.request_id)


def _form(request: Request, context: dict[str, Any], status: int = 200) -> HTMLResponse:
    """With a mark by which old browsers prove that the form came from here."""
    mark = cookies.read_cookie(request, ANONYMOUS) or new_token()
    request.cookies[cookies.name_of(request, ANONYMOUS)] = mark
    response = page(request, "console/invited.html", context, status)
    cookies.put_cookie(request, response, ANONYMOUS, mark)
    return response


def _over(request: Request, refusal: DomainError) -> HTMLResponse:
    context = {
        "heading": "链接无效",
        "sentence": refusal.text(),
        "code": refusal.code,
        "back": "/console/login",
        "nobody": True,
    }
    return page(request, "console/refused.html", context, 422)
