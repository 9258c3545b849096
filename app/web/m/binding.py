"""How does a family tie a phone to a child on a page? With the code of the school's letter."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit import cookies
from app.kit.context import Actor, Ctx
from app.kit.db import Connection, enter_district, savepoint, transaction
from app.kit.errors import DomainError
from app.people.actors import actor_by_identity
from app.people.errors import WrongBindingCode
from app.people.kinds import IdentityKind
from app.people.service.binding import TRIES_ALLOWED, bind_phone
from app.people.service.login import FAMILY_SESSION_DAYS, Opened
from app.people.service.requests import ask_teacher, may_ask
from app.people.service.tries import check_tries, count_tries, note_failure
from app.people.service.web_login import H5, open_family_session
from app.web.console.forms import read_form
from app.web.rendering import page, send_to

router = APIRouter(include_in_schema=False)
BIND = "/m/bind"


@dataclass(frozen=True)
class Phone:
    """A phone WeChat has just recognised."""

    district_id: UUID
    issuer: str
    openid: str


def _phone(request: Request) -> Phone | None:
    sealed = cookies.read_cookie(request, cookies.PHONE)
    if not sealed:
        return None
    try:
        found = json.loads(request.app.state.sealer.unseal(sealed))
        return Phone(UUID(found["district"]), found["issuer"], found["openid"])
    except (DomainError, ValueError, KeyError):
        return None


@router.get("/bind")
async def show_binding(request: Request) -> Response:
    """The form, once WeChat has told us whose phone it is; a letter's QR code brings its code along."""
    code = request.query_params.get("code", "")[:40]
    code = code if code.isascii() and code.isalnum() else ""
    if _phone(request) is None:
        return send_to(request, _log_in_first(code))
    return page(request, "m/bind.html", {"values": {"code": code, "name": ""}, "problem": ""})


def _log_in_first(code: str) -> str:
    back = f"{BIND}?code={code}" if code else BIND
    return f"/m/login?next={quote(back, safe='')}"


@router.post("/bind")
async def bind(request: Request) -> Response:
    """Code and name must both fit. Five wrong tries close the door for this phone only."""
    phone = _phone(request)
    if phone is None:
        return send_to(request, _log_in_first(""))
    form = await read_form(request)
    code, name = form.one("code").replace(" ", "")[:40], form.one("name")[:60]
    opened, refused = await _try(request, phone, code, name, _bound)
    if opened is None or refused is not None:
        return _shown_again(request, code, name, refused)
    response = send_to(request, "/m", f"已绑定{name}。")
    life = FAMILY_SESSION_DAYS * 86_400
    cookies.put_cookie(request, response, cookies.LOGIN, opened.token, life)
    return response


@router.post("/bind/ask")
async def ask(request: Request) -> Response:
    """Ask the class teacher to look; a wrong code counts as a wrong try here too."""
    phone = _phone(request)
    if phone is None:
        return send_to(request, _log_in_first(""))
    form = await read_form(request)
    code, name = form.one("code").replace(" ", "")[:40], form.one("name")[:60]
    _, refused = await _try(request, phone, code, name, _asked)
    if refused is not None:
        return _shown_again(request, code, name, refused)
    return send_to(request, f"{BIND}/asked")


@router.get("/bind/asked")
async def asked(request: Request) -> Response:
    """What happens next; nothing about any child."""
    return page(request, "m/asked.html", {})


@dataclass(frozen=True)
class Refused:
    """Why it did not work, and whether asking the class teacher makes sense."""

    text: str
    may_ask: bool = False


Act = Callable[[Ctx, Phone, str, str], Awaitable[Opened | None]]


async def _try(
    request: Request, phone: Phone, code: str, name: str, act: Act
) -> tuple[Opened | None, Refused | None]:
    """Do it unless this phone failed too often; a wrong code or name is counted and committed."""
    async with transaction(request.app.state.engine) as conn:
        ctx = await _context(request, conn, phone)
        subject = (phone.district_id, "binding", phone.openid)
        try:
            await check_tries(conn, *subject, TRIES_ALLOWED)
            async with savepoint(conn):
                _check_written(code, name)
                return await act(ctx, phone, code, name), None
        except WrongBindingCode as refusal:
            await note_failure(conn, *subject)
            tries = await count_tries(conn, *subject)
            offer = (
                code.isascii() and tries < TRIES_ALLOWED and await may_ask(ctx, code, name, tries)
            )
            return None, Refused(refusal.text(), offer)
        except DomainError as refusal:
            return None, Refused(refusal.text())


def _check_written(code: str, name: str) -> None:
    """What no letter says is wrong before anything is looked up."""
    if not code.isascii() or not code.isalnum() or not name or not name.isprintable():
        raise WrongBindingCode


def _shown_again(request: Request, code: str, name: str, refused: Refused | None) -> Response:
    refused = refused or Refused("")
    context = {
        "values": {"code": code, "name": name},
        "problem": refused.text,
        "may_ask": refused.may_ask,
    }
    return page(request, "m/bind.html", context, 422)


async def _context(request: Request, conn: Connection, phone: Phone) -> Ctx:
    found = await actor_by_identity(
        conn, phone.district_id, IdentityKind.SERVICE_ACCOUNT, phone.issuer, phone.openid
    )
    actor = found[0] if found else Actor(phone.district_id, None, H5)
    now = found[1] if found else await enter_district(conn, phone.district_id)
    return Ctx(conn, actor, now, request.app.state.wiring, request.state.request_id)


async def _bound(ctx: Ctx, phone: Phone, code: str, name: str) -> Opened | None:
    """Bind, and open a session for whoever the phone belongs to now."""
    await bind_phone(ctx, phone.issuer, phone.openid, ctx.actor.person_id, code, name)
    await ctx.flush()
    person_id = ctx.actor.person_id
    return await open_family_session(ctx.conn, phone.district_id, person_id) if person_id else None


async def _asked(ctx: Ctx, phone: Phone, code: str, name: str) -> Opened | None:
    """Leave the request; the phone stays what it was."""
    await ask_teacher(ctx, phone.issuer, phone.openid, ctx.actor.person_id, code, name)
    await ctx.flush()
    return None
