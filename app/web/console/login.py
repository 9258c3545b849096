"""How does a member of staff get in and out with a browser?"""

import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit import cookies
from app.kit.db import transaction
from app.kit.deps import Authed
from app.kit.errors import DomainError
from app.kit.ids import new_token
from app.people.errors import WrongLogin
from app.people.service.login import SESSION_HOURS, log_in_with_password, log_out
from app.web.console.forms import read_form
from app.web.console.rows import PURPOSE
from app.web.reading import district_choices
from app.web.rendering import ANONYMOUS, own_path, page, send_to

router = APIRouter(include_in_schema=False)
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
LONGEST_PASSWORD = 200


@router.get("/login")
async def show_login(request: Request) -> Response:
    """The form; with one district in the installation nobody has to choose it."""
    target = own_path(request.query_params.get("next"), "/console")
    return await _form(request, {"next": target, "username": "", "district": ""})


async def _form(
    request: Request, values: dict[str, str], refusal: DomainError | None = None, status: int = 200
) -> Response:
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
    """Open a session of eight hours; a wrong password is told on the form, tries are counted."""
    form = await read_form(request)
    target = own_path(form.one("next"), "/console")
    name, district = form.one("username"), form.one("district")
    password = next(iter(form.many("password")), "")
    values = {"next": target, "username": name[:64], "district": district[:64]}
    try:
        known = _CODE.fullmatch(name) and _CODE.fullmatch(district)
        if not known or not 1 <= len(password) <= LONGEST_PASSWORD or "\x00" in password:
            raise WrongLogin
        opened = await log_in_with_password(request.app.state.engine, district, name, password)
    except DomainError as refusal:
        return await _form(request, values, refusal, 422)
    response = send_to(request, target)
    cookies.put_cookie(request, response, cookies.LOGIN, opened.token, SESSION_HOURS * 3600)
    cookies.drop_cookie(request, response, ANONYMOUS)
    return response


@router.post("/logout")
async def end_login(request: Request, ctx: Authed) -> Response:
    """End the session on the server and in the browser."""
    await log_out(ctx)
    response = send_to(request, "/console/login", "您已退出。")
    cookies.drop_cookie(request, response, cookies.LOGIN)
    cookies.drop_cookie(request, response, PURPOSE)
    return response
