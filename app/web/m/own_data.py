"""“My child's data”: see it, take it along, have it corrected or erased."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.http import XLSX, download
from app.privacy.kinds import DataRequestKind, DataRequestState
from app.privacy.queries import list_requests, own_data, take_copy
from app.privacy.rules import ANSWER_WITHIN_DAYS, ERASE_AFTER_DAYS
from app.privacy.service import requests
from app.web import labels
from app.web.console.forms import read_form
from app.web.m.family import Family, children, framed
from app.web.rendering import page, send_to

router = APIRouter(include_in_schema=False)
ASKED = {
    DataRequestKind.CORRECT: "已收到。学校会在 15 天内答复您。",
    DataRequestKind.ERASE: "已收到。7 天后自动删除；在这之前可以撤回。",
}


@router.get("/children/{pupil_id}/data")
async def show_data(request: Request, ctx: Family, pupil_id: UUID) -> HTMLResponse:
    """Everything we hold about the child, and the three things one can ask for."""
    return page(request, "m/own_data.html", await _context(request, ctx, pupil_id))


async def _context(request: Request, ctx: Ctx, pupil_id: UUID) -> dict[str, Any]:
    pupils, _ = await children(request, ctx)
    child = next((pupil for pupil in pupils if pupil.id == pupil_id), None)
    if child is None:
        raise NotFound
    sections = await own_data(ctx, pupil_id)
    asked, _ = await list_requests(ctx, pupil_id, None, None, 20)
    context = {
        "sections": sections,
        "asked": asked,
        "open": DataRequestState.OPEN,
        "labels": labels,
        "erase_days": ERASE_AFTER_DAYS,
        "answer_days": ANSWER_WITHIN_DAYS,
        "values": {},
        "problem": "",
    }
    return framed(request, pupils, child, context)


@router.get("/children/{pupil_id}/data.xlsx")
async def take_data(ctx: Family, pupil_id: UUID) -> Response:
    return download(await take_copy(ctx, pupil_id), "我的孩子的数据.xlsx", XLSX)


@router.post("/children/{pupil_id}/data-requests")
async def ask(request: Request, ctx: Family, pupil_id: UUID) -> Response:
    """A refusal comes back on the same page, with what was typed."""
    form = await read_form(request)
    context = await _context(request, ctx, pupil_id)
    request.state.form = ("m/own_data.html", context)
    context["values"] = {"note": form.one("note")[:200]}
    kind = (
        DataRequestKind.ERASE
        if form.one("kind") == DataRequestKind.ERASE
        else DataRequestKind.CORRECT
    )
    await requests.ask(ctx, pupil_id, kind, form.one("note")[:200], form.one("confirm_name")[:60])
    return send_to(request, f"/m/children/{pupil_id}/data", ASKED[kind])


@router.post("/children/{pupil_id}/data-requests/{request_id}/withdraw")
async def take_back(request: Request, ctx: Family, pupil_id: UUID, request_id: UUID) -> Response:
    await requests.take_back(ctx, request_id)
    return send_to(request, f"/m/children/{pupil_id}/data", "已撤回，什么都不会改变。")
