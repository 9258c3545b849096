"""Reading rounds, wishes and results."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.paging import fetch_page
from app.orgs.models import SchoolClass
from app.people.access import access_pupil, visible_pupils
from app.people.models import Enrollment, Person
from app.rounds import statements
from app.rounds.access import access_round
from app.rounds.kinds import RoundState, RunKind
from app.rounds.models import AllocationResult, AllocationRun, BookingRound, SwapOffer, Wish
from app.rounds.permissions import P

RESULT_SHOWN_DAYS = 31


async def list_rounds(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[BookingRound], str | None]:
    """Newest first; drafts only for those who edit rounds."""
    ctx.require(P.ROUND_READ)
    stmt = select(BookingRound).where(BookingRound.district_id == ctx.district_id)
    if not ctx.reach(P.ROUND_EDIT).district:
        stmt = stmt.where(BookingRound.state != RoundState.DRAFT)
    return await fetch_page(ctx, stmt, BookingRound.id, cursor, limit, newest_first=True)


async def open_rounds(ctx: Ctx) -> list[BookingRound]:
    """Rounds a family should look at now: wishes open or soon, or a result not older than a month."""
    ctx.require(P.ROUND_READ)
    stmt = (
        select(BookingRound)
        .where(
            BookingRound.district_id == ctx.district_id,
            or_(
                BookingRound.state.in_((RoundState.ANNOUNCED, RoundState.ALLOCATING)),
                and_(
                    BookingRound.state == RoundState.PUBLISHED,
                    BookingRound.published_at > ctx.now - timedelta(days=RESULT_SHOWN_DAYS),
                ),
            ),
        )
        .order_by(BookingRound.closes_at)
        .limit(10)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def candidates(ctx: Ctx, round_id: UUID) -> list[AnyRow]:
    """Sessions that could go into a draft round, nearest first."""
    await access_round(ctx, round_id, P.ROUND_EDIT)
    params = {"district": ctx.district_id, "round": round_id}
    return list((await ctx.conn.execute(statements.CANDIDATES, params)).all())


async def read_round(ctx: Ctx, round_id: UUID) -> BookingRound:
    return await access_round(ctx, round_id, P.ROUND_READ)


async def round_sessions(ctx: Ctx, round_id: UUID) -> list[AnyRow]:
    """The round's sessions with free seats and how often each was wished."""
    await access_round(ctx, round_id, P.ROUND_READ)
    params = {"district": ctx.district_id, "round": round_id}
    return list((await ctx.conn.execute(statements.SESSIONS, params)).all())


async def round_figures(ctx: Ctx, round_id: UUID) -> AnyRow:
    """How many pupils wished, how many wishes, how many sessions."""
    await access_round(ctx, round_id, P.ROUND_READ)
    params = {"district": ctx.district_id, "round": round_id}
    return (await ctx.conn.execute(statements.ROUND_FIGURES, params)).one()


async def pupil_wishes(ctx: Ctx, round_id: UUID, pupil_id: UUID) -> list[UUID]:
    """A child's wishes, best first; staff reads are logged."""
    await access_round(ctx, round_id, P.ROUND_READ)
    await access_pupil(ctx, pupil_id, P.WISH_CREATE)
    await audit.record_reads(ctx, "wish", [pupil_id], "查看志愿")
    stmt = (
        select(Wish.session_id)
        .where(
            Wish.district_id == ctx.district_id,
            Wish.round_id == round_id,
            Wish.pupil_id == pupil_id,
        )
        .order_by(Wish.number)
    )
    return list((await ctx.conn.execute(stmt)).scalars())


async def list_runs(ctx: Ctx, round_id: UUID) -> list[AllocationRun]:
    """Rehearsals and the final run with their figures, newest first."""
    await access_round(ctx, round_id, P.ROUND_EDIT)
    stmt = (
        select(AllocationRun)
        .where(AllocationRun.district_id == ctx.district_id, AllocationRun.round_id == round_id)
        .order_by(AllocationRun.id.desc())
        .limit(50)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def list_results(
    ctx: Ctx, round_id: UUID, pupil_id: UUID | None
) -> list[tuple[AllocationResult, str]]:
    """Results of visible children with their names: the own ones, a class's, a school's."""
    await access_round(ctx, round_id, P.ROUND_READ)
    stmt = (
        select(AllocationResult, Person.name)
        .join(
            AllocationRun,
            (AllocationRun.district_id == AllocationResult.district_id)
            & (AllocationRun.id == AllocationResult.run_id)
            & (AllocationRun.kind == RunKind.FINAL),
        )
        .join(
            Person,
            (Person.district_id == AllocationResult.district_id)
            & (Person.id == AllocationResult.pupil_id),
        )
        .where(
            AllocationResult.district_id == ctx.district_id,
            AllocationRun.round_id == round_id,
            visible_pupils(ctx, P.WISH_CREATE),
        )
        .order_by(AllocationResult.pupil_id)
    )
    if pupil_id:
        stmt = stmt.where(AllocationResult.pupil_id == pupil_id)
    rows: list[Any] = list((await ctx.db.execute(stmt)).all())
    await audit.record_reads(
        ctx, "allocation_result", [row[0].pupil_id for row in rows], "查看选课结果"
    )
    return [(row[0], row[1]) for row in rows]


async def open_swaps(ctx: Ctx, round_id: UUID) -> list[SwapOffer]:
    """The own children's offers in a round, newest first."""
    await access_round(ctx, round_id, P.WISH_CREATE)
    stmt = (
        select(SwapOffer)
        .where(
            SwapOffer.district_id == ctx.district_id,
            SwapOffer.round_id == round_id,
            SwapOffer.pupil_id.in_(ctx.actor.pupil_ids),
        )
        .order_by(SwapOffer.id.desc())
        .limit(50)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def grade_of(ctx: Ctx, pupil_id: UUID) -> int | None:
    """The grade of the child's class; the caller answers for who may ask."""
    stmt = (
        select(SchoolClass.grade)
        .join(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id),
        )
        .where(
            Enrollment.district_id == ctx.district_id,
            Enrollment.pupil_id == pupil_id,
            Enrollment.ends_on.is_(None),
        )
    )
    return (await ctx.conn.execute(stmt)).scalar_one_or_none()
