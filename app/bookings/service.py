"""Taking a place, giving it back, and moving the waiting list up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.activities.events import SeatsAdded, SessionCancelled
from app.activities.kinds import ActivityState, SessionState
from app.activities.models import Activity, Session
from app.audit import service as audit
from app.bookings import rules, statements
from app.bookings.access import access_booking
from app.bookings.errors import NotCancellable, SessionFull, SessionNotBookable
from app.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingPromoted,
    BookingWaitlisted,
)
from app.bookings.kinds import ACTIVE, BookingState
from app.bookings.models import Booking
from app.bookings.permissions import P
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.people.models import Person
from app.resources.models import LearningBase


@dataclass(frozen=True)
class Placed:
    """Where a child stands: confirmed, or waiting at `position`."""

    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    position: int | None = None
    again: bool = False


async def book_session(
    ctx: Ctx, session_id: UUID, pupil_id: UUID, *, join_waitlist: bool = True
) -> Placed:
    """Give the child a place, or a place in the queue.

    A second booking of the same child answers with the first. Refused outside
    the window, outside the grades, and when full without wanting to wait.
    """
    reach = ctx.require(P.BOOKING_CREATE)
    params = {"district": ctx.district_id, "session": session_id, "pupil": pupil_id}
    gate = (await ctx.conn.execute(statements.GATE, params)).first()
    if gate is None:
        raise NotFound
    own = pupil_id in ctx.actor.pupil_ids
    if not (own or gate.class_id in reach.classes or reach.covers(gate.school_id)):
        raise NotFound
    if gate.activity_state != ActivityState.PUBLISHED or gate.session_state != SessionState.PLANNED:
        raise SessionNotBookable
    if gate.booking_id is not None:
        return await _placed_before(ctx, gate, pupil_id)
    rules.check_mode(gate.mode, by_school=not own)
    rules.check_window(ctx.now, gate.booking_opens_at, gate.booking_closes_at)
    rules.check_grade(gate.grade, gate.min_grade, gate.max_grade)
    if not join_waitlist and not gate.has_free_seat:
        raise SessionFull
    return await _take_place(ctx, gate, {**params, "may_wait": join_waitlist})


async def _placed_before(ctx: Ctx, gate: AnyRow, pupil_id: UUID) -> Placed:
    position = None
    if gate.booking_state == BookingState.WAITLISTED:
        position = (await _standing(ctx, gate.session_id, gate.booking_id)).position
    state = BookingState(gate.booking_state)
    return Placed(gate.booking_id, gate.session_id, pupil_id, state, position, again=True)


async def _take_place(ctx: Ctx, gate: AnyRow, params: dict[str, Any]) -> Placed:
    booking_id = new_id()
    values = {
        **params,
        "booking": booking_id,
        "school": gate.school_id,
        "person": ctx.actor.person_id,
    }
    row = (await ctx.conn.execute(statements.BOOK, values)).one()
    if row.id is None:
        # A twin request was faster, or the last seat went: give back what we took, look again.
        await ctx.conn.execute(
            statements.RELEASE_SEAT, {"district": ctx.district_id, "booking": booking_id}
        )
        again = (await ctx.conn.execute(statements.GATE, params)).one()
        if again.booking_id is None:
            raise SessionFull
        return await _placed_before(ctx, again, params["pupil"])
    await audit.record(ctx, "booking:create", "booking", booking_id, pupil_id=params["pupil"])
    about: dict[str, Any] = {
        "booking_id": booking_id,
        "pupil_id": params["pupil"],
        "pupil_name": gate.pupil_name,
        "title": gate.title,
        "base_name": gate.base_name,
        "starts_at": gate.starts_at,
    }
    if row.state == BookingState.CONFIRMED:
        await ctx.emit(BookingConfirmed(**about))
        return Placed(booking_id, gate.session_id, params["pupil"], BookingState.CONFIRMED)
    return await _join_queue(ctx, gate.session_id, params["pupil"], about)


async def _join_queue(ctx: Ctx, session_id: UUID, pupil_id: UUID, about: dict[str, Any]) -> Placed:
    """Wait, unless a seat was given back while we were joining: then the queue moves at once."""
    booking_id = about["booking_id"]
    await ctx.conn.execute(statements.JOIN_QUEUE, {"session": str(session_id)})
    row = await _standing(ctx, session_id, booking_id)
    if row.has_free_seat:
        await _move_queue(ctx, session_id)
        row = await _standing(ctx, session_id, booking_id)
    if row.state == BookingState.CONFIRMED:
        return Placed(booking_id, session_id, pupil_id, BookingState.CONFIRMED)
    await ctx.emit(BookingWaitlisted(**about, position=row.position))
    return Placed(booking_id, session_id, pupil_id, BookingState.WAITLISTED, row.position)


async def _standing(ctx: Ctx, session_id: UUID, booking_id: UUID) -> AnyRow:
    params = {"district": ctx.district_id, "session": session_id, "booking": booking_id}
    return (await ctx.conn.execute(statements.POSITION, params)).one()


async def cancel_booking(ctx: Ctx, booking_id: UUID, reason: str = "") -> Booking:
    """Give a place back before the session starts; the first in the queue gets it at once.

    Cancelling again changes nothing.
    """
    booking = await access_booking(ctx, booking_id, P.BOOKING_CREATE)
    if booking.state == BookingState.CANCELLED:
        return booking
    about = await _about(ctx, booking)
    if booking.state not in (BookingState.CONFIRMED, BookingState.WAITLISTED):
        raise NotCancellable
    if about.starts_at <= ctx.now:
        raise NotCancellable
    await _give_back(ctx, booking, about, reason)
    await ctx.db.refresh(booking)
    return booking


async def _give_back(ctx: Ctx, booking: Booking, about: AnyRow, reason: str) -> None:
    """Cancel one booking and let the first who waits have the seat."""
    await ctx.conn.execute(
        update(Booking)
        .where(Booking.district_id == ctx.district_id, Booking.id == booking.id)
        .values(
            state=BookingState.CANCELLED,
            seat_id=None,
            cancelled_at=ctx.now,
            version=Booking.version + 1,
            updated_at=ctx.now,
        )
    )
    await audit.record(ctx, "booking:cancel", "booking", booking.id, pupil_id=booking.pupil_id)
    await ctx.emit(BookingCancelled(**_fact_fields(about), reason=reason))
    await ctx.conn.execute(
        statements.RELEASE_SEAT, {"district": ctx.district_id, "booking": booking.id}
    )
    await promote_waiting(ctx, booking.session_id)


async def release_all(ctx: Ctx, pupil_id: UUID, reason: str) -> int:
    """Give back every place and queue number ahead of a child who leaves; says how many."""
    stmt = (
        select(Booking)
        .join(
            Session,
            (Session.district_id == Booking.district_id) & (Session.id == Booking.session_id),
        )
        .where(
            Booking.district_id == ctx.district_id,
            Booking.pupil_id == pupil_id,
            Booking.state.in_((BookingState.CONFIRMED, BookingState.WAITLISTED)),
            Session.starts_at > ctx.now,
        )
        .order_by(Booking.id)
    )
    ahead = list((await ctx.db.execute(stmt)).scalars())
    for booking in ahead:
        await _give_back(ctx, booking, await _about(ctx, booking), reason)
    return len(ahead)


async def place_many(ctx: Ctx, places: Sequence[tuple[UUID, UUID]]) -> int:
    """Give each pupil a seat of its session, all in one statement: (session, pupil), …

    For what a round has decided; nobody is told here. Says how many were placed:
    fewer than asked means that seats were missing, and the caller undoes all.
    """
    if not places:
        return 0
    params = {
        "district": ctx.district_id,
        "sessions": [session_id for session_id, _ in places],
        "pupils": [pupil_id for _, pupil_id in places],
        "bookings": [new_id() for _ in places],
        "person": ctx.actor.person_id,
    }
    placed = len((await ctx.conn.execute(statements.PLACE_MANY, params)).all())
    acts = [("booking:allocate", "booking", pupil_id) for _, pupil_id in places]
    await audit.record_many(ctx, acts)
    return placed


async def exchange(ctx: Ctx, one_id: UUID, other_id: UUID) -> None:
    """Two confirmed bookings change sessions and seats; both rows are locked by the caller.

    The old bookings end as cancelled, so that history says what happened. The
    queue does not move: no seat becomes free.
    """
    one = await ctx.db.get_one(Booking, (ctx.district_id, one_id))
    other = await ctx.db.get_one(Booking, (ctx.district_id, other_id))
    seats = {booking.session_id: booking.seat_id for booking in (one, other)}
    moves = ((one.pupil_id, other.session_id), (other.pupil_id, one.session_id))
    for booking in (one, other):
        booking.state, booking.seat_id = BookingState.CANCELLED, None
        booking.cancelled_at = ctx.now
        booking.version += 1
    await ctx.db.flush()
    for pupil_id, session_id in moves:
        booking_id = new_id()
        values = {
            "district": ctx.district_id,
            "booking": booking_id,
            "session": session_id,
            "pupil": pupil_id,
            "person": ctx.actor.person_id,
            "seat": seats[session_id],
        }
        await ctx.conn.execute(statements.TAKE_OVER, values)
        await audit.record(ctx, "booking:exchange", "booking", booking_id, pupil_id=pupil_id)


async def promote_waiting(ctx: Ctx, session_id: UUID) -> int:
    """Give free seats to those who wait, in order of arrival; says how many moved up.

    Alone on this queue until the commit: see `statements.MOVE_QUEUE`.
    """
    await ctx.conn.execute(statements.MOVE_QUEUE, {"session": str(session_id)})
    return await _move_queue(ctx, session_id)


async def _move_queue(ctx: Ctx, session_id: UUID) -> int:
    params = {"district": ctx.district_id, "session": session_id}
    moved = 0
    while row := (await ctx.conn.execute(statements.PROMOTE, params)).first():
        moved += 1
        booking = await ctx.db.get(Booking, (ctx.district_id, row.id), populate_existing=True)
        if booking is None:
            raise NotFound
        await audit.record(ctx, "booking:promote", "booking", row.id, pupil_id=row.pupil_id)
        await ctx.emit(BookingPromoted(**_fact_fields(await _about(ctx, booking))))
    return moved


async def promote_everywhere(ctx: Ctx) -> int:
    """The sweep behind SKIP LOCKED: a seat given back by a rollback must not stay empty."""
    rows = await ctx.conn.execute(statements.SESSIONS_WITH_ROOM, {"district": ctx.district_id})
    return sum([await promote_waiting(ctx, session_id) for (session_id,) in rows.all()])


async def on_seats_added(ctx: Ctx, fact: SeatsAdded) -> None:
    await promote_waiting(ctx, fact.session_id)


async def on_session_cancelled(ctx: Ctx, fact: SessionCancelled) -> None:
    """Free everybody and tell them why."""
    stmt = select(Booking).where(
        Booking.district_id == ctx.district_id,
        Booking.session_id == fact.session_id,
        Booking.state.in_(ACTIVE),
    )
    for booking in (await ctx.db.execute(stmt.with_for_update())).scalars().all():
        about = await _about(ctx, booking)
        booking.state = BookingState.CANCELLED
        booking.seat_id = None
        booking.cancelled_at = ctx.now
        booking.version += 1
        await ctx.db.flush()
        await ctx.conn.execute(
            statements.RELEASE_SEAT, {"district": ctx.district_id, "booking": booking.id}
        )
        reason = fact.reason or "活动取消"
        await audit.record(ctx, "booking:cancel", "booking", booking.id, pupil_id=booking.pupil_id)
        await ctx.emit(BookingCancelled(**_fact_fields(about), reason=reason))


async def mark_attended(ctx: Ctx, booking_id: UUID) -> None:
    """The child came: called by attendance in its own transaction."""
    await ctx.conn.execute(
        update(Booking)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.id == booking_id,
            Booking.state == BookingState.CONFIRMED,
        )
        .values(state=BookingState.ATTENDED, version=Booking.version + 1, updated_at=ctx.now)
    )


async def mark_absent(ctx: Ctx, session_ids: list[UUID]) -> int:
    """After closing: whoever held a place and never came was absent; the queue is dissolved."""
    held = (
        update(Booking)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id.in_(session_ids),
            Booking.state == BookingState.CONFIRMED,
        )
        .values(state=BookingState.ABSENT, version=Booking.version + 1, updated_at=ctx.now)
    )
    waiting = (
        update(Booking)
        .where(
            Booking.district_id == ctx.district_id,
            Booking.session_id.in_(session_ids),
            Booking.state == BookingState.WAITLISTED,
        )
        .values(
            state=BookingState.CANCELLED,
            cancelled_at=ctx.now,
            version=Booking.version + 1,
            updated_at=ctx.now,
        )
    )
    absent = (await ctx.conn.execute(held)).rowcount
    await ctx.conn.execute(waiting)
    return absent


async def _about(ctx: Ctx, booking: Booking) -> AnyRow:
    stmt = (
        select(
            Booking.id,
            Booking.pupil_id,
            Person.name.label("pupil_name"),
            Activity.title,
            LearningBase.name.label("base_name"),
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
        .join(
            LearningBase,
            (LearningBase.district_id == Session.district_id)
            & (LearningBase.id == Session.base_id),
        )
        .where(Booking.district_id == ctx.district_id, Booking.id == booking.id)
    )
    return (await ctx.conn.execute(stmt)).one()


def _fact_fields(about: AnyRow) -> dict[str, Any]:
    return {
        "booking_id": about.id,
        "pupil_id": about.pupil_id,
        "pupil_name": about.pupil_name,
        "title": about.title,
        "base_name": about.base_name,
        "starts_at": about.starts_at,
    }
