"""Choosing courses by wishes: what is open, the child's list, the result and its reasons."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.schemas import PupilBrief
from app.rounds import queries
from app.rounds.kinds import RoundState, SwapState
from app.rounds.rules import say_verdict
from app.rounds.service.publishing import proof
from app.rounds.service.swapping import offer_swap, withdraw_swap
from app.rounds.service.wishing import save_wishes
from app.web import labels
from app.web.console.forms import read_form
from app.web.m import reading
from app.web.m.family import Family, children, family_page, framed
from app.web.rendering import page, send_to

router = APIRouter(include_in_schema=False)


@router.get("/rounds")
async def list_open(request: Request, ctx: Family) -> HTMLResponse:
    """What one can choose from now, and what has its result."""
    pupils, chosen = await children(request, ctx)
    context = {"rounds": await queries.open_rounds(ctx), "labels": labels, "now": ctx.now}
    return family_page(request, "rounds.html", pupils, chosen, context)


@router.get("/rounds/{round_id}")
async def show_round(request: Request, ctx: Family, round_id: UUID) -> HTMLResponse:
    return page(request, "m/round.html", await _context(request, ctx, round_id))


async def _context(request: Request, ctx: Ctx, round_id: UUID) -> dict[str, Any]:
    pupils, child = await children(request, ctx)
    row = await queries.read_round(ctx, round_id)
    sessions = await queries.round_sessions(ctx, round_id)
    grade = (await reading.pupil_grades(ctx, [child.id])).get(child.id)
    fitting = [
        one
        for one in sessions
        if one.open and grade is not None and one.min_grade <= grade <= one.max_grade
    ]
    context = {
        "row": row,
        "labels": labels,
        "fitting": fitting,
        "titles": {one.id: one for one in sessions},
        "wished": await queries.pupil_wishes(ctx, round_id, child.id),
        "is_open": row.state == RoundState.ANNOUNCED and row.opens_at <= ctx.now < row.closes_at,
        "is_over": row.state == RoundState.PUBLISHED,
        "not_yet": row.opens_at > ctx.now,
        "problem": "",
        **(await _result(ctx, round_id, child) if row.state == RoundState.PUBLISHED else {}),
    }
    return framed(request, pupils, child, context)


async def _result(ctx: Ctx, round_id: UUID, child: PupilBrief) -> dict[str, Any]:
    found = await queries.list_results(ctx, round_id, child.id)
    result = found[0][0] if found else None
    swaps = [one for one in await queries.open_swaps(ctx, round_id) if one.pupil_id == child.id]
    return {
        "result": result,
        "reasons": [say_verdict(one) for one in result.verdicts] if result else [],
        "swaps": swaps,
        "open_swap": next((one for one in swaps if one.state == SwapState.OPEN), None),
    }


@router.post("/rounds/{round_id}/wishes")
async def save(request: Request, ctx: Family, round_id: UUID) -> Response:
    """The lists from the first wish to the last; an empty choice is passed over."""
    context = await _context(request, ctx, round_id)
    request.state.form = ("m/round.html", context)
    form = await read_form(request)
    pupil_id = _child(context, form.one("pupil_id"))
    wishes = [_id(value) for value in form.many("wish") if value]
    context["wished"] = wishes
    await save_wishes(ctx, round_id, pupil_id, wishes)
    said = f"已保存 {len(wishes)} 个志愿，截止前可以随时修改。" if wishes else "已撤回全部志愿。"
    return send_to(request, f"/m/rounds/{round_id}", said)


@router.post("/rounds/{round_id}/swaps")
async def swap(request: Request, ctx: Family, round_id: UUID) -> Response:
    context = await _context(request, ctx, round_id)
    request.state.form = ("m/round.html", context)
    form = await read_form(request)
    wanted = _id(form.one("wanted"))
    made = await offer_swap(ctx, round_id, _child(context, form.one("pupil_id")), wanted)
    done = made.state == SwapState.DONE
    said = "已经和另一个家庭交换。" if done else "已登记。有家庭愿意交换时会自动完成并通知您。"
    return send_to(request, f"/m/rounds/{round_id}", said)


@router.post("/rounds/{round_id}/swaps/{swap_id}/withdraw")
async def take_back(request: Request, ctx: Family, round_id: UUID, swap_id: UUID) -> Response:
    await withdraw_swap(ctx, swap_id)
    return send_to(request, f"/m/rounds/{round_id}", "已撤回交换。")


@router.get("/rounds/{round_id}/proof.json")
async def show_proof(ctx: Family, round_id: UUID) -> JSONResponse:
    """The file with which anybody computes the result again."""
    headers = {"Content-Disposition": "attachment; filename=proof.json"}
    return JSONResponse(await proof(ctx, round_id), headers=headers)


def _child(context: dict[str, Any], given: str) -> UUID:
    """The child the form was shown for: another tab may have chosen another one since."""
    wanted = _id(given)
    if not any(pupil.id == wanted for pupil in context["pupils"]):
        raise NotFound
    return wanted


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as exc:
        raise NotFound from exc
