"""The platform's own QR code for a base's poster."""

from app.channels.accounts import Account
from wechat.gateway import Gateway


class QrRefused(Exception):
    """The platform did not make the code; the code says why."""


async def create_scene_code(gateway: Gateway, account: Account, scene: str) -> str:
    """A permanent code for a scene of 1–64 characters; gives the address to draw."""
    body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    answer = await gateway.post(account, "/cgi-bin/qrcode/create", body)
    url = answer.data.get("url")
    if answer.errcode or not isinstance(url, str):
        raise QrRefused(answer.errcode)
    return url
