"""How does a computer get in with the phone? It shows a QR code and waits for the phone's yes."""

import json
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit import cookies
from app.kit.db import transaction
from app.kit.errors import DomainError, Kind
from app.people.errors import ScanLoginOver
from app.people.service.scan_login import (
    WAIT_SECONDS,
    Waiting,
    enter_after_scan,
    is_waiting,
    wait_for_phone,
)
from app.web.console.forms import read_form
from app.web.console.login import CODE, let_in, login_form
from app.web.qr import qr_image
from app.web.rendering import own_path, page, send_to

router = APIRouter(include_in_schema=False)
SCAN, PLACE = "scan", "/console/login/wechat"


class NoScanHere(DomainError):
    kind, code = Kind.INVALID, "web.no_scan_here"
    sentence = "请先选择学区。这个学区还没有接入微信服务号的，请用密码登录。"


@router.post("/login/wechat")
async def begin(request: Request) -> Response:
    """A QR code for this browser alone, good for three minutes."""
    form = await read_form(request)
    state = request.app.state
    district, target = form.one("district")[:64], own_path(form.one("next"), "/console")
    made = None
    if CODE.fullmatch(district):
        made = await wait_for_phone(state.engine, state.wiring, district)
    if made is None:
        values = {"next": target, "username": form.one("username")[:64], "district": district}
        return await login_form(request, values, NoScanHere(), 422)
    response = send_to(request, PLACE)
    kept = {**vars(made), "next": target}
    cookies.put_cookie(request, response, SCAN, state.sealer.seal(json.dumps(kept)), WAIT_SECONDS)
    return response


@router.get("/login/wechat")
async def show(request: Request) -> Response:
    """The QR code and the digits that the phone must show too."""
    found = _kept(request)
    waiting = False
    if found is not None:
        async with transaction(request.app.state.engine) as conn:
            waiting = await is_waiting(conn, found[0].browser)
    if found is None or not waiting:
        return send_to(request, "/console/login", ScanLoginOver.sentence)
    made = found[0]
    query = urlencode({"account": made.account, "next": f"/m/computer/{made.scene}"})
    address = f"{request.app.state.settings.base_url}/m/login?{query}"
    context = {"qr": qr_image(address), "digits": made.code}
    return page(request, "console/scan.html", context)


@router.post("/login/wechat/enter")
async def come_in(request: Request) -> Response:
    """In, once the phone has said yes; else wait on. Only the browser that began can."""
    by_script = bool(request.headers.get("hx-request"))
    found = _kept(request)
    if found is None:
        return _go(request, send_to(request, "/console/login", ScanLoginOver.sentence))
    made, target = found
    try:
        opened = await enter_after_scan(request.app.state.engine, made.browser)
    except ScanLoginOver:
        return _go(request, send_to(request, "/console/login", ScanLoginOver.sentence))
    if opened is None:
        if by_script:
            return Response(status_code=204)
        return send_to(request, PLACE, "还没有收到手机上的确认，请在手机上点“登录电脑端”。")
    response = let_in(request, opened, target)
    cookies.drop_cookie(request, response, SCAN)
    return _go(request, response)


def _go(request: Request, response: Response) -> Response:
    """A script follows no redirect into another page; it is told where to go."""
    if request.headers.get("hx-request"):
        response.headers["HX-Redirect"] = response.headers["location"]
        del response.headers["location"]
        response.status_code = 204
    return response


def _kept(request: Request) -> tuple[Waiting, str] | None:
    sealed = cookies.read_cookie(request, SCAN)
    try:
        kept = json.loads(request.app.state.sealer.unseal(sealed or "", WAIT_SECONDS))
        target = kept.pop("next")
        return Waiting(**kept), target
    except (DomainError, ValueError, KeyError, TypeError):
        return None
