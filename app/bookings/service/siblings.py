"""Brothers and sisters at one date: places for all of them or for none."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.activities.kinds import SessionMode
from app.audit import service as audit
from app.bookings import rules, statements
from app.bookings.errors import NotEnoughForAll, SiblingsNotHere, SiblingStands
from app.bookings.events import BookingConfirmed, BookingWaitlisted
from app.bookings.kinds import BookingState
from app.bookings.permissions import P
from app.bookings.service.booking import (
    Placed,
    check_bookable,
    check_published,
    fact_fields_of,
    placed_before,
)
from app.bookings.service.forms import Given, fill, form_values
from app.bookings.service.queue import standing
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.idempotency import NO_KEY
from app.kit.ids import new_id


async def book_siblings(
    ctx: Ctx, session_id: UUID, children: Mapping[UUID, Given], *, join_waitlist: bool
) -> list[Placed]:
    """Book several own children in one act: each has a place, or all wait as one group, or nobody.

    The same request again answers with what stands. Refused where places are not given
    to whoever comes first, for what any single booking is refused for, when one of them
    stands there already, and without seats for all unless they want to wait together.
    A group is offered places only when there is one for each; meanwhile who is behind
    may have a seat that is too few for it (see `statements.PROMOTE`).
    """
    ctx.require(P.BOOKING_CREATE)
    pupils = sorted(children)
    if any(one not in ctx.actor.pupil_ids or one == ctx.actor.person_id for one in pupils):
        raise NotFound
    # Children before the queue, as every booking does it; alone on the queue, so that no seat is
    # freed unseen while the group joins it.
    await ctx.conn.execute(statements.LOCK_PUPILS, {"pupils": pupils})
    await ctx.conn.execute(statements.MOVE_QUEUE, {"session": str(session_id)})
    gates = {one: await _gate(ctx, session_id, one) for one in pupils}
    there = [one for one in pupils if gates[one].booking_id is not None]
    if len(there) == len(pupils):
        return [await placed_before(ctx, gates[one], one) for one in pupils]
    if there:
        raise SiblingStands(name=gates[there[0]].pupil_name)
    for one in pupils:
        if gates[one].mode != SessionMode.FIRST_COME:
            raise SiblingsNotHere
        check_bookable(ctx, gates[one])
    bookings = {one: new_id() for one in pupils}
    filled = [(bookings[one], fill(ctx, gates[one], one, children[one])) for one in pupils]
    values = {
        "district": ctx.district_id,
        "session": session_id,
        "bookings": list(bookings.values()),
        "pupils": pupils,
        "schools": [gates[one].school_id for one in pupils],
        "person": ctx.actor.person_id,
        "group": new_id(),
        "may_wait": join_waitlist,
        "audit_channel": ctx.actor.channel,
        **form_values(filled),
    }
    values.pop("ask")  # a guardian books: nobody else has to be asked
    rows = (await ctx.conn.execute(statements.BOOK_TOGETHER, values)).all()
    if not rows:
        raise NotEnoughForAll(children=len(pupils))
    return await _tell(ctx, gates, rows, values)


async def _gate(ctx: Ctx, session_id: UUID, pupil_id: UUID) -> Any:
    params = {"district": ctx.district_id, "session": session_id, "pupil": pupil_id}
    params |= NO_KEY.values
    gate = await statements.CLOSE_LOOK.first(ctx.conn, params)
    if gate is None or gate.session_id is None:
        raise NotFound
    check_published(gate)
    return gate


async def _tell(
    ctx: Ctx, gates: Mapping[UUID, AnyRow], rows: Sequence[AnyRow], values: dict[str, Any]
) -> list[Placed]:
    detail = {"group": str(values["group"])}
    if values["agreed"]:
        detail["consent"] = values["words"]
    found = []
    for row in rows:
        gate, pupil_id = gates[row.pupil_id], row.pupil_id
        await audit.record(
            ctx, "booking:create", "booking", row.id, pupil_id=pupil_id, detail=detail
        )
        fields = fact_fields_of(gate, row.id, pupil_id)
        if row.state == BookingState.CONFIRMED:
            await ctx.emit(BookingConfirmed(**fields))
            found.append(Placed(row.id, gate.session_id, pupil_id, BookingState.CONFIRMED))
            continue
        now = await standing(ctx, gate.session_id, row.id)
        await ctx.emit(BookingWaitlisted(**fields, position=now.position))
        note = rules.say_reserved(now.reserved, now.reserve_until)
        state = BookingState.WAITLISTED
        found.append(Placed(row.id, gate.session_id, pupil_id, state, now.position, note=note))
    return found
