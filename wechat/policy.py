"""What must the sender do about each error code of the platform? (wechat-platform, section 6)

What a code means in words, and who must act, stands in `app.channels.rules.CODES`; a test
compares the two. A code we do not know fails with its number, and nothing follows.
"""

import re
from dataclasses import dataclass, replace

from app.channels.kinds import ItemKind
from app.notifications.kinds import DeliveryState
from app.notifications.ports import Halt, Verdict

BUSY_SECONDS = 2.0
_RID = re.compile(r"rid:\s*([0-9A-Za-z-]{1,60})")
_FIELD = re.compile(r"data\.(\w{1,32})\.value")


@dataclass(frozen=True)
class Rule:
    """How an attempt with this code ends, whether the next way is tried, and what follows."""

    state: DeliveryState = DeliveryState.FAILED
    wait: float | None = None
    falls: bool = False
    halt: Halt | None = None
    item: ItemKind | None = None
    window_closed: bool = False
    taps_void: bool = False
    link_broken: bool = False


_PENDING, _REFUSED = DeliveryState.PENDING, DeliveryState.REFUSED
_SENT = Rule(DeliveryState.SENT)
_PARK = Rule()
_BUSY = Rule(_PENDING, BUSY_SECONDS)
_MINUTE = Rule(_PENDING, 60.0)
_GONE = Rule(DeliveryState.NOT_FOLLOWING, falls=True)
_BANNED = Rule(falls=True, halt=Halt.KIND, item=ItemKind.TEMPLATE_BANNED)
_FORBIDDEN = Rule(falls=True, halt=Halt.WAY, item=ItemKind.WAY_FORBIDDEN)
# The account itself is refused: everything waits, and a person is told.
_SECRET = Rule(_PENDING, 300.0, halt=Halt.ACCOUNT, item=ItemKind.SECRET_REFUSED)
_ADDRESS = Rule(_PENDING, 300.0, halt=Halt.ACCOUNT, item=ItemKind.ADDRESS_REFUSED)
_TOKEN = Rule(_PENDING, 30.0, halt=Halt.ACCOUNT, item=ItemKind.TOKEN_REFUSED)
_PUNISHED = Rule(_PENDING, 3600.0, halt=Halt.ACCOUNT, item=ItemKind.ACCOUNT_RESTRICTED)
_NO_WINDOW = Rule(_REFUSED, falls=True, window_closed=True)

POLICY: dict[int, Rule] = {
    -1: _BUSY,
    40001: _TOKEN,
    40002: _SECRET,
    40003: Rule(falls=True, item=ItemKind.OPENIDS_STRANGE, link_broken=True),
    40007: _PARK,
    40013: _SECRET,
    40014: _TOKEN,
    40016: _PARK,
    40017: _PARK,
    40018: _PARK,
    40023: _PARK,
    40025: _PARK,
    40029: _PARK,
    40032: _PARK,
    40037: _BANNED,
    40097: _PARK,
    40125: _SECRET,
    40163: _PARK,
    40164: _ADDRESS,
    40241: _SENT,
    41001: _TOKEN,
    41030: Rule(item=ItemKind.PAGE_REFUSED),
    42001: _TOKEN,
    42002: _PARK,
    42003: _PARK,
    42007: _PARK,
    43004: _GONE,
    43019: Rule(_REFUSED),
    43101: Rule(_REFUSED, falls=True, taps_void=True),
    43107: _BANNED,
    43108: Rule(_PENDING, 4.0),
    43116: _BANNED,
    43117: Rule(_PENDING, 3600.0),
    44990: _MINUTE,
    45002: Rule(falls=True),
    45008: _PARK,
    45009: Rule(_PENDING, 3600.0, halt=Halt.TODAY, item=ItemKind.QUOTA_USED),
    45011: _MINUTE,
    45015: _NO_WINDOW,
    45047: _NO_WINDOW,
    45056: _PARK,
    45058: _PARK,
    45059: _PARK,
    45065: _SENT,
    45066: _MINUTE,
    45067: _PARK,
    45103: _FORBIDDEN,
    45109: _FORBIDDEN,
    45157: _PARK,
    45158: _PARK,
    45159: _PARK,
    45168: _PARK,
    46003: _PARK,
    47001: _PARK,
    47003: Rule(item=ItemKind.TEMPLATE_FIELD),
    48001: _FORBIDDEN,
    48003: _FORBIDDEN,
    48004: _PUNISHED,
    48006: _PARK,
    49003: _PARK,
    50002: _PUNISHED,
    50005: _GONE,
    61007: _FORBIDDEN,
    61450: _BUSY,
    61451: _PARK,
    61452: _PARK,
    65301: _PARK,
    65303: _PARK,
    65304: _PARK,
    65316: _PARK,
    65320: _PARK,
    87014: _PARK,
    89503: _ADDRESS,
    89506: _ADDRESS,
    89507: _ADDRESS,
}


def verdict_of(errcode: int, platform_id: str | None, errmsg: str = "") -> Verdict:
    """Delivered to the platform, worth another try, for the next way, or over with a reason."""
    if errcode == 0:
        return Verdict(DeliveryState.SENT, platform_id=platform_id)
    rule = POLICY.get(errcode, _PARK)
    reason = f"platform_{errcode}"
    if rule is _SENT:
        return Verdict(DeliveryState.SENT, platform_id=platform_id, rid=rid_of(errmsg))
    if rule is _BUSY:
        reason = "platform_busy"
    if errcode == 47003 and (field := _FIELD.search(errmsg)):
        reason = f"{reason}:{field[1]}"
    said = Verdict(rule.state, reason, platform_id, rule.wait, rule.falls, errcode, rid_of(errmsg))
    return replace(
        said,
        halt=rule.halt,
        item=rule.item,
        window_closed=rule.window_closed,
        taps_void=rule.taps_void,
        link_broken=rule.link_broken,
    )


def rid_of(errmsg: str) -> str | None:
    """The platform's number of the request, by which its support finds it."""
    found = _RID.search(errmsg)
    return found[1] if found else None
