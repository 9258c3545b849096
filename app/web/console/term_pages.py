"""A term's own page: its calendar week by week, and the days that are not as usual."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.orgs import service as orgs
from app.orgs.permissions import P
from app.orgs.queries import read_term, term_days, term_weeks
from app.orgs.rules import week_of
from app.orgs.schemas import TermDaysIn
from app.web import labels
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_DAY_FIELDS = (
    Field("kind", "类别", "choice", True, list(labels.DAY_KINDS.items())),
    Field("name", "名称", required=True, hint="例如 国庆节、国庆补课"),
    Field("starts_on", "从", "day", required=True),
    Field("ends_on", "到", "day", hint="只有一天可以不填"),
)


@router.get("/terms/{term_id}")
async def show_term(request: Request, ctx: Staff, term_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "term.html", await _term(ctx, term_id))


async def _term(ctx: Ctx, term_id: UUID, form: Form | None = None) -> dict[str, Any]:
    term = await read_term(ctx, term_id)
    weeks = await term_weeks(ctx, term_id)
    return {
        "term": term,
        "weeks": weeks,
        "today": ctx.today,
        "this_week": week_of(term, ctx.today),
        "school_days": sum(week.school_days for week in weeks),
        "days": await term_days(ctx, term_id),
        "kinds": labels.DAY_KINDS,
        "may_edit": P.TERM_EDIT in ctx.actor.permissions,
        "fields": _DAY_FIELDS,
        "values": submitted(form, _DAY_FIELDS) if form is not None else {},
        "errors": {},
        "problem": "",
    }


@router.post("/terms/{term_id}/days")
async def mark_days(request: Request, ctx: Staff, term_id: UUID) -> Response:
    """放假 or 补课 for one day or a span of days."""
    ctx.require(P.TERM_EDIT)
    form = await read_form(request)
    context = await _term(ctx, term_id, form)
    remember_form(request, ctx, "term.html", context)
    given = {name: value for name, value in typed(form, _DAY_FIELDS).items() if value is not None}
    given.setdefault("ends_on", given.get("starts_on"))
    body = checked(request, TermDaysIn, given, _DAY_FIELDS)
    rows = await orgs.mark_days(ctx, body.starts_on, body.ends_on, body.kind, body.name)
    return send_to(request, f"/console/terms/{term_id}", f"已登记“{body.name}”{len(rows)} 天。")


@router.post("/terms/{term_id}/days/{day_id}/remove")
async def clear_day(request: Request, ctx: Staff, term_id: UUID, day_id: UUID) -> Response:
    await orgs.clear_day(ctx, day_id)
    return send_to(request, f"/console/terms/{term_id}", "已删除，这一天恢复平常。")
