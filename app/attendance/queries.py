"""Reading the door."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from app.activities.access import access_session
from app.activities.models import Activity, Session
from app.attendance.models import Attendance, DoorLink, Scan
from app.attendance.permissions import P
from app.attendance.schemas import RollOut
from app.audit import service as audit
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.kit.context import Ctx
from app.kit.paging import fetch_page
from app.people.access import visible_pupils
from app.people.models import Person


def _own_sessions(ctx: Ctx) -> ColumnElement[bool]:
    reach = ctx.reach(P.ATTENDANCE_READ)
    sessions = (
        select(Session.id)
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Session.district_id == ctx.district_id,
            Activity.organization_id.in_(reach.organizations),
        )
    )
    return Attendance.session_id.in_(sessions)


async def list_attendances(
    ctx: Ctx, session_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Attendance], str | None]:
    """Who came: a unit sees its own sessions, a school its own pupils."""
    ctx.require(P.ATTENDANCE_READ)
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, P.ATTENDANCE_READ)
    )
    stmt = select(Attendance).where(
        Attendance.district_id == ctx.district_id,
        or_(_own_sessions(ctx), Attendance.pupil_id.in_(pupils)),
    )
    if session_id:
        stmt = stmt.where(Attendance.session_id == session_id)
    rows, following = await fetch_page(ctx, stmt, Attendance.id, cursor, limit, newest_first=True)
    await audit.record_reads(ctx, "attendance", [row.pupil_id for row in rows], "查看考勤")
    return rows, following


async def list_scans(
    ctx: Ctx, session_id: UUID, cursor: str | None, limit: int
) -> tuple[list[Scan], str | None]:
    """The ledger of one session of the actor's own unit."""
    await access_session(ctx, session_id, P.ATTENDANCE_READ)
    stmt = select(Scan).where(Scan.district_id == ctx.district_id, Scan.session_id == session_id)
    rows, following = await fetch_page(ctx, stmt, Scan.id, cursor, limit)
    pupils = [row.pupil_id for row in rows if row.pupil_id]
    await audit.record_reads(ctx, "scan", pupils, "查看签到流水")
    return rows, following


async def list_door_links(
    ctx: Ctx, session_id: UUID, cursor: str | None, limit: int
) -> tuple[list[DoorLink], str | None]:
    """The volunteers' links to one session of the actor's own unit, ended ones too."""
    await access_session(ctx, session_id, P.ATTENDANCE_RECORD)
    stmt = select(DoorLink).where(
        DoorLink.district_id == ctx.district_id, DoorLink.session_id == session_id
    )
    return await fetch_page(ctx, stmt, DoorLink.id, cursor, limit, newest_first=True)


async def roll(ctx: Ctx, session_id: UUID) -> RollOut:
    """How many are expected and how many are in."""
    await access_session(ctx, session_id, P.ATTENDANCE_READ)
    expected = select(func.count()).where(
        Booking.district_id == ctx.district_id,
        Booking.session_id == session_id,
        Booking.state.in_((BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.ABSENT)),
    )
    arrived = select(func.count()).where(
        Attendance.district_id == ctx.district_id, Attendance.session_id == session_id
    )
    counts = await ctx.conn.execute(select(expected.scalar_subquery(), arrived.scalar_subquery()))
    row = counts.one()
    return RollOut(session_id=session_id, expected=row[0], arrived=row[1])
