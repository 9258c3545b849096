"""What do pages show that no single package lists: names beside ids, counts, a session's roster?

Reads only. Whoever passes ids on has already been allowed to see those rows.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from app.activities.access import visible_activities
from app.activities.models import Activity, ActivityField, Session
from app.attendance.models import Attendance
from app.attendance.permissions import P as DoorP
from app.audit import service as audit
from app.bookings.kinds import ACTIVE, BookingState
from app.bookings.models import Booking
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.db import AnyRow, Connection
from app.kit.errors import NotFound
from app.orgs.kinds import OrgKind
from app.orgs.models import District, Organization, SchoolClass
from app.people.access import visible_pupils
from app.people.models import Enrollment, Person
from app.resources.models import LearningBase

Names = dict[UUID, str]
# Who stands on a roster: whoever held a place, came or not.
ON_ROSTER = (
    BookingState.CONFIRMED,
    BookingState.ATTENDED,
    BookingState.ABSENT,
    BookingState.EXCUSED,
)


async def organization_names(ctx: Ctx, ids: Iterable[UUID | None]) -> Names:
    stmt = select(Organization.id, Organization.name)
    return await _names(ctx, stmt, Organization, ids)


async def base_names(ctx: Ctx, ids: Iterable[UUID | None]) -> Names:
    return await _names(ctx, select(LearningBase.id, LearningBase.name), LearningBase, ids)


async def unit_and_base_names(
    ctx: Ctx, units: Iterable[UUID], bases: Iterable[UUID]
) -> tuple[Names, Names]:
    """The names of these organizations and of these bases, in one statement."""
    stmt = union_all(
        select(literal("unit").label("kind"), Organization.id, Organization.name).where(
            Organization.district_id == ctx.district_id, Organization.id.in_(set(units))
        ),
        select(literal("base"), LearningBase.id, LearningBase.name).where(
            LearningBase.district_id == ctx.district_id, LearningBase.id.in_(set(bases))
        ),
    )
    found: dict[str, Names] = {"unit": {}, "base": {}}
    for row in await ctx.conn.execute(stmt):
        found[row.kind][row.id] = row.name
    return found["unit"], found["base"]


async def class_names(ctx: Ctx, ids: Iterable[UUID | None]) -> Names:
    return await _names(ctx, select(SchoolClass.id, SchoolClass.name), SchoolClass, ids)


async def _names(
    ctx: Ctx,
    stmt: Select[UUID, str],
    model: type[Organization] | type[LearningBase] | type[SchoolClass],
    ids: Iterable[UUID | None],
) -> Names:
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    stmt = stmt.where(model.district_id == ctx.district_id, model.id.in_(wanted))
    return {row.id: row.name for row in await ctx.conn.execute(stmt)}


async def own_organizations(ctx: Ctx, permission: str) -> list[tuple[str, str]]:
    """The organizations the permission reaches, as choices of a form."""
    reach = ctx.reach(permission)
    stmt = select(Organization.id, Organization.name).where(
        Organization.district_id == ctx.district_id
    )
    if not reach.district:
        stmt = stmt.where(Organization.id.in_(reach.organizations))
    rows = await ctx.conn.execute(stmt.order_by(Organization.name).limit(500))
    return [(str(row.id), row.name) for row in rows]


async def own_schools(ctx: Ctx, permission: str) -> list[tuple[str, str]]:
    """Schools and kindergartens the permission reaches, as choices of a form."""
    reach = ctx.reach(permission)
    stmt = select(Organization.id, Organization.name).where(
        Organization.district_id == ctx.district_id,
        Organization.kind.in_((OrgKind.SCHOOL, OrgKind.KINDERGARTEN)),
    )
    if not reach.district:
        stmt = stmt.where(Organization.id.in_(reach.organizations))
    rows = await ctx.conn.execute(stmt.order_by(Organization.name).limit(500))
    return [(str(row.id), row.name) for row in rows]


async def classes_of(ctx: Ctx, organization_id: UUID) -> list[tuple[str, str]]:
    """The classes of one organization, newest year first, as choices of a form."""
    stmt = (
        select(SchoolClass.id, SchoolClass.name, SchoolClass.school_year)
        .where(
            SchoolClass.district_id == ctx.district_id,
            SchoolClass.organization_id == organization_id,
        )
        .order_by(SchoolClass.school_year.desc(), SchoolClass.grade, SchoolClass.name)
    )
    rows = await ctx.conn.execute(stmt.limit(500))
    return [(str(row.id), f"{row.name}（{row.school_year} 学年）") for row in rows]


async def all_organizations(ctx: Ctx) -> list[tuple[str, str]]:
    """Every organization of the district, as choices of a filter; their names are no secret."""
    stmt = select(Organization.id, Organization.name).where(
        Organization.district_id == ctx.district_id
    )
    rows = await ctx.conn.execute(stmt.order_by(Organization.name).limit(500))
    return [(str(row.id), row.name) for row in rows]


async def own_bases(ctx: Ctx, permission: str) -> list[tuple[str, str]]:
    """The bases of those organizations, as choices of a form."""
    reach = ctx.reach(permission)
    stmt = select(LearningBase.id, LearningBase.name).where(
        LearningBase.district_id == ctx.district_id
    )
    if not reach.district:
        stmt = stmt.where(LearningBase.organization_id.in_(reach.organizations))
    rows = await ctx.conn.execute(stmt.order_by(LearningBase.name).limit(500))
    return [(str(row.id), row.name) for row in rows]


async def visible_classes(ctx: Ctx, permission: str) -> list[tuple[str, str]]:
    """Classes with their school in which the permission reaches somebody, as choices of a filter."""
    reach = ctx.reach(permission)
    stmt = (
        select(SchoolClass.id, SchoolClass.name, Organization.name.label("school"))
        .join(
            Organization,
            and_(
                Organization.district_id == SchoolClass.district_id,
                Organization.id == SchoolClass.organization_id,
            ),
        )
        .where(SchoolClass.district_id == ctx.district_id)
    )
    if not reach.district:
        stmt = stmt.where(
            or_(
                SchoolClass.organization_id.in_(reach.organizations),
                SchoolClass.id.in_(reach.classes),
            )
        )
    stmt = stmt.order_by(Organization.name, SchoolClass.grade, SchoolClass.name).limit(600)
    rows = await ctx.conn.execute(stmt)
    return [(str(row.id), f"{row.school} {row.name}") for row in rows]


async def booking_lines(ctx: Ctx, booking_ids: Iterable[UUID]) -> dict[UUID, AnyRow]:
    """Whom and what these bookings are about: pupil, class and school, title and start."""
    stmt = sessions_with_activity(
        ctx,
        Booking.id,
        Person.name,
        SchoolClass.name.label("class_name"),
        Organization.name.label("organization_name"),
        Activity.title,
        Activity.organization_id,
        Session.starts_at,
        _asks(),
    )
    stmt = stmt.join(
        Booking,
        and_(Booking.district_id == Session.district_id, Booking.session_id == Session.id),
    ).join(Person, and_(Person.district_id == Booking.district_id, Person.id == Booking.pupil_id))
    rows = await ctx.conn.execute(_with_class(stmt).where(Booking.id.in_(list(booking_ids))))
    return {row.id: row for row in rows}


def _asks() -> ColumnElement[bool]:
    """Whether the unit asks families something of its own."""
    fields = exists().where(
        ActivityField.district_id == Activity.district_id,
        ActivityField.activity_id == Activity.id,
    )
    return fields.label("asks")


def _with_class(stmt: Select[Any]) -> Select[Any]:
    """The pupil's class and school, where it has one."""
    return (
        stmt.outerjoin(
            Enrollment,
            and_(
                Enrollment.district_id == Person.district_id,
                Enrollment.pupil_id == Person.id,
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
        .outerjoin(
            Organization,
            and_(
                Organization.district_id == SchoolClass.district_id,
                Organization.id == SchoolClass.organization_id,
            ),
        )
    )


async def session_titles(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, AnyRow]:
    """Title and start of these sessions."""
    stmt = sessions_with_activity(ctx, Session.id, Activity.title, Session.starts_at)
    rows = await ctx.conn.execute(stmt.where(Session.id.in_(set(ids))))
    return {row.id: row for row in rows}


def sessions_with_activity(ctx: Ctx, *columns: object) -> Select[Any]:
    stmt: Select[Any] = select(*columns)  # type: ignore[call-overload]
    return stmt.join(
        Activity,
        and_(Activity.district_id == Session.district_id, Activity.id == Session.activity_id),
    ).where(Session.district_id == ctx.district_id)


async def sessions_today(ctx: Ctx, limit: int = 50) -> list[AnyRow]:
    """Today's sessions of visible activities, with how many are expected and how many came."""
    start = at_school(ctx.today, 0)
    expected = _count(Booking, Booking.state.in_(ACTIVE))
    arrived = _count(Attendance, true())
    stmt = (
        sessions_with_activity(
            ctx,
            Session.id,
            Session.activity_id,
            Activity.title,
            Activity.organization_id,
            Session.starts_at,
            Session.state,
            expected.label("expected"),
            arrived.label("arrived"),
        )
        .where(
            visible_activities(ctx),
            Session.starts_at >= start,
            Session.starts_at < start + timedelta(days=1),
        )
        .order_by(Session.starts_at, Session.id)
        .limit(limit)
    )
    return list((await ctx.conn.execute(stmt)).all())


def _count(
    model: type[Booking] | type[Attendance], condition: ColumnElement[bool]
) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(
            model.district_id == Session.district_id,
            model.session_id == Session.id,
            condition,
        )
        .scalar_subquery()
    )


async def session_roster(ctx: Ctx, session_id: UUID) -> tuple[AnyRow, list[AnyRow]]:
    """A session and who is expected: a unit sees all, a teacher the own pupils; the reads are logged."""
    reach = ctx.require(DoorP.ATTENDANCE_RECORD)
    stmt = sessions_with_activity(
        ctx,
        Session.id,
        Session.activity_id,
        Activity.title,
        Activity.organization_id,
        Session.starts_at,
        Session.ends_at,
        Session.state,
    ).where(Session.id == session_id, visible_activities(ctx))
    session = (await ctx.conn.execute(stmt)).first()
    if session is None:
        raise NotFound
    people = _expected(ctx, session_id)
    if not reach.covers(session.organization_id):
        people = people.where(visible_pupils(ctx, DoorP.ATTENDANCE_RECORD))
    rows = list((await ctx.conn.execute(people)).all())
    await audit.record_reads(ctx, "roster", [row.id for row in rows], "打开签到名单")
    return session, rows


def _expected(ctx: Ctx, session_id: UUID) -> Any:
    stmt: Any = select(
        Person.id,
        Person.name,
        SchoolClass.name.label("class_name"),
        Booking.state,
        Booking.consent_asked_at,
        Attendance.arrived_at,
        Attendance.left_at,
        Attendance.is_late,
    )
    return (
        stmt.join(
            Booking, and_(Booking.district_id == Person.district_id, Booking.pupil_id == Person.id)
        )
        .outerjoin(
            Attendance,
            and_(
                Attendance.district_id == Booking.district_id,
                Attendance.session_id == Booking.session_id,
                Attendance.pupil_id == Booking.pupil_id,
            ),
        )
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.district_id == Person.district_id,
                Enrollment.pupil_id == Person.id,
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
        .where(
            Person.district_id == ctx.district_id,
            Booking.session_id == session_id,
            Booking.state.in_(ON_ROSTER),
        )
        .order_by(SchoolClass.grade, SchoolClass.name, Person.name, Person.id)
    )


async def district_choices(conn: Connection) -> list[tuple[str, str]]:
    """Districts of the installation for the log-in page: code and name are public."""
    stmt = select(District.code, District.name).order_by(District.id).limit(200)
    return [(row.code, row.name) for row in await conn.execute(stmt)]
