"""Reading activities and sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Integer, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.activities.access import matching, visible_activities, visible_invitations
from app.activities.kinds import (
    ActivityKind,
    ActivityState,
    Category,
    InvitationState,
    Phase,
    SessionState,
)
from app.activities.models import (
    Activity,
    ActivityField,
    MentorInvitation,
    Review,
    Seat,
    ServiceCorrection,
    Session,
    TaskSheet,
)
from app.activities.permissions import P
from app.activities.rules import YEAR_BEGINS, phase_of
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.resources.queries import read_mentor


async def list_activities(
    ctx: Ctx,
    state: ActivityState | None,
    grade: int | None,
    title: str | None,
    cursor: str | None,
    limit: int,
    kind: ActivityKind | None = None,
    category: Category | None = None,
    organization_id: UUID | None = None,
    base_id: UUID | None = None,
) -> tuple[list[Activity], str | None]:
    """What the actor may see, newest first; filters narrow it. `title`: see `matching`."""
    stmt = select(Activity).where(Activity.district_id == ctx.district_id, visible_activities(ctx))
    if state:
        stmt = stmt.where(Activity.state == state)
    if grade is not None:
        stmt = stmt.where(Activity.min_grade <= grade, Activity.max_grade >= grade)
    if kind:
        stmt = stmt.where(Activity.kind == kind)
    if category:
        stmt = stmt.where(Activity.category == category)
    if organization_id:
        stmt = stmt.where(Activity.organization_id == organization_id)
    if base_id:
        stmt = stmt.where(Activity.base_id == base_id)
    if title:
        stmt = stmt.where(matching(ctx, title))
    return await fetch_page(ctx, stmt, Activity.id, cursor, limit, newest_first=True)


async def read_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    stmt = select(Activity).where(
        Activity.district_id == ctx.district_id,
        Activity.id == activity_id,
        visible_activities(ctx),
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def fields_of(ctx: Ctx, activity_id: UUID) -> list[ActivityField]:
    """The questions of an activity in their order; who may see it is the caller's to ask."""
    stmt = (
        select(ActivityField)
        .where(
            ActivityField.district_id == ctx.district_id, ActivityField.activity_id == activity_id
        )
        .order_by(ActivityField.number)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def sheet_of(ctx: Ctx, activity_id: UUID) -> TaskSheet | None:
    """The task sheet of an activity; who may see it is the caller's to ask."""
    stmt = select(TaskSheet).where(
        TaskSheet.district_id == ctx.district_id, TaskSheet.activity_id == activity_id
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def read_sheet(ctx: Ctx, activity_id: UUID) -> TaskSheet:
    """The task sheet of an activity that the actor sees, or `kit.not_found`."""
    await read_activity(ctx, activity_id)
    row = await sheet_of(ctx, activity_id)
    if row is None:
        raise NotFound
    return row


async def phases_of(ctx: Ctx, activities: Iterable[Activity]) -> dict[UUID, Phase]:
    """Where the published ones among these stand by their sessions; cancelled dates do not count."""
    ids = [row.id for row in activities if row.state == ActivityState.PUBLISHED]
    stmt = select(Session.activity_id, Session.starts_at, Session.ends_at).where(
        Session.district_id == ctx.district_id,
        Session.activity_id.in_(ids),
        Session.state != SessionState.CANCELLED,
    )
    spans: dict[UUID, list[AnyRow]] = {one: [] for one in ids}
    for row in await ctx.conn.execute(stmt):
        spans[row.activity_id].append(row)
    return {one: phase_of(rows, ctx.now) for one, rows in spans.items()}


async def list_sessions(
    ctx: Ctx,
    activity_id: UUID | None,
    starts_after: datetime | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Session], str | None]:
    stmt = (
        select(Session)
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(Session.district_id == ctx.district_id, visible_activities(ctx))
    )
    if activity_id:
        stmt = stmt.where(Session.activity_id == activity_id)
    if starts_after:
        stmt = stmt.where(Session.starts_at >= starts_after)
    return await fetch_page(ctx, stmt, Session.id, cursor, limit)


async def read_session(ctx: Ctx, session_id: UUID) -> tuple[Session, int]:
    """A session and how many seats are free now."""
    session = await ctx.db.get(Session, (ctx.district_id, session_id))
    if session is None:
        raise NotFound
    await read_activity(ctx, session.activity_id)
    free = select(func.count()).where(
        Seat.district_id == ctx.district_id,
        Seat.session_id == session_id,
        Seat.booking_id.is_(None),
    )
    return session, int((await ctx.conn.execute(free)).scalar_one())


async def count_submitted(ctx: Ctx) -> int:
    """How many activities wait for the secretariat's review."""
    ctx.require(P.ACTIVITY_REVIEW)
    stmt = select(func.count()).where(
        Activity.district_id == ctx.district_id, Activity.state == ActivityState.SUBMITTED
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def list_reviews(ctx: Ctx, activity_id: UUID) -> list[Review]:
    """The steps of an activity's review, oldest first."""
    await read_activity(ctx, activity_id)
    stmt = (
        select(Review)
        .where(Review.district_id == ctx.district_id, Review.activity_id == activity_id)
        .order_by(Review.id)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def upcoming(ctx: Ctx, limit: int) -> list[AnyRow]:
    """The next bookable sessions, for a phone: title, time, seats left."""
    ctx.require(P.ACTIVITY_READ)
    free = (
        select(func.count())
        .where(
            Seat.district_id == Session.district_id,
            Seat.session_id == Session.id,
            Seat.booking_id.is_(None),
        )
        .scalar_subquery()
    )
    stmt = (
        select(Session.id, Activity.title, Session.starts_at, free.label("seats_left"))
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Session.district_id == ctx.district_id,
            Activity.state == ActivityState.PUBLISHED,
            Session.state == SessionState.PLANNED,
            Session.booking_opens_at <= ctx.now,
            Session.booking_closes_at > ctx.now,
        )
        .order_by(Session.starts_at, Session.id)
        .limit(limit)
    )
    return list((await ctx.conn.execute(stmt)).all())


async def coming_at_base(conn: AsyncConnection, district_id: UUID, base_id: UUID) -> list[AnyRow]:
    """The next five published sessions at a base, for the page behind its poster."""
    stmt = (
        select(Activity.title, Session.starts_at)
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Session.district_id == district_id,
            Session.base_id == base_id,
            Session.state == SessionState.PLANNED,
            Session.ends_at > func.now(),
            Activity.state == ActivityState.PUBLISHED,
        )
        .order_by(Session.starts_at, Session.id)
        .limit(5)
    )
    return list((await conn.execute(stmt)).all())


_FRONT = text(
    """
SELECT d.name,
  (SELECT count(*) FROM organization o WHERE o.district_id = d.id
     AND o.kind IN ('school', 'kindergarten')) AS schools,
  (SELECT count(*) FROM organization o WHERE o.district_id = d.id
     AND o.kind = 'resource_unit' AND o.state = 'active') AS units,
  (SELECT count(*) FROM enrollment e WHERE e.district_id = d.id AND e.ends_on IS NULL) AS pupils,
  (SELECT count(*) FROM session s WHERE s.district_id = d.id AND s.state = 'planned'
     AND s.starts_at > now()) AS sessions
FROM district d ORDER BY pupils DESC, d.id LIMIT 20
"""
)


async def front_figures(conn: AsyncConnection) -> list[AnyRow]:
    """Public sums of the front page: no names, nothing below a whole district."""
    return list((await conn.execute(_FRONT)).all())


async def list_invitations(
    ctx: Ctx,
    state: InvitationState | None,
    activity_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[MentorInvitation], str | None]:
    """Invitations the actor sent, answers for, or got; newest first."""
    stmt = select(MentorInvitation).where(
        MentorInvitation.district_id == ctx.district_id, visible_invitations(ctx)
    )
    if state:
        stmt = stmt.where(MentorInvitation.state == state)
    if activity_id:
        stmt = stmt.where(MentorInvitation.activity_id == activity_id)
    return await fetch_page(ctx, stmt, MentorInvitation.id, cursor, limit, newest_first=True)


@dataclass(frozen=True)
class Service:
    """What a mentor did in a school year: visits that took place, and corrections; minutes in all."""

    visits: Sequence[AnyRow]
    corrections: Sequence[ServiceCorrection]
    minutes: int


async def read_service(ctx: Ctx, mentor_id: UUID, school_year: int) -> Service:
    """For staff who may read the mentor."""
    await read_mentor(ctx, mentor_id)
    return await service_of(ctx, mentor_id, school_year)


async def service_of(ctx: Ctx, mentor_id: UUID, school_year: int) -> Service:
    """A session counts when it was closed after its end, was not called off, and named the mentor
    or had the mentor's yes. Who may ask is the caller's to say.
    """
    agreed = select(MentorInvitation.activity_id).where(
        MentorInvitation.district_id == ctx.district_id,
        MentorInvitation.mentor_id == mentor_id,
        MentorInvitation.state == InvitationState.ACCEPTED,
    )
    begins, ends = (at_school(date(school_year + n, YEAR_BEGINS, 1), 0) for n in (0, 1))
    minutes = func.extract("epoch", Session.ends_at - Session.starts_at) / 60
    stmt = (
        select(
            Session.id,
            Session.starts_at,
            Activity.title,
            func.round(minutes).cast(Integer).label("minutes"),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Session.district_id == ctx.district_id,
            Session.state == SessionState.CLOSED,
            Session.starts_at >= begins,
            Session.starts_at < ends,
            or_(Activity.mentor_id == mentor_id, Activity.id.in_(agreed)),
            Activity.state.in_(_TOOK_PLACE),
        )
        .order_by(Session.starts_at, Session.id)
    )
    visits = (await ctx.conn.execute(stmt)).all()
    fixed = (
        select(ServiceCorrection)
        .where(
            ServiceCorrection.district_id == ctx.district_id,
            ServiceCorrection.mentor_id == mentor_id,
            ServiceCorrection.school_year == school_year,
        )
        .order_by(ServiceCorrection.at, ServiceCorrection.id)
    )
    corrections = list((await ctx.db.execute(fixed)).scalars())
    total = sum(row.minutes for row in visits) + sum(row.minutes for row in corrections)
    return Service(visits, corrections, total)


_TOOK_PLACE = (ActivityState.PUBLISHED, ActivityState.WITHDRAWN, ActivityState.ARCHIVED)
