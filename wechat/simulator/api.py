"""Which APIs does the platform offer, at which quota?"""

import io
from collections.abc import Callable

import segno
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from wechat.simulator import articles, checks, console, menus, messages, people, tags, tokens
from wechat.simulator.gate import Call, Endpoint, Json, daily_limit, receive
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.subscriptions import send_by_subscription

UNMETERED = 10_000_000


def classic_token(call: Call) -> Json:
    _require_client_credential(call.query.get("grant_type", ""))
    appid = call.query.get("appid", "")
    tokens.authenticate(call.sim, appid, call.query.get("secret", ""))
    return tokens.issue_classic(call.sim, appid)


def stable_token(call: Call) -> Json:
    _require_client_credential(call.text("grant_type"))
    appid = call.text("appid")
    tokens.authenticate(call.sim, appid, call.text("secret"))
    return tokens.issue_stable(call.sim, appid, force=call.body.get("force_refresh") is True)


def jsapi_ticket(call: Call) -> Json:
    if call.query.get("type", "jsapi") != "jsapi":
        raise Refused(40097)
    return tokens.jsapi_ticket(call.sim)


def callback_addresses(_: Call) -> Json:
    return {"ip_list": ["127.0.0.1"]}


def quota(call: Call) -> Json:
    """What is left of one API's calls today."""
    path = call.text("cgi_path").split("?")[0]
    endpoint = next((e for e in ENDPOINTS if e.path == path), None)
    if endpoint is None:
        raise Refused(76021)
    used = call.sim.world.used_today.get(path, 0)
    daily = daily_limit(call.sim, endpoint)
    left = {"daily_limit": daily, "used": used, "remain": max(0, daily - used)}
    rate = {"call_count": 10_000, "refresh_second": 60}
    return {"errcode": 0, "errmsg": "ok", "quota": left, "rate_limit": rate}


def unknown(_: Call) -> Json:
    raise Refused(40066)


def _require_client_credential(grant_type: str) -> None:
    if grant_type != "client_credential":
        raise Refused(40002)


ENDPOINTS = (
    Endpoint("GET", "/cgi-bin/token", classic_token, 2_000, needs_token=False),
    Endpoint("POST", "/cgi-bin/stable_token", stable_token, 500_000, needs_token=False),
    Endpoint("GET", "/cgi-bin/ticket/getticket", jsapi_ticket, UNMETERED),
    Endpoint("GET", "/cgi-bin/getcallbackip", callback_addresses, UNMETERED),
    Endpoint("POST", "/cgi-bin/openapi/quota/get", quota, UNMETERED),
    Endpoint("POST", "/cgi-bin/qrcode/create", console.create_qrcode, 100_000),
    Endpoint("POST", "/cgi-bin/menu/create", menus.create_menu, 1_000),
    Endpoint("GET", "/cgi-bin/menu/get", menus.get_menu, 10_000),
    Endpoint("GET", "/cgi-bin/menu/delete", menus.delete_menu, 1_000),
    Endpoint("GET", "/cgi-bin/get_current_selfmenu_info", menus.get_current_selfmenu, 10_000),
    Endpoint("POST", "/cgi-bin/menu/addconditional", menus.add_conditional, 2_000),
    Endpoint("POST", "/cgi-bin/menu/delconditional", menus.delete_conditional, 2_000),
    Endpoint("POST", "/cgi-bin/menu/trymatch", menus.try_match, 20_000),
    Endpoint("POST", "/cgi-bin/tags/create", tags.create_tag, 1_000),
    Endpoint("GET", "/cgi-bin/tags/get", tags.list_tags, 1_000),
    Endpoint("POST", "/cgi-bin/tags/update", tags.rename_tag, 1_000),
    Endpoint("POST", "/cgi-bin/tags/delete", tags.delete_tag, 1_000),
    Endpoint("POST", "/cgi-bin/tags/getidlist", tags.tags_of_person, 1_000),
    Endpoint("POST", "/cgi-bin/tags/members/batchtagging", tags.tag_many, 100_000),
    Endpoint("POST", "/cgi-bin/tags/members/batchuntagging", tags.untag_many, 100_000),
    Endpoint("POST", "/cgi-bin/user/tag/get", tags.list_members, 1_000),
    Endpoint("GET", "/cgi-bin/template/get_all_private_template", messages.list_templates, 1_000),
    Endpoint("GET", "/wxaapi/newtmpl/gettemplate", messages.list_tapped_templates, 1_000),
    Endpoint("POST", "/wxaapi/newtmpl/deltemplate", messages.drop_tapped_template, 1_000),
    Endpoint("POST", "/cgi-bin/template/del_private_template", messages.drop_template, 1_000),
    Endpoint("POST", "/cgi-bin/message/template/send", messages.send_template, 100_000),
    Endpoint("POST", "/cgi-bin/message/custom/send", messages.send_custom, 500_000),
    Endpoint("POST", "/cgi-bin/message/subscribe/bizsend", send_by_subscription, UNMETERED),
    Endpoint("POST", "/cgi-bin/message/subscribe/send", send_by_subscription, UNMETERED),
    Endpoint(
        "POST", "/cgi-bin/material/add_material", articles.add_material, 1_000, takes_file=True
    ),
    Endpoint("POST", "/cgi-bin/draft/add", articles.add_draft, 1_000),
    Endpoint("POST", "/cgi-bin/message/mass/send", articles.send_mass, 100),
    Endpoint("POST", "/cgi-bin/freepublish/submit", articles.publish, 100),
    Endpoint("POST", "/wxa/msg_sec_check", checks.check_text, 1_000_000, miniprogram=True),
    Endpoint("POST", "/wxa/media_check_async", checks.check_media, 1_000_000, miniprogram=True),
    Endpoint("GET", "/cgi-bin/user/info", people.user_info, 5_000_000),
    Endpoint("GET", "/cgi-bin/user/get", people.list_followers, 500),
    Endpoint(
        "GET", "/sns/jscode2session", people.exchange_miniprogram_code, UNMETERED, needs_token=False
    ),
    Endpoint(
        "GET", "/sns/oauth2/access_token", people.exchange_web_code, UNMETERED, needs_token=False
    ),
)


def api_routes(sim: Simulator) -> list[Route]:
    """Every known path, the code's image, and 40066 for the rest."""
    known = [_route(sim, endpoint, endpoint.path) for endpoint in ENDPOINTS]
    image = Route("/cgi-bin/showqrcode", _qrcode_image(sim))
    rest = [_unknown_route(sim, prefix) for prefix in ("/cgi-bin", "/sns", "/wxa")]
    return [*known, image, *rest]


def _route(sim: Simulator, endpoint: Endpoint, pattern: str) -> Route:
    async def answer(request: Request) -> Response:
        return await receive(sim, endpoint, request)

    return Route(pattern, answer, methods=["GET", "POST"])


def _unknown_route(sim: Simulator, prefix: str) -> Route:
    async def answer(request: Request) -> Response:
        path = request.url.path
        endpoint = Endpoint(request.method, path, unknown, UNMETERED, needs_token=False)
        return await receive(sim, endpoint, request)

    return Route(f"{prefix}/{{rest:path}}", answer, methods=["GET", "POST"])


def _qrcode_image(sim: Simulator) -> Callable[[Request], Response]:
    def image(request: Request) -> Response:
        code = sim.world.qrcodes.get(request.query_params.get("ticket", ""))
        if code is None or not code.live(sim.clock.now()):
            return PlainTextResponse("二维码不存在或已过期", status_code=404)
        as_svg = request.query_params.get("format") == "svg"
        out = io.BytesIO()
        drawing = segno.make(code.url, error="m", micro=False)
        drawing.save(out, kind="svg" if as_svg else "png", scale=10, border=3)
        media_type = "image/svg+xml" if as_svg else "image/png"
        return Response(out.getvalue(), media_type=media_type)

    return image
