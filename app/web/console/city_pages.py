"""综合素质评价: the school's cockpit, one list with its objections and exports, a child's ledger."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.citypack import queries, service
from app.citypack.kinds import OBJECTION_WORDS, STATE_WORDS, PublicityState
from app.citypack.models import Publicity
from app.citypack.permissions import P
from app.citypack.rules import columns_of, unit_of
from app.citypack.schemas import (
    CorrectionIn,
    DecisionIn,
    ObjectionIn,
    OpenIn,
    PublicityIn,
    WithdrawIn,
)
from app.kit.context import Ctx
from app.kit.http import PDF, XLSX, download
from app.passports.schemas import RuleBody
from app.web import labels, reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.lists import ask_purpose
from app.web.console.rows import purpose_of
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
PATH = "/console/city"
_GRADES = [(str(grade), labels.GRADES[str(grade)]) for grade in range(6, 10)]
_CLOSES = Field("closes_on", "异议截止（含当天）", "day", True, hint="至少 5 天，最多 30 天")
_REASON = Field("reason", "原因", required=True, longest=200)


async def _draft_fields(ctx: Ctx) -> tuple[Field, ...]:
    schools = await reading.own_schools(ctx, P.CITY_RECORD_EDIT)
    return (
        Field("organization_id", "学校", "choice", True, schools),
        Field("title", "名称", required=True, hint="例如 2026 学年第一学期"),
        Field("starts_on", "活动从哪天", "day", required=True),
        Field("ends_on", "到哪天", "day", required=True, hint="最晚到今天；不能和别的公示重叠"),
        Field("min_grade", "最低年级", "choice", True, _GRADES),
        Field("max_grade", "最高年级", "choice", True, _GRADES),
    )


@router.get("/city")
async def show_cockpit(request: Request, ctx: Staff) -> HTMLResponse:
    """A school: its lists and a new draft. The secretariat: where every school stands, no child."""
    return console_page(request, ctx, "city.html", await _cockpit(ctx, None))


async def _cockpit(ctx: Ctx, form: Form | None) -> dict[str, Any]:
    rows = await queries.overview(ctx)
    lists, _ = await queries.list_publicities(ctx, None, None, 50)
    context: dict[str, Any] = {
        "rows": rows,
        "lists": lists,
        "schools": await reading.organization_names(ctx, [one.organization_id for one in lists]),
        "words": STATE_WORDS,
        "labels": labels,
        "now": ctx.now,
        "may_edit": P.CITY_RECORD_EDIT in ctx.actor.permissions,
        "errors": {},
        "problem": "",
        "values": {"min_grade": "6", "max_grade": "9"},
    }
    if context["may_edit"]:
        context["fields"] = await _draft_fields(ctx)
        if form is not None:
            context["values"] = submitted(form, context["fields"])
    return context


@router.post("/city")
async def draft(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    context = await _cockpit(ctx, form)
    remember_form(request, ctx, "city.html", context)
    fields = context.get("fields", ())
    body = checked(request, PublicityIn, typed(form, fields), fields)
    row = await service.draft_publicity(ctx, body.model_dump())
    return send_to(request, f"{PATH}/{row.id}", "已建草稿，核对后开始公示。")


@router.get("/city/{publicity_id}")
async def show_list(
    request: Request, ctx: Staff, publicity_id: UUID, names: str = "", room: str = ""
) -> HTMLResponse:
    """Numbers for who oversees; for the school a class's lines, masked until it says why it looks."""
    row = await queries.read_publicity(ctx, publicity_id)
    edits = ctx.reach(P.CITY_RECORD_EDIT).covers(row.organization_id)
    purpose = purpose_of(request)
    if edits and names == "1" and not purpose:
        return ask_purpose(request, ctx)
    context = await _list(ctx, row, None, purpose if edits and names == "1" else "", room)
    return console_page(request, ctx, "city_list.html", context)


async def _list(
    ctx: Ctx, row: Publicity, form: Form | None = None, purpose: str = "", room: str = ""
) -> dict[str, Any]:
    schools = await reading.organization_names(ctx, [row.organization_id])
    edits = ctx.reach(P.CITY_RECORD_EDIT).covers(row.organization_id)
    is_over = row.closes_at is not None and ctx.now >= row.closes_at
    context: dict[str, Any] = {
        "row": row,
        "school": schools.get(row.organization_id, ""),
        "words": STATE_WORDS,
        "objection_words": OBJECTION_WORDS,
        "labels": labels,
        "may_edit": edits,
        "is_open": row.state == PublicityState.OPEN,
        "is_over": is_over,
        "listed": await queries.count_listed(ctx, row.id),
        "waiting": await queries.count_open(ctx, row.id),
        "exports": await queries.list_exports(ctx, row.id),
        "closes": _CLOSES,
        "reason": _REASON,
        "purpose": purpose,
        "values": submitted(form, [_CLOSES, _REASON]) if form else {},
        "errors": {},
        "problem": "",
        "lines": [],
        "objections": [],
    }
    if edits and row.rules is not None:
        body = queries.rules_of(row)
        lines = await queries.lines_of(ctx, row.id)
        rooms = list(dict.fromkeys(one.class_name for one in lines))
        shown = room if room in rooms else rooms[0]
        if purpose:
            _, lines = await queries.read_lines(ctx, row.id, purpose, shown)
        lines = [one for one in lines if one.class_name == shown]
        context |= {"rooms": rooms, "shown": shown, "columns": columns_of(body)}
        context["choices"] = _choices(body)
        context["lines"] = queries.lines_out(row, lines)
        context["objections"] = await queries.list_objections(ctx, row.id)
    return context


def _choices(body: RuleBody) -> list[tuple[str, str]]:
    return [
        (one.key, f"{one.words}（{'分钟' if one.measure == 'hours' else unit_of(one)}）")
        for one in columns_of(body)
    ]


async def _remembered(request: Request, ctx: Ctx, publicity_id: UUID) -> Form:
    """The form, with its page to come back to when what follows is refused."""
    form = await read_form(request)
    row = await queries.read_publicity(ctx, publicity_id)
    remember_form(request, ctx, "city_list.html", await _list(ctx, row, form))
    return form


@router.post("/city/{publicity_id}/open")
async def start(request: Request, ctx: Staff, publicity_id: UUID) -> Response:
    form = await _remembered(request, ctx, publicity_id)
    body = checked(request, OpenIn, typed(form, [_CLOSES]), [_CLOSES])
    await service.open_publicity(ctx, publicity_id, body.closes_on)
    said = "公示已开始，已通知家长。请打印名单，贴在校内公示栏。"
    return send_to(request, f"{PATH}/{publicity_id}", said)


@router.post("/city/{publicity_id}/withdraw")
async def withdraw(request: Request, ctx: Staff, publicity_id: UUID) -> Response:
    form = await _remembered(request, ctx, publicity_id)
    body = checked(request, WithdrawIn, typed(form, [_REASON]), [_REASON])
    await service.withdraw_publicity(ctx, publicity_id, body.reason)
    return send_to(request, f"{PATH}/{publicity_id}", "已撤回，这段时间可以重新公示。")


@router.get("/city/{publicity_id}/list.pdf")
async def wall(ctx: Staff, publicity_id: UUID) -> Response:
    title, pdf = await service.print_list(ctx, publicity_id)
    return download(pdf, f"公示{title}.pdf", PDF)


@router.post("/city/{publicity_id}/objections/{objection_id}")
async def decide(request: Request, ctx: Staff, publicity_id: UUID, objection_id: UUID) -> Response:
    """采纳 with the correction, or 不采纳; both with words for the family."""
    form = await _remembered(request, ctx, publicity_id)
    answer = Field("answer", "答复", required=True, longest=200)
    column = Field("column", "更正哪一项", "choice")
    amount = Field("amount", "加减多少", "number")
    given = {"accept": form.one("verdict") == "accept", "answer": form.one("answer")}
    if given["accept"] and form.one("column"):
        given["correction"] = {"column": form.one("column"), "amount": form.one("amount")}
    body = checked(request, DecisionIn, given, [answer, column, amount])
    await service.decide_objection(ctx, objection_id, body.accept, body.answer, body.correction)
    return send_to(request, f"{PATH}/{publicity_id}", "已答复，家长会收到通知。")


@router.post("/city/{publicity_id}/export")
async def export(request: Request, ctx: Staff, publicity_id: UUID) -> Response:
    """The whole list, or with `supplement` what was corrected since."""
    form = await _remembered(request, ctx, publicity_id)
    more = form.one("supplement") == "1"
    await service.export_list(ctx, publicity_id, more)
    said = "补充表已生成。" if more else "已导出并定稿。以后的更正只会另出补充表。"
    return send_to(request, f"{PATH}/{publicity_id}", said)


@router.get("/city-exports/{export_id}.xlsx")
async def take(ctx: Staff, export_id: UUID) -> Response:
    name, book = await service.take_export(ctx, export_id)
    return download(book, name, XLSX)


def _correction_fields(body: RuleBody) -> tuple[Field, ...]:
    return (
        Field("column", "哪一项", "choice", True, _choices(body)),
        Field("amount", "加减多少", "number", True, hint="学时写分钟，减写负数，例如 -45"),
        Field("day", "活动日期", "day", required=True),
        Field("reason", "原因", required=True, longest=200, hint="会写进记录，家长看得到"),
    )


@router.get("/pupils/{pupil_id}/city-record")
async def show_record(request: Request, ctx: Staff, pupil_id: UUID) -> HTMLResponse:
    """A child's ledger as the school sees it; the look is logged."""
    return console_page(request, ctx, "city_record.html", await _record(ctx, pupil_id))


async def _record(ctx: Ctx, pupil_id: UUID, form: Form | None = None) -> dict[str, Any]:
    record = await queries.pupil_record(ctx, pupil_id)
    fields = _correction_fields(await queries.city_rules(ctx))
    return {
        "record": record,
        "words": STATE_WORDS,
        "objection_words": OBJECTION_WORDS,
        "may_edit": P.CITY_RECORD_EDIT in ctx.actor.permissions,
        "fields": fields,
        "values": submitted(form, fields) if form else {},
        "errors": {},
        "problem": "",
    }


@router.post("/pupils/{pupil_id}/city-record")
async def correct(request: Request, ctx: Staff, pupil_id: UUID) -> Response:
    form = await read_form(request)
    context = await _record(ctx, pupil_id, form)
    remember_form(request, ctx, "city_record.html", context)
    given = {**typed(form, context["fields"]), "pupil_id": pupil_id}
    body = checked(request, CorrectionIn, given, context["fields"])
    await service.correct_record(ctx, pupil_id, body, body.day, body.reason)
    return send_to(request, f"/console/pupils/{pupil_id}/city-record", "已登记更正。")


@router.post("/pupils/{pupil_id}/city-record/objections")
async def object_for(request: Request, ctx: Staff, pupil_id: UUID) -> Response:
    """The school itself objects, for a family that came in person or because it found a mistake."""
    form = await read_form(request)
    remember_form(request, ctx, "city_record.html", await _record(ctx, pupil_id, form))
    given = {
        "publicity_id": form.one("publicity_id"),
        "pupil_id": pupil_id,
        "reason": form.one("reason"),
    }
    body = checked(request, ObjectionIn, given, [_REASON])
    await service.raise_objection(ctx, body.publicity_id, pupil_id, body.reason)
    return send_to(request, f"{PATH}/{body.publicity_id}", "已登记异议，请在下面答复。")
