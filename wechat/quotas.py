"""How many calls of an API are left today? What the platform's own meter says."""

from app.channels.accounts import Account
from wechat.gateway import Gateway

QUOTA = "/cgi-bin/openapi/quota/get"
METERED = (
    "/cgi-bin/message/template/send",
    "/cgi-bin/message/custom/send",
    "/cgi-bin/message/subscribe/bizsend",
    "/cgi-bin/qrcode/create",
    "/cgi-bin/menu/create",
)


async def read_quota(gateway: Gateway, account: Account, path: str) -> tuple[int, int] | None:
    """(limit, used) of today; None where the platform does not say."""
    answer = await gateway.post(account, QUOTA, {"cgi_path": path})
    quota = answer.data.get("quota")
    if answer.errcode or not isinstance(quota, dict):
        return None
    limit, used = quota.get("daily_limit"), quota.get("used")
    if not isinstance(limit, int) or not isinstance(used, int):
        return None
    return limit, used
