"""Importing a school's roster on pages: upload, watch the check, confirm, and if need be take it back."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import DomainError, Kind
from app.kit.http import XLSX, download
from app.kit.sheets import LARGEST_FILE
from app.people.kinds import Act, ImportState
from app.people.models import RosterImport
from app.people.permissions import P
from app.people.queries import roster_lines, roster_report, roster_template
from app.people.rules import LEAVING, Row
from app.people.service import roster, roster_apply
from app.web import labels
from app.web import reading as shared
from app.web.console import reading
from app.web.console.forms import Field
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
# More than a roster may have, so that a file too large is refused on the page and not by the door.
LARGEST_BODY = 32 * 1024 * 1024
PROBLEMS_SHOWN = 20
RUNNING = (ImportState.WAITING, ImportState.APPLYING)


class FileMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "web.file_missing", "请选择要上传的名册文件。"


class SchoolMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "web.school_missing", "请选择名册属于哪所学校。"


@router.get("/imports/new")
async def new_import(request: Request, ctx: Staff) -> HTMLResponse:
    """Choose the school and the file; with one school there is nothing to choose."""
    ctx.require(P.PERSON_EDIT)
    school = request.query_params.get("organization_id", "")
    return console_page(request, ctx, "import_new.html", await _blank(ctx, school))


async def _blank(ctx: Ctx, school: str = "") -> dict[str, Any]:
    schools = await reading.own_schools(ctx, P.PERSON_EDIT)
    field = Field("organization_id", "学校", "choice", required=True, options=schools)
    values = {"organization_id": school}
    return {"field_of_school": field, "values": values, "errors": {}, "problem": ""}


@router.get("/imports/template.xlsx")
async def template(ctx: Staff) -> Response:
    ctx.require(P.PERSON_EDIT)
    return download(roster_template(), "学生名册模板.xlsx", XLSX)


@router.post("/imports", max_body_size=LARGEST_BODY)
async def upload(
    request: Request,
    ctx: Staff,
    organization_id: Annotated[str, Form()] = "",
    file: UploadFile | None = None,
) -> Response:
    """Take the file; whatever is wrong with it is said above the same form."""
    ctx.require(P.PERSON_EDIT)
    remember_form(request, ctx, "import_new.html", await _blank(ctx, organization_id))
    try:
        school = UUID(organization_id)
    except ValueError as exc:
        raise SchoolMissing from exc
    if file is None or not file.filename:
        raise FileMissing
    row = await roster.upload_roster(ctx, school, await file.read(LARGEST_FILE + 1))
    return send_to(request, f"/console/imports/{row.id}")


@router.get("/imports/{import_id}")
async def show_import(request: Request, ctx: Staff, import_id: UUID) -> HTMLResponse:
    """How far it is, what it does in words, the first lines with problems, and what can be done now."""
    row = await roster.access_import(ctx, import_id)
    return console_page(request, ctx, "import.html", await _context(ctx, row))


async def _context(ctx: Ctx, row: RosterImport) -> dict[str, Any]:
    schools = await shared.organization_names(ctx, [row.organization_id])
    lines: list[Row] = []
    unreadable = ""
    if row.state not in RUNNING:
        lines, unreadable = await asyncio.to_thread(roster_lines, row)
    wrong = [line for line in lines if line.act is Act.ERROR]
    return {
        "row": row,
        "state": labels.IMPORT_STATES[row.state],
        "school": schools.get(row.organization_id, ""),
        "running": row.state in RUNNING,
        "unreadable": unreadable,
        "figures": _figures(row, lines),
        "changes": sum(row.counts.get(act, 0) for act in roster.CHANGING),
        "wrong": wrong[:PROBLEMS_SHOWN],
        "wrong_number": len(wrong),
        "twins": _of_one_name(lines),
        "problem": "",
    }


def _figures(row: RosterImport, lines: Sequence[Row]) -> list[tuple[str, str]]:
    """`新增学生 2 人` and so on; leaving is told apart by the word in the file."""
    found = []
    for act, word in labels.IMPORT_ACTS.items():
        number = row.counts.get(act, 0)
        if not number:
            continue
        unit = "行" if act == Act.ERROR else "人"
        if act == Act.LEAVE and lines:
            words = Counter(line.status for line in lines if line.act is Act.LEAVE)
            found += [(word, f"{words[word]} {unit}") for word in LEAVING if words[word]]
        else:
            found.append((word, f"{number} {unit}"))
    return found


def _of_one_name(lines: Sequence[Row]) -> int:
    """How many names stand more than once in one class: their numbers tell them apart."""
    same = Counter((line.name, line.class_name) for line in lines if line.act is not Act.ERROR)
    return sum(1 for number in same.values() if number > 1)


@router.get("/imports/{import_id}/report.xlsx")
async def report(ctx: Staff, import_id: UUID) -> Response:
    """The uploaded file again with a column of reasons."""
    row = await roster.access_import(ctx, import_id)
    content = await asyncio.to_thread(roster_report, row)
    return download(content, "名册检查结果.xlsx", XLSX)


@router.post("/imports/{import_id}/apply")
async def apply(request: Request, ctx: Staff, import_id: UUID) -> Response:
    row = await roster.access_import(ctx, import_id)
    remember_form(request, ctx, "import.html", await _context(ctx, row))
    await roster.order_apply(ctx, import_id)
    return send_to(request, f"/console/imports/{import_id}")


@router.post("/imports/{import_id}/undo")
async def undo(request: Request, ctx: Staff, import_id: UUID) -> Response:
    row = await roster.access_import(ctx, import_id)
    remember_form(request, ctx, "import.html", await _context(ctx, row))
    await roster_apply.undo_roster(ctx, import_id)
    return send_to(request, f"/console/imports/{import_id}", "已撤销，学生和班级回到导入以前。")
