"""Preparing a round: its times and rules, its sessions, its announcement."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from app.activities.kinds import ActivityState, SessionMode, SessionState
from app.activities.models import Activity, Session
from app.activities.rules import commitment
from app.activities.service.sessions import set_mode
from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.bookings.kinds import ACTIVE
from app.bookings.models import Booking
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_token
from app.rounds.access import access_round, require_state
from app.rounds.errors import EmptyRound, RoundTimes, SessionNotForRound
from app.rounds.kinds import RoundState
from app.rounds.models import BookingRound, RoundSession
from app.rounds.permissions import P


async def create_round(ctx: Ctx, values: dict[str, Any]) -> BookingRound:
    """A draft with a fresh secret seed. A top-up names a published round of the district."""
    ctx.require(P.ROUND_EDIT)
    _check_times(ctx, values["opens_at"], values["closes_at"])
    if values.get("top_up_of"):
        parent = await access_round(ctx, values["top_up_of"], P.ROUND_EDIT)
        require_state(parent, RoundState.PUBLISHED)
    seed = new_token()
    row = BookingRound(
        district_id=ctx.district_id, seed=seed, seed_digest=commitment(seed), **values
    )
    return await add_row(ctx, row, "booking_round")


def _check_times(ctx: Ctx, opens: Any, closes: Any) -> None:
    if not opens < closes or closes <= ctx.now:
        raise RoundTimes


async def change_round(
    ctx: Ctx, round_id: UUID, change: dict[str, Any], seen: int | None
) -> BookingRound:
    """Change a draft freely; once announced only the closing time may move, and only later."""
    row = await access_round(ctx, round_id, P.ROUND_EDIT, lock=True)
    require_state(row, RoundState.DRAFT, RoundState.ANNOUNCED)
    if row.state == RoundState.ANNOUNCED:
        later = change.get("closes_at", row.closes_at) >= row.closes_at
        if set(change) - {"closes_at"} or not later:
            require_state(row, RoundState.DRAFT)
    _check_times(ctx, change.get("opens_at", row.opens_at), change.get("closes_at", row.closes_at))
    return await change_row(ctx, row, change, seen, "booking_round")


async def add_sessions(ctx: Ctx, round_id: UUID, session_ids: list[UUID]) -> int:
    """Put sessions into a draft; from then on nobody books them directly. Again adds nothing.

    Refused for sessions not published, over, starting before wishes close,
    already booked, or in another round that is under way.
    """
    row = await access_round(ctx, round_id, P.ROUND_EDIT, lock=True)
    require_state(row, RoundState.DRAFT)
    wanted = list(dict.fromkeys(session_ids))
    mine = select(RoundSession.session_id).where(
        RoundSession.district_id == ctx.district_id, RoundSession.round_id == round_id
    )
    there = set((await ctx.conn.execute(mine)).scalars())
    fresh = [session_id for session_id in wanted if session_id not in there]
    await _check_sessions(ctx, row, fresh)
    if fresh:
        await ctx.conn.execute(
            insert(RoundSession),
            [
                {"district_id": ctx.district_id, "round_id": round_id, "session_id": session_id}
                for session_id in fresh
            ],
        )
        await set_mode(ctx, fresh, SessionMode.WISHES)
        detail = {"sessions": len(fresh)}
        await audit.record(ctx, "round:add_sessions", "booking_round", round_id, detail=detail)
    return len(fresh)


async def _check_sessions(ctx: Ctx, row: BookingRound, session_ids: list[UUID]) -> None:
    booked = (
        select(func.count())
        .where(
            Booking.district_id == Session.district_id,
            Booking.session_id == Session.id,
            Booking.state.in_(ACTIVE),
        )
        .scalar_subquery()
    )
    stmt = (
        select(
            Session.id,
            Session.state,
            Session.starts_at,
            Session.mode,
            Activity.state.label("activity_state"),
            Activity.title,
            booked.label("booked"),
        )
        .join(
            Activity,
            (Activity.district_id == Session.district_id) & (Activity.id == Session.activity_id),
        )
        .where(Session.district_id == ctx.district_id, Session.id.in_(session_ids))
    )
    found = (await ctx.conn.execute(stmt)).all()
    if len(found) < len(session_ids):
        raise NotFound
    for one in found:
        if why := _why_not(row, one):
            raise SessionNotForRound(title=one.title, why=why)


def _why_not(row: BookingRound, one: Any) -> str:
    if one.activity_state != ActivityState.PUBLISHED or one.state != SessionState.PLANNED:
        return "还没有发布，或者已取消"
    if one.starts_at <= row.closes_at:
        return "它在填报截止前就开始了"
    if one.mode == SessionMode.WISHES and row.top_up_of is None:
        return "它已经在另一轮选课里"
    if one.booked and row.top_up_of is None:
        return "已经有人预约了它"
    return ""


async def announce_round(ctx: Ctx, round_id: UUID) -> BookingRound:
    """Show the round to families with the commitment to its seed. Again changes nothing."""
    row = await access_round(ctx, round_id, P.ROUND_EDIT, lock=True)
    if row.state == RoundState.ANNOUNCED:
        return row
    require_state(row, RoundState.DRAFT)
    _check_times(ctx, row.opens_at, row.closes_at)
    stmt = select(func.count()).where(
        RoundSession.district_id == ctx.district_id, RoundSession.round_id == round_id
    )
    if not (await ctx.conn.execute(stmt)).scalar_one():
        raise EmptyRound
    return await change_row(ctx, row, {"state": RoundState.ANNOUNCED}, None, "booking_round")


async def open_rest(ctx: Ctx, round_id: UUID) -> int:
    """After the result: what is left goes to whoever comes first. Says how many sessions."""
    row = await access_round(ctx, round_id, P.ROUND_EDIT, lock=True)
    require_state(row, RoundState.PUBLISHED)
    return await _set_free(ctx, round_id)


async def cancel_round(ctx: Ctx, round_id: UUID) -> BookingRound:
    """Give a round up before its result; its sessions can be booked directly again."""
    row = await access_round(ctx, round_id, P.ROUND_EDIT, lock=True)
    if row.state == RoundState.CANCELLED:
        return row
    require_state(row, RoundState.DRAFT, RoundState.ANNOUNCED)
    await _set_free(ctx, round_id)
    return await change_row(ctx, row, {"state": RoundState.CANCELLED}, None, "booking_round")


async def _set_free(ctx: Ctx, round_id: UUID) -> int:
    stmt = select(RoundSession.session_id).where(
        RoundSession.district_id == ctx.district_id, RoundSession.round_id == round_id
    )
    sessions = list((await ctx.conn.execute(stmt)).scalars())
    await set_mode(ctx, sessions, SessionMode.FIRST_COME)
    return len(sessions)
