"""The service account's menu, declared; pushed only when it differs."""

from typing import Any

from app.channels.accounts import Account
from wechat.gateway import Gateway
from wechat.handlers.clicks import ACTIVITIES, HELP, MY_BOOKINGS, MY_CHILDREN, MY_PASSPORT

MENU: dict[str, Any] = {
    "button": [
        {
            "name": "活动",
            "sub_button": [
                {"type": "click", "name": "近期活动", "key": ACTIVITIES},
                {"type": "click", "name": "我的预约", "key": MY_BOOKINGS},
            ],
        },
        {"type": "scancode_waitmsg", "name": "扫码签到", "key": "CHECK_IN"},
        {
            "name": "我的",
            "sub_button": [
                {"type": "click", "name": "游学护照", "key": MY_PASSPORT},
                {"type": "click", "name": "我的孩子", "key": MY_CHILDREN},
                {"type": "click", "name": "使用帮助", "key": HELP},
            ],
        },
    ]
}


NO_MENU = 46003


class MenuRefused(Exception):
    """The platform did not show or take the menu; the code says why."""


async def read_menu(gateway: Gateway, account: Account) -> list[dict[str, Any]]:
    """The menu as the platform has it now, in our own shape; empty when there is none."""
    answer = await gateway.get(account, "/cgi-bin/menu/get")
    if answer.errcode not in (0, NO_MENU):
        raise MenuRefused(answer.errcode)
    menu = answer.data.get("menu", {})
    buttons = menu.get("button", []) if isinstance(menu, dict) else []
    return [_plain(button) for button in buttons]


def _plain(button: dict[str, Any]) -> dict[str, Any]:
    """Without the empty lists the platform adds to every button."""
    kept = {key: value for key, value in button.items() if value not in ([], "")}
    if "sub_button" in kept:
        kept["sub_button"] = [_plain(child) for child in kept["sub_button"]]
    return kept


async def push_menu(gateway: Gateway, account: Account) -> bool:
    """Make the platform's menu ours; False when it already was."""
    if await read_menu(gateway, account) == MENU["button"]:
        return False
    answer = await gateway.post(account, "/cgi-bin/menu/create", MENU)
    if answer.errcode:
        raise MenuRefused(answer.errcode)
    return True
