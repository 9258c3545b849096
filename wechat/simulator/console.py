"""What can the account set up: codes with a scene, and its menu?"""

import secrets
from typing import Any
from urllib.parse import urlsplit

from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import QrCode

LONGEST_TEMPORARY_SECONDS = 2_592_000  # 30 days
DEFAULT_TEMPORARY_SECONDS = 60
PERMANENT_CODES = 100_000
TEMPORARY = {"QR_SCENE", "QR_STR_SCENE"}
PERMANENT = {"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}

TOP_BUTTONS, SUB_BUTTONS = 3, 5
TOP_NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1_024
KEYED = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
KEYLESS = {"media_id", "article_id", "article_view_limited"}


def create_qrcode(call: Call) -> Json:
    """A temporary code lives at most 30 days; a permanent one is made once per scene."""
    sim, action = call.sim, call.text("action_name")
    if action not in TEMPORARY | PERMANENT:
        raise Refused(40097, "invalid args: action_name")
    numeric = action in {"QR_SCENE", "QR_LIMIT_SCENE"}
    scene = _scene(call, numeric=numeric, permanent=action in PERMANENT)
    if action in TEMPORARY:
        seconds = call.body.get("expire_seconds", DEFAULT_TEMPORARY_SECONDS)
        if type(seconds) is not int or not 1 <= seconds <= LONGEST_TEMPORARY_SECONDS:
            raise Refused(40097, "invalid args: expire_seconds")
        code = new_qrcode(sim, scene, numeric=numeric, seconds=seconds)
        return {"ticket": code.ticket, "expire_seconds": seconds, "url": code.url}
    permanent = [c for c in sim.world.qrcodes.values() if c.expires_at is None]
    known = next((c for c in permanent if (c.scene, c.numeric) == (scene, numeric)), None)
    if known is None and len(permanent) >= PERMANENT_CODES:
        raise Refused(45029)
    code = known or new_qrcode(sim, scene, numeric=numeric)
    return {"ticket": code.ticket, "url": code.url}


def new_qrcode(sim: Simulator, scene: str, *, numeric: bool, seconds: int | None = None) -> QrCode:
    """Record a code under a ticket and an address of the platform's shape."""
    now, random = sim.clock.now(), secrets.token_urlsafe(66)
    code = QrCode(
        ticket=f"gQ{random}",
        url=f"http://weixin.qq.com/q/02{random[:20]}",
        scene=scene,
        numeric=numeric,
        created_at=now,
        expires_at=None if seconds is None else now + seconds,
    )
    sim.world.qrcodes[code.ticket] = code
    return code


def _scene(call: Call, *, numeric: bool, permanent: bool) -> str:
    info = call.body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise Refused(40097, "invalid args: action_info")
    if numeric:
        number = scene.get("scene_id")
        largest = 100_000 if permanent else 2**32 - 1
        if type(number) is not int or not 1 <= number <= largest:
            raise Refused(40097, "invalid args: scene_id")
        return str(number)
    text = scene.get("scene_str")
    if not isinstance(text, str) or not 1 <= len(text) <= 64:
        raise Refused(40097, "invalid args: scene_str")
    return text


def create_menu(call: Call) -> Json:
    """Replace the whole menu; each shape error has its own number, the first one is told."""
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP_BUTTONS:
        raise Refused(40016)
    kept = [_top_button(button) for button in buttons]
    call.sim.world.menu = {"button": kept}
    call.sim.world.menu_id = call.sim.next_msgid()
    return {"errcode": 0, "errmsg": "ok"}


def _top_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise Refused(40016)
    name = _sized(button.get("name"), TOP_NAME_BYTES, 40018)
    children = button.get("sub_button") or []
    if not children:
        return {**_leaf(button, name, sub=False), "sub_button": []}
    if not isinstance(children, list) or len(children) > SUB_BUTTONS:
        raise Refused(40023)
    return {"name": name, "sub_button": [_sub_button(child) for child in children]}


def _sub_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise Refused(40024)
    name = _sized(button.get("name"), SUB_NAME_BYTES, 40025)
    return {**_leaf(button, name, sub=True), "sub_button": []}


def _leaf(button: Json, name: str, *, sub: bool) -> Json:
    kind = button.get("type")
    kept: Json = {"type": kind, "name": name}
    if kind in KEYED:
        kept["key"] = _sized(button.get("key"), KEY_BYTES, 40026 if sub else 40019)
    elif kind in {"view", "miniprogram"}:
        kept["url"] = _sized(button.get("url"), URL_BYTES, 40027 if sub else 40020)
        if urlsplit(kept["url"]).scheme not in {"http", "https"}:
            raise Refused(40055)
        if kind == "miniprogram":
            kept |= {"appid": button.get("appid"), "pagepath": button.get("pagepath")}
    elif kind in KEYLESS:
        kept |= {k: v for k, v in button.items() if k in {"media_id", "article_id"}}
    else:
        raise Refused(40024 if sub else 40017)
    return kept


def _sized(value: Any, most: int, errcode: int) -> str:
    if not isinstance(value, str) or not value or len(value.encode()) > most:
        raise Refused(errcode)
    return value


def get_menu(call: Call) -> Json:
    """The menu as created; 46003 when there is none."""
    if call.sim.world.menu is None:
        raise Refused(46003)
    return {"menu": {**call.sim.world.menu, "menuid": call.sim.world.menu_id}}


def get_current_selfmenu(call: Call) -> Json:
    """The menu as clients show it, in this call's own nesting."""
    menu = call.sim.world.menu
    if menu is None:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    shown = []
    for button in menu["button"]:
        if button["sub_button"]:
            leaves = [_without_children(leaf) for leaf in button["sub_button"]]
            shown.append({"name": button["name"], "sub_button": {"list": leaves}})
        else:
            shown.append(_without_children(button))
    return {"is_menu_open": 1, "selfmenu_info": {"button": shown}}


def delete_menu(call: Call) -> Json:
    call.sim.world.menu = None
    return {"errcode": 0, "errmsg": "ok"}


def _without_children(button: Json) -> Json:
    return {key: value for key, value in button.items() if key != "sub_button"}
