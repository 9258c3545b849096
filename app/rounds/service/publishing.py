"""Running the allocation: quietly as a rehearsal, once for good, and provable by anyone."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from app.activities.rules import commitment
from app.audit import service as audit
from app.audit.changes import change_row
from app.bookings.service import place_many
from app.jobs.service import Arguments, Unit, enqueue
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.rounds.access import access_round, require_state
from app.rounds.errors import ProofUnreadable, ProofWrong, WindowStillOpen
from app.rounds.events import PupilResult, RoundPublished
from app.rounds.kinds import RoundState, RunKind
from app.rounds.models import AllocationResult, AllocationRun, BookingRound
from app.rounds.permissions import P
from app.rounds.rules import (
    Outcome,
    Wanter,
    allocate,
    canonical_digest,
    recomputed,
    say_verdict,
)
from app.rounds.service.allocation import Input, digests, figures, gather, verdicts

ALLOCATE = "rounds.allocate"
AT_ONCE = 2000


class SeatMissing(Exception):
    """A seat of the round went elsewhere meanwhile: everything is undone and tried again."""


async def rehearse(ctx: Ctx, round_id: UUID) -> AllocationRun:
    """Allocate with the wishes of now and the round's own seed, and keep only the figures.

    Nobody is told and no place is given: the secretariat sees fill and equity
    before it counts. The final run with the same wishes gives the same result.
    """
    row = await access_round(ctx, round_id, P.ROUND_EDIT)
    require_state(row, RoundState.ANNOUNCED)
    data, outcome = await _computed(ctx, row)
    return await _store_run(ctx, row, RunKind.REHEARSAL, data, outcome)


async def _computed(ctx: Ctx, row: BookingRound) -> tuple[Input, Outcome[str]]:
    data = await gather(ctx, row)
    outcome = await asyncio.to_thread(allocate, data.wanters, data.offers, row.seed)
    return data, outcome


async def _store_run(
    ctx: Ctx, row: BookingRound, kind: RunKind, data: Input, outcome: Outcome[str]
) -> AllocationRun:
    input_digest, result_digest = digests(data, outcome)
    run = AllocationRun(
        district_id=ctx.district_id,
        round_id=row.id,
        kind=kind,
        input_digest=input_digest,
        result_digest=result_digest,
        figures=figures(data, outcome),
        offers=data.anonymous()["offers"],
        made_by=ctx.actor.person_id,
    )
    ctx.db.add(run)
    await ctx.db.flush()
    detail = {"kind": kind.value, "input": input_digest, "result": result_digest}
    await audit.record(ctx, "round:run", "booking_round", row.id, detail=detail)
    await ctx.db.refresh(run)
    return run


async def order_publish(ctx: Ctx, round_id: UUID) -> BookingRound:
    """Order the final run, after the wishes are closed. The worker carries it out; again is fine."""
    row = await access_round(ctx, round_id, P.ROUND_EDIT, lock=True)
    if row.state in (RoundState.ALLOCATING, RoundState.PUBLISHED):
        return row
    require_state(row, RoundState.ANNOUNCED)
    if row.closes_at > ctx.now:
        raise WindowStillOpen
    row = await change_row(ctx, row, {"state": RoundState.ALLOCATING}, None, "booking_round")
    await enqueue(ctx, ALLOCATE, round=row.id)
    return row


async def publish(unit: Unit, arguments: Arguments) -> None:
    """The job: one transaction from wishes to places, results and messages; once a round."""
    async with unit() as ctx:
        key = (ctx.district_id, UUID(arguments["round"]))
        row = await ctx.db.get_one(BookingRound, key, with_for_update=True)
        if row.state != RoundState.ALLOCATING:
            return
        data, outcome = await _computed(ctx, row)
        run = await _store_run(ctx, row, RunKind.FINAL, data, outcome)
        told = verdicts(data, outcome, row.seed)
        await _store_results(ctx, run.id, data, outcome, told)
        places = [
            (UUID(session), data.pupils[code].pupil_id) for code, session in outcome.placed.items()
        ]
        if await place_many(ctx, places) != len(places):
            raise SeatMissing
        change = {"state": RoundState.PUBLISHED, "published_at": ctx.now}
        await change_row(ctx, row, change, None, "booking_round")
        await ctx.emit(RoundPublished(row.id, row.name, _results(data, outcome, told)))


async def _store_results(
    ctx: Ctx, run_id: UUID, data: Input, outcome: Outcome[str], told: dict[str, Any]
) -> None:
    rows = []
    for wanter in data.wanters:
        pupil, session = data.pupils[wanter.code], outcome.placed.get(wanter.code)
        rows.append(
            {
                "district_id": ctx.district_id,
                "run_id": run_id,
                "pupil_id": pupil.pupil_id,
                "code": wanter.code,
                "school_id": pupil.school_id,
                "unlucky": wanter.unlucky,
                "missed": wanter.missed,
                "wishes": list(wanter.wishes),
                "session_id": UUID(session) if session else None,
                "number": data.wishes[wanter.code].index(session) + 1 if session else None,
                "verdicts": told[wanter.code],
            }
        )
    for start in range(0, len(rows), AT_ONCE):
        await ctx.conn.execute(insert(AllocationResult), rows[start : start + AT_ONCE])


def _results(data: Input, outcome: Outcome[str], told: dict[str, Any]) -> tuple[PupilResult, ...]:
    found = []
    for code, pupil in data.pupils.items():
        session = outcome.placed.get(code)
        result = data.sessions[session].title if session else "这轮没有录取"
        first = told[code][0] if told[code] else None
        reason = say_verdict(first) if first else "没有有效的志愿"
        found.append(PupilResult(pupil.pupil_id, pupil.pupil_name, result, reason))
    return tuple(found)


async def proof(ctx: Ctx, round_id: UUID) -> dict[str, Any]:
    """What anybody needs to compute a published result again: seed, anonymous input, result."""
    row = await access_round(ctx, round_id, P.ROUND_READ)
    require_state(row, RoundState.PUBLISHED)
    run_stmt = select(AllocationRun).where(
        AllocationRun.district_id == ctx.district_id,
        AllocationRun.round_id == round_id,
        AllocationRun.kind == RunKind.FINAL,
    )
    run = (await ctx.db.execute(run_stmt)).scalar_one_or_none()
    if run is None:
        raise NotFound
    stmt = (
        select(AllocationResult)
        .where(AllocationResult.district_id == ctx.district_id, AllocationResult.run_id == run.id)
        .order_by(AllocationResult.code)
    )
    results = list((await ctx.db.execute(stmt)).scalars())
    return {
        "format": 1,
        "round": row.name,
        "seed": row.seed,
        "seed_digest": row.seed_digest,
        "input_digest": run.input_digest,
        "result_digest": run.result_digest,
        "wanters": [
            Wanter(
                one.code, str(one.school_id), one.unlucky, tuple(one.wishes), one.missed
            ).published()
            for one in results
        ],
        "offers": run.offers,
        "result": {one.code: str(one.session_id) for one in results if one.session_id},
    }


def check_proof(document: Any) -> int:
    """Compute a proof again; refuses (`round.proof_wrong`) naming what differs, says how many pupils."""
    try:
        placed = recomputed(document)
        given = {"wanters": document["wanters"], "offers": document["offers"]}
        wrong = [
            name
            for name, good in (
                ("抽签种子", commitment(document["seed"]) == document["seed_digest"]),
                ("志愿和名额", canonical_digest(given) == document["input_digest"]),
                ("录取结果", placed == document["result"]),
                ("结果指纹", canonical_digest(placed) == document["result_digest"]),
            )
            if not good
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise ProofUnreadable from exc
    if wrong:
        raise ProofWrong(where="、".join(wrong))
    return len(document["wanters"])
