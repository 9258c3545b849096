"""Taking a place, answering an offer, giving a place back."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.activities.kinds import ActivityState, SessionMode, SessionState
from app.audit import service as audit
from app.bookings import rules, statements
from app.bookings.access import access_booking, access_together
from app.bookings.errors import (
    BookingClosed,
    CancelTooLate,
    NoOffer,
    NotCancellable,
    OfferOver,
    SessionFull,
    SessionNotBookable,
)
from app.bookings.events import BookingConfirmed, BookingWaitlisted, ConsentAsked
from app.bookings.kinds import AHEAD, BookingState
from app.bookings.models import Booking
from app.bookings.permissions import P
from app.bookings.service.ending import end_booking, give_back
from app.bookings.service.facts import about, fact_fields, message_of
from app.bookings.service.forms import Filled, Given, fill, form_values
from app.bookings.service.queue import move_queue, promote_waiting, standing
from app.kit.clock import say_moment
from app.kit.context import Ctx, Reach
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.idempotency import NO_KEY, AlreadyAnswered, Keyed
from app.kit.ids import new_id
from app.notifications.rules import hearers
from app.notifications.service.notify import told

NOTHING = Given()


@dataclass(frozen=True)
class Placed:
    """Where a child stands: confirmed, or waiting at `position`.

    `note` says why a free seat was not given: it belongs to another school's reserve.
    `consent_until`: a guardian has to say yes until then.
    """

    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    position: int | None = None
    again: bool = False
    note: str = ""
    consent_until: datetime | None = None


async def book_session(
    ctx: Ctx,
    session_id: UUID,
    pupil_id: UUID,
    *,
    join_waitlist: bool = True,
    given: Given = NOTHING,
    keyed: Keyed = NO_KEY,
) -> Placed:
    """Give the child a place, a place in the queue, or a lot in the draw.

    A second booking of the same child answers with the first. Refused outside
    the window, outside the grades, when it overlaps with another booking or
    the child has reached a limit, and when full without wanting to wait.
    `given` is what the family filled in with it: see `forms.fill`. A key that
    was used before is `AlreadyAnswered`.
    """
    reach = ctx.require(P.BOOKING_CREATE)
    params = {"district": ctx.district_id, "session": session_id, "pupil": pupil_id}
    (gate,) = await statements.GATE.rows(ctx.conn, {**params, **keyed.values})
    if not gate.is_new:
        raise AlreadyAnswered
    check_seen(ctx, reach, gate, pupil_id)
    if gate.booking_id is not None:
        return await placed_before(ctx, gate, pupil_id)
    filled = check_placing(ctx, gate, pupil_id, given)
    booking_id = new_id()
    params |= {"booking": booking_id, **form_values([(booking_id, filled)])}
    if gate.mode == SessionMode.LOTTERY:
        return await _apply(ctx, gate, params)
    if not join_waitlist and not gate.has_free_seat:
        raise SessionFull
    return await _take_place(ctx, gate, {**params, "may_wait": join_waitlist})


def check_seen(ctx: Ctx, reach: Reach, gate: AnyRow, pupil_id: UUID) -> None:
    """Session and child exist for this actor, and the session is open to families."""
    if gate.session_id is None:
        raise NotFound
    own = pupil_id in ctx.actor.pupil_ids
    if not (own or gate.class_id in reach.classes or reach.covers(gate.school_id)):
        raise NotFound
    check_published(gate)


def check_placing(ctx: Ctx, gate: AnyRow, pupil_id: UUID, given: Given) -> Filled:
    """All that is known before the seats are looked at; gives the checked form."""
    rules.check_mode(gate.mode, by_school=pupil_id not in ctx.actor.pupil_ids)
    check_bookable(ctx, gate)
    return fill(ctx, gate, pupil_id, given)


def check_published(gate: AnyRow) -> None:
    if gate.activity_state != ActivityState.PUBLISHED or gate.session_state != SessionState.PLANNED:
        raise SessionNotBookable


def check_bookable(ctx: Ctx, gate: AnyRow) -> None:
    """In the window, in the grades, no overlap with another booking, below every limit."""
    rules.check_window(ctx.now, gate.booking_opens_at, gate.booking_closes_at)
    rules.check_grade(gate.grade, gate.min_grade, gate.max_grade)
    rules.check_free(gate.clash, gate.reached)


async def placed_before(ctx: Ctx, gate: AnyRow, pupil_id: UUID) -> Placed:
    """The booking the child has already, as an answer."""
    position, note = None, ""
    if gate.booking_state == BookingState.WAITLISTED:
        row = await standing(ctx, gate.session_id, gate.booking_id)
        position, note = row.position, rules.say_reserved(row.reserved, row.reserve_until)
    state = BookingState(gate.booking_state)
    until = asked_until(gate, gate.consent_asked_at)
    return Placed(gate.booking_id, gate.session_id, pupil_id, state, position, True, note, until)


def asked_until(gate: AnyRow, asked: datetime | None) -> datetime | None:
    return asked and rules.consent_until(asked, gate.cancel_until, gate.starts_at)


def _values(ctx: Ctx, gate: AnyRow, params: dict[str, Any]) -> dict[str, Any]:
    detail = {"consent": params["words"]} if params["agreed"] else None
    logged = ("booking:create", "booking", params["booking"], params["pupil"])
    return {
        **params,
        **audit.bound(ctx, *logged, detail=detail),
        "school": gate.school_id,
        "person": ctx.actor.person_id,
    }


async def _apply(ctx: Ctx, gate: AnyRow, params: dict[str, Any]) -> Placed:
    """Take part in the draw; nobody is told before it."""
    values = _values(ctx, gate, params)
    placed = (await ctx.conn.execute(statements.APPLY, values)).first()
    if placed is None:
        return await _look_again(ctx, params)
    return Placed(placed.id, gate.session_id, params["pupil"], BookingState.APPLIED)


async def _look_again(ctx: Ctx, params: dict[str, Any]) -> Placed:
    """Why nothing was placed: the same child was faster elsewhere or here, or the last seat went."""
    (again,) = await statements.CLOSE_LOOK.rows(ctx.conn, {**params, **NO_KEY.values})
    if again.booking_id is not None:
        return await placed_before(ctx, again, params["pupil"])
    rules.check_free(again.clash, again.reached)
    raise SessionFull if again.drawn_at is None else BookingClosed


async def _take_place(ctx: Ctx, gate: AnyRow, params: dict[str, Any]) -> Placed:
    booking_id = params["booking"]
    until = asked_until(gate, ctx.now) if params["ask"] else None
    placed, waiting = outcomes(gate, booking_id, params["pupil"], until)
    statement, fact = (
        (statements.BOOK, placed) if gate.has_free_seat else (statements.WAIT, waiting)
    )
    kind, key, message = message_of(fact)
    people = hearers(kind, fact.guardians, fact.pupil_id)
    values = {**_values(ctx, gate, params), **told(kind, people, key, message)}
    (row,) = await statement.rows(ctx.conn, values)
    if row.id is None:
        await return_seats(ctx, gate.session_id, [booking_id])
        return await _look_again(ctx, params)
    if row.state != BookingState.CONFIRMED:
        return await _join_queue(ctx, gate, row, waiting)
    await ctx.emit(replace(placed, told=True))
    pupil_id, state = params["pupil"], BookingState.CONFIRMED
    return Placed(booking_id, gate.session_id, pupil_id, state, consent_until=until)


async def return_seats(ctx: Ctx, session_id: UUID, bookings: list[UUID]) -> None:
    """Give back what was taken for bookings that were not made after all; the queue moves at once."""
    released = {"district": ctx.district_id, "bookings": bookings}
    if (await ctx.conn.execute(statements.RELEASE_SEATS, released)).all():
        await promote_waiting(ctx, session_id)


def outcomes(
    gate: AnyRow, booking_id: UUID, pupil_id: UUID, until: datetime | None
) -> tuple[BookingConfirmed | ConsentAsked, BookingWaitlisted]:
    """What will have happened with a seat, and without one; `until`: a guardian is asked first."""
    fields = fact_fields_of(gate, booking_id, pupil_id)
    placed = ConsentAsked(**fields, until=until) if until else BookingConfirmed(**fields)
    return placed, BookingWaitlisted(**fields, position=0)


def fact_fields_of(gate: AnyRow, booking_id: UUID, pupil_id: UUID) -> dict[str, Any]:
    """The fields of a `BookingFact` from what the gate saw."""
    return {
        "booking_id": booking_id,
        "pupil_id": pupil_id,
        "pupil_name": gate.pupil_name,
        "title": gate.title,
        "base_name": gate.base_name,
        "starts_at": gate.starts_at,
        "guardians": tuple(gate.guardians),
    }


async def _join_queue(ctx: Ctx, gate: AnyRow, row: AnyRow, fact: BookingWaitlisted) -> Placed:
    """Wait, unless a seat was given back while we were joining: then the queue moves at once."""
    session_id, booking_id, pupil_id = gate.session_id, fact.booking_id, fact.pupil_id
    position, has_free_seat, note = row.position, row.has_free_seat, ""
    if not gate.is_queued:
        # The seat that was seen went meanwhile, so the queue is joined only now.
        await ctx.conn.execute(statements.JOIN_QUEUE, {"session": str(session_id)})
        has_free_seat = True
    is_told = gate.is_queued and not has_free_seat
    if has_free_seat:
        await move_queue(ctx, session_id)
    if has_free_seat or gate.reserve_until is not None:
        now = await standing(ctx, session_id, booking_id)
        if now.state != BookingState.WAITLISTED:
            return Placed(booking_id, session_id, pupil_id, BookingState(now.state))
        position, note = now.position, rules.say_reserved(now.reserved, now.reserve_until)
    await ctx.emit(replace(fact, position=position, told=is_told))
    return Placed(booking_id, session_id, pupil_id, BookingState.WAITLISTED, position, note=note)


async def accept_offer(ctx: Ctx, booking_id: UUID) -> Booking:
    """Take the held place; brothers and sisters who are offered places together take them together.

    Accepting again changes nothing; too late is `booking.offer_over`.
    """
    booking, *others = await access_together(ctx, booking_id, P.BOOKING_CREATE)
    if booking.state == BookingState.CONFIRMED:
        return booking
    _require_offer(booking)
    if booking.offer_expires_at is None or booking.offer_expires_at <= ctx.now:
        raise OfferOver
    for row in (booking, *others):
        row.state, row.offer_expires_at = BookingState.CONFIRMED, None
        row.version += 1
        row.updated_at = ctx.now
        await ctx.db.flush()
        await audit.record(ctx, "booking:accept", "booking", row.id, pupil_id=row.pupil_id)
        await ctx.emit(BookingConfirmed(**fact_fields(await about(ctx, row.id))))
    return booking


def _require_offer(booking: Booking) -> None:
    if booking.state != BookingState.OFFERED:
        raise OfferOver if booking.lapsed else NoOffer


async def decline_offer(ctx: Ctx, booking_id: UUID) -> Booking:
    """Leave the held places to the next, all that were offered together; one child alone: cancel it.

    Declining again changes nothing.
    """
    booking, *others = await access_together(ctx, booking_id, P.BOOKING_CREATE)
    if booking.state == BookingState.CANCELLED:
        return booking
    _require_offer(booking)
    for row in (booking, *others):
        await end_booking(ctx, await about(ctx, row.id), "家长没有接受名额")
    await move_queue(ctx, booking.session_id)
    await ctx.db.refresh(booking)
    return booking


async def cancel_booking(ctx: Ctx, booking_id: UUID, reason: str = "") -> Booking:
    """Give a place back, or decline an offer; the first in the queue gets it at once.

    Refused once the session has started, and for a place held for sure after the
    session's own limit (`booking.cancel_too_late`). Cancelling again changes nothing.
    """
    booking = await access_booking(ctx, booking_id, P.BOOKING_CREATE)
    if booking.state == BookingState.CANCELLED:
        return booking
    facts = await about(ctx, booking.id)
    if booking.state not in AHEAD or booking.state == BookingState.HELD:
        raise NotCancellable
    if facts.starts_at <= ctx.now:
        raise NotCancellable
    sure = booking.state == BookingState.CONFIRMED
    if sure and facts.cancel_until is not None and facts.cancel_until <= ctx.now:
        raise CancelTooLate(until=say_moment(facts.cancel_until))
    await give_back(ctx, booking.session_id, facts, reason)
    await ctx.db.refresh(booking)
    return booking
