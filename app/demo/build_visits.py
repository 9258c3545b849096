"""Who booked, who came, and which stamps are in the passports already?"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.activities.kinds import ActivityState, EvidenceGrade
from app.activities.models import Seat
from app.attendance.errors import NotBooked
from app.attendance.kinds import Way
from app.attendance.models import Attendance, Scan
from app.attendance.service import EVIDENCE
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.demo.build_activities import PlannedSession, state_of
from app.demo.build_people import Crowd
from app.demo.cast import LOGINS, POTTERY
from app.demo.draft import Draft, demo_code
from app.demo.units import POTTERY_COURSE, POTTERY_FULL
from app.kit.clock import school_day
from app.passports.models import Stamp
from app.passports.rules import good_enough
from app.people.roles import Role

# Which of the cast came to the first and to the second past session of an activity.
CAST_VISITS: dict[str, tuple[tuple[str, ...], ...]] = {
    POTTERY_COURSE: (("xiaonan",), ("shuang", "dui")),
    "做一串气象风铃": ((), ("xiaonan",)),
    "焊一块会唱歌的板": (("xiaoxing",), ()),
    "太阳能小车": (("xiaohe",), ("xiaozhou",)),
    "垃圾去哪儿了": ((), ("duoduo",)),
}
CAST_IN_FULL, CAST_WAITING = ("xiaohe", "xiaozhou"), ("xiaoxing",)
MORE_WAITING = 2
CAME, CANCELLED = 0.92, 0.05
WITHOUT_SEAT = (BookingState.WAITLISTED, BookingState.CANCELLED, BookingState.APPLIED)


class Visits:
    """Fills the sessions one by one; nobody is in two places on one day."""

    def __init__(self, draft: Draft, crowd: Crowd) -> None:
        self._draft, self._crowd = draft, crowd
        self._luck: Random = draft.luck("visits")
        self._busy: set[tuple[UUID, date]] = set()
        self._past: Counter[str] = Counter()
        self._full_made = False
        self._door = next(
            crowd.staff[login.name] for login in LOGINS if login.role is Role.DOOR_STAFF
        )
        self._by_grade: dict[int, list[UUID]] = defaultdict(list)
        cast = set(crowd.children.values())
        for pupil in crowd.pupils.values():
            if pupil.id not in cast:
                self._by_grade[pupil.room.grade].append(pupil.id)

    def fill(self, session_id: UUID, plan: PlannedSession) -> None:
        """Seats for every place, bookings for some of them, and for a past one the visits."""
        taken = 0
        if state_of(plan.offer.title) is ActivityState.PUBLISHED:
            if plan.past:
                taken = self._fill_past(session_id, plan)
            elif plan.offer.title == POTTERY_FULL and not self._full_made:
                taken = self._fill_full(session_id, plan)
            elif plan.opens_at < self._draft.now:
                taken = self._fill_future(session_id, plan)
        for _ in range(plan.capacity - taken):
            self._draft.add(Seat, session_id=session_id, booking_id=None)

    def is_busy(self, pupil: UUID, moments: Iterable[datetime]) -> bool:
        """Whether the child is somewhere on one of these days already."""
        return any((pupil, school_day(moment)) in self._busy for moment in moments)

    def attend(self, session_id: UUID, plan: PlannedSession, visitors: Iterable[UUID]) -> None:
        """A past session with exactly these visitors; all of them came."""
        seats = plan.capacity
        for pupil in visitors:
            booking = self.book(session_id, plan, pupil, BookingState.ATTENDED)
            self._visit(session_id, plan, pupil, booking, Way.CARD)
            seats -= 1
        for _ in range(seats):
            self._draft.add(Seat, session_id=session_id, booking_id=None)

    def _fill_past(self, session_id: UUID, plan: PlannedSession) -> int:
        title = plan.offer.title
        known = CAST_VISITS.get(title, ((), ()))[self._past[title]]
        self._past[title] += 1
        cast = [self._crowd.children[key] for key in known]
        number = round(plan.capacity * self._luck.uniform(0.75, 1.0))
        visitors = cast + self._pick(plan, number - len(cast))
        for pupil in visitors:
            came = pupil in cast or self._luck.random() < CAME
            state = BookingState.ATTENDED if came else BookingState.ABSENT
            booking = self.book(session_id, plan, pupil, state)
            if came:
                way = Way.CARD if pupil in cast else self._way(plan, pupil)
                self._visit(session_id, plan, pupil, booking, way)
        if self._luck.random() < 0.2:
            self._refuse_stray(plan)
        return len(visitors)

    def _fill_full(self, session_id: UUID, plan: PlannedSession) -> int:
        """The one full session of the stories, with its short waiting list."""
        self._full_made = True
        cast = [self._crowd.children[key] for key in CAST_IN_FULL]
        for pupil in cast + self._pick(plan, plan.capacity - len(cast)):
            self.book(session_id, plan, pupil, BookingState.CONFIRMED)
        waiting = [self._crowd.children[key] for key in CAST_WAITING]
        for pupil in waiting + self._pick(plan, MORE_WAITING):
            self.book(session_id, plan, pupil, BookingState.WAITLISTED)
        return plan.capacity

    def _fill_future(self, session_id: UUID, plan: PlannedSession) -> int:
        number = round(plan.capacity * self._luck.uniform(0.1, 0.6))
        taken = 0
        for pupil in self._pick(plan, number):
            if self._luck.random() < CANCELLED:
                self.book(session_id, plan, pupil, BookingState.CANCELLED)
            else:
                self.book(session_id, plan, pupil, BookingState.CONFIRMED)
                taken += 1
        return taken

    def _pick(self, plan: PlannedSession, number: int) -> list[UUID]:
        """Pupils of the right grades who are free on that day."""
        least, most = plan.offer.grades
        fitting = [p for grade in range(least, most + 1) for p in self._by_grade[grade]]
        day = school_day(plan.starts_at)
        tried = self._luck.sample(fitting, min(len(fitting), number * 3))
        free = [pupil for pupil in tried if (pupil, day) not in self._busy][:number]
        self._busy.update((pupil, day) for pupil in free)
        return free

    def book(
        self,
        session_id: UUID,
        plan: PlannedSession,
        pupil: UUID,
        state: BookingState,
        pool_id: UUID | None = None,
        **more: UUID,
    ) -> UUID:
        """A booking, with a seat of its own (of `pool_id`'s reserve) where its state holds one."""
        booking = self._draft.take_id(Booking.__tablename__)
        holds = state not in WITHOUT_SEAT
        row = {"session_id": session_id, "booking_id": booking, "pool_id": pool_id}
        seat = self._draft.add(Seat, **row) if holds else None
        self._busy.add((pupil, school_day(plan.starts_at)))
        at = self._moment(plan.opens_at, min(plan.closes_at, self._draft.now))
        self._draft.link(
            Booking,
            id=booking,
            session_id=session_id,
            pupil_id=pupil,
            booked_by=self._booker(pupil),
            state=state,
            seat_id=seat,
            cancelled_at=at if state is BookingState.CANCELLED else None,
            created_at=at,
            updated_at=at,
            **more,
        )
        return booking

    def _booker(self, pupil_id: UUID) -> UUID | None:
        """A guardian, or the class teacher of a child without a known one."""
        pupil = self._crowd.pupils[pupil_id]
        return pupil.guardians[0] if pupil.guardians else pupil.room.teacher

    def _moment(self, least: datetime, most: datetime) -> datetime:
        return least + timedelta(seconds=int((most - least).total_seconds() * self._luck.random()))

    def _way(self, plan: PlannedSession, pupil: UUID) -> Way:
        """A claim where it is enough, mostly cards else; a guardian's scan needs a guardian."""
        claims = 0.3 if plan.offer.evidence is EvidenceGrade.C else 0.05
        if self._crowd.pupils[pupil].guardians and self._luck.random() < claims:
            return Way.GUARDIAN
        return self._luck.choice((Way.CARD, Way.CARD, Way.CARD, Way.ROSTER))

    def _staff(self, plan: PlannedSession) -> UUID:
        return self._door if plan.unit == POTTERY else self._crowd.publishers[plan.unit]

    def _visit(
        self, session_id: UUID, plan: PlannedSession, pupil: UUID, booking: UUID, way: Way
    ) -> None:
        """The line in the ledger, the attendance, and the stamp when the evidence is enough."""
        at = plan.starts_at + timedelta(seconds=self._luck.randint(-1500, 480))
        person = self._booker(pupil) if way is Way.GUARDIAN else self._staff(plan)
        scan = self._draft.add(
            Scan,
            base_id=plan.base,
            session_id=session_id,
            pupil_id=pupil,
            person_id=person,
            way=way,
            accepted=True,
            scanned_at=at,
            received_at=at,
        )
        attendance = self._draft.add(
            Attendance,
            session_id=session_id,
            pupil_id=pupil,
            booking_id=booking,
            scan_id=scan,
            evidence=EVIDENCE[way],
            arrived_at=at,
        )
        if good_enough(EVIDENCE[way], plan.offer.evidence):
            self._stamp(session_id, plan, pupil, attendance, (EVIDENCE[way], at))

    def _stamp(
        self,
        session_id: UUID,
        plan: PlannedSession,
        pupil: UUID,
        attendance: UUID,
        arrival: tuple[EvidenceGrade, datetime],
    ) -> None:
        evidence, at = arrival
        self._draft.add(
            Stamp,
            pupil_id=pupil,
            session_id=session_id,
            attendance_id=attendance,
            base_id=plan.base,
            title=plan.offer.title,
            base_name=plan.unit,
            category=plan.offer.category,
            minutes=plan.offer.minutes,
            evidence=evidence,
            code=demo_code(len(self._draft.rows[Stamp]) + 1),
            awarded_at=at,
        )

    def _refuse_stray(self, plan: PlannedSession) -> None:
        """A child who came without a booking: the try stays in the ledger."""
        at = plan.starts_at + timedelta(minutes=3)
        for pupil in self._pick(plan, 1):
            self._draft.add(
                Scan,
                base_id=plan.base,
                pupil_id=pupil,
                person_id=self._staff(plan),
                way=Way.CARD,
                accepted=False,
                reason=NotBooked.code,
                scanned_at=at,
                received_at=at,
            )


def build_visits(
    draft: Draft, crowd: Crowd, sessions: Iterable[tuple[UUID, PlannedSession]]
) -> Visits:
    visits = Visits(draft, crowd)
    for session_id, plan in sessions:
        visits.fill(session_id, plan)
    return visits
