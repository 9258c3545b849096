"""HTTP for course-selection rounds, wishes, results and swaps."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.kit.deps import Authed
from app.kit.http import Cursor, IfMatch, PageSize, page_of, tagged, version_of
from app.kit.paging import Page
from app.rounds import queries
from app.rounds.rules import say_verdict
from app.rounds.schemas import (
    ResultOut,
    RoundChange,
    RoundIn,
    RoundOut,
    RoundSessionOut,
    RoundSessionsIn,
    RunOut,
    SwapIn,
    SwapOut,
    WishesIn,
    WishesOut,
)
from app.rounds.service import keeping, publishing, swapping, wishing

router = APIRouter(tags=["rounds"])


@router.get("/rounds")
async def list_rounds(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[RoundOut]:
    return page_of(RoundOut, request, await queries.list_rounds(ctx, cursor, limit))


@router.post("/rounds", status_code=201)
async def create_round(ctx: Authed, body: RoundIn) -> RoundOut:
    return RoundOut.model_validate(await keeping.create_round(ctx, body.model_dump()))


@router.get("/rounds/{round_id}")
async def read_round(round_id: UUID, ctx: Authed, response: Response) -> RoundOut:
    row = await queries.read_round(ctx, round_id)
    tagged(response, row.version)
    return RoundOut.model_validate(row)


@router.patch("/rounds/{round_id}")
async def change_round(
    round_id: UUID, ctx: Authed, body: RoundChange, response: Response, if_match: IfMatch = None
) -> RoundOut:
    row = await keeping.change_round(ctx, round_id, body.changes(), version_of(if_match))
    tagged(response, row.version)
    return RoundOut.model_validate(row)


@router.get("/rounds/{round_id}/sessions")
async def list_round_sessions(round_id: UUID, ctx: Authed) -> Page[RoundSessionOut]:
    rows = await queries.round_sessions(ctx, round_id)
    return Page(items=[RoundSessionOut.model_validate(row) for row in rows])


@router.post("/rounds/{round_id}/sessions")
async def add_sessions(round_id: UUID, ctx: Authed, body: RoundSessionsIn) -> Page[RoundSessionOut]:
    await keeping.add_sessions(ctx, round_id, body.session_ids)
    return await list_round_sessions(round_id, ctx)


@router.post("/rounds/{round_id}/announce")
async def announce(round_id: UUID, ctx: Authed) -> RoundOut:
    return RoundOut.model_validate(await keeping.announce_round(ctx, round_id))


@router.post("/rounds/{round_id}/cancel")
async def cancel(round_id: UUID, ctx: Authed) -> RoundOut:
    return RoundOut.model_validate(await keeping.cancel_round(ctx, round_id))


@router.put("/rounds/{round_id}/wishes")
async def save_wishes(round_id: UUID, ctx: Authed, body: WishesIn) -> WishesOut:
    saved = await wishing.save_wishes(ctx, round_id, body.pupil_id, body.session_ids)
    said = f"已保存 {len(saved)} 个志愿，截止前可以随时修改。" if saved else "已撤回全部志愿。"
    return WishesOut(pupil_id=body.pupil_id, session_ids=saved, message=said)


@router.get("/rounds/{round_id}/wishes")
async def read_wishes(round_id: UUID, pupil_id: UUID, ctx: Authed) -> WishesOut:
    saved = await queries.pupil_wishes(ctx, round_id, pupil_id)
    return WishesOut(pupil_id=pupil_id, session_ids=saved, message=f"共 {len(saved)} 个志愿。")


@router.post("/rounds/{round_id}/rehearse")
async def rehearse(round_id: UUID, ctx: Authed) -> RunOut:
    return RunOut.model_validate(await publishing.rehearse(ctx, round_id))


@router.get("/rounds/{round_id}/runs")
async def list_runs(round_id: UUID, ctx: Authed) -> Page[RunOut]:
    rows = await queries.list_runs(ctx, round_id)
    return Page(items=[RunOut.model_validate(row) for row in rows])


@router.post("/rounds/{round_id}/publish", status_code=202)
async def publish(round_id: UUID, ctx: Authed) -> RoundOut:
    return RoundOut.model_validate(await publishing.order_publish(ctx, round_id))


@router.post("/rounds/{round_id}/open-rest")
async def open_rest(round_id: UUID, ctx: Authed) -> RoundOut:
    await keeping.open_rest(ctx, round_id)
    return RoundOut.model_validate(await queries.read_round(ctx, round_id))


@router.get("/rounds/{round_id}/results")
async def list_results(
    round_id: UUID, ctx: Authed, pupil_id: UUID | None = None
) -> Page[ResultOut]:
    found = await queries.list_results(ctx, round_id, pupil_id)
    items = [
        ResultOut(
            pupil_id=row.pupil_id,
            code=row.code,
            session_id=row.session_id,
            number=row.number,
            unlucky=row.unlucky,
            reasons=[say_verdict(one) for one in row.verdicts],
        )
        for row, _ in found
    ]
    return Page(items=items)


@router.get("/rounds/{round_id}/proof")
async def read_proof(round_id: UUID, ctx: Authed) -> dict[str, Any]:
    return await publishing.proof(ctx, round_id)


@router.get("/rounds/{round_id}/swaps")
async def list_swaps(round_id: UUID, ctx: Authed) -> Page[SwapOut]:
    rows = await queries.open_swaps(ctx, round_id)
    return Page(items=[SwapOut.model_validate(row) for row in rows])


@router.post("/rounds/{round_id}/swaps", status_code=201)
async def offer_swap(round_id: UUID, ctx: Authed, body: SwapIn) -> SwapOut:
    row = await swapping.offer_swap(ctx, round_id, body.pupil_id, body.wanted_id)
    return SwapOut.model_validate(row)


@router.post("/swaps/{swap_id}/withdraw")
async def withdraw_swap(swap_id: UUID, ctx: Authed) -> SwapOut:
    return SwapOut.model_validate(await swapping.withdraw_swap(ctx, swap_id))
