"""What does a visitor see and do in the browser?"""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Cookie, Form, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from wechat.simulator import actions, screens
from wechat.simulator.actions import Outcome
from wechat.simulator.control import (
    NewPhone,
    ScanTarget,
    Sim,
    ThisPhone,
    add_phone,
    code_summaries,
    scan_target,
)
from wechat.simulator.people import WEB_SCOPES, mint_code
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Phone

PHONE_COOKIE = "sim_phone"  # whose phone the browser is, as for WeChat's own browser

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(sim: Sim) -> HTMLResponse:
    return screens.render("home.html", sim=sim, tiles=screens.tiles(sim))


@router.get("/sim/tiles")
def refresh_tiles(sim: Sim, version: str = "") -> Response:
    tiles = screens.tiles(sim)
    if screens.tiles_version(tiles) == version:
        return Response(status_code=204)
    return screens.render("tiles.html", sim=sim, tiles=tiles)


@router.post("/sim/phones")
def new_phone(sim: Sim, name: Annotated[str, Form(max_length=20)] = "") -> RedirectResponse:
    fresh = add_phone(sim, NewPhone(name=name.strip() or "陌生人"))
    return _to_phone(fresh.openid)


@router.get("/sim/phones/{openid}")
def chat(sim: Sim, phone: ThisPhone) -> HTMLResponse:
    phone.seen = sim.world.sequence
    page = screens.render(
        "phone.html",
        sim=sim,
        phone=phone,
        lines=screens.chat_lines(sim, phone),
        codes=code_summaries(sim),
        tiles=screens.tiles(sim),
    )
    page.set_cookie(PHONE_COOKIE, phone.openid, httponly=True, samesite="lax")
    return page


@router.get("/sim/phones/{openid}/chat")
def refresh_chat(sim: Sim, phone: ThisPhone, version: str = "") -> Response:
    if screens.chat_version(phone) == version:
        return Response(status_code=204)
    phone.seen = sim.world.sequence
    return screens.render("chat.html", sim=sim, phone=phone, lines=screens.chat_lines(sim, phone))


@router.get("/sim/phones/{openid}/scanner")
def scanner(sim: Sim, phone: ThisPhone, button: str = "") -> HTMLResponse:
    """The camera: for the client itself, or for a menu button that asked for a code."""
    wanted = actions.find_button(sim, phone, button) if button else None
    return screens.render(
        "scanner.html", sim=sim, phone=phone, button=wanted, codes=code_summaries(sim)
    )


@router.post("/sim/phones/{openid}/follow")
async def follow(sim: Sim, phone: ThisPhone) -> Response:
    return _after(phone, await actions.follow(sim, phone))


@router.post("/sim/phones/{openid}/unfollow")
async def unfollow(sim: Sim, phone: ThisPhone) -> Response:
    return _after(phone, await actions.unfollow(sim, phone))


@router.post("/sim/phones/{openid}/text")
async def send_text(sim: Sim, phone: ThisPhone, text: Annotated[str, Form()] = "") -> Response:
    if not text.strip():
        return _to_phone(phone.openid)
    return _after(phone, await actions.send_text(sim, phone, text.strip()))


@router.post("/sim/phones/{openid}/tap")
async def tap(sim: Sim, phone: ThisPhone, button: Annotated[str, Form()]) -> Response:
    wanted = actions.find_button(sim, phone, button)
    if wanted is None:
        sim.notice(phone, "菜单已更新，请重新选择")
        return _to_phone(phone.openid)
    outcome = await actions.tap(sim, phone, wanted)
    if outcome.status == "needs_scan":
        query = urlencode({"button": wanted["key"]})
        return RedirectResponse(f"/sim/phones/{phone.openid}/scanner?{query}", 303)
    return _after(phone, outcome)


@router.post("/sim/phones/{openid}/scan")
async def scan(
    sim: Sim,
    phone: ThisPhone,
    code: Annotated[str, Form()] = "",
    button: Annotated[str, Form()] = "",
) -> Response:
    """`code` is a ticket, an address or a scene; a button's scan takes it as it is."""
    code = code.strip()
    if not code:
        return _to_phone(phone.openid)
    if button and (wanted := actions.find_button(sim, phone, button)):
        known = actions.find_code(sim, ticket=code)
        result = known.url if known else code
        return _after(phone, await actions.scan_for_button(sim, phone, wanted, result))
    return _after(phone, await scan_target(sim, phone, _target(sim, code)))


@router.get("/sim/phones/{openid}/open")
def open_page(phone: ThisPhone, url: str) -> RedirectResponse:
    """Open an address in this phone's browser: from now on OAuth logs in as this person."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise HTTPException(400, "只能打开网页地址")
    page = RedirectResponse(url, 303)
    page.set_cookie(PHONE_COOKIE, phone.openid, httponly=True, samesite="lax")
    return page


@router.get("/connect/oauth2/authorize")
def authorize(sim: Sim, request: Request, sim_phone: Annotated[str, Cookie()] = "") -> Response:
    """Send the phone's person back with a code; ask whose phone it is when unknown."""
    query = request.query_params
    if problem := _authorize_problem(sim, query.get("appid", ""), query.get("redirect_uri", "")):
        return screens.render("problem.html", 400, sim=sim, problem=problem)
    scope = query.get("scope", "snsapi_base")
    if scope not in WEB_SCOPES or query.get("response_type") != "code":
        problem = "scope 或 response_type 参数错误（10005）"
        return screens.render("problem.html", 400, sim=sim, problem=problem)
    phone = sim.world.phones.get(query.get(PHONE_COOKIE, sim_phone))
    if phone is None:
        again = f"{request.url.path}?{request.url.query}"
        return screens.render("choose.html", sim=sim, tiles=screens.tiles(sim), again=again)
    code = mint_code(sim, phone, scope)
    return RedirectResponse(_with_code(query["redirect_uri"], code, query.get("state", "")), 302)


def _authorize_problem(sim: Simulator, appid: str, redirect_uri: str) -> str:
    if appid != sim.account.appid:
        return "AppID 参数错误（10013）"
    allowed = {urlsplit(sim.config.base_url).netloc, urlsplit(sim.account.callback_url).netloc}
    target = urlsplit(redirect_uri)
    if target.scheme not in {"http", "https"} or target.netloc not in allowed:
        return "redirect_uri 域名与后台配置不一致（10003）"
    return ""


def _with_code(redirect_uri: str, code: str, state: str) -> str:
    target = urlsplit(redirect_uri)
    query = [*parse_qsl(target.query, keep_blank_values=True), ("code", code), ("state", state)]
    return urlunsplit(target._replace(query=urlencode(query)))


def _target(sim: Simulator, code: str) -> ScanTarget:
    if code.startswith(("http://", "https://")):
        return ScanTarget(url=code)
    if actions.find_code(sim, ticket=code):
        return ScanTarget(ticket=code)
    return ScanTarget(scene=code[:64])


def _after(phone: Phone, outcome: Outcome) -> Response:
    if outcome.opened:
        query = urlencode({"url": outcome.opened})
        return RedirectResponse(f"/sim/phones/{phone.openid}/open?{query}", 303)
    return _to_phone(phone.openid)


def _to_phone(openid: str) -> RedirectResponse:
    return RedirectResponse(f"/sim/phones/{openid}", 303)
