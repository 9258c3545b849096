"""整班预约: a teacher drafts, the school confirms in time, the unit accepts in time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.activities.kinds import ActivityState, SessionMode, SessionState
from app.activities.models import Activity, Seat, Session
from app.audit.changes import add_row, change_row
from app.bookings import rules, statements
from app.bookings.access import access_class_booking, require_class_state
from app.bookings.errors import (
    ClassBookingStands,
    LimitDateWrong,
    NoPupils,
    NotEnoughSeats,
    NotForClasses,
    PupilsBusy,
    SessionNotBookable,
)
from app.bookings.events import BookingConfirmed, ClassBookingDue, ClassBookingSettled
from app.bookings.kinds import AHEAD, STANDING, BookingState
from app.bookings.kinds import ClassBookingState as State
from app.bookings.models import Booking, ClassBooking
from app.bookings.permissions import P
from app.bookings.service.ending import end_booking
from app.bookings.service.facts import about, ask_guardians, fact_fields
from app.bookings.service.queue import move_queue
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.orgs.access import access_class
from app.orgs.models import SchoolClass
from app.people.models import Enrollment
from app.people.queries import holders_of
from app.people.roles import Role
from app.resources.queries import visit_of_session

USUAL_LIMIT = timedelta(days=7)
LATEST_BEFORE_START = timedelta(days=1)
AT_HOME = "在本校，不用车"


@dataclass(frozen=True)
class _Wait:
    """Who is asked in a state, from which number on its messages count, what silence means."""

    role: Role
    first: int
    reminder: str
    silence: str


_WAITS = {
    State.DRAFTED: _Wait(Role.SCHOOL_ADMIN, 0, "请尽快确认，过期自动取消", "学校没有按时确认"),
    State.HEAD_CONFIRMED: _Wait(
        Role.UNIT_PUBLISHER, 10, "请尽快接受或谢绝，过期自动取消", "单位没有按时答复"
    ),
}


async def draft_class_booking(ctx: Ctx, values: dict[str, Any]) -> ClassBooking:
    """Hold a seat for each pupil of the class, all or none, until the school has confirmed.

    `pupil_ids` leaves out who does not come; without it the whole class. Refused
    for other sessions than a class's, without enough adults or seats, and for
    pupils who are elsewhere at that time. A class that stands there already is
    `class_booking.stands_already`.
    """
    school_class = await access_class(ctx, values["class_id"], P.CLASS_BOOKING_CREATE)
    session, activity = await _open_session(ctx, values["session_id"])
    rules.check_window(ctx.now, session.booking_opens_at, session.booking_closes_at)
    rules.check_grade(school_class.grade, activity.min_grade, activity.max_grade)
    pupils = await _pupils(ctx, school_class.id, values.get("pupil_ids"))
    rules.check_adults(values["adults"], len(pupils), school_class.grade)
    row = ClassBooking(
        district_id=ctx.district_id,
        session_id=session.id,
        class_id=school_class.id,
        teacher_id=ctx.actor.person_id,
        adults=values["adults"],
        bus_note=values["bus_note"],
        confirm_by=_limit(ctx, session, values.get("confirm_by")),
    )
    return await _keep(ctx, row, school_class.organization_id, pupils)


async def draft_for_visit(
    ctx: Ctx, session: Session, class_id: UUID, teacher_id: UUID | None
) -> ClassBooking:
    """The same for a class that is visited at its own school: the school invited it itself, so as many
    adults as the rules ask for, and no bus. The caller answers for who may.
    """
    school_class = await ctx.db.get_one(SchoolClass, (ctx.district_id, class_id))
    pupils = await _pupils(ctx, class_id, None)
    row = ClassBooking(
        district_id=ctx.district_id,
        session_id=session.id,
        class_id=class_id,
        teacher_id=teacher_id,
        adults=rules.adults_needed(len(pupils), school_class.grade),
        bus_note=AT_HOME,
        confirm_by=_limit(ctx, session, None),
    )
    return await _keep(ctx, row, school_class.organization_id, pupils)


async def _keep(ctx: Ctx, row: ClassBooking, school_id: UUID, pupils: list[UUID]) -> ClassBooking:
    """Hold the places and ask the school; pupils are locked before the session, as in every booking:
    two orders would lock each other out."""
    await ctx.conn.execute(statements.LOCK_PUPILS, {"pupils": pupils})
    await ctx.conn.execute(statements.MOVE_QUEUE, {"session": str(row.session_id)})
    await _refuse_second(ctx, row.session_id, row.class_id)
    await add_row(ctx, row, "class_booking")
    await _hold(ctx, row, school_id, pupils)
    await _tell_due(ctx, row, "请确认整班预约")
    return row


async def _open_session(ctx: Ctx, session_id: UUID) -> tuple[Session, Activity]:
    session = await ctx.db.get(Session, (ctx.district_id, session_id))
    if session is None or session.state != SessionState.PLANNED:
        raise SessionNotBookable
    activity = await ctx.db.get_one(Activity, (ctx.district_id, session.activity_id))
    if activity.state != ActivityState.PUBLISHED:
        raise SessionNotBookable
    if session.mode != SessionMode.CLASS:
        raise NotForClasses
    return session, activity


async def _pupils(ctx: Ctx, class_id: UUID, wanted: list[UUID] | None) -> list[UUID]:
    stmt = select(Enrollment.pupil_id).where(
        Enrollment.district_id == ctx.district_id,
        Enrollment.class_id == class_id,
        Enrollment.ends_on.is_(None),
    )
    if wanted is not None:
        stmt = stmt.where(Enrollment.pupil_id.in_(wanted))
    pupils = sorted((await ctx.conn.execute(stmt)).scalars())
    if not pupils or (wanted is not None and len(pupils) < len(set(wanted))):
        raise NoPupils
    return pupils


def _limit(ctx: Ctx, session: Session, wanted: datetime | None) -> datetime:
    """In a week, and a day before the start at the latest, unless told else."""
    usual = min(ctx.now + USUAL_LIMIT, session.starts_at - LATEST_BEFORE_START)
    limit = wanted or usual
    if not ctx.now < limit < session.starts_at:
        raise LimitDateWrong
    return limit


async def _refuse_second(ctx: Ctx, session_id: UUID, class_id: UUID) -> None:
    stmt = select(ClassBooking.id).where(
        ClassBooking.district_id == ctx.district_id,
        ClassBooking.session_id == session_id,
        ClassBooking.class_id == class_id,
        ClassBooking.state.in_(STANDING),
    )
    if (await ctx.conn.execute(stmt)).first() is not None:
        raise ClassBookingStands


async def _hold(ctx: Ctx, row: ClassBooking, school_id: UUID, pupils: list[UUID]) -> None:
    params = {
        "district": ctx.district_id,
        "session": row.session_id,
        "school": school_id,
        "person": row.teacher_id,
        "class_booking": row.id,
        "pupils": pupils,
        "bookings": [new_id() for _ in pupils],
    }
    seen = {name: params[name] for name in ("district", "session", "pupils")}
    if busy := (await ctx.conn.execute(statements.BUSY_PUPILS, seen)).scalar_one():
        raise PupilsBusy(number=busy)
    held = len((await ctx.conn.execute(statements.HOLD_CLASS, params)).all())
    if held < len(pupils):
        free = select(func.count()).where(
            Seat.district_id == ctx.district_id,
            Seat.session_id == row.session_id,
            Seat.booking_id.is_(None),
        )
        left = (await ctx.conn.execute(free)).scalar_one()
        raise NotEnoughSeats(pupils=len(pupils), seats=left + held)


async def confirm_class_booking(ctx: Ctx, class_booking_id: UUID) -> ClassBooking:
    """The school stands behind it; the unit is asked, with a limit. Again changes nothing.

    Where the unit comes to the school it has said yes by offering: the places are sure at once.
    """
    row = await access_class_booking(ctx, class_booking_id, P.CLASS_BOOKING_CONFIRM)
    visited = await visit_of_session(ctx, row.session_id) is not None
    if row.state == (State.ACCEPTED if visited else State.HEAD_CONFIRMED):
        return row
    require_class_state(row, State.DRAFTED)
    if visited:
        return await _take(ctx, row, "学校已确认，已约好")
    session = await ctx.db.get_one(Session, (ctx.district_id, row.session_id))
    limit = rules.answer_limit(ctx.now, session.starts_at, USUAL_LIMIT, LATEST_BEFORE_START)
    change = {"state": State.HEAD_CONFIRMED, "answer_by": limit, "reminded": 0}
    await change_row(ctx, row, change, None, "class_booking")
    await _tell_settled(ctx, row, "学校已确认，等单位接受")
    await _tell_due(ctx, row, "请接受或谢绝整班预约")
    return row


async def accept_class_booking(ctx: Ctx, class_booking_id: UUID) -> ClassBooking:
    """The unit takes the class: every pupil's place is sure and its family told. Again is fine.

    Where the activity wants a guardian's yes, the family is asked for it instead.
    """
    row = await access_class_booking(ctx, class_booking_id, P.CLASS_BOOKING_SETTLE)
    if row.state == State.ACCEPTED:
        return row
    require_class_state(row, State.HEAD_CONFIRMED)
    return await _take(ctx, row, "单位已接受")


async def _take(ctx: Ctx, row: ClassBooking, result: str) -> ClassBooking:
    await change_row(ctx, row, {"state": State.ACCEPTED}, None, "class_booking")
    params = {"district": ctx.district_id, "class_booking": row.id}
    for booking_id, asked in (await ctx.conn.execute(statements.CONFIRM_CLASS, params)).all():
        facts = await about(ctx, booking_id)
        if asked is None:
            await ctx.emit(BookingConfirmed(**fact_fields(facts)))
        await ask_guardians(ctx, facts)
    await _tell_settled(ctx, row, result)
    return row


async def decline_class_booking(ctx: Ctx, class_booking_id: UUID, reason: str) -> ClassBooking:
    """The unit cannot take the class; its seats are free again, and everybody who counted on it hears."""
    row = await access_class_booking(ctx, class_booking_id, P.CLASS_BOOKING_SETTLE)
    if row.state == State.DECLINED:
        return row
    require_class_state(row, State.HEAD_CONFIRMED)
    return await _give_up(ctx, row, State.DECLINED, reason, "单位谢绝", tell_all=True)


async def release_class_booking(ctx: Ctx, class_booking_id: UUID, reason: str) -> ClassBooking:
    """The teacher or the school gives it up; families who knew are told. Again changes nothing."""
    row = await access_class_booking(ctx, class_booking_id, P.CLASS_BOOKING_CREATE)
    if row.state == State.RELEASED:
        return row
    require_class_state(row, *STANDING)
    return await _give_up(ctx, row, State.RELEASED, reason, "已取消")


async def _give_up(
    ctx: Ctx, row: ClassBooking, state: State, reason: str, result: str, *, tell_all: bool = False
) -> ClassBooking:
    """Free the places. `tell_all`: also the school, and families who saw it as 待确认."""
    change = {"state": state, "reason": reason}
    await change_row(ctx, row, change, None, "class_booking")
    stmt = select(Booking.id).where(
        Booking.district_id == ctx.district_id,
        Booking.class_booking_id == row.id,
        Booking.state.in_(AHEAD),
    )
    why = reason or "整班预约取消"
    for booking_id in (await ctx.conn.execute(stmt)).scalars().all():
        await end_booking(ctx, await about(ctx, booking_id), why, tell_held=tell_all)
    await move_queue(ctx, row.session_id)
    await _tell_settled(ctx, row, result, at_school=tell_all)
    return row


async def watch_class_bookings(ctx: Ctx) -> int:
    """Remind who has to answer 3 days and 1 day before the limit; release what nobody answered.

    First the school is waited for, then the unit. When the unit kept silent, teacher,
    school and families are told. Says how many were released.
    """
    stmt = (
        select(ClassBooking)
        .where(ClassBooking.district_id == ctx.district_id, ClassBooking.state.in_(_WAITS))
        .order_by(ClassBooking.id)
        .with_for_update(skip_locked=True)
    )
    released = 0
    for row in (await ctx.db.execute(stmt)).scalars().all():
        wait, limit = _WAITS[State(row.state)], _limit_of(row)
        if limit <= ctx.now:
            known = row.state == State.HEAD_CONFIRMED
            said = f"{wait.silence}，已取消"
            await _give_up(ctx, row, State.RELEASED, wait.silence, said, tell_all=known)
            released += 1
        elif (due := rules.reminders_due(limit - ctx.now)) > row.reminded:
            row.reminded = due
            await ctx.db.flush()
            await _tell_due(ctx, row, wait.reminder)
    return released


def _limit_of(row: ClassBooking) -> datetime:
    """Until when it has to be answered now."""
    return row.answer_by if row.answer_by is not None else row.confirm_by


async def _facts(ctx: Ctx, row: ClassBooking) -> Any:
    stmt = (
        select(
            SchoolClass.name,
            SchoolClass.organization_id.label("school_id"),
            Activity.title,
            Activity.organization_id.label("unit_id"),
            Session.starts_at,
        )
        .select_from(Session)
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .join(
            SchoolClass,
            (SchoolClass.district_id == Session.district_id) & (SchoolClass.id == row.class_id),
        )
        .where(Session.district_id == ctx.district_id, Session.id == row.session_id)
    )
    return (await ctx.conn.execute(stmt)).one()


async def _tell_due(ctx: Ctx, row: ClassBooking, what: str) -> None:
    """Ask, or remind, whoever has to answer in this state."""
    facts, wait = await _facts(ctx, row), _WAITS[State(row.state)]
    place = facts.school_id if wait.role is Role.SCHOOL_ADMIN else facts.unit_id
    people = await holders_of(ctx, wait.role, place)
    shared = (row.id, tuple(people), facts.name, facts.title, facts.starts_at)
    number = wait.first + row.reminded
    await ctx.emit(ClassBookingDue(*shared, what=what, until=_limit_of(row), number=number))


async def tell_refused(ctx: Ctx, class_booking_id: UUID) -> None:
    """Tell the teacher how many of the class's children have no yes from home and gave up their place."""
    row = await ctx.db.get_one(ClassBooking, (ctx.district_id, class_booking_id))
    refused = select(func.count()).where(
        Booking.district_id == ctx.district_id,
        Booking.class_booking_id == row.id,
        Booking.state == BookingState.CANCELLED,
        Booking.consent_asked_at.is_not(None),
    )
    number = (await ctx.conn.execute(refused)).scalar_one()
    await _tell_settled(ctx, row, f"共 {number} 人没有家长同意，已让出名额")


async def _tell_settled(
    ctx: Ctx, row: ClassBooking, result: str, *, at_school: bool = False
) -> None:
    """The teacher who drafted it hears every step; the school what goes wrong after its yes."""
    facts = await _facts(ctx, row)
    people = [row.teacher_id] if row.teacher_id else []
    if at_school:
        people += await holders_of(ctx, Role.SCHOOL_ADMIN, facts.school_id)
    shared = (row.id, tuple(dict.fromkeys(people)), facts.name, facts.title, facts.starts_at)
    await ctx.emit(ClassBookingSettled(*shared, result=result))
