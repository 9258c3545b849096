"""The service account's menus, declared: one for everybody, and one for each role that has its own.

The platform shows the newest conditional menu that fits, so the order here is the order of
publishing: who is a mother and a teacher sees the teacher's. Every staff menu therefore keeps the
family's answers. Pupils carry no tag and see the default menu, as strangers do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.people.roles import ROLE_TAGS
from app.people.rules import role_key
from wechat.handlers.keys import (
    ACTIVITIES,
    BIND,
    CHECK_IN,
    HELP,
    MY_BOOKINGS,
    MY_CHILDREN,
    MY_PASSPORT,
    TODAY,
    WAITING,
)

Button = dict[str, Any]


@dataclass(frozen=True)
class Menu:
    """`key` is that of the tag whose carriers see it; empty for the default menu."""

    key: str
    title: str
    buttons: list[Button]


def _tap(name: str, key: str) -> Button:
    return {"type": "click", "name": name, "key": key}


def _more(name: str, *leaves: Button) -> Button:
    return {"name": name, "sub_button": list(leaves)}


_SCAN: Button = {"type": "scancode_waitmsg", "name": "扫码签到", "key": CHECK_IN}
_COMING, _BOOKED = _tap("近期活动", ACTIVITIES), _tap("我的预约", MY_BOOKINGS)
_PASSPORT, _CHILDREN = _tap("游学护照", MY_PASSPORT), _tap("切换孩子", MY_CHILDREN)
_BIND, _HELP = _tap("绑定孩子", BIND), _tap("使用帮助", HELP)
_OWN = _more("我的", _BOOKED, _PASSPORT, _CHILDREN, _HELP)
_TODAY, _WAITING = _tap("今天的活动", TODAY), _tap("待办事项", WAITING)
_BUTTONS: dict[str, list[Button]] = {
    "guardian": [
        _more("活动", _COMING, _BOOKED),
        _SCAN,
        _more("孩子", _PASSPORT, _CHILDREN, _HELP),
    ],
    "teacher": [_more("带队", _TODAY, _COMING), _SCAN, _OWN],
    "unit": [_more("现场", _TODAY, _COMING), _SCAN, _OWN],
    "office": [_more("工作", _WAITING, _COMING), _SCAN, _OWN],
}
DEFAULT = Menu(
    "",
    "默认菜单",
    [_more("活动", _COMING, _BOOKED), _SCAN, _more("我的", _PASSPORT, _BIND, _HELP)],
)
CONDITIONAL = tuple(
    Menu(role_key(tag.key), f"{tag.name}的菜单", _BUTTONS[tag.key]) for tag in ROLE_TAGS
)
MENUS = (DEFAULT, *CONDITIONAL)

TOP_BUTTONS, SUB_BUTTONS = 3, 5
TOP_NAME, SUB_NAME = 4, 8  # characters that a phone shows before it cuts
TOP_BYTES, SUB_BYTES, KEY_BYTES, URL_BYTES = 16, 60, 128, 1_024
DOMAINS = 3  # to which all conditional menus together may lead


def menus_problem(menus: Sequence[Menu]) -> str | None:
    """Why the platform would not take or not show these menus, in words; None when it would."""
    for menu in menus:
        if problem := _menu_problem(menu.buttons):
            return f"{menu.title}：{problem}"
    urls = (
        leaf["url"] for menu in menus if menu.key for leaf in leaves(menu.buttons) if "url" in leaf
    )
    if len({urlsplit(url).netloc for url in urls}) > DOMAINS:
        return f"个性化菜单里的网址最多到 {DOMAINS} 个域名。"
    return None


def _menu_problem(buttons: Sequence[Button]) -> str | None:
    if not 1 <= len(buttons) <= TOP_BUTTONS:
        return f"一级菜单要有 1 到 {TOP_BUTTONS} 个。"
    for top in buttons:
        children = top.get("sub_button", [])
        if len(children) > SUB_BUTTONS:
            return f"“{top['name']}”下面最多 {SUB_BUTTONS} 个。"
        problem = _name_problem(top["name"], TOP_NAME, TOP_BYTES)
        names = [_name_problem(one["name"], SUB_NAME, SUB_BYTES) for one in children]
        targets = [_target_problem(leaf) for leaf in children or [top]]
        if found := next(filter(None, (problem, *names, *targets)), None):
            return found
    return None


def _name_problem(name: str, most: int, most_bytes: int) -> str | None:
    if not name:
        return "有一个菜单没有名称。"
    if len(name) > most or len(name.encode()) > most_bytes:
        return f"“{name}”太长，手机上最多显示 {most} 个字。"
    return None


def _target_problem(leaf: Button) -> str | None:
    if (
        len(leaf.get("key", "").encode()) > KEY_BYTES
        or len(leaf.get("url", "").encode()) > URL_BYTES
    ):
        return f"“{leaf['name']}”的网址或编号太长。"
    if not leaf.get("key") and not leaf.get("url"):
        return f"“{leaf['name']}”点了没有反应：没有编号，也没有网址。"
    return None


def leaves(buttons: Sequence[Button]) -> list[Button]:
    """Everything that can be tapped."""
    return [leaf for top in buttons for leaf in top.get("sub_button") or [top]]


def plain(button: Mapping[str, Any]) -> Button:
    """A button as the platform shows it, without the empty lists it adds."""
    kept = {key: value for key, value in button.items() if value not in ([], "")}
    if "sub_button" in kept:
        kept["sub_button"] = [plain(child) for child in kept["sub_button"]]
    return kept


def say_difference(ours: Sequence[Button], theirs: Sequence[Button]) -> str:
    """Which buttons differ, as a secretary reads it."""
    wanted, found = _lines(ours), _lines(theirs)
    parts = [
        ("平台上少了", [name for name in wanted if name not in found]),
        ("平台上多了", [name for name in found if name not in wanted]),
        ("点了做的事不同", [n for n in wanted if n in found and wanted[n] != found[n]]),
    ]
    words = "；".join(
        f"{said}{'、'.join(f'“{n}”' for n in names)}" for said, names in parts if names
    )
    return words or "按钮的顺序不同"


def _lines(buttons: Sequence[Button]) -> dict[str, tuple[Any, ...]]:
    return {
        f"{top['name']} › {leaf['name']}" if top.get("sub_button") else str(top["name"]): (
            leaf.get("type"),
            leaf.get("key"),
            leaf.get("url"),
        )
        for top in buttons
        for leaf in top.get("sub_button") or [top]
    }
