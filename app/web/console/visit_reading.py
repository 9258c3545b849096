"""What do the pages of needs, visits and invitations show that no single package lists?

Reads only. Whoever passes ids on has already been allowed to see those rows.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, or_, select

from app.activities.access import visible_activities
from app.activities.kinds import SessionState
from app.activities.models import Activity, Session
from app.bookings.access import visible_class_bookings
from app.bookings.models import ClassBooking
from app.bookings.permissions import P as BookingP
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.orgs.kinds import OrgKind
from app.orgs.models import Organization, SchoolClass
from app.people.models import Enrollment
from app.resources.access import answers_for
from app.resources.kinds import Vetting
from app.resources.models import Mentor, SchoolNeed
from app.resources.permissions import P

Choices = list[tuple[str, str]]


async def schools_to_post(ctx: Ctx) -> Choices:
    """The schools for which the actor may post a need: its own, or that of its class."""
    reach = ctx.require(P.NEED_CREATE)
    taught = select(SchoolClass.organization_id).where(
        SchoolClass.district_id == ctx.district_id, SchoolClass.id.in_(reach.classes)
    )
    stmt = (
        select(Organization.id, Organization.name)
        .where(
            Organization.district_id == ctx.district_id,
            Organization.kind.in_((OrgKind.SCHOOL, OrgKind.KINDERGARTEN)),
            or_(Organization.id.in_(reach.organizations), Organization.id.in_(taught)),
        )
        .order_by(Organization.name)
    )
    return [(str(row.id), row.name) for row in await ctx.conn.execute(stmt)]


async def mentors_to_send(ctx: Ctx) -> Choices:
    """Vetted mentors for whom the actor may offer a visit."""
    rows = [row for row in await _vetted(ctx) if answers_for(ctx, row, P.VISIT_OFFER)]
    return [(str(row.id), row.name) for row in rows]


async def mentors_to_invite(ctx: Ctx) -> Choices:
    """Every vetted mentor of the district, with what they are good at."""
    return [
        (str(row.id), f"{row.name}（{row.skills[:20]}）" if row.skills else row.name)
        for row in await _vetted(ctx)
    ]


async def _vetted(ctx: Ctx) -> list[Mentor]:
    stmt = select(Mentor).where(
        Mentor.district_id == ctx.district_id, Mentor.vetting == Vetting.PASSED
    )
    return list((await ctx.db.execute(stmt.order_by(Mentor.name).limit(500))).scalars())


async def mentor_names(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, str]:
    stmt = select(Mentor.id, Mentor.name).where(
        Mentor.district_id == ctx.district_id, Mentor.id.in_(set(ids))
    )
    return {row.id: row.name for row in await ctx.conn.execute(stmt)}


async def classes_to_invite(ctx: Ctx, need: SchoolNeed) -> Choices:
    """The school's classes in the grades of the need, with how many children they have."""
    stmt = (
        select(SchoolClass.id, SchoolClass.name, func.count().label("pupils"))
        .join(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id),
        )
        .where(
            SchoolClass.district_id == ctx.district_id,
            SchoolClass.organization_id == need.organization_id,
            SchoolClass.grade.between(need.min_grade, need.max_grade),
            Enrollment.ends_on.is_(None),
        )
        .group_by(SchoolClass.district_id, SchoolClass.id)
        .order_by(SchoolClass.grade, SchoolClass.name)
    )
    rows = await ctx.conn.execute(stmt)
    return [(str(row.id), f"{row.name}（{row.pupils} 人）") for row in rows]


async def class_bookings_of(ctx: Ctx, session_id: UUID) -> list[AnyRow]:
    """(id, class, state) of the class bookings of a session that the actor may see."""
    if BookingP.CLASS_BOOKING_READ not in ctx.actor.permissions:
        return []
    stmt = (
        select(ClassBooking.id, SchoolClass.name, ClassBooking.state)
        .join(
            SchoolClass,
            (SchoolClass.district_id == ClassBooking.district_id)
            & (SchoolClass.id == ClassBooking.class_id),
        )
        .where(
            ClassBooking.district_id == ctx.district_id,
            ClassBooking.session_id == session_id,
            visible_class_bookings(ctx, BookingP.CLASS_BOOKING_READ),
        )
        .order_by(ClassBooking.id)
    )
    return list(await ctx.conn.execute(stmt))


async def activity_shown(ctx: Ctx, activity_id: UUID) -> AnyRow | None:
    """(id, state) of an activity; `seen` tells whether the actor may open it."""
    stmt = select(Activity.id, Activity.state, visible_activities(ctx).label("seen")).where(
        Activity.district_id == ctx.district_id, Activity.id == activity_id
    )
    return (await ctx.conn.execute(stmt)).one_or_none()


async def activities_of(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, AnyRow]:
    """(title, next date) of these activities; a cancelled date is none."""
    stmt = (
        select(Activity.id, Activity.title, func.min(Session.starts_at).label("starts_at"))
        .outerjoin(
            Session,
            (Session.district_id == Activity.district_id)
            & (Session.activity_id == Activity.id)
            & (Session.state == SessionState.PLANNED),
        )
        .where(Activity.district_id == ctx.district_id, Activity.id.in_(set(ids)))
        .group_by(Activity.district_id, Activity.id)
    )
    return {row.id: row for row in await ctx.conn.execute(stmt)}
