"""A round's cockpit: its sessions, how the wishes stand, rehearsals, the result."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import DomainError, Kind
from app.rounds import queries
from app.rounds.kinds import RoundState
from app.rounds.permissions import P
from app.rounds.service import keeping, publishing
from app.web import labels, reading
from app.web.console.forms import read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)


class NoSessionTicked(DomainError):
    kind, code, sentence = Kind.INVALID, "web.no_session_ticked", "请先勾选要放进来的场次。"


@router.get("/rounds/{round_id}")
async def show_round(request: Request, ctx: Staff, round_id: UUID) -> HTMLResponse:
    """Everything about one round, with the buttons that fit its state."""
    return console_page(request, ctx, "round.html", await _context(ctx, round_id))


async def _context(ctx: Ctx, round_id: UUID) -> dict[str, Any]:
    row = await queries.read_round(ctx, round_id)
    edits = ctx.reach(P.ROUND_EDIT).district
    runs = await queries.list_runs(ctx, round_id) if edits else []
    schools = await reading.organization_names(
        ctx, [UUID(one[0]) for run in runs[:1] for one in run.figures["schools"]]
    )
    return {
        "row": row,
        "sessions": await queries.round_sessions(ctx, round_id),
        "standing": await queries.round_figures(ctx, round_id),
        "runs": runs,
        "schools": {str(key): name for key, name in schools.items()},
        "candidates": await queries.candidates(ctx, round_id)
        if edits and row.state == RoundState.DRAFT
        else [],
        "actions": _actions(ctx, row) if edits else set(),
        "labels": labels,
        "problem": "",
    }


def _actions(ctx: Ctx, row: Any) -> set[str]:
    """The verbs that make sense now; services check them again."""
    if row.state == RoundState.DRAFT:
        return {"edit", "announce", "cancel"}
    if row.state == RoundState.ANNOUNCED:
        return {"rehearse", "publish" if row.closes_at <= ctx.now else "edit", "cancel"}
    return {"open-rest", "proof"} if row.state == RoundState.PUBLISHED else set()


async def _shown(request: Request, ctx: Ctx, round_id: UUID) -> None:
    """A refusal comes back on the round's own page."""
    remember_form(request, ctx, "round.html", await _context(ctx, round_id))


@router.post("/rounds/{round_id}/sessions")
async def add(request: Request, ctx: Staff, round_id: UUID) -> Response:
    await _shown(request, ctx, round_id)
    form = await read_form(request)
    try:
        ids = [UUID(value) for value in form.many("sessions")]
    except ValueError as exc:
        raise NoSessionTicked from exc
    if not ids:
        raise NoSessionTicked
    number = await keeping.add_sessions(ctx, round_id, ids)
    return send_to(request, f"/console/rounds/{round_id}", f"已放入 {number} 个场次。")


@router.post("/rounds/{round_id}/announce")
async def announce(request: Request, ctx: Staff, round_id: UUID) -> Response:
    await _shown(request, ctx, round_id)
    await keeping.announce_round(ctx, round_id)
    return send_to(request, f"/console/rounds/{round_id}", "已公布，家长可以看到这轮选课了。")


@router.post("/rounds/{round_id}/rehearse")
async def rehearse(request: Request, ctx: Staff, round_id: UUID) -> Response:
    await _shown(request, ctx, round_id)
    run = await publishing.rehearse(ctx, round_id)
    placed, took = run.figures["placed"], run.figures["took_part"]
    said = f"试排完成：{took} 人参加，{placed} 人能选上。没有通知任何人。"
    return send_to(request, f"/console/rounds/{round_id}", said)


@router.post("/rounds/{round_id}/publish")
async def publish(request: Request, ctx: Staff, round_id: UUID) -> Response:
    await _shown(request, ctx, round_id)
    await publishing.order_publish(ctx, round_id)
    said = "已开始正式录取，通常一分钟内完成，完成后家长会收到通知。"
    return send_to(request, f"/console/rounds/{round_id}", said)


@router.post("/rounds/{round_id}/open-rest")
async def open_rest(request: Request, ctx: Staff, round_id: UUID) -> Response:
    await _shown(request, ctx, round_id)
    await keeping.open_rest(ctx, round_id)
    return send_to(request, f"/console/rounds/{round_id}", "剩余名额已开放，先到先得。")


@router.post("/rounds/{round_id}/cancel")
async def cancel(request: Request, ctx: Staff, round_id: UUID) -> Response:
    await _shown(request, ctx, round_id)
    await keeping.cancel_round(ctx, round_id)
    return send_to(request, f"/console/rounds/{round_id}", "这轮选课已取消，场次恢复先到先得。")


@router.get("/rounds/{round_id}/proof.json")
async def proof(ctx: Staff, round_id: UUID) -> JSONResponse:
    """The file with which anybody computes the result again."""
    headers = {"Content-Disposition": "attachment; filename=proof.json"}
    return JSONResponse(await publishing.proof(ctx, round_id), headers=headers)
