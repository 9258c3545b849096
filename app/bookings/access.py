"""Obtaining a booking, or refusing."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.activities.models import Activity, Session
from app.bookings.errors import WrongClassBookingState
from app.bookings.kinds import CLASS_STATE_WORDS, BookingState, ClassBookingState
from app.bookings.models import Booking, ClassBooking
from app.bookings.permissions import P
from app.kit.context import NOWHERE, Ctx
from app.kit.errors import NotFound
from app.kit.search import among
from app.orgs.models import SchoolClass
from app.people.access import pupils_within, visible_pupils
from app.people.models import Person


def visible_bookings(ctx: Ctx, permission: str) -> ColumnElement[bool]:
    """Those of visible children, and for a unit those of its own activities."""
    reach = ctx.require(permission)
    if reach.district:
        return Booking.id.is_not(None)
    if reach == NOWHERE:
        return Booking.pupil_id.in_(ctx.actor.pupil_ids)
    own = select(Activity.id).where(
        Activity.district_id == ctx.district_id, Activity.organization_id.in_(reach.organizations)
    )
    own_sessions = select(Session.id).where(
        Session.district_id == ctx.district_id, among(Session.activity_id, own)
    )
    return or_(
        among(Booking.pupil_id, pupils_within(ctx, reach)),
        among(Booking.session_id, own_sessions),
    )


def visible_answers(ctx: Ctx) -> ColumnElement[bool]:
    """What families answered is for the unit that asked and for themselves; not for whoever may see
    the booking."""
    reach = ctx.require(P.BOOKING_READ)
    asked = (
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
    return or_(Booking.pupil_id.in_(ctx.actor.pupil_ids), Booking.session_id.in_(asked))


async def access_together(ctx: Ctx, booking_id: UUID, permission: str) -> list[Booking]:
    """A booking, and behind it those that are offered a place together with it; locked in one order.

    `kit.not_found` unless all of them are bookings of visible children.
    """
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, permission)
    )
    group = (
        select(Booking.group_id)
        .where(Booking.district_id == ctx.district_id, Booking.id == booking_id)
        .scalar_subquery()
    )
    offered = (Booking.group_id == group) & (Booking.state == BookingState.OFFERED)
    stmt = (
        select(Booking, Booking.pupil_id.in_(pupils).label("visible"))
        .where(Booking.district_id == ctx.district_id, or_(Booking.id == booking_id, offered))
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    )
    found = (await ctx.db.execute(stmt)).all()
    rows = [row.Booking for row in found]
    if not rows or not all(row.visible for row in found):
        raise NotFound
    rows.sort(key=lambda row: row.id != booking_id)
    return rows


async def access_booking(ctx: Ctx, booking_id: UUID, permission: str) -> Booking:
    """A booking of a visible child, locked for change; else `kit.not_found`."""
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, permission)
    )
    stmt = (
        select(Booking)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.id == booking_id,
            Booking.pupil_id.in_(pupils),
        )
        .with_for_update(of=Booking)
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def visible_class_bookings(ctx: Ctx, permission: str) -> ColumnElement[bool]:
    """Of the own classes and school; for a unit, of its own activities."""
    reach = ctx.require(permission)
    if reach.district:
        return ClassBooking.id.is_not(None)
    classes = select(SchoolClass.id).where(
        SchoolClass.district_id == ctx.district_id,
        SchoolClass.organization_id.in_(reach.organizations),
    )
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
    return or_(
        ClassBooking.class_id.in_(reach.classes),
        ClassBooking.class_id.in_(classes),
        ClassBooking.session_id.in_(sessions),
    )


async def access_class_booking(
    ctx: Ctx, class_booking_id: UUID, permission: str, *, lock: bool = True
) -> ClassBooking:
    """A class booking under the same rule, locked for change; else `kit.not_found`."""
    stmt = select(ClassBooking).where(
        ClassBooking.district_id == ctx.district_id,
        ClassBooking.id == class_booking_id,
        visible_class_bookings(ctx, permission),
    )
    if lock:
        stmt = stmt.with_for_update(of=ClassBooking)
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def require_class_state(row: ClassBooking, *states: ClassBookingState) -> None:
    """Refuse (`class_booking.wrong_state`) unless it is in one of these states."""
    if row.state not in states:
        raise WrongClassBookingState(state=CLASS_STATE_WORDS[ClassBookingState(row.state)])
