"""What do the console's pages of activities show that no single package lists? Reads only."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select

from app.activities.access import visible_activities
from app.activities.models import Activity, Seat, Session
from app.activities.permissions import P
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.orgs.models import Organization, Term
from app.resources.kinds import Vetting
from app.resources.models import LearningBase, Mentor
from app.web.reading import sessions_with_activity


async def reserves_shown(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, list[AnyRow]]:
    """Of each session the schools that still have a reserve: name, seats, how many are free."""
    stmt = (
        select(
            Seat.session_id,
            Organization.name,
            func.count().label("seats"),
            func.count().filter(Seat.booking_id.is_(None)).label("free"),
        )
        .join(
            Organization,
            and_(
                Organization.district_id == Seat.district_id,
                Organization.id == Seat.pool_id,
            ),
        )
        .where(Seat.district_id == ctx.district_id, Seat.session_id.in_(list(ids)))
        .group_by(Seat.session_id, Organization.name)
        .order_by(func.count().desc(), Organization.name)
    )
    found: dict[UUID, list[AnyRow]] = {}
    for row in await ctx.conn.execute(stmt):
        found.setdefault(row.session_id, []).append(row)
    return found


async def shown_mentors(ctx: Ctx, mentor_id: UUID | None) -> list[AnyRow]:
    """The mentor that a draft names, as families will see it."""
    stmt = select(Mentor.name, Mentor.skills).where(
        Mentor.district_id == ctx.district_id,
        Mentor.id == mentor_id,
        Mentor.vetting == Vetting.PASSED,
    )
    return list(await ctx.conn.execute(stmt))


async def vetted_mentors(ctx: Ctx) -> list[tuple[str, str]]:
    """Mentors that may be named, with their unit, as choices of a form."""
    stmt = (
        select(Mentor.id, Mentor.name, Mentor.skills, Organization.name.label("unit"))
        .join(
            Organization,
            and_(
                Organization.district_id == Mentor.district_id,
                Organization.id == Mentor.organization_id,
            ),
        )
        .where(Mentor.district_id == ctx.district_id, Mentor.vetting == Vetting.PASSED)
        .order_by(Organization.name, Mentor.name)
        .limit(500)
    )
    rows = await ctx.conn.execute(stmt)
    return [(str(row.id), f"{row.name}（{row.unit}）") for row in rows]


async def base_places(ctx: Ctx, ids: Iterable[UUID]) -> dict[UUID, AnyRow]:
    """Name and address of these bases."""
    stmt = select(LearningBase.id, LearningBase.name, LearningBase.address).where(
        LearningBase.district_id == ctx.district_id, LearningBase.id.in_(list(ids))
    )
    return {row.id: row for row in await ctx.conn.execute(stmt)}


async def bases_of(ctx: Ctx, organization_id: UUID) -> list[tuple[str, str]]:
    """The bases of one organization, as choices of a form."""
    stmt = select(LearningBase.id, LearningBase.name).where(
        LearningBase.district_id == ctx.district_id,
        LearningBase.organization_id == organization_id,
    )
    rows = await ctx.conn.execute(stmt.order_by(LearningBase.name).limit(200))
    return [(str(row.id), row.name) for row in rows]


async def terms_ahead(ctx: Ctx) -> list[tuple[str, str]]:
    """Terms that are not over, the nearest first, as choices of a form."""
    stmt = select(Term.id, Term.name).where(
        Term.district_id == ctx.district_id, Term.ends_on >= ctx.today
    )
    rows = await ctx.conn.execute(stmt.order_by(Term.starts_on).limit(10))
    return [(str(row.id), row.name) for row in rows]


async def sessions_between(
    ctx: Ctx, first: date, after: date, organization_id: UUID | None, base_id: UUID | None
) -> list[AnyRow]:
    """Sessions of visible activities from one day up to another, with how many seats are taken."""
    ctx.require(P.ACTIVITY_READ)
    taken = (
        select(func.count())
        .where(
            Seat.district_id == Session.district_id,
            Seat.session_id == Session.id,
            Seat.booking_id.is_not(None),
        )
        .scalar_subquery()
    )
    stmt = sessions_with_activity(
        ctx,
        Session.id,
        Session.activity_id,
        Session.starts_at,
        Session.state,
        Session.capacity,
        Activity.title,
        Activity.state.label("activity_state"),
        taken.label("taken"),
    ).where(
        visible_activities(ctx),
        Session.starts_at >= at_school(first, 0),
        Session.starts_at < at_school(after, 0),
    )
    if organization_id:
        stmt = stmt.where(Activity.organization_id == organization_id)
    if base_id:
        stmt = stmt.where(Session.base_id == base_id)
    stmt = stmt.order_by(Session.starts_at, Session.id).limit(1000)
    return list((await ctx.conn.execute(stmt)).all())


async def calendar_choices(ctx: Ctx) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Units that have a base, and the bases, as choices of the calendar's filters."""
    stmt = (
        select(
            LearningBase.id,
            LearningBase.name,
            Organization.id.label("unit_id"),
            Organization.name.label("unit"),
        )
        .join(
            Organization,
            and_(
                Organization.district_id == LearningBase.district_id,
                Organization.id == LearningBase.organization_id,
            ),
        )
        .where(LearningBase.district_id == ctx.district_id)
        .order_by(Organization.name, LearningBase.name)
        .limit(500)
    )
    rows = list((await ctx.conn.execute(stmt)).all())
    units = {str(row.unit_id): row.unit for row in rows}
    return list(units.items()), [(str(row.id), row.name) for row in rows]
