"""The activity's own questions to families: rows of the one-page form, and a page to add to them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.kinds import FieldKind
from app.activities.models import Activity, ActivityField
from app.activities.permissions import P
from app.activities.queries import fields_of, read_activity
from app.activities.schemas import FieldsIn
from app.activities.service.fields import set_fields
from app.activities.service.publishing import EDITABLE
from app.kit.context import Ctx
from app.web.console.forms import Field, Form, checked, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
MOST = 8
KINDS = (
    (FieldKind.TEXT, "文字"),
    (FieldKind.CHOICE, "选项"),
    (FieldKind.NUMBER, "数字"),
    (FieldKind.YES_NO, "是或否"),
)
_PARTS = ("label", "kind", "options", "required", "hint")
_LABELS = (Field("items", "报名问题"),)


def rows_of(fields: Sequence[ActivityField], after: int = 0) -> list[dict[str, str]]:
    """The rows of the form: what is asked already, then empty ones, eight in all."""
    rows = [
        {
            "label": one.label,
            "kind": one.kind,
            "options": "，".join(one.options),
            "required": "1" if one.required else "",
            "hint": one.hint,
        }
        for one in fields
    ]
    return rows + [dict.fromkeys(_PARTS, "") for _ in range(MOST - after - len(rows))]


def written(form: Form) -> list[dict[str, str]]:
    """The rows as they were sent, to be shown again."""
    return [
        {part: form.one(f"q{number}-{part}") for part in _PARTS} for number in range(1, MOST + 1)
    ]


def questions_of(request: Request, form: Form) -> list[dict[str, Any]]:
    """What was written, as the service takes it; a row without a question is left out."""
    found = []
    for row in written(form):
        if row["label"]:
            options = row["options"].replace("、", "，").replace(",", "，").split("，")
            kept = [option.strip() for option in options if option.strip()]
            required = row["required"] == "1"
            kind = row["kind"] or FieldKind.TEXT.value
            found.append({**row, "kind": kind, "options": kept, "required": required})
    body = checked(request, FieldsIn, {"items": found}, _LABELS)
    return [one.model_dump() for one in body.items]


async def _context(ctx: Ctx, row: Activity) -> dict[str, Any]:
    standing = await fields_of(ctx, row.id)
    free = row.state in EDITABLE
    return {
        "row": row,
        "standing": [] if free else standing,
        "question_rows": rows_of(standing) if free else rows_of((), len(standing)),
        "question_kinds": KINDS,
        "questions_open": True,
        "problem": "",
    }


@router.get("/activities/{activity_id}/questions")
async def show_questions(request: Request, ctx: Staff, activity_id: UUID) -> HTMLResponse:
    """A draft's questions, or what can be added behind those of a published one."""
    ctx.require(P.ACTIVITY_EDIT)
    context = await _context(ctx, await read_activity(ctx, activity_id))
    return console_page(request, ctx, "questions.html", context)


@router.post("/activities/{activity_id}/questions")
async def save_questions(request: Request, ctx: Staff, activity_id: UUID) -> Response:
    ctx.require(P.ACTIVITY_EDIT)
    form = await read_form(request)
    context = await _context(ctx, await read_activity(ctx, activity_id))
    shown = written(form)[: len(context["question_rows"])]
    remember_form(request, ctx, "questions.html", {**context, "question_rows": shown})
    before = [
        {
            "label": one.label,
            "kind": one.kind,
            "required": one.required,
            "hint": one.hint,
            "options": one.options,
        }
        for one in context["standing"]
    ]
    await set_fields(ctx, activity_id, [*before, *questions_of(request, form)])
    return send_to(request, f"/console/activities/{activity_id}", "报名问题已保存。")
