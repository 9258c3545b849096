"""A family writes its wishes, or takes them back."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, insert, select

from app.audit import service as audit
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.ids import new_id
from app.people.access import access_pupil
from app.rounds import statements
from app.rounds.access import access_round, is_open
from app.rounds.errors import (
    NotInRound,
    TooManyWishes,
    WishClashes,
    WishesClosed,
    WishGrade,
    WishTwice,
)
from app.rounds.models import AllocationResult, AllocationRun, BookingRound, Wish
from app.rounds.permissions import P
from app.rounds.queries import grade_of
from app.rounds.rules import overlaps


async def save_wishes(
    ctx: Ctx, round_id: UUID, pupil_id: UUID, session_ids: list[UUID]
) -> list[UUID]:
    """Replace a child's wishes as a whole, best first; an empty list takes them back.

    By its guardian, itself, or its class or school for a family without a
    phone. Refused outside the window, for more wishes than the round allows, a
    session twice, not in the round, not for the grade, or at the time of a
    booking the child already has. Saving the same again changes nothing.
    """
    row = await access_round(ctx, round_id, P.WISH_CREATE)
    await access_pupil(ctx, pupil_id, P.WISH_CREATE)
    if not is_open(row, ctx.now):
        raise WishesClosed(opens=say_moment(row.opens_at), closes=say_moment(row.closes_at))
    if len(session_ids) > row.most_wishes:
        raise TooManyWishes(most=row.most_wishes)
    if len(set(session_ids)) < len(session_ids):
        raise WishTwice
    await _check_each(ctx, row, pupil_id, session_ids)
    mine = (
        (Wish.district_id == ctx.district_id)
        & (Wish.round_id == round_id)
        & (Wish.pupil_id == pupil_id)
    )
    await ctx.conn.execute(statements.ONE_PUPIL, {"pupil": str(pupil_id), "round": str(round_id)})
    in_order = select(Wish.session_id).where(mine).order_by(Wish.number)
    before = list((await ctx.conn.execute(in_order)).scalars())
    if before == session_ids:
        return session_ids
    await ctx.conn.execute(delete(Wish).where(mine))
    if session_ids:
        await ctx.conn.execute(insert(Wish), _rows(ctx, round_id, pupil_id, session_ids))
    detail = {"wishes": len(session_ids)}
    await audit.record(
        ctx, "wish:save", "booking_round", round_id, pupil_id=pupil_id, detail=detail
    )
    return session_ids


def _rows(
    ctx: Ctx, round_id: UUID, pupil_id: UUID, session_ids: list[UUID]
) -> list[dict[str, object]]:
    return [
        {
            "district_id": ctx.district_id,
            "id": new_id(),
            "round_id": round_id,
            "pupil_id": pupil_id,
            "session_id": session_id,
            "number": number,
            "made_by": ctx.actor.person_id,
        }
        for number, session_id in enumerate(session_ids, start=1)
    ]


async def _check_each(ctx: Ctx, row: BookingRound, pupil_id: UUID, session_ids: list[UUID]) -> None:
    if not session_ids:
        return
    params = {"district": ctx.district_id, "round": row.id, "pupils": [pupil_id]}
    sessions = {one.id: one for one in await ctx.conn.execute(statements.SESSIONS, params)}
    busy = (await ctx.conn.execute(statements.BUSY, params)).all()
    grade = await grade_of(ctx, pupil_id)
    placed_before = row.top_up_of is not None and await _got_one(ctx, row.top_up_of, pupil_id)
    for session_id in session_ids:
        session = sessions.get(session_id)
        if session is None or not session.open or placed_before:
            raise NotInRound(title=session.title if session else "所选场次")
        if grade is None or not session.min_grade <= grade <= session.max_grade:
            raise WishGrade(title=session.title)
        if clashes(session, busy, row.gap_minutes):
            raise WishClashes(title=session.title, gap=row.gap_minutes)


def clashes(session: AnyRow, busy: Sequence[AnyRow], gap_minutes: int) -> bool:
    """Whether a pupil's bookings leave no time for it; the session itself counts too."""
    gap = timedelta(minutes=gap_minutes)
    return any(
        overlaps(session.starts_at, session.ends_at, one.starts_at, one.ends_at, gap)
        for one in busy
    )


async def _got_one(ctx: Ctx, round_id: UUID, pupil_id: UUID) -> bool:
    """Whether the child has already got something in that round."""
    stmt = select(
        exists().where(
            AllocationRun.district_id == ctx.district_id,
            AllocationRun.round_id == round_id,
            AllocationResult.district_id == ctx.district_id,
            AllocationResult.run_id == AllocationRun.id,
            AllocationResult.pupil_id == pupil_id,
            AllocationResult.session_id.is_not(None),
        )
    )
    return bool((await ctx.conn.execute(stmt)).scalar_one())
