"""How do a class booking under way, reserves, a draw, a weekly course and families' phones become rows?"""

import hashlib
from collections import Counter, defaultdict
from datetime import date, timedelta
from uuid import UUID

from app.activities.kinds import SessionMode
from app.activities.models import Seat
from app.activities.rules import commitment, pattern_days, reserves_of
from app.bookings.kinds import BookingState, ClassBookingState
from app.bookings.models import ClassBooking
from app.bookings.rules import adults_needed
from app.demo.build_orgs import Members
from app.demo.build_people import ClassRoom, Crowd
from app.demo.build_visits import Visits
from app.demo.cast import FAMILY_PHONES, WECHAT, YECHENG, family_openid
from app.demo.draft import SEED, Draft
from app.demo.extras import (
    DRAWN,
    FOR_CLASSES,
    PRIMARY,
    RESERVED,
    WEEKLY,
    Program,
    afternoon,
    families_of,
    on_weekday,
)
from app.demo.schools import HOLIDAYS, TERMS
from app.kit.clock import at_school
from app.orgs.kinds import DayKind
from app.people.kinds import IdentityKind
from app.people.models import Identity

WEDNESDAY, SATURDAY = 2, 5
MOST_WEEKS = 8
APPLIED, IN_RESERVE = 45, 12
RESERVE_DAYS = 3


def build_modes(program: Program, members: Members, crowd: Crowd, visits: Visits) -> None:
    _build_class_bookings(program, members, crowd, visits)
    _build_reserved(program, members, crowd, visits)
    _build_draw(program, crowd, visits)
    _build_weekly(program)
    _build_family_phones(program.draft, crowd)


def _build_class_bookings(program: Program, members: Members, crowd: Crowd, visits: Visits) -> None:
    """One waits for its school, one for the unit."""
    draft = program.draft
    activity = program.activity(FOR_CLASSES)
    rooms = {room.name: room for room in crowd.rooms if room.school == YECHENG}
    day = on_weekday(draft.today + timedelta(days=12), WEDNESDAY)
    window = (draft.now - timedelta(days=6), at_school(day - timedelta(days=1), 18))
    for number, (name, state) in enumerate(
        (("三（2）班", ClassBookingState.HEAD_CONFIRMED), ("四（1）班", ClassBookingState.DRAFTED))
    ):
        starts = at_school(day + timedelta(weeks=number), 9)
        session_id, plan = program.session(
            FOR_CLASSES, activity, starts, window, 45, mode=SessionMode.CLASS
        )
        room = rooms[name]
        pupils = [one for one in room.pupils if not visits.is_busy(one, [starts])]
        booking = _class_booking(draft, session_id, room, state, len(pupils))
        for pupil in pupils:
            visits.book(
                session_id,
                plan,
                pupil,
                BookingState.HELD,
                school_id=members.schools[YECHENG],
                class_booking_id=booking,
            )
        for _ in range(plan.capacity - len(pupils)):
            draft.add(Seat, session_id=session_id, booking_id=None)


def _class_booking(
    draft: Draft, session_id: UUID, room: ClassRoom, state: ClassBookingState, pupils: int
) -> UUID:
    asked = state is ClassBookingState.HEAD_CONFIRMED
    return draft.add(
        ClassBooking,
        session_id=session_id,
        class_id=room.id,
        teacher_id=room.teacher,
        adults=adults_needed(pupils, room.grade),
        bus_note="大巴一辆，8:20 校门口出发",
        state=state,
        confirm_by=draft.now + timedelta(days=2 if asked else 5),
        answer_by=draft.now + timedelta(days=5) if asked else None,
        created_at=draft.now - timedelta(days=2),
        updated_at=draft.now - timedelta(days=1),
    )


def _build_reserved(program: Program, members: Members, crowd: Crowd, visits: Visits) -> None:
    """A Saturday whose seats are the schools' first; some families have taken theirs."""
    draft = program.draft
    activity = program.activity(RESERVED)
    day = on_weekday(draft.today + timedelta(days=20), SATURDAY)
    starts = at_school(day, 10)
    session_id, plan = program.session(
        RESERVED,
        activity,
        starts,
        (draft.now - timedelta(days=2), at_school(day - timedelta(days=1), 18)),
        40,
        reserve_percent=80,
        reserve_until=starts - timedelta(days=RESERVE_DAYS),
        cancel_until=starts - timedelta(days=1),
    )
    least, most = RESERVED[1].grades
    enrolled = Counter(
        str(members.schools[pupil.room.school])
        for pupil in crowd.pupils.values()
        if least <= pupil.room.grade <= most
    )
    shares = reserves_of(plan.capacity, enrolled, 0.8)
    taken: Counter[str] = Counter()
    for pupil in draft.luck("reserved").sample(families_of(crowd, (least, most)), IN_RESERVE):
        school = str(members.schools[pupil.room.school])
        if visits.is_busy(pupil.id, [starts]) or taken[school] >= shares.get(school, 0):
            continue
        taken[school] += 1
        visits.book(
            session_id,
            plan,
            pupil.id,
            BookingState.CONFIRMED,
            pool_id=UUID(school),
            school_id=UUID(school),
        )
    for school, number in shares.items():
        for _ in range(number - taken[school]):
            draft.add(Seat, session_id=session_id, booking_id=None, pool_id=UUID(school))
    for _ in range(plan.capacity - sum(shares.values())):
        draft.add(Seat, session_id=session_id, booking_id=None)


def _build_draw(program: Program, crowd: Crowd, visits: Visits) -> None:
    """A night at the weather station: twenty places, many lots; the draw is in a few days."""
    draft = program.draft
    seed = hashlib.sha256(f"{SEED}/{draft.code}/draw".encode()).hexdigest()[:40]
    starts = afternoon(on_weekday(draft.today + timedelta(days=18), SATURDAY), 18, 0)
    closes = at_school(draft.today + timedelta(days=6), 18)
    session_id, plan = program.session(
        DRAWN,
        program.activity(DRAWN),
        starts,
        (draft.now - timedelta(days=3), closes),
        20,
        mode=SessionMode.LOTTERY,
        draw_seed=seed,
        draw_digest=commitment(seed),
    )
    for pupil in draft.luck("draw").sample(families_of(crowd, DRAWN[1].grades), APPLIED):
        if not visits.is_busy(pupil.id, [starts]):
            visits.book(session_id, plan, pupil.id, BookingState.APPLIED)
    for _ in range(plan.capacity):
        draft.add(Seat, session_id=session_id, booking_id=None)


def weekly_days(today: date) -> list[date]:
    """The coming Wednesdays of the term that has enough of them left, without days off."""
    special: dict[date, tuple[DayKind, str]] = {
        first + timedelta(days=number): (kind, name)
        for first, last, kind, name in HOLIDAYS
        for number in range((last - first).days + 1)
    }
    for _, _, starts_on, ends_on in TERMS:
        if ends_on >= today + timedelta(weeks=2):
            weeks = (ends_on - starts_on).days // 7
            days, _ = pattern_days(_Term(starts_on, ends_on), 1, weeks, [WEDNESDAY + 1], special)
            return [day for day in days if day > today][:MOST_WEEKS]
    return [on_weekday(today + timedelta(weeks=n + 1), WEDNESDAY) for n in range(MOST_WEEKS)]


class _Term:
    def __init__(self, starts_on: date, ends_on: date) -> None:
        self.starts_on, self.ends_on = starts_on, ends_on


def _build_weekly(program: Program) -> None:
    draft = program.draft
    activity = program.activity(WEEKLY)
    for day in weekly_days(draft.today):
        window = (draft.now - timedelta(days=1), at_school(day, 12))
        session_id, plan = program.session(WEEKLY, activity, afternoon(day, 16, 0), window, 24)
        for _ in range(plan.capacity):
            draft.add(Seat, session_id=session_id, booking_id=None)


def _build_family_phones(draft: Draft, crowd: Crowd) -> None:
    """Families whose phones the stories may use; the simulator gets them when a story needs them."""
    seen: defaultdict[UUID, int] = defaultdict(int)
    number = 0
    for pupil in families_of(crowd, PRIMARY):
        guardian = pupil.guardians[0]
        seen[guardian] += 1
        if number == FAMILY_PHONES or seen[guardian] > 1:
            continue
        number += 1
        draft.add(
            Identity,
            person_id=guardian,
            kind=IdentityKind.MINIPROGRAM,
            issuer=WECHAT["miniprogram_appid"],
            subject=family_openid(number),
        )
