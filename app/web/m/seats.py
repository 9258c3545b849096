"""How many places of a session can this child get, and how is that said?

Honest means: its own school's reserve and the open pool, never another school's reserve,
and nothing that somebody on the waiting list comes first for.
"""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Lateral, and_, func, literal, or_, select, true

from app.activities.kinds import SessionMode
from app.activities.models import Seat, Session
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.orgs.models import SchoolClass
from app.people.models import Enrollment

_NOT_FOR_ALL = {
    SessionMode.WISHES: "填志愿，不用抢",
    SessionMode.LOTTERY: "抽签，不用抢",
    SessionMode.NOMINATION: "由学校推荐",
    SessionMode.CLASS: "由班主任整班报名",
}


class Place(NamedTuple):
    """Where a child stands: its grade and its school; neither when it is in no class."""

    grade: int | None = None
    school_id: UUID | None = None


# How the database plans what follows in this transaction: by the values, each time anew.
PLAN_ANEW = "force_custom_plan"


async def place_of(ctx: Ctx, pupil_id: UUID, plans: str | None = None) -> Place:
    """Grade and school by the open enrolment. `plans` rides along: a statement less (`PLAN_ANEW`)."""
    name = "plan_cache_mode"
    mode = func.set_config(name, plans, true()) if plans else func.current_setting(name)
    said = select(mode.label("plans")).subquery("said")
    stmt = (
        select(SchoolClass.grade, SchoolClass.organization_id, said.c.plans)
        .select_from(said)
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.district_id == ctx.district_id,
                Enrollment.pupil_id == pupil_id,
                Enrollment.ends_on.is_(None),
            ),
        )
        .outerjoin(
            SchoolClass,
            and_(
                SchoolClass.district_id == Enrollment.district_id,
                SchoolClass.id == Enrollment.class_id,
            ),
        )
    )
    row = (await ctx.conn.execute(stmt)).one()
    return Place(row.grade, row.organization_id)


def _mine(school_id: UUID | None) -> ColumnElement[bool]:
    return or_(Seat.pool_id.is_(None), Seat.pool_id == school_id)


def _unclaimed() -> ColumnElement[bool]:
    """Nobody who waits may have this seat: a newcomer never goes before them."""
    waits = Booking.__table__.alias("waits")
    claims = select(waits.c.id).where(
        waits.c.district_id == Seat.district_id,
        waits.c.session_id == Seat.session_id,
        waits.c.state == BookingState.WAITLISTED,
        or_(Seat.pool_id.is_(None), waits.c.school_id == Seat.pool_id),
    )
    return ~claims.exists()


def seats_for(school_id: UUID | None) -> Lateral:
    """Beside `Session`: `seats_left` and `seats_all` for a child of this school, `kept` for others."""
    free = Seat.booking_id.is_(None)
    stmt: Any = select(
        func.count().filter(free, _mine(school_id), _unclaimed()).label("seats_left"),
        func.count().filter(_mine(school_id)).label("seats_all"),
        func.count().filter(free, ~_mine(school_id)).label("kept"),
    )
    stmt = stmt.where(Seat.district_id == Session.district_id, Seat.session_id == Session.id)
    found: Lateral = stmt.correlate(Session).lateral("seats")
    return found


def waiting() -> Any:
    """How many wait for a session."""
    return (
        select(func.count())
        .where(
            Booking.district_id == Session.district_id,
            Booking.session_id == Session.id,
            Booking.state == BookingState.WAITLISTED,
        )
        .correlate(Session)
        .scalar_subquery()
    )


def has_place(school_id: UUID | None) -> ColumnElement[bool]:
    """A condition on `Session`: a child of this school can get a place at once."""
    # One row and not EXISTS, which the database would answer for all sessions at once.
    free = (
        select(literal(value=True))
        .where(
            Seat.district_id == Session.district_id,
            Seat.session_id == Session.id,
            Seat.booking_id.is_(None),
            _mine(school_id),
            _unclaimed(),
        )
        .limit(1)
        .correlate(Session)
    )
    return and_(
        Session.mode == SessionMode.FIRST_COME, free.scalar_subquery() == literal(value=True)
    )


class Fill(NamedTuple):
    """What a family reads about the places: the sentence, its tone, and the bar's two numbers."""

    said: str
    tone: str
    taken: int = 0
    of: int = 0


def say_fill(row: AnyRow, now: Any) -> Fill:
    """For a row with the columns of `seats_for` and `waiting`; without a bar where none is fair."""
    if row.mode in _NOT_FOR_ALL:
        return Fill(_NOT_FOR_ALL[SessionMode(row.mode)], "plain")
    taken = row.seats_all - row.seats_left
    if row.booking_opens_at > now:
        said = f"{say_moment(row.booking_opens_at)}开放，{row.seats_all} 个名额"
        return Fill(said, "plain", taken, row.seats_all)
    if row.seats_left:
        said = f"剩 {row.seats_left} 个名额（共 {row.seats_all} 个）"
        return Fill(said, "good", taken, row.seats_all)
    said = "已满，可候补"
    if row.waiting:
        said += f"（前面 {row.waiting} 人）"
    if row.kept:
        later = f"，{say_moment(row.reserve_until)}后放开" if row.reserve_until else ""
        said += f"；另有 {row.kept} 个名额留给别的学校{later}"
    return Fill(said, "warn", taken, row.seats_all)
