"""Obtaining a round, or refusing."""

from datetime import datetime
from uuid import UUID

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.rounds.errors import WrongRoundState
from app.rounds.kinds import RoundState
from app.rounds.models import BookingRound
from app.rounds.permissions import P


async def access_round(
    ctx: Ctx, round_id: UUID, permission: str, *, lock: bool = False
) -> BookingRound:
    """The round; drafts exist only for those who edit rounds."""
    ctx.require(permission)
    row = await ctx.db.get(BookingRound, (ctx.district_id, round_id), with_for_update=lock or None)
    hidden = row is not None and row.state == RoundState.DRAFT
    if row is None or (hidden and not ctx.reach(P.ROUND_EDIT).district):
        raise NotFound
    return row


def require_state(row: BookingRound, *states: RoundState) -> None:
    """Refuse (`round.wrong_state`) unless the round is in one of these states."""
    if row.state not in states:
        raise WrongRoundState


def is_open(row: BookingRound, now: datetime) -> bool:
    """Wishes may be written: announced, and within the window by the database's clock."""
    return row.state == RoundState.ANNOUNCED and row.opens_at <= now < row.closes_at
