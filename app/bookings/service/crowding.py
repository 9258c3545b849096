"""Taking places for all who pressed while those before were served, in one act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.activities.kinds import SessionMode
from app.audit import service as audit
from app.bookings import rules, statements
from app.bookings.errors import SessionFull
from app.bookings.events import BookingConfirmed, BookingWaitlisted, ConsentAsked
from app.bookings.kinds import BookingState
from app.bookings.permissions import P
from app.bookings.service.booking import (
    Placed,
    asked_until,
    check_placing,
    check_seen,
    outcomes,
    return_seats,
)
from app.bookings.service.facts import message_of
from app.bookings.service.forms import Filled, Given, form_values
from app.bookings.service.queue import standings
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import DomainError
from app.kit.idempotency import Keyed
from app.kit.ids import new_id
from app.notifications.rules import hearers
from app.notifications.service.notify import told_each


@dataclass(frozen=True)
class Press:
    """One family's wish for a place; `ctx` is its own, on the crowd's transaction."""

    ctx: Ctx
    pupil_id: UUID
    join_waitlist: bool
    given: Given
    keyed: Keyed


@dataclass(frozen=True)
class _Admitted:
    """A press that only the seats decide about now; `number` is its place in the crowd."""

    number: int
    press: Press
    gate: AnyRow
    booking_id: UUID
    filled: Filled
    placed: BookingConfirmed | ConsentAsked
    waiting: BookingWaitlisted


Outcome = Placed | DomainError | None


async def book_crowd(ctx: Ctx, session_id: UUID, presses: Sequence[Press]) -> list[Outcome]:
    """What `book_session` does, for each in the order given: the place, or why not.

    None: something unusual (booked before, a key used before, a draw, an overlap), for which
    `book_session` has the answer; nothing was done. Each child once, one district, one session.
    Alone on the session's queue until the commit.
    """
    params = {"district": ctx.district_id, "session": session_id}
    gates = await statements.GATE_CROWD.rows(ctx.conn, {**params, **_gate_values(presses)})
    found: list[Outcome] = []
    admitted: list[_Admitted] = []
    # In the order of arrival, which decides about seats and the queue.
    ids = sorted(new_id() for _ in presses)
    for number, (press, gate) in enumerate(zip(presses, gates, strict=True)):
        try:
            one = _admit(number, press, gate, ids[number])
        except DomainError as refusal:
            found.append(refusal)
            continue
        found.append(None)
        admitted += [one] if one else []
    if admitted:
        rows = await statements.BOOK_CROWD.rows(ctx.conn, {**params, **_values(admitted)})
        for one, placed in zip(admitted, await _settle(ctx, admitted, rows), strict=True):
            found[one.number] = placed
    return found


def _gate_values(presses: Sequence[Press]) -> dict[str, Any]:
    return {
        "pupils": [one.pupil_id for one in presses],
        "once_people": [one.keyed.person for one in presses],
        "once_routes": [one.keyed.route for one in presses],
        "once_keys": [one.keyed.key for one in presses],
    }


def _admit(number: int, press: Press, gate: AnyRow, booking_id: UUID) -> _Admitted | None:
    ctx = press.ctx
    reach = ctx.require(P.BOOKING_CREATE)
    if gate.is_known:
        return None
    check_seen(ctx, reach, gate, press.pupil_id)
    if gate.booking_id is not None:
        return None
    filled = check_placing(ctx, gate, press.pupil_id, press.given)
    if gate.mode == SessionMode.LOTTERY:
        return None
    if not press.join_waitlist and not gate.has_free_seat:
        raise SessionFull
    until = asked_until(gate, ctx.now) if filled.ask else None
    facts = outcomes(gate, booking_id, press.pupil_id, until)
    return _Admitted(number, press, gate, booking_id, filled, *facts)


def _values(admitted: Sequence[_Admitted]) -> dict[str, Any]:
    entries = [
        audit.entry(
            one.press.ctx,
            "booking:create",
            "booking",
            one.booking_id,
            pupil_id=one.press.pupil_id,
            detail={"consent": one.filled.words} if one.filled.words else None,
        )
        for one in admitted
    ]
    return {
        **form_values([(one.booking_id, one.filled) for one in admitted]),
        **_messages(admitted),
        **audit.bound_each(entries),
        "bookings": [one.booking_id for one in admitted],
        "pupils": [one.press.pupil_id for one in admitted],
        "schools": [one.gate.school_id for one in admitted],
        "people": [one.press.ctx.actor.person_id for one in admitted],
        "channels": [one.press.ctx.actor.channel for one in admitted],
        "may_wait": [one.press.join_waitlist for one in admitted],
        "asks": [one.filled.ask for one in admitted],
    }


def _messages(admitted: Sequence[_Admitted]) -> dict[str, Any]:
    """What each family hears with a seat, and what without; the statement chooses."""
    found = []
    for one in admitted:
        for state, fact in (
            (BookingState.CONFIRMED, one.placed),
            (BookingState.WAITLISTED, one.waiting),
        ):
            kind, key, fields = message_of(fact)
            people = hearers(kind, fact.guardians, fact.pupil_id)
            found.append((one.booking_id, state, kind, key, fields, people))
    return told_each(found)


async def _settle(
    ctx: Ctx, admitted: Sequence[_Admitted], rows: Sequence[AnyRow]
) -> list[Placed | None]:
    unused = [row.id for row in rows if row.state is None and row.seat_id is not None]
    if unused:
        await return_seats(ctx, admitted[0].gate.session_id, unused)
    notes = await _notes(ctx, admitted, rows)
    found: list[Placed | None] = []
    for one, row in zip(admitted, rows, strict=True):
        if row.state is None:
            found.append(None)
            continue
        fact: BookingConfirmed | ConsentAsked | BookingWaitlisted = one.placed
        if row.state == BookingState.WAITLISTED:
            fact = replace(one.waiting, position=row.position)
        await one.press.ctx.emit(replace(fact, told=True))
        found.append(_placed(one, row, notes.get(one.booking_id, "")))
    return found


def _placed(one: _Admitted, row: AnyRow, note: str) -> Placed:
    state = BookingState(row.state)
    until = None
    if state == BookingState.CONFIRMED and isinstance(one.placed, ConsentAsked):
        until = one.placed.until
    return Placed(
        one.booking_id,
        one.gate.session_id,
        one.press.pupil_id,
        state,
        row.position,
        note=note,
        consent_until=until,
    )


async def _notes(
    ctx: Ctx, admitted: Sequence[_Admitted], rows: Sequence[AnyRow]
) -> dict[UUID, str]:
    """Why a free seat was not given, where schools have reserves."""
    gate = admitted[0].gate
    waiting = [row.id for row in rows if row.state == BookingState.WAITLISTED]
    if gate.reserve_until is None or not waiting:
        return {}
    found = await standings(ctx, gate.session_id, waiting)
    return {
        booking_id: rules.say_reserved(row.reserved, row.reserve_until)
        for booking_id, row in found.items()
    }
