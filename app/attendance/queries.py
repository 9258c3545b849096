"""Reading the door."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.activities.access import access_session
from app.activities.kinds import SessionState
from app.activities.models import Activity, Session
from app.attendance import statements
from app.attendance.kinds import DecisionState
from app.attendance.models import Attendance, Correction, DoorLink, Leave, Scan
from app.attendance.permissions import P
from app.attendance.rules import read_code
from app.attendance.schemas import RollOut
from app.audit import service as audit
from app.bookings.kinds import BookingState
from app.bookings.models import Booking
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.paging import fetch_page
from app.people.access import visible_pupils
from app.people.models import Person


def _own_sessions(
    ctx: Ctx, permission: str, column: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    reach = ctx.reach(permission)
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
    return column.in_(sessions)


async def deserted_sessions(ctx: Ctx, organization_id: UUID) -> list[AnyRow]:
    """A unit's own no-shows within a year: dates that children had places for and nobody was let in.

    Called off in time they do not count, and no child is blamed for them (see rounds).
    """
    booked = select(func.count(Booking.id)).where(
        Booking.district_id == Session.district_id,
        Booking.session_id == Session.id,
        Booking.state.in_((BookingState.CONFIRMED, BookingState.ABSENT)),
    )
    came = exists().where(
        Attendance.district_id == Session.district_id, Attendance.session_id == Session.id
    )
    expected = booked.scalar_subquery()
    stmt = (
        select(Session.id, Session.starts_at, Activity.title, expected.label("expected"))
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Session.district_id == ctx.district_id,
            Activity.organization_id == organization_id,
            Session.state != SessionState.CANCELLED,
            Session.ends_at < ctx.now - timedelta(days=1),
            Session.ends_at > ctx.now - timedelta(days=365),
            expected > 0,
            ~came,
        )
        .order_by(Session.starts_at.desc())
        .limit(50)
    )
    return list((await ctx.conn.execute(stmt)).all())


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
        or_(
            _own_sessions(ctx, P.ATTENDANCE_READ, Attendance.session_id),
            Attendance.pupil_id.in_(pupils),
        ),
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


async def place_of(ctx: Ctx, scene: str) -> str:
    """Where the base is whose code was read; empty when it did not say. The place of a public
    house, so that a phone can reckon how far away it is.
    """
    shown = read_code(scene)
    params = {
        "district": ctx.district_id,
        "scene": scene,
        "display": shown.display_id if shown else None,
    }
    row = await statements.PLACE.first(ctx.conn, params)
    return row.place if row else ""


async def list_risky_scans(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[Scan], str | None]:
    """Lines with signals of cheating, for people to look at: of own sessions and own pupils."""
    ctx.require(P.ATTENDANCE_RECORD)
    stmt = select(Scan).where(
        Scan.district_id == ctx.district_id,
        Scan.accepted,
        Scan.risks.is_not(None),
        or_(
            _own_sessions(ctx, P.ATTENDANCE_RECORD, Scan.session_id),
            Scan.pupil_id.in_(_own_pupils(ctx, P.ATTENDANCE_RECORD)),
        ),
    )
    rows, following = await fetch_page(ctx, stmt, Scan.id, cursor, limit, newest_first=True)
    pupils = [row.pupil_id for row in rows if row.pupil_id]
    await audit.record_reads(ctx, "scan", pupils, "查看可疑签到")
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
    """应到, 实到, 在场, 迟到, 早退, 请假, 缺席, and the last count."""
    session, _ = await access_session(ctx, session_id, P.ATTENDANCE_READ)
    count = await count_of(ctx, session.id)
    return RollOut(session_id=session_id, **count._asdict())


async def today(ctx: Ctx, limit: int) -> list[AnyRow]:
    """Today's sessions of the own unit, school or class: title, place, start, expected, arrived.

    `own`: a session of the own unit, whose door one may open to volunteers.
    """
    reach = ctx.require(P.ATTENDANCE_READ)
    params = {
        "district": ctx.district_id,
        "start": at_school(ctx.today, 0),
        "organizations": list(reach.organizations),
        "classes": list(reach.classes),
        "limit": limit,
    }
    return list((await ctx.conn.execute(statements.TODAY, params)).all())


async def count_of(ctx: Ctx, session_id: UUID) -> AnyRow:
    """The numbers of one session; the caller has checked that they may be seen."""
    params = {"district": ctx.district_id, "session": session_id}
    return (await ctx.conn.execute(statements.COUNT, params)).one()


async def list_corrections(
    ctx: Ctx, session_id: UUID | None, state: DecisionState | None, cursor: str | None, limit: int
) -> tuple[list[Correction], str | None]:
    """Corrections of the actor's own sessions and own pupils."""
    ctx.require(P.ATTENDANCE_RECORD)
    stmt = select(Correction).where(
        Correction.district_id == ctx.district_id,
        or_(
            _own_sessions(ctx, P.ATTENDANCE_RECORD, Correction.session_id),
            Correction.pupil_id.in_(_own_pupils(ctx, P.ATTENDANCE_RECORD)),
        ),
    )
    if session_id:
        stmt = stmt.where(Correction.session_id == session_id)
    if state:
        stmt = stmt.where(Correction.state == state)
    rows, following = await fetch_page(ctx, stmt, Correction.id, cursor, limit, newest_first=True)
    await audit.record_reads(ctx, "attendance", [row.pupil_id for row in rows], "查看考勤更正")
    return rows, following


async def list_leaves(
    ctx: Ctx, state: DecisionState | None, cursor: str | None, limit: int
) -> tuple[list[Leave], str | None]:
    """Leave asked for children of the actor's own classes and school."""
    ctx.require(P.LEAVE_DECIDE)
    stmt = select(Leave).where(
        Leave.district_id == ctx.district_id, Leave.pupil_id.in_(_own_pupils(ctx, P.LEAVE_DECIDE))
    )
    if state:
        stmt = stmt.where(Leave.state == state)
    rows, following = await fetch_page(ctx, stmt, Leave.id, cursor, limit, newest_first=True)
    await audit.record_reads(ctx, "attendance", [row.pupil_id for row in rows], "查看请假")
    return rows, following


def _own_pupils(ctx: Ctx, permission: str) -> Select[UUID]:
    return select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, permission)
    )
