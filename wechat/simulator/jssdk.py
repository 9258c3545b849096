"""What does WeChat's script ask the platform for, while a page of the account is open on a phone?

Pages come from another port, so every answer names the account's own site as the only reader.
"""

import hashlib
import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Request
from starlette.responses import JSONResponse, Response

from wechat.simulator.control import Sim
from wechat.simulator.pages import PHONE_COOKIE
from wechat.simulator.simulator import Simulator
from wechat.simulator.subscriptions import answer_popup

router = APIRouter(prefix="/sim/js", include_in_schema=False)
MOST_TEMPLATES = 5
PhoneCookie = Annotated[str, Cookie(alias=PHONE_COOKIE)]


@router.post("/config")
async def config(sim: Sim, request: Request) -> Response:
    """Is the page signed with our ticket, for this very address?"""
    form = await request.form()
    ticket = sim.world.jsapi_ticket.value if sim.world.jsapi_ticket else ""
    text = "&".join(
        (
            f"jsapi_ticket={ticket}",
            f"noncestr={form.get('nonceStr')}",
            f"timestamp={form.get('timestamp')}",
            f"url={form.get('url')}",
        )
    )
    wanted = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    given = str(form.get("signature", ""))
    right = ticket and form.get("appId") == sim.account.appid
    if not right or not hmac.compare_digest(wanted.encode(), given.encode()):
        return _answer(sim, {"errMsg": "config:invalid signature"})
    return _answer(sim, {"errMsg": "config:ok"})


@router.post("/templates")
async def templates(sim: Sim, request: Request, sim_phone: PhoneCookie = "") -> Response:
    """What the dialog shows; a banned or unknown template is not asked for."""
    phone = sim.world.phones.get(sim_phone)
    ids = str((await request.form()).get("ids", "")).split(",")
    known = [one for one in ids if one in sim.config.templates]
    if phone is None or not known or len(ids) > MOST_TEMPLATES:
        return _answer(sim, {"errMsg": "subscribe:fail", "errCode": 10001})
    shown = [{"id": one, "title": sim.config.templates[one].title} for one in known]
    body = {"errMsg": "ok", "account": sim.account.name, "phone": phone.name}
    return _answer(sim, {**body, "templates": shown})


@router.post("/subscribe")
async def subscribe(sim: Sim, request: Request, sim_phone: PhoneCookie = "") -> Response:
    """The person answered: the platform tells the account, and the page."""
    phone = sim.world.phones.get(sim_phone)
    given = {key: str(value) for key, value in (await request.form()).items()}
    answers = {key: _word(sim, key, value) for key, value in given.items()}
    if phone is None:
        return _answer(sim, {"answers": {}})
    for template_id, word in answers.items():
        await answer_popup(sim, phone, template_id, word)
    return _answer(sim, {"answers": answers})


def _word(sim: Simulator, template_id: str, answer: str) -> str:
    if template_id in sim.world.banned_templates:
        return "ban"
    return "accept" if answer == "accept" else "reject"


def _answer(sim: Simulator, body: dict[str, object]) -> Response:
    site = urlsplit(sim.config.base_url or sim.account.callback_url)
    headers = {
        "Access-Control-Allow-Origin": f"{site.scheme}://{site.netloc}",
        "Access-Control-Allow-Credentials": "true",
        "Cache-Control": "no-store",
    }
    return JSONResponse(body, headers=headers)
