"""An activity's task sheet as its unit writes it, and printing it for a session."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.access import access_activity
from app.activities.kinds import QuestionKind
from app.activities.models import Activity, TaskSheet
from app.activities.permissions import P
from app.activities.queries import sheet_of
from app.activities.schemas import SheetIn
from app.activities.service.sheets import read_sheet_file, write_sheet
from app.evaluations.service.printing import print_sheets
from app.files.uploads import LARGEST_UPLOAD, DocumentIfGiven
from app.kit.context import Ctx
from app.kit.http import PDF, download
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
MOST = 12
KINDS = (
    (QuestionKind.TEXT, "一行文字"),
    (QuestionKind.LONG, "一段文字"),
    (QuestionKind.ONE, "单选"),
    (QuestionKind.SEVERAL, "多选"),
    (QuestionKind.NUMBER, "数字"),
    (QuestionKind.PICTURE, "画或拍照"),
)
_FIELDS = (
    Field("title", "任务单名称", required=True),
    Field("instructions", "给孩子的话", "long", longest=1000, hint="做什么、怎么做，写给孩子看"),
    Field("due_days", "几天内交", "number", True, hint="从活动当天算起，0 到 60 天"),
    Field(
        "needed",
        "计入护照",
        "choice",
        True,
        (("", "不影响护照等级"), ("1", "任务单通过后，这次活动才计入等级")),
    ),
)
_LABELS = (*_FIELDS, Field("questions", "问题"))
_PARTS = ("label", "kind", "options", "required")


def _rows(form: Form) -> list[dict[str, str]]:
    return [{part: form.one(f"q{n}-{part}") for part in _PARTS} for n in range(1, MOST + 1)]


def _standing(sheet: TaskSheet | None) -> list[dict[str, str]]:
    rows = [
        {
            "label": one["label"],
            "kind": one["kind"],
            "options": "，".join(one["options"]),
            "required": "1" if one["required"] else "",
        }
        for one in (sheet.questions if sheet else [])
    ]
    return rows + [dict.fromkeys(_PARTS, "") for _ in range(MOST - len(rows))]


async def _context(ctx: Ctx, activity: Activity, form: Form | None = None) -> dict[str, Any]:
    sheet = await sheet_of(ctx, activity.id)
    values: dict[str, Any] = {"title": f"{activity.title}任务单", "due_days": 7, "needed": ""}
    if form is not None:
        values = {field.name: form.one(field.name) for field in _FIELDS}
    elif sheet is not None:
        values = {field.name: getattr(sheet, field.name) for field in _FIELDS}
        values["needed"] = "1" if sheet.needed else ""
    return {
        "row": activity,
        "sheet": sheet,
        "fields": _FIELDS,
        "values": values,
        "question_rows": _rows(form) if form is not None else _standing(sheet),
        "question_kinds": KINDS,
        "errors": {},
        "problem": "",
    }


@router.get("/activities/{activity_id}/task-sheet")
async def show_sheet(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    return console_page(request, ctx, "task_sheet.html", await _context(ctx, activity))


@router.post("/activities/{activity_id}/task-sheet", max_body_size=LARGEST_UPLOAD)
async def save_sheet(
    request: Request, file: DocumentIfGiven, ctx: Staff, activity_id: UUID
) -> Response:
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    form = await read_form(request)
    remember_form(request, ctx, "task_sheet.html", await _context(ctx, activity, form))
    given = {name: value for name, value in typed(form, _FIELDS).items() if value is not None}
    given["needed"] = form.one("needed") == "1"
    given["questions"] = [_question(row) for row in _rows(form) if row["label"]]
    body = checked(request, SheetIn, given, _LABELS)
    await write_sheet(ctx, activity_id, body.model_dump(mode="json"), form.version(), file)
    return send_to(request, f"/console/activities/{activity_id}", "任务单已保存。")


def _question(row: dict[str, str]) -> dict[str, Any]:
    options = row["options"].replace("、", "，").replace(",", "，").split("，")
    kept = [option.strip() for option in options if option.strip()]
    kind = row["kind"] or QuestionKind.TEXT.value
    return {**row, "kind": kind, "options": kept, "required": row["required"] == "1"}


@router.get("/activities/{activity_id}/task-sheet/file")
async def read_own_file(ctx: Staff, activity_id: UUID) -> Response:
    found = await read_sheet_file(ctx, activity_id)
    return download(found.content, found.name, found.media)


@router.post("/sessions/{session_id}/sheets/print")
async def print_for(request: Request, ctx: Staff, session_id: UUID) -> Response:
    """A page a child; the unit prints all, a teacher the own class."""
    base_url = request.app.state.settings.base_url
    printed = await print_sheets(ctx, session_id, None, base_url)
    return download(printed.pdf, f"{printed.title}.pdf", PDF)
