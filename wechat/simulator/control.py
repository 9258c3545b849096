"""How does a test or the demo's story steer the simulator?"""

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from wechat.simulator import actions
from wechat.simulator.actions import Outcome
from wechat.simulator.callbacks import push_again
from wechat.simulator.config import Mode
from wechat.simulator.console import new_qrcode
from wechat.simulator.faults import Fault
from wechat.simulator.menus import menu_of
from wechat.simulator.people import MINIPROGRAM, mint_code
from wechat.simulator.simulator import LoggedCall, Simulator
from wechat.simulator.subscriptions import answer_popup, switch_off
from wechat.simulator.world import Message, Phone, QrCode, Verdict

router = APIRouter(prefix="/sim/api", tags=["control"])


def simulator_of(request: Request) -> Simulator:
    simulator: Simulator = request.app.state.simulator
    return simulator


Sim = Annotated[Simulator, Depends(simulator_of)]


def phone_of(sim: Sim, openid: str) -> Phone:
    if phone := sim.world.phones.get(openid):
        return phone
    raise HTTPException(404, "没有这部手机")


ThisPhone = Annotated[Phone, Depends(phone_of)]


class PhoneSummary(BaseModel):
    name: str
    role: str
    note: str
    openid: str
    mp_openid: str
    following: bool
    unread: int


class NewPhone(BaseModel):
    name: str = Field(default="陌生人", min_length=1, max_length=20)
    role: str = Field(default="访客", max_length=20)
    note: str = Field(default="", max_length=60)
    openid: str = ""
    mp_openid: str = ""


class ScanTarget(BaseModel):
    """Exactly one of them. A scene without a code counts as printed on paper earlier."""

    scene: str = ""
    ticket: str = ""
    url: str = ""


class Repeat(BaseModel):
    openid: str
    same_nonce: bool = False


class CodeSummary(BaseModel):
    scene: str
    label: str
    ticket: str
    url: str
    created_at: int
    expires_at: int | None
    live: bool


class Summary(BaseModel):
    now: int
    clock_offset: int
    mode: Mode
    callback_url: str
    phones: int
    followers: int
    qrcodes: int
    menu: bool
    pending_pushes: int
    faults: list[Fault]


@router.get("/phones")
def list_phones(sim: Sim) -> list[PhoneSummary]:
    return [summary(phone) for phone in sim.world.phones.values()]


@router.post("/phones", status_code=201)
def add_phone(sim: Sim, wanted: NewPhone) -> PhoneSummary:
    """A stranger who does not follow yet."""
    openid = wanted.openid or f"o{secrets.token_urlsafe(20)}"
    if openid in sim.world.phones:
        raise HTTPException(409, "这个 openid 已经有手机了")
    phone = Phone(
        name=wanted.name,
        role=wanted.role,
        note=wanted.note,
        openid=openid,
        mp_openid=wanted.mp_openid or f"m{secrets.token_urlsafe(20)}",
    )
    sim.world.phones[openid] = phone
    return summary(phone)


@router.delete("/phones/{openid}", status_code=204)
def drop_phone(sim: Sim, phone: ThisPhone) -> None:
    """Switched off for good; what it sent before stays sent."""
    del sim.world.phones[phone.openid]


@router.get("/phones/{openid}/messages")
def list_messages(phone: ThisPhone, after: int = 0) -> list[Message]:
    return [message for message in phone.messages if message.id > after]


@router.get("/phones/{openid}/menu")
def shown_menu(sim: Sim, phone: ThisPhone) -> list[dict[str, object]]:
    """The menu that this phone shows now."""
    return menu_of(sim, phone)


@router.get("/phones/{openid}/tags")
def shown_tags(sim: Sim, phone: ThisPhone) -> list[str]:
    """The names of the tags this follower carries."""
    return [sim.world.tags[number] for number in sorted(phone.tags)]


@router.post("/phones/{openid}/follow")
async def follow(sim: Sim, phone: ThisPhone, target: ScanTarget | None = None) -> Outcome:
    code = wanted_code(sim, target) if target and target != ScanTarget() else None
    return await actions.follow(sim, phone, code)


@router.post("/phones/{openid}/unfollow")
async def unfollow(sim: Sim, phone: ThisPhone) -> Outcome:
    return await actions.unfollow(sim, phone)


@router.post("/phones/{openid}/scan")
async def scan(sim: Sim, phone: ThisPhone, target: ScanTarget) -> Outcome:
    return await scan_target(sim, phone, target)


@router.post("/phones/{openid}/text")
async def send_text(
    sim: Sim, phone: ThisPhone, text: Annotated[str, Body(embed=True, min_length=1)]
) -> Outcome:
    return await actions.send_text(sim, phone, text)


@router.post("/phones/{openid}/click")
async def click(sim: Sim, phone: ThisPhone, key: Annotated[str, Body(embed=True)]) -> Outcome:
    """A button by key, address or name; a key not in the menu is an old client's cached menu."""
    button = actions.find_button(sim, phone, key) or {"type": "click", "name": key, "key": key}
    return await actions.tap(sim, phone, button)


@router.post("/phones/{openid}/scancode")
async def scancode(
    sim: Sim,
    phone: ThisPhone,
    key: Annotated[str, Body()],
    result: Annotated[str, Body()],
) -> Outcome:
    fallback = {"type": "scancode_waitmsg", "name": key, "key": key}
    button = actions.find_button(sim, phone, key) or fallback
    return await actions.scan_for_button(sim, phone, button, result)


@router.post("/phones/{openid}/login-code")
def login_code(sim: Sim, phone: ThisPhone) -> dict[str, str]:
    """What wx.login() gives the mini-program."""
    return {"code": mint_code(sim, phone, MINIPROGRAM)}


@router.post("/phones/{openid}/oauth-code")
def oauth_code(
    sim: Sim,
    phone: ThisPhone,
    scope: Annotated[Literal["snsapi_base", "snsapi_userinfo"], Body(embed=True)] = "snsapi_base",
) -> dict[str, str]:
    """What the authorize page appends to redirect_uri."""
    return {"code": mint_code(sim, phone, scope)}


@router.post("/phones/{openid}/subscribe")
async def tap_subscribe(
    sim: Sim,
    phone: ThisPhone,
    template_id: Annotated[str, Body()],
    answer: Annotated[Literal["accept", "reject", "ban", "off"], Body()] = "accept",
) -> dict[str, int]:
    """The popup of a page was answered, or (`off`) the template switched off in WeChat's settings."""
    if answer == "off":
        await switch_off(sim, phone, template_id)
    else:
        await answer_popup(sim, phone, template_id, answer)
    return {"left": phone.grants.get(template_id, 0)}


@router.post("/templates/{template_id}")
def ban_template(
    sim: Sim, template_id: str, banned: Annotated[bool, Body(embed=True)]
) -> list[str]:
    """The platform bans a template, or takes it back; answers what is banned."""
    change = sim.world.banned_templates.add if banned else sim.world.banned_templates.discard
    change(template_id)
    return sorted(sim.world.banned_templates)


@router.post("/limits")
def set_limit(
    sim: Sim, path: Annotated[str, Body()], daily: Annotated[int, Body(ge=0)]
) -> dict[str, int]:
    """An API's calls a day; 0 is used up at once."""
    sim.world.daily_limits[path] = daily
    return sim.world.daily_limits


@router.post("/repeat")
async def repeat(sim: Sim, wanted: Repeat) -> Outcome:
    """The phone's last push once more: byte for byte, or newly sealed."""
    delivery = await push_again(sim, phone_of(sim, wanted.openid), same_nonce=wanted.same_nonce)
    if delivery is None:
        raise HTTPException(409, "这部手机还没有推送过")
    return Outcome(
        status="ok" if delivery.answered else "no_answer",
        attempts=delivery.attempts,
        replies=delivery.replies,
        problem=delivery.problem,
    )


@router.get("/qrcodes")
def list_codes(sim: Sim) -> list[CodeSummary]:
    return code_summaries(sim)


@router.get("/requests")
def list_calls(sim: Sim, path: str = "") -> list[LoggedCall]:
    return [call for call in sim.calls if not path or call.path == path]


@router.delete("/requests", status_code=204)
def forget_calls(sim: Sim) -> None:
    sim.calls.clear()


@router.get("/faults")
def list_faults(sim: Sim) -> list[Fault]:
    return sim.faults.active


@router.post("/faults", status_code=201)
def add_fault(sim: Sim, fault: Fault) -> Fault:
    sim.faults.add(fault)
    return fault


@router.delete("/faults", status_code=204)
def clear_faults(sim: Sim) -> None:
    sim.faults.clear()


@router.post("/verdicts", status_code=201)
def add_verdict(sim: Sim, verdict: Verdict) -> Verdict:
    """What the content check says from now on to texts with this word, or to pictures."""
    sim.world.verdicts.insert(0, verdict)
    return verdict


@router.delete("/verdicts", status_code=204)
def clear_verdicts(sim: Sim) -> None:
    sim.world.verdicts.clear()


@router.post("/clock")
def advance_clock(
    sim: Sim, advance_seconds: Annotated[int, Body(embed=True, ge=0)]
) -> dict[str, int]:
    sim.advance(advance_seconds)
    return {"now": sim.clock.now()}


@router.post("/mode")
def set_mode(sim: Sim, mode: Annotated[Mode, Body(embed=True)]) -> dict[str, Mode]:
    sim.world.mode = mode
    return {"mode": mode}


@router.post("/settle")
async def settle(sim: Sim) -> dict[str, int]:
    """Wait for the delivery notices that follow template messages."""
    await sim.settle()
    return {"pending_pushes": sim.pending}


@router.get("/state")
def state(sim: Sim) -> Summary:
    phones = sim.world.phones.values()
    return Summary(
        now=sim.clock.now(),
        clock_offset=sim.clock.offset,
        mode=sim.world.mode,
        callback_url=sim.account.callback_url,
        phones=len(phones),
        followers=sum(phone.following for phone in phones),
        qrcodes=len(sim.world.qrcodes),
        menu=sim.world.menu is not None,
        pending_pushes=sim.pending,
        faults=sim.faults.active,
    )


async def scan_target(sim: Simulator, phone: Phone, target: ScanTarget) -> Outcome:
    """Scan a code of the account; any other address opens in the client's browser."""
    if target.url and actions.find_code(sim, url=target.url) is None:
        if not target.url.startswith("http://weixin.qq.com/"):
            return Outcome(status="ok", opened=target.url)
        return Outcome(status="unknown_code", replies=[sim.notice(phone, "无法识别的二维码")])
    return await actions.scan(sim, phone, wanted_code(sim, target))


def wanted_code(sim: Simulator, target: ScanTarget) -> QrCode:
    if sum(map(bool, (target.scene, target.ticket, target.url))) != 1:
        raise HTTPException(422, "scene、ticket、url 要且只要给一个")
    code = actions.find_code(sim, scene=target.scene, ticket=target.ticket, url=target.url)
    if code is not None:
        return code
    if not target.scene:
        raise HTTPException(404, "没有这个二维码")
    return new_qrcode(sim, target.scene, numeric=target.scene.isdigit())


def summary(phone: Phone) -> PhoneSummary:
    return PhoneSummary(**{key: getattr(phone, key) for key in PhoneSummary.model_fields})


def code_summaries(sim: Simulator) -> list[CodeSummary]:
    """Newest first, one per scene: a poster printed twice is still one place to scan."""
    now = sim.clock.now()
    newest: dict[str, QrCode] = {}
    for code in reversed(sim.world.qrcodes.values()):
        newest.setdefault(code.scene, code)
    return [
        CodeSummary(
            scene=code.scene,
            label=sim.scene_label(code.scene),
            ticket=code.ticket,
            url=code.url,
            created_at=code.created_at,
            expires_at=code.expires_at,
            live=code.live(now),
        )
        for code in newest.values()
    ]
