"""Pure rules of the door: which visit does a scan mean, and is it in time?"""

import base64
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.attendance.errors import (
    AlreadyLeft,
    ClockOff,
    NotBooked,
    NotInside,
    TooEarly,
    TooLate,
    WrongBase,
    WrongDay,
)
from app.attendance.kinds import Distance, What
from app.kit.clock import say_moment, school_day
from app.kit.errors import DomainError
from app.people.errors import ChoosePupil

OPENS_BEFORE = timedelta(minutes=30)
LEAVES_WITHIN = timedelta(hours=2)
GRACE = timedelta(minutes=10)
CLOCK_TOLERANCE = timedelta(minutes=2)
UPLOADS_WITHIN = timedelta(days=2)
MOST_ON_DEVICE = 3
SUSPICIOUS_CLUSTER = 4


@dataclass(frozen=True)
class Visit:
    """One booked session of one child, as the door sees it."""

    booking_id: UUID
    pupil_id: UUID
    pupil_name: str
    session_id: UUID
    base_id: UUID
    base_name: str
    organization_id: UUID
    title: str
    category: str
    minutes: int
    evidence_needed: str
    starts_at: datetime
    ends_at: datetime
    class_id: UUID | None = None
    school_id: UUID | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    guardians: Sequence[UUID] = ()
    photo_agreed: bool = True

    @property
    def attended(self) -> bool:
        return self.arrived_at is not None

    def open_at(self, at: datetime) -> bool:
        """From half an hour before the start until the end, both inclusive."""
        return self.starts_at - OPENS_BEFORE <= at <= self.ends_at

    def leaving_at(self, at: datetime) -> bool:
        """Whoever came is seen to leave until two hours after the end."""
        return self.starts_at - OPENS_BEFORE <= at <= self.ends_at + LEAVES_WITHIN


@dataclass(frozen=True)
class Line:
    """An accepted line of the ledger. `received` orders the ledger, `at` is when it happened."""

    id: UUID
    what: str
    evidence: str | None
    at: datetime
    received: datetime


@dataclass(frozen=True)
class Presence:
    """What the lines of one child at one session add up to."""

    scan_id: UUID
    evidence: str
    arrived_at: datetime
    left_at: datetime | None
    minutes: int | None
    is_late: bool
    left_early: bool


def presence(lines: Sequence[Line], starts: datetime, ends: datetime) -> Presence | None:
    """Arrival, departure and minutes; None when nobody came or a correction took it back.

    The order of upload does not matter, only when things happened; a `void` takes
    back every line received before it. Minutes count inside the session's time
    only, and only when a departure was seen.
    """
    voids = [line.received for line in lines if line.what == What.VOID]
    valid = [line for line in lines if not voids or line.received > max(voids)]
    first: Line | None = None
    inside: datetime | None = None
    left: datetime | None = None
    spent = timedelta()
    for line in sorted(valid, key=lambda line: (line.at, line.what, line.id)):
        if line.what == What.IN and inside is None:
            first, inside, left = first or line, line.at, None
        elif line.what == What.OUT and inside is not None:
            spent += _overlap(inside, line.at, starts, ends)
            inside, left = None, line.at
    if first is None:
        return None
    went_out = left is not None or spent > timedelta()
    if inside is not None and went_out:
        spent += _overlap(inside, ends, starts, ends)
    return Presence(
        scan_id=first.id,
        evidence=min(line.evidence for line in valid if line.what == What.IN and line.evidence),
        arrived_at=first.at,
        left_at=left,
        minutes=int(spent.total_seconds() // 60) if went_out else None,
        is_late=is_late(first.at, starts),
        left_early=left is not None and left < ends - GRACE,
    )


def _overlap(since: datetime, until: datetime, starts: datetime, ends: datetime) -> timedelta:
    return max(min(until, ends) - max(since, starts), timedelta())


def is_late(arrived: datetime, starts: datetime) -> bool:
    """More than ten minutes after the start."""
    return arrived > starts + GRACE


def moment_of(scanned_at: datetime | None, now: datetime) -> datetime | DomainError:
    """When a scan of staff happened: what an offline device says, unless its clock is off.

    Only staff's devices are believed, at most two days back; ahead of us never.
    """
    if scanned_at is None:
        return now
    if scanned_at > now + CLOCK_TOLERANCE or scanned_at < now - UPLOADS_WITHIN:
        return ClockOff(seen=say_moment(scanned_at))
    return min(scanned_at, now)


def choose_visit(
    visits: Sequence[Visit],
    here: Callable[[Visit], bool],
    now: datetime,
    names: str,
) -> Visit | DomainError:
    """The one visit a scan at this door means now, or why there is none.

    Several children expected here now: we refuse to guess. All of them in
    already: the latest visit, so that a second scan is answered like the first.
    """
    open_now = [visit for visit in visits if visit.open_at(now)]
    at_this_door = [visit for visit in open_now if here(visit)]
    waiting = [visit for visit in at_this_door if not visit.attended]
    expected = {visit.pupil_id: visit for visit in waiting}
    if len(expected) > 1:
        ordered = sorted(expected.values(), key=lambda visit: visit.pupil_id)
        return ChoosePupil(
            [visit.pupil_id for visit in ordered],
            number_choices([visit.pupil_name for visit in ordered]),
        )
    if waiting:
        return min(waiting, key=lambda visit: (visit.starts_at, visit.session_id))
    if at_this_door:
        return max(at_this_door, key=lambda visit: (visit.starts_at, visit.session_id))
    return _why_not(visits, open_now, here, now, names)


def choose_leaving(
    visits: Sequence[Visit], here: Callable[[Visit], bool], at: datetime, names: str
) -> Visit | DomainError:
    """The visit that a scan at the exit ends: the child must have come in, and not have left."""
    near = [visit for visit in visits if here(visit) and visit.leaving_at(at)]
    inside = [visit for visit in near if visit.attended and visit.left_at is None]
    if inside:
        return max(inside, key=lambda visit: (visit.starts_at, visit.session_id))
    gone = [visit for visit in near if visit.left_at is not None]
    if gone:
        return AlreadyLeft(names=gone[-1].pupil_name, left=say_moment(gone[-1].left_at or at))
    return NotInside(names=names)


def number_choices(names: Sequence[str]) -> str:
    """`1 小南  2 小北`: the order is that of the children's ids, the same every time."""
    return "  ".join(f"{number} {name}" for number, name in enumerate(names, start=1))


def _why_not(
    visits: Sequence[Visit],
    open_now: Sequence[Visit],
    here: Callable[[Visit], bool],
    now: datetime,
    names: str,
) -> DomainError:
    if open_now:
        return WrongBase(names=open_now[0].pupil_name, base=open_now[0].base_name)
    booked_here = [visit for visit in visits if here(visit)]
    today = [visit for visit in booked_here if school_day(visit.starts_at) == school_day(now)]
    coming = [visit for visit in today if visit.starts_at > now]
    if coming:
        return TooEarly(opens=say_moment(coming[0].starts_at - OPENS_BEFORE))
    if today:
        return TooLate(ended=say_moment(today[-1].ends_at))
    if booked_here:
        later = [visit for visit in booked_here if visit.starts_at > now]
        nearest = later[0] if later else booked_here[-1]
        return WrongDay(names=nearest.pupil_name, starts=say_moment(nearest.starts_at))
    return NotBooked(names=names)


CODE_PREFIX = "r"
CODE_SECONDS = 10
_MAC_BYTES = 12


@dataclass(frozen=True)
class Shown:
    """What a rotating code says before it is believed."""

    display_id: UUID
    window: int
    mac: bytes


def window_of(at: datetime) -> int:
    """Ten-second windows since 1970, by the server's clock only."""
    return int(at.timestamp()) // CODE_SECONDS


def code_of(display_id: UUID, secret: str, window: int) -> str:
    """The word in the code: display, window and a keyed sum; letters and digits only, 53 of them."""
    head = display_id.bytes + window.to_bytes(4, "big")
    mac = hmac.digest(bytes.fromhex(secret), head, "sha256")[:_MAC_BYTES]
    return CODE_PREFIX + base64.b32encode(head + mac).decode().rstrip("=").lower()


def read_code(word: str) -> Shown | None:
    """None for what no screen of ours has ever shown."""
    if not word.startswith(CODE_PREFIX) or len(word) != 53:
        return None
    try:
        raw = base64.b32decode(word[1:].upper() + "====")
    except ValueError:
        return None
    return Shown(UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big"), raw[20:])


def is_genuine(shown: Shown, secret: str) -> bool:
    """Compared in constant time."""
    expected = read_code(code_of(shown.display_id, secret, shown.window))
    return expected is not None and hmac.compare_digest(expected.mac, shown.mac)


def is_fresh(shown: Shown, now: datetime) -> bool:
    """The window shown now and the one before it: a screenshot lives at most twenty seconds."""
    return window_of(now) - 1 <= shown.window <= window_of(now)


def distance_risks(distance: Distance | None) -> tuple[str, ...]:
    """A phone that is not there, or says so: a signal and never a refusal. Saying nothing is none."""
    return (distance.value,) if distance in (Distance.AWAY, Distance.FAR) else ()


def risks_of(*, relayed: bool, people_on_device: int, in_same_moment: int) -> tuple[str, ...]:
    """Signals for a person to look at, never a refusal: children share phones, and come in groups."""
    found = []
    if relayed:
        found.append("late_code")
    if people_on_device > MOST_ON_DEVICE:
        found.append("shared_device")
    if in_same_moment >= SUSPICIOUS_CLUSTER:
        found.append("cluster")
    return tuple(found)
