"""How does a member of staff get in and out with a browser?"""

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit import cookies
from app.kit.db import transaction
from app.kit.deps import Authed
from app.kit.errors import DomainError
from app.kit.ids import new_token
from app.people.errors import SecondFactorNeeded, WrongLogin
from app.people.service.login import (
    SESSION_HOURS,
    Known,
    Opened,
    check_password,
    enter,
    log_out,
)
from app.web.console.forms import read_form
from app.web.console.rows import PURPOSE
from app.web.reading import district_choices
from app.web.rendering import ANONYMOUS, own_path, page, send_to

router = APIRouter(include_in_schema=False)
CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
LONGEST_PASSWORD = 200
HALF, HALF_SECONDS = "half", 300  # the sealed note that the password was right


@router.get("/login")
async def show_login(request: Request) -> Response:
    """The form; with one district in the installation nobody has to choose it."""
    target = own_path(request.query_params.get("next"), "/console")
    return await login_form(request, {"next": target, "username": "", "district": ""})


async def login_form(
    request: Request, values: dict[str, str], refusal: DomainError | None = None, status: int = 200
) -> Response:
    """The form as it was filled, with what is wrong; a password is never shown again."""
    async with transaction(request.app.state.engine) as conn:
        districts = await district_choices(conn)
    context: dict[str, Any] = {
        "districts": districts,
        "values": values,
        "problem": refusal.text() if refusal else "",
        "demo": request.app.state.settings.demo,
    }
    if cookies.read_cookie(request, ANONYMOUS) is None:
        # Set now, sent back with the form: a browser that names no origin proves itself by it.
        mark = new_token()
        request.cookies[cookies.name_of(request, ANONYMOUS)] = mark
        response = page(request, "console/login.html", context, status)
        cookies.put_cookie(request, response, ANONYMOUS, mark)
        return response
    return page(request, "console/login.html", context, status)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Open a session of eight hours, or ask for the code; a wrong password is told on the form."""
    form = await read_form(request)
    target = own_path(form.one("next"), "/console")
    name, district = form.one("username"), form.one("district")
    password = next(iter(form.many("password")), "")
    values = {"next": target, "username": name[:64], "district": district[:64]}
    state = request.app.state
    try:
        known = CODE.fullmatch(name) and CODE.fullmatch(district)
        if not known or not 1 <= len(password) <= LONGEST_PASSWORD or "\x00" in password:
            raise WrongLogin
        who = await check_password(state.engine, district, name, password)
    except DomainError as refusal:
        return await login_form(request, values, refusal, 422)
    try:
        return let_in(request, await enter(state.engine, state.sealer, who, None), target)
    except SecondFactorNeeded:
        response = send_to(request, f"/console/login/code?next={quote(target, safe='')}")
        kept = {"district": str(who.district_id), "person": str(who.person_id), "stamp": who.stamp}
        sealed = state.sealer.seal(json.dumps(kept))
        cookies.put_cookie(request, response, HALF, sealed, HALF_SECONDS)
        return response
    except DomainError as refusal:
        return await login_form(request, values, refusal, 422)


def let_in(request: Request, opened: Opened, target: str) -> Response:
    """The browser gets the login; what it carried before is worth nothing any more."""
    response = send_to(request, target)
    cookies.put_cookie(request, response, cookies.LOGIN, opened.token, SESSION_HOURS * 3600)
    cookies.drop_cookie(request, response, ANONYMOUS)
    cookies.drop_cookie(request, response, HALF)
    return response


@router.get("/login/code")
async def ask_code(request: Request) -> Response:
    """The second step; the page holds no password, the browser a sealed note for five minutes."""
    target = own_path(request.query_params.get("next"), "/console")
    if _half(request) is None:
        return send_to(request, "/console/login")
    return page(request, "console/code.html", {"next": target, "problem": ""})


@router.post("/login/code")
async def log_in_with_code(request: Request) -> Response:
    """With a right code that was not used before, the same login as with a password alone."""
    form = await read_form(request)
    target, who = own_path(form.one("next"), "/console"), _half(request)
    if who is None:
        return send_to(request, "/console/login")
    state = request.app.state
    code = form.one("totp")[:20]
    try:
        return let_in(request, await enter(state.engine, state.sealer, who, code), target)
    except WrongLogin:
        return send_to(request, "/console/login")
    except DomainError as refusal:
        context = {"next": target, "problem": refusal.text()}
        return page(request, "console/code.html", context, 422)


def _half(request: Request) -> Known | None:
    """Who gave the right password in this browser a moment ago."""
    sealed = cookies.read_cookie(request, HALF)
    try:
        kept = json.loads(request.app.state.sealer.unseal(sealed or "", HALF_SECONDS))
        return Known(UUID(kept["district"]), UUID(kept["person"]), kept["stamp"])
    except (DomainError, ValueError, KeyError):
        return None


@router.post("/logout")
async def end_login(request: Request, ctx: Authed) -> Response:
    """End the session on the server and in the browser."""
    await log_out(ctx)
    response = send_to(request, "/console/login", "您已退出。")
    cookies.drop_cookie(request, response, cookies.LOGIN)
    cookies.drop_cookie(request, response, PURPOSE)
    return response
