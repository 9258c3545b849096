"""What do rounds hold about a child? Wishes and results, by session; no name."""

from uuid import UUID

from sqlalchemy import delete, select, update

from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section
from app.rounds.kinds import SwapState
from app.rounds.models import AllocationResult, AllocationRun, BookingRound, SwapOffer, Wish
from app.rounds.rules import say_verdict


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """What was wished in each round, and the reason of each result."""
    stmt = (
        select(BookingRound.name, AllocationRun.at, AllocationResult.verdicts)
        .join(
            AllocationRun,
            (AllocationRun.district_id == AllocationResult.district_id)
            & (AllocationRun.id == AllocationResult.run_id),
        )
        .join(
            BookingRound,
            (BookingRound.district_id == AllocationRun.district_id)
            & (BookingRound.id == AllocationRun.round_id),
        )
        .where(
            AllocationResult.district_id == ctx.district_id, AllocationResult.pupil_id == pupil_id
        )
        .order_by(AllocationRun.at.desc())
    )
    rows = [
        (row.name, platform_time(row.at), "；".join(say_verdict(one) for one in row.verdicts))
        for row in await ctx.conn.execute(stmt)
    ]
    return [Section("选课结果", ("轮次", "时间", "结果和原因"), rows)]


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Open wishes and offers go; results stay under a number, so that a round can be computed again."""
    gone = await ctx.conn.execute(
        delete(Wish).where(Wish.district_id == ctx.district_id, Wish.pupil_id == pupil_id)
    )
    await ctx.conn.execute(
        update(SwapOffer)
        .where(
            SwapOffer.district_id == ctx.district_id,
            SwapOffer.pupil_id == pupil_id,
            SwapOffer.state == SwapState.OPEN,
        )
        .values(state=SwapState.WITHDRAWN)
    )
    return {"志愿": gone.rowcount}
