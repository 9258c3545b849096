"""Task sheets on the phone: which there are, and handing one in with a photograph."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.queries import read_session
from app.activities.service.sheets import read_sheet_file
from app.evaluations.queries import own_sheets, read_code, read_picture
from app.files.uploads import LARGEST_PICTURES, Pictures
from app.kit.bounds import Code
from app.kit.deps import Authed
from app.kit.errors import NotFound
from app.kit.http import download
from app.web import labels
from app.web.console.forms import read_form
from app.web.m.family import Family, children, family_page, framed
from app.web.pictures import shown
from app.web.rendering import send_to
from app.web.sheet_forms import filled_of, sheet_context, take_sheet

router = APIRouter(include_in_schema=False)


@router.get("/sheets")
async def list_sheets(request: Request, ctx: Family) -> HTMLResponse:
    """The chosen child's sheets, newest visit first."""
    pupils, chosen = await children(request, ctx)
    rows = await own_sheets(ctx, chosen.id)
    context = {"rows": rows, "now": ctx.now, "labels": labels}
    return family_page(request, "sheets.html", pupils, chosen, context)


@router.get("/sheets/code/{code}")
async def open_code(request: Request, ctx: Authed, code: Annotated[Code, Path()]) -> Response:
    """The code of a printed sheet: the family and the teacher each get their own page."""
    found = await read_code(ctx, code)
    if found.pupil_id in ctx.actor.pupil_ids:
        return send_to(request, f"/m/sheets/{found.session_id}/{found.pupil_id}")
    return send_to(request, f"/console/sessions/{found.session_id}/sheets/{found.pupil_id}")


@router.get("/sheets/{session_id}/file")
async def read_file_of_sheet(ctx: Family, session_id: UUID) -> Response:
    """The unit's own sheet, of a session that families see."""
    session, _ = await read_session(ctx, session_id)
    found = await read_sheet_file(ctx, session.activity_id)
    return download(found.content, found.name, found.media)


@router.get("/sheets/{session_id}/{pupil_id}")
async def show_sheet(
    request: Request, ctx: Family, session_id: UUID, pupil_id: UUID
) -> HTMLResponse:
    """What is asked, what was handed in, what the teacher said, and the form."""
    pupils, _ = await children(request, ctx)
    child = next((one for one in pupils if one.id == pupil_id), None)
    if child is None:
        raise NotFound
    context = await sheet_context(ctx, session_id, pupil_id)
    return family_page(request, "sheet.html", pupils, child, context)


@router.post("/sheets/{session_id}/{pupil_id}", max_body_size=LARGEST_PICTURES)
async def send_sheet(
    request: Request, files: Pictures, ctx: Family, session_id: UUID, pupil_id: UUID
) -> Response:
    pupils, _ = await children(request, ctx)
    child = next((one for one in pupils if one.id == pupil_id), None)
    if child is None:
        raise NotFound
    form = await read_form(request)
    context = await sheet_context(ctx, session_id, pupil_id)
    context["filled"] = filled_of(form)
    request.state.form = ("m/sheet.html", framed(request, pupils, child, context))
    row = await take_sheet(ctx, session_id, pupil_id, form, files)
    said = "已交，老师看过会通知您。" + ("（已过截止时间，记为迟交）" if row.is_late else "")
    return send_to(request, f"/m/sheets/{session_id}/{pupil_id}", said)


@router.get("/submissions/{submission_id}/pictures/{number}")
async def show_picture(ctx: Family, submission_id: UUID, number: int) -> Response:
    return shown(await read_picture(ctx, submission_id, number))
