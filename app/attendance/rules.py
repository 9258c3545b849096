"""Pure rules of the door: which visit does a scan mean, and is it in time?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.attendance.errors import NotBooked, TooEarly, TooLate, WrongBase, WrongDay
from app.kit.clock import say_moment, school_day
from app.kit.errors import DomainError
from app.people.errors import ChoosePupil

OPENS_BEFORE = timedelta(minutes=30)


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
    attended: bool
    photo_agreed: bool = True

    def open_at(self, now: datetime) -> bool:
        """From half an hour before the start until the end, both inclusive."""
        return self.starts_at - OPENS_BEFORE <= now <= self.ends_at


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
