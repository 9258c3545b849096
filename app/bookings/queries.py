"""Reading bookings."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.models import Activity, ActivityField, Session
from app.activities.permissions import P as ActivityP
from app.activities.queries import fields_of, read_activity, read_session
from app.audit import service as audit
from app.bookings.access import (
    access_class_booking,
    visible_answers,
    visible_bookings,
    visible_class_bookings,
)
from app.bookings.kinds import ACTIVE, AHEAD, BookingState, ClassBookingState
from app.bookings.models import (
    Booking,
    BookingAnswer,
    BookingLimit,
    BookingSetting,
    ClassBooking,
)
from app.bookings.permissions import P
from app.bookings.rules import SENTENCES, words_hash
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.people.kinds import Purpose
from app.people.models import Person
from app.people.service.consent import latest_text


async def list_bookings(
    ctx: Ctx,
    session_id: UUID | None,
    pupil_id: UUID | None,
    state: BookingState | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Booking], str | None]:
    """Own children's, own class's, own school's or own unit's bookings, newest first."""
    stmt = select(Booking).where(
        Booking.district_id == ctx.district_id, visible_bookings(ctx, P.BOOKING_READ)
    )
    if session_id:
        stmt = stmt.where(Booking.session_id == session_id)
    if pupil_id:
        stmt = stmt.where(Booking.pupil_id == pupil_id)
    if state:
        stmt = stmt.where(Booking.state == state)
    rows, following = await fetch_page(ctx, stmt, Booking.id, cursor, limit, newest_first=True)
    await audit.record_reads(ctx, "booking", [row.pupil_id for row in rows], "查看预约")
    return rows, following


async def read_booking(ctx: Ctx, booking_id: UUID) -> Booking:
    stmt = select(Booking).where(
        Booking.district_id == ctx.district_id,
        Booking.id == booking_id,
        visible_bookings(ctx, P.BOOKING_READ),
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    await audit.record_reads(ctx, "booking", [row.pupil_id], "查看预约")
    return row


async def coming_bookings(
    ctx: Ctx, limit: int, among: Collection[UUID] | None = None
) -> list[AnyRow]:
    """What the actor's own children, or some of them, have ahead, for a phone."""
    ctx.require(P.BOOKING_READ)
    own = ctx.actor.pupil_ids if among is None else ctx.actor.pupil_ids.intersection(among)
    stmt = (
        select(
            Booking.state,
            Booking.consent_asked_at,
            Person.name.label("pupil_name"),
            Activity.title,
            Session.starts_at,
        )
        .join(Person, (Person.district_id == Booking.district_id) & (Person.id == Booking.pupil_id))
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(
            Booking.district_id == ctx.district_id,
            Booking.pupil_id.in_(own),
            Booking.state.in_(ACTIVE),
            Session.ends_at > ctx.now,
        )
        .order_by(Session.starts_at, Booking.id)
        .limit(limit)
    )
    return list((await ctx.conn.execute(stmt)).all())


DEFAULT_GAP = 30


async def booking_rules(ctx: Ctx) -> tuple[int, list[BookingLimit]]:
    """The minutes between two places, and the limits a pupil and term."""
    ctx.require(ActivityP.ACTIVITY_READ)
    gap = select(BookingSetting.gap_minutes).where(BookingSetting.district_id == ctx.district_id)
    found = (await ctx.conn.execute(gap)).scalar_one_or_none()
    limits = (
        select(BookingLimit)
        .where(BookingLimit.district_id == ctx.district_id)
        .order_by(BookingLimit.category.nulls_first())
    )
    rows = list((await ctx.db.execute(limits)).scalars())
    return (DEFAULT_GAP if found is None else found), rows


async def draw_of(ctx: Ctx, session_id: UUID) -> tuple[Session, list[tuple[UUID, int]]]:
    """The session with its draw: the lots (booking ids) in their order, empty before it."""
    session, _ = await read_session(ctx, session_id)
    stmt = (
        select(Booking.id, Booking.draw_no)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id == session_id,
            Booking.draw_no.is_not(None),
        )
        .order_by(Booking.draw_no)
    )
    return session, [(row.id, row.draw_no) for row in await ctx.conn.execute(stmt)]


@dataclass(frozen=True)
class Words:
    """What a guardian says yes to now: our sentence, the district's text under it, their digest."""

    sentence: int
    said: str
    title: str
    body: str
    text_id: UUID | None
    hash: str


async def words_of(ctx: Ctx, wanted: str | None) -> Words | None:
    """The newest words for what an activity wants agreed; None when it wants nothing."""
    if wanted is None:
        return None
    text = await latest_text(ctx, Purpose(wanted))
    number = len(SENTENCES) - 1
    hashed = words_hash(number, text.hash if text else None)
    if text is None:
        return Words(number, SENTENCES[number], "", "", None, hashed)
    return Words(number, SENTENCES[number], text.title, text.body, text.id, hashed)


async def booking_form(ctx: Ctx, session_id: UUID) -> tuple[Words | None, Sequence[ActivityField]]:
    """What a family has to fill in when it books this session."""
    session, _ = await read_session(ctx, session_id)
    activity = await read_activity(ctx, session.activity_id)
    words = await words_of(ctx, activity.consent_needed)
    return words, await fields_of(ctx, activity.id)


def _answers(ctx: Ctx) -> Any:
    return (
        select(
            BookingAnswer.booking_id,
            BookingAnswer.field_id,
            ActivityField.label,
            ActivityField.kind,
            BookingAnswer.value,
            Booking.pupil_id,
        )
        .join(
            ActivityField,
            (ActivityField.district_id == BookingAnswer.district_id)
            & (ActivityField.id == BookingAnswer.field_id),
        )
        .join(
            Booking,
            (Booking.district_id == BookingAnswer.district_id)
            & (Booking.id == BookingAnswer.booking_id),
        )
        .where(BookingAnswer.district_id == ctx.district_id, visible_answers(ctx))
        .order_by(BookingAnswer.booking_id, ActivityField.number)
    )


async def answers_to(ctx: Ctx, booking_ids: Iterable[UUID]) -> dict[UUID, list[AnyRow]]:
    """The answers that the actor may see, by booking; reading them is logged."""
    stmt = _answers(ctx).where(BookingAnswer.booking_id.in_(list(booking_ids)))
    found: dict[UUID, list[AnyRow]] = {}
    pupils = []
    for row in await ctx.conn.execute(stmt):
        found.setdefault(row.booking_id, []).append(row)
        pupils.append(row.pupil_id)
    await audit.record_reads(ctx, "booking", pupils, "查看报名信息")
    return found


async def unanswered(ctx: Ctx, class_booking_id: UUID) -> set[UUID]:
    """The pupils of a class booking whose guardians have not said yes; who may ask is the caller's."""
    stmt = select(Booking.pupil_id).where(
        Booking.district_id == ctx.district_id,
        Booking.class_booking_id == class_booking_id,
        Booking.consent_asked_at.is_not(None),
        Booking.state.in_(AHEAD),
    )
    return set((await ctx.conn.execute(stmt)).scalars())


async def list_class_bookings(
    ctx: Ctx, state: ClassBookingState | None, cursor: str | None, limit: int
) -> tuple[list[ClassBooking], str | None]:
    """Of the own classes, school or unit, newest first."""
    stmt = select(ClassBooking).where(
        ClassBooking.district_id == ctx.district_id,
        visible_class_bookings(ctx, P.CLASS_BOOKING_READ),
    )
    if state:
        stmt = stmt.where(ClassBooking.state == state)
    return await fetch_page(ctx, stmt, ClassBooking.id, cursor, limit, newest_first=True)


async def read_class_booking(ctx: Ctx, class_booking_id: UUID) -> tuple[ClassBooking, list[UUID]]:
    """A class booking with its pupils; reading who they are is logged."""
    row = await access_class_booking(ctx, class_booking_id, P.CLASS_BOOKING_READ, lock=False)
    stmt = (
        select(Booking.pupil_id)
        .where(Booking.district_id == ctx.district_id, Booking.class_booking_id == row.id)
        .order_by(Booking.pupil_id)
    )
    pupils = list((await ctx.conn.execute(stmt)).scalars())
    await audit.record_reads(ctx, "class_booking", pupils, "查看整班预约名单")
    return row, pupils
