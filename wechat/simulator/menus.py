"""Which menu does the account show, and to whom?"""

from typing import Any
from urllib.parse import urlsplit

from wechat.simulator.gate import Call, Json
from wechat.simulator.refusals import Refused
from wechat.simulator.simulator import Simulator
from wechat.simulator.world import ConditionalMenu, Phone

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
DOMAINS = 3  # to which all conditional menus together may lead
PRIVATE = {"sex", "country", "province", "city", "language"}


def create_menu(call: Call) -> Json:
    """Replace the default menu; each shape error has its own number, the first one is told."""
    call.sim.world.menu = {"button": _buttons(call)}
    call.sim.world.menu_id = call.sim.next_msgid()
    return {"errcode": 0, "errmsg": "ok"}


def add_conditional(call: Call) -> Json:
    """A menu for those who carry a tag, or use one kind of client; there must be a default menu.

    What says something about a person's private life is no longer allowed as a condition.
    """
    world = call.sim.world
    if world.menu is None:
        raise Refused(65303)
    buttons, rule = _buttons(call), call.body.get("matchrule")
    if not isinstance(rule, dict) or not any(rule.values()):
        raise Refused(65304)
    if PRIVATE & {key for key, value in rule.items() if value}:
        raise Refused(65320)
    wanted = str(rule.get("tag_id") or "")
    if wanted and not (wanted.isdigit() and int(wanted) in world.tags):
        raise Refused(45159)
    if len(_domains([*world.conditional, ConditionalMenu(menu_id=0, button=buttons)])) > DOMAINS:
        raise Refused(65316)
    menu = ConditionalMenu(
        menu_id=call.sim.next_msgid(),
        button=buttons,
        tag_id=int(wanted or 0),
        client=str(rule.get("client_platform_type") or ""),
    )
    world.conditional.append(menu)
    return {"menuid": str(menu.menu_id)}


def delete_conditional(call: Call) -> Json:
    menus, wanted = call.sim.world.conditional, str(call.body.get("menuid", ""))
    found = next((menu for menu in menus if str(menu.menu_id) == wanted), None)
    if found is None:
        raise Refused(65301)
    menus.remove(found)
    return {"errcode": 0, "errmsg": "ok"}


def try_match(call: Call) -> Json:
    """The menu that this follower sees."""
    phone = call.phone(call.text("user_id"))
    if call.sim.world.menu is None:
        raise Refused(46003)
    return {"button": menu_of(call.sim, phone)}


def menu_of(sim: Simulator, phone: Phone) -> list[Json]:
    """The newest conditional menu whose condition fits the phone, else the default one."""
    if sim.world.menu is None:
        return []
    for menu in reversed(sim.world.conditional):
        tagged = not menu.tag_id or menu.tag_id in phone.tags
        if tagged and menu.client in ("", phone.client):
            return menu.button
    buttons: list[Json] = sim.world.menu["button"]
    return buttons


def _buttons(call: Call) -> list[Json]:
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP_BUTTONS:
        raise Refused(40016)
    return [_top_button(button) for button in buttons]


def _domains(menus: list[ConditionalMenu]) -> set[str]:
    leaves = (leaf for menu in menus for top in menu.button for leaf in (top, *top["sub_button"]))
    return {urlsplit(leaf["url"]).netloc for leaf in leaves if "url" in leaf}


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
    """The menus as created, conditional ones newest first; 46003 when there is none."""
    world = call.sim.world
    if world.menu is None:
        raise Refused(46003)
    shown: Json = {"menu": {**world.menu, "menuid": world.menu_id}}
    if world.conditional:
        shown["conditionalmenu"] = [_shown(menu) for menu in reversed(world.conditional)]
    return shown


def _shown(menu: ConditionalMenu) -> Json:
    """The condition comes back under the older name of a tag as well."""
    tag = {"tag_id": str(menu.tag_id), "group_id": str(menu.tag_id)} if menu.tag_id else {}
    client = {"client_platform_type": menu.client} if menu.client else {}
    return {"button": menu.button, "matchrule": tag | client, "menuid": menu.menu_id}


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
    """The default menu and every conditional one."""
    call.sim.world.menu, call.sim.world.conditional = None, []
    return {"errcode": 0, "errmsg": "ok"}


def _without_children(button: Json) -> Json:
    return {key: value for key, value in button.items() if key != "sub_button"}
