"""At 12:00: who presses while others are being served is served with the next, in one transaction.

In a crowd of thirty a booking costs a fraction of what it costs alone (docs/architecture.md).
Whatever is unusual about one, and everybody when the crowd's transaction fails, goes the ordinary
way, each by itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.bookings import service
from app.bookings.schemas import BookingIn, BookingOut
from app.bookings.service import Given, Placed, Press
from app.bookings.wire import answers_of, booked
from app.kit.context import Ctx
from app.kit.db import enter_district, transaction
from app.kit.deps import PLAN_ONCE, Caller
from app.kit.idempotency import NO_KEY, Keyed, Once, remember_many

log = structlog.get_logger()
CREATED = 201
Answer = BookingOut | Exception


@dataclass(frozen=True)
class Wish:
    """A place for this child at this session."""

    session_id: UUID
    pupil_id: UUID
    join_waitlist: bool
    given: Given

    @classmethod
    def of(cls, body: BookingIn) -> "Wish":
        given = Given(body.consent, answers_of(body.answers))
        return cls(body.session_id, body.pupil_id, body.join_waitlist, given)


@dataclass(frozen=True)
class Pressed:
    """One request for a place; `once` with its body where the request may carry a key."""

    caller: Caller
    wish: Wish
    once: tuple[Once, BookingIn] | None = None

    def keyed(self, ctx: Ctx) -> Keyed:
        return self.once[0].keyed(ctx, self.once[1]) if self.once else NO_KEY


async def book(pressed: Pressed) -> BookingOut:
    """The place, or why not, as if this request were alone."""
    state, wish = pressed.caller.request.app.state, pressed.wish
    # A child, and a login, is in a crowd only once: twins are answered one after the other.
    marks = frozenset((wish.pupil_id, pressed.caller.token))
    answer: BookingOut = await state.crowds.serve(wish.session_id, pressed, marks, _serve)
    return answer


async def _serve(crowd: Sequence[Pressed]) -> list[Answer]:
    if len(crowd) == 1:
        return [await _alone(crowd[0])]
    try:
        found = await _together(crowd)
    except Exception as exc:  # noqa: BLE001 - each is asked again by itself and gets its own answer
        log.error("crowd_failed", error=type(exc).__name__, number=len(crowd))
        found = {}
    left = [number for number in range(len(crowd)) if number not in found]
    answers = await asyncio.gather(*(_alone(crowd[number]) for number in left))
    found |= dict(zip(left, answers, strict=True))
    return [found[number] for number in range(len(crowd))]


async def _alone(pressed: Pressed) -> Answer:
    wish = pressed.wish
    try:
        async with pressed.caller.unit_of_work() as ctx:

            async def use_case(keyed: Keyed) -> BookingOut:
                placed = await service.book_session(
                    ctx,
                    wish.session_id,
                    wish.pupil_id,
                    join_waitlist=wish.join_waitlist,
                    given=wish.given,
                    keyed=keyed,
                )
                return booked(placed)

            if pressed.once is None:
                return await use_case(NO_KEY)
            once, body = pressed.once
            return await once.run_keyed(ctx, body, use_case, CREATED)
    except Exception as exc:  # noqa: BLE001 - it is this request's answer
        return exc


async def _together(crowd: Sequence[Pressed]) -> dict[int, Answer]:
    """The answers of those whose request is an ordinary one, by their number in the crowd."""
    state = crowd[0].caller.request.app.state
    async with transaction(state.engine) as conn:
        tokens = [pressed.caller.token for pressed in crowd]
        actors = await state.actors_by_tokens(conn, tokens, plans=PLAN_ONCE)
        if not actors:
            return {}
        here = next(iter(actors.values())).district_id
        now = await enter_district(conn, here)
        contexts = {
            number: pressed.caller.ctx_of(conn, actor, now)
            for number, pressed in enumerate(crowd)
            if (actor := actors.get(pressed.caller.token)) and actor.district_id == here
        }
        return await _book(crowd, contexts)


async def _book(crowd: Sequence[Pressed], contexts: Mapping[int, Ctx]) -> dict[int, Answer]:
    presses = [_press(crowd[number], ctx) for number, ctx in contexts.items()]
    one = presses[0].ctx
    outcomes = await service.book_crowd(one, crowd[0].wish.session_id, presses)
    found: dict[int, Answer] = {}
    kept = []
    for number, press, outcome in zip(contexts, presses, outcomes, strict=True):
        if isinstance(outcome, Placed):
            answer = found[number] = booked(outcome)
            kept.append((press.keyed, answer))
        elif outcome is not None:
            found[number] = outcome
    await remember_many(one, CREATED, kept)
    return found


def _press(pressed: Pressed, ctx: Ctx) -> Press:
    wish = pressed.wish
    return Press(ctx, wish.pupil_id, wish.join_waitlist, wish.given, pressed.keyed(ctx))
