"""Which way does a message take, when may it go, and how do several become one? Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.channels.kinds import ROUTE, Way
from app.notifications.kinds import KINDS, MATTERS, SAFETY, URGENT, DeliveryState, Kind

SEVERAL = 3  # so many of one kind to one person in one round become one message
LONGEST_HEADLINE = 20
# Answers after which fewer calls are made at once.
TOO_FAST = frozenset(
    {"no_answer", "platform_busy", "platform_down", "platform_44990", "platform_45011"}
)
_HEADLINES = ("title", "round", "what", "summary", "level")


@dataclass(frozen=True)
class Quiet:
    """The quiet hours of a day, by the school's clock; `until` is the morning's hour."""

    begin: int
    until: int

    @classmethod
    def of(cls, words: str) -> "Quiet | None":
        """`21-7`; empty means none."""
        if not words:
            return None
        begin, _, until = words.partition("-")
        return cls(int(begin), int(until))

    def wait(self, hour: int, minute: int, second: int) -> float | None:
        """Seconds to the morning; None when it is not quiet."""
        inside = (
            self.begin <= hour or hour < self.until
            if self.begin > self.until
            else self.begin <= hour < self.until
        )
        if not inside:
            return None
        return float(((self.until - hour) % 24) * 3600 - minute * 60 - second)


@dataclass(frozen=True)
class Facts:
    """What is known about one claimed delivery when its way is chosen."""

    kind: Kind
    followed: bool  # there is an openid of the service account
    window: bool  # a customer message may be sent now
    doubt: bool  # an earlier attempt may have arrived: no other way may be taken
    carries: frozenset[Way]  # the ways that exist for this kind at all
    stopped: Callable[[Way], bool]


def feasible(facts: Facts, after: Way | None = None) -> list[Way]:
    """The ways that may be tried now, best first; after a refused one only those behind it."""
    if facts.doubt:
        return [Way.TEMPLATE] if after is None else [Way.INBOX]
    begin = 0 if after is None else ROUTE.index(after) + 1
    return [way for way in ROUTE[begin:] if _open(facts, way)]


def _open(facts: Facts, way: Way) -> bool:
    if way is Way.INBOX:
        return True
    if way not in facts.carries or facts.stopped(way):
        return False
    if way is Way.CUSTOMER:
        return facts.followed and facts.window
    return way is Way.GRANT or facts.followed


def nowhere(facts: Facts) -> tuple[DeliveryState, str]:
    """Why no way was left before any was tried."""
    if any(facts.stopped(way) for way in facts.carries):
        return DeliveryState.FAILED, "kind_stopped"
    if not facts.followed:
        return DeliveryState.NOT_FOLLOWING, "no_wechat"
    return DeliveryState.FAILED, "no_template"


def next_size(size: int, reason: str | None, most: int) -> int:
    """How many calls may be under way after this answer: one more after a good one, half after
    "too fast" or none."""
    if reason in TOO_FAST:
        return max(1, size // 2)
    return min(size + 1, most)


def may_wait(kind: Kind, *, quiet: bool) -> bool:
    """Whether a message is left for the morning, at night, for a person who wants that."""
    return quiet and kind not in URGENT


def bursts(rows: Sequence[tuple[UUID, UUID, Kind, str]]) -> dict[UUID, list[UUID]]:
    """(delivery, person, kind, child) → the first of each burst with the others it speaks for."""
    groups: dict[tuple[UUID, Kind, str], list[UUID]] = {}
    for delivery, person, kind, child in rows:
        if kind not in SAFETY:
            groups.setdefault((person, kind, child), []).append(delivery)
    return {
        group[0]: group[1:]
        for group in (sorted(found) for found in groups.values())
        if len(group) >= SEVERAL
    }


def speaking_for(kind: Kind, fields: dict[str, Any], number: int) -> dict[str, Any]:
    """The words of the first, saying how many there are; it still fits a field of 20."""
    if number < 2:
        return fields
    name = next((one for one in _HEADLINES if one in KINDS[kind].fields), None)
    if name is None:
        return fields
    more = f"等{number}项"
    words = " ".join(str(fields.get(name, "")).split())
    room = LONGEST_HEADLINE - len(more)
    return {**fields, name: (words if len(words) <= room else words[: room - 1] + "…") + more}


def hearers(kind: Kind, guardians: Sequence[UUID], pupil_id: UUID) -> list[UUID]:
    """Who is told. A child nobody is bound to has only itself: what matters then ends on the
    school's list, instead of nowhere."""
    return list(guardians) or ([pupil_id] if kind in MATTERS else [])


def plain_words(kind: Kind, fields: dict[str, Any]) -> str:
    """What it was about, in one line and without the child's name."""
    about = KINDS[kind]
    said = [
        f"{label} {fields[name]}"
        for name, label in about.fields.items()
        if name != "pupil" and fields.get(name)
    ]
    return "，".join([about.title, *said])


def in_words(kind: Kind, fields: dict[str, Any], number: int = 1) -> str:
    """The message as plain lines: for the chat, a list on paper, or the clipboard."""
    about = KINDS[kind]
    fields = speaking_for(kind, fields, number)
    lines = [f"{label}：{fields[name]}" for name, label in about.fields.items() if fields.get(name)]
    return "\n".join([f"【{about.title}】", *lines])
