"""What can a person do with their phone, and what does the platform make of it?"""

from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from wechat.simulator.callbacks import Delivery, push
from wechat.simulator.envelope import Elements
from wechat.simulator.menus import menu_of
from wechat.simulator.messages import open_after_tap, open_after_text
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import Direction, Kind, Message, Phone, QrCode

NOT_FOLLOWING = "尚未关注该服务号"


class Outcome(BaseModel):
    """What the phone saw. `opened` is a page the client opens in its own browser."""

    status: str
    attempts: int = 0
    replies: list[Message] = []
    opened: str = ""
    problem: str = ""


async def follow(sim: Simulator, phone: Phone, code: QrCode | None = None) -> Outcome:
    """Subscribe, with the scene when it came from a code; a follower changes nothing."""
    if phone.following:
        return Outcome(status="already_following")
    now = sim.clock.now()
    phone.following, phone.subscribe_time = True, now
    phone.subscribe_scene = "ADD_SCENE_QR_CODE" if code else "ADD_SCENE_SEARCH"
    phone.qr_scene = code.scene if code else ""
    sim.notice(phone, f"关注了{sim.account.name}")
    open_after_tap(phone, now)
    event = {"Event": "subscribe", "EventKey": ""}
    if code:
        event |= {"EventKey": f"qrscene_{code.scene}", "Ticket": code.ticket}
    return _outcome(await push(sim, phone, event, answerable=True))


async def unfollow(sim: Simulator, phone: Phone) -> Outcome:
    """Unsubscribe: nothing can be shown any more, and every window closes."""
    if not phone.following:
        return Outcome(status="not_following")
    phone.following, phone.qr_scene = False, ""
    phone.tags.clear()
    open_after_tap(phone, 0)
    open_after_text(phone, 0)
    sim.notice(phone, f"取消关注了{sim.account.name}")
    event = {"Event": "unsubscribe", "EventKey": ""}
    return _outcome(await push(sim, phone, event, answerable=False))


async def scan(sim: Simulator, phone: Phone, code: QrCode) -> Outcome:
    """SCAN of a follower; a stranger follows through the code. An expired code does nothing."""
    now = sim.clock.now()
    if not code.live(now):
        return Outcome(status="expired", replies=[sim.notice(phone, "二维码已过期")])
    label = sim.scene_label(code.scene) or code.scene
    sim.notice(phone, f"扫描二维码：{label}")
    if not phone.following:
        return await follow(sim, phone, code)
    open_after_tap(phone, now)
    event = {"Event": "SCAN", "EventKey": code.scene, "Ticket": code.ticket}
    return _outcome(await push(sim, phone, event, answerable=True))


async def send_text(sim: Simulator, phone: Phone, text: str) -> Outcome:
    """A text message; only a follower has a chat to write in."""
    if not phone.following:
        return Outcome(status="not_following", problem=NOT_FOLLOWING)
    sim.show(phone, Message(direction=Direction.SENT, kind=Kind.TEXT, text=text))
    open_after_text(phone, sim.clock.now())
    message: Elements = {"MsgType": "text", "Content": text, "MsgId": sim.next_msgid()}
    return _outcome(await push(sim, phone, message, answerable=True))


async def tap(sim: Simulator, phone: Phone, button: dict[str, Any]) -> Outcome:
    """Tap a menu button: CLICK asks the account, VIEW only tells it, the rest open things.

    A scancode button does nothing before a code is scanned: see `scan_for_button`.
    """
    if not phone.following:
        return Outcome(status="not_following", problem=NOT_FOLLOWING)
    kind = button.get("type")
    if kind == "click":
        sim.notice(phone, f"点击菜单：{button['name']}")
        open_after_tap(phone, sim.clock.now())
        event: Elements = {"Event": "CLICK", "EventKey": str(button["key"])}
        return _outcome(await push(sim, phone, event, answerable=True))
    if kind == "view":
        url = str(button["url"])
        event = {"Event": "VIEW", "EventKey": url, "MenuId": sim.world.menu_id}
        return _outcome(await push(sim, phone, event, answerable=False), opened=url)
    if kind == "miniprogram":
        page = str(button.get("pagepath") or "")
        event = {"Event": "view_miniprogram", "EventKey": page, "MenuId": sim.world.menu_id}
        sim.notice(phone, f"打开小程序：{page}")
        return _outcome(await push(sim, phone, event, answerable=False))
    if kind in {"scancode_waitmsg", "scancode_push"}:
        return Outcome(status="needs_scan")
    return Outcome(status="unsupported", replies=[sim.notice(phone, "模拟器不支持这种菜单")])


async def scan_for_button(
    sim: Simulator, phone: Phone, button: dict[str, Any], result: str
) -> Outcome:
    """Scan after tapping a scancode button; scancode_push also opens a scanned address."""
    if not phone.following:
        return Outcome(status="not_following", problem=NOT_FOLLOWING)
    waits = button.get("type") != "scancode_push"
    sim.notice(phone, f"{button['name']}：扫描了 {_short(result)}")
    open_after_tap(phone, sim.clock.now())
    event: Elements = {
        "Event": "scancode_waitmsg" if waits else "scancode_push",
        "EventKey": str(button["key"]),
        "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": result},
    }
    address = urlsplit(result).scheme in {"http", "https"}
    delivery = await push(sim, phone, event, answerable=waits)
    return _outcome(delivery, opened=result if address and not waits else "")


def find_button(sim: Simulator, phone: Phone, wanted: str) -> dict[str, Any] | None:
    """A button of the menu that this phone shows, by its key, its address or its name."""
    for top in menu_of(sim, phone):
        for button in (top, *top["sub_button"]):
            if wanted in {button.get("key"), button.get("url"), button["name"]}:
                return {**button}
    return None


def find_code(sim: Simulator, *, ticket: str = "", scene: str = "", url: str = "") -> QrCode | None:
    """The newest code with that ticket, scene or address; the phone's camera sees no more."""
    for code in reversed(sim.world.qrcodes.values()):
        if (ticket and code.ticket == ticket) or (url and code.url == url):
            return code
        if scene and code.scene == scene:
            return code
    return None


def _outcome(delivery: Delivery, opened: str = "") -> Outcome:
    return Outcome(
        status="ok" if delivery.answered else "no_answer",
        attempts=delivery.attempts,
        replies=delivery.replies,
        opened=opened,
        problem=delivery.problem,
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
