"""What do the family pages show that no single package lists? Reads only."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.activities.kinds import ActivityState, InvitationState
from app.activities.models import Activity, ActivityField, MentorInvitation, Seat, Session
from app.bookings.kinds import ACTIVE, BookingState
from app.bookings.models import Booking
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.orgs.models import Organization, SchoolClass
from app.people.models import Enrollment
from app.resources.kinds import Vetting
from app.resources.models import LearningBase, Mentor
from app.web.m.seats import seats_for, waiting
from app.web.reading import sessions_with_activity


async def family_session(ctx: Ctx, session_id: UUID, school_id: UUID | None) -> AnyRow:
    """One session of a published activity with everything a family of this school asks."""
    found = family_sessions(ctx, school_id).add_columns(_mentors().label("mentors"))
    stmt = found.where(Activity.state == ActivityState.PUBLISHED, Session.id == session_id)
    row: AnyRow | None = (await ctx.conn.execute(stmt)).first()
    if row is None:
        raise NotFound
    return row


# What a family reads of a session.
_SHOWN = (
    Session.id,
    Session.starts_at,
    Session.ends_at,
    Session.state,
    Session.booking_opens_at,
    Session.booking_closes_at,
    Session.capacity,
    Session.mode,
    Session.reserve_until,
    Activity.id.label("activity_id"),
    Activity.title,
    Activity.summary,
    Activity.what_to_bring,
    Activity.kind,
    Activity.category,
    Activity.credited_minutes,
    Activity.min_grade,
    Activity.max_grade,
    Activity.consent_needed,
    Activity.stalls,
    LearningBase.name.label("base_name"),
    LearningBase.address,
    LearningBase.id.label("base_id"),
    Organization.name.label("unit_name"),
    Organization.id.label("unit_id"),
)


def family_sessions(ctx: Ctx, school_id: UUID | None) -> Select[Any]:
    """Sessions as a family sees them; the seats are those a child of this school can get."""
    seats = seats_for(school_id)
    return (
        sessions_with_activity(
            ctx,
            *_SHOWN,
            seats.c.seats_left,
            seats.c.seats_all,
            seats.c.kept,
            waiting().label("waiting"),
        )
        .join(seats, true())
        .join(
            LearningBase,
            and_(
                LearningBase.district_id == Session.district_id, LearningBase.id == Session.base_id
            ),
        )
        .join(
            Organization,
            and_(
                Organization.district_id == Activity.district_id,
                Organization.id == Activity.organization_id,
            ),
        )
    )


def _mentors() -> ScalarSelect[Any]:
    """Name and field of whoever leads an activity: named by it, or having said yes to it. Vetted ones."""
    invited = exists().where(
        MentorInvitation.district_id == Mentor.district_id,
        MentorInvitation.mentor_id == Mentor.id,
        MentorInvitation.activity_id == Activity.id,
        MentorInvitation.state == InvitationState.ACCEPTED,
    )
    own = Mentor.id.is_not_distinct_from(Activity.mentor_id)
    mentor = func.jsonb_build_object("name", Mentor.name, "skills", Mentor.skills)
    return (
        select(
            func.jsonb_agg(
                aggregate_order_by(mentor, own.desc(), Mentor.name, Mentor.id), type_=JSONB
            )
        )
        .where(
            Mentor.district_id == Activity.district_id,
            Mentor.vetting == Vetting.PASSED,
            or_(own, invited.correlate(Mentor, Activity)),
        )
        .correlate(Activity)
        .scalar_subquery()
    )


def _position() -> ScalarSelect[int]:
    """The place of a booking in its queue."""
    ahead = Booking.__table__.alias("ahead")
    return (
        select(func.count())
        .where(
            ahead.c.district_id == Booking.district_id,
            ahead.c.session_id == Booking.session_id,
            ahead.c.state == BookingState.WAITLISTED,
            ahead.c.queue_no <= Booking.queue_no,
        )
        .scalar_subquery()
    )


def _reserved() -> ScalarSelect[list[str]]:
    """The schools whose reserve keeps a free seat from a waiting booking."""
    return (
        select(func.array_agg(func.distinct(Organization.name)))
        .join(
            Seat,
            and_(Seat.district_id == Organization.district_id, Seat.pool_id == Organization.id),
        )
        .where(
            Seat.district_id == Booking.district_id,
            Seat.session_id == Booking.session_id,
            Seat.booking_id.is_(None),
            Seat.pool_id.is_distinct_from(Booking.school_id),
            Booking.state == BookingState.WAITLISTED,
        )
        .correlate(Booking)
        .scalar_subquery()
    )


async def family_bookings(
    ctx: Ctx, pupil_id: UUID, session_id: UUID | None = None, limit: int = 60
) -> list[AnyRow]:
    """A child's bookings, newest date first, with the place in the queue where it waits.

    `reserved`: schools whose reserve keeps a free seat from it, until `reserve_until`.
    """
    if pupil_id not in ctx.actor.pupil_ids:
        raise NotFound
    stmt = _bookings(ctx).where(Booking.pupil_id == pupil_id)
    if session_id:
        stmt = stmt.where(Booking.session_id == session_id)
    stmt = stmt.order_by(Session.starts_at.desc(), Booking.id.desc()).limit(limit)
    return list((await ctx.conn.execute(stmt)).all())


async def family_booking(ctx: Ctx, booking_id: UUID) -> AnyRow:
    """One booking of an own child, or `kit.not_found`."""
    own = Booking.pupil_id.in_(ctx.actor.pupil_ids)
    row: AnyRow | None = (
        await ctx.conn.execute(_bookings(ctx).where(Booking.id == booking_id, own))
    ).first()
    if row is None:
        raise NotFound
    return row


async def active_bookings(ctx: Ctx, session_id: UUID) -> dict[UUID, AnyRow]:
    """The standing booking of each of the actor's children in one session."""
    stmt = _bookings(ctx).where(
        Booking.session_id == session_id,
        Booking.pupil_id.in_(ctx.actor.pupil_ids),
        Booking.state.in_(ACTIVE),
    )
    return {row.pupil_id: row for row in await ctx.conn.execute(stmt)}


def _asks() -> ColumnElement[bool]:
    """Whether the activity asks families anything."""
    return exists().where(
        ActivityField.district_id == Activity.district_id,
        ActivityField.activity_id == Activity.id,
    )


def _bookings(ctx: Ctx) -> Select[Any]:
    stmt = sessions_with_activity(
        ctx,
        Booking.id,
        Booking.pupil_id,
        Booking.state,
        Booking.offer_expires_at,
        Booking.group_id,
        Booking.consent_asked_at,
        Activity.consent_needed,
        Session.reserve_until,
        Session.cancel_until,
        _reserved().label("reserved"),
        Booking.session_id,
        Activity.title,
        Session.starts_at,
        Session.ends_at,
        LearningBase.name.label("base_name"),
        _asks().label("asks"),
        _position().label("position"),
    )
    return stmt.join(
        Booking,
        and_(Booking.district_id == Session.district_id, Booking.session_id == Session.id),
    ).join(
        LearningBase,
        and_(LearningBase.district_id == Session.district_id, LearningBase.id == Session.base_id),
    )


async def pupil_grades(ctx: Ctx, pupil_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The grades of these pupils' classes."""
    stmt = (
        select(Enrollment.pupil_id, SchoolClass.grade)
        .join(
            SchoolClass,
            and_(
                SchoolClass.district_id == Enrollment.district_id,
                SchoolClass.id == Enrollment.class_id,
            ),
        )
        .where(
            Enrollment.district_id == ctx.district_id,
            Enrollment.pupil_id.in_(list(pupil_ids)),
            Enrollment.ends_on.is_(None),
        )
    )
    return {row.pupil_id: row.grade for row in await ctx.conn.execute(stmt)}
