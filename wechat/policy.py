"""What must the sender do about each error code of the platform? (wechat-platform, section 6)"""

from app.notifications.kinds import DeliveryState
from app.notifications.ports import Verdict

BUSY = frozenset({-1, 61450})
NOT_FOLLOWING = frozenset({43004, 50005})
REFUSED_BY_PERSON = frozenset({43019, 43101})
ALREADY_SENT = frozenset({40241, 45065})
LATER = {43108: 4.0, 43117: 3600.0, 45009: 3600.0, 45011: 60.0, 44990: 60.0}
BUSY_SECONDS = 2.0


def verdict_of(errcode: int, platform_id: str | None) -> Verdict:
    """Delivered to the platform, worth another try, or over with a reason people can act on."""
    if errcode == 0 or errcode in ALREADY_SENT:
        return Verdict(DeliveryState.SENT, platform_id=platform_id)
    if errcode in BUSY:
        return Verdict(DeliveryState.PENDING, "platform_busy", retry_in_seconds=BUSY_SECONDS)
    if errcode in LATER:
        reason = f"platform_{errcode}"
        return Verdict(DeliveryState.PENDING, reason, retry_in_seconds=LATER[errcode])
    if errcode in NOT_FOLLOWING:
        return Verdict(DeliveryState.NOT_FOLLOWING, f"platform_{errcode}")
    if errcode in REFUSED_BY_PERSON:
        return Verdict(DeliveryState.REFUSED, f"platform_{errcode}")
    return Verdict(DeliveryState.FAILED, f"platform_{errcode}")
