"""A resource unit's own page (state, papers), and freezing and printing the yearly catalogue."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.attendance.queries import deserted_sessions
from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.context import Ctx
from app.kit.http import PDF, download
from app.orgs.access import access_organization
from app.orgs.kinds import OrgKind, OrgState
from app.orgs.permissions import P as OrgP
from app.resources import rules
from app.resources.kinds import PAPER_NAMES, PaperKind
from app.resources.permissions import P
from app.resources.queries import list_papers, read_paper
from app.resources.schemas import EditionIn, PaperChange, PaperIn
from app.resources.service import catalogue, units
from app.web import labels
from app.web.console.bulk import ReasonMissing
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.screens_orgs import current_year
from app.web.console.screens_units import STATE_TONES, papers_badge
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_DETAILS = (
    Field("number", "编号或姓名电话", hint="协议号、保单号；安全责任人填姓名和电话"),
    Field("valid_until", "有效期至", "day", hint="合作协议和保险必须填写"),
    Field("note", "备注", longest=200),
)
_PAPER = (Field("kind", "类别", "choice", True, list(labels.PAPER_KINDS.items())), *_DETAILS)
_EDITIONS = ("课程汇编", "/console/editions")


@router.get("/units/{organization_id}")
async def show_unit(request: Request, ctx: Staff, organization_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "unit.html", await _context(ctx, organization_id))


async def _context(ctx: Ctx, organization_id: UUID, form: Form | None = None) -> dict[str, Any]:
    row = await access_organization(ctx, organization_id, P.PAPER_EDIT)
    papers, _ = await list_papers(ctx, organization_id, None, 200)
    days = rules.last_days(papers)
    return {
        "row": row,
        "tone": STATE_TONES[row.state],
        "labels": labels,
        "standing": papers_badge(days, ctx.today),
        "expired": [PAPER_NAMES[kind] for kind in rules.expired(days, ctx.today)],
        "papers": [
            (paper, *_standing(ctx, paper.valid_until, days.get(PaperKind(paper.kind))))
            for paper in papers
        ],
        "deserted": await deserted_sessions(ctx, organization_id),
        "is_unit": row.kind == OrgKind.RESOURCE_UNIT,
        "may_review": ctx.reach(OrgP.UNIT_REVIEW).district,
        "may_suspend": row.state == OrgState.ACTIVE,
        "may_end": row.state in (OrgState.ACTIVE, OrgState.SUSPENDED),
        "fields": _PAPER,
        "values": submitted(form, _PAPER) if form is not None else {},
        "errors": {},
        "problem": "",
    }


def _standing(ctx: Ctx, valid_until: Any, newest: Any) -> tuple[str, str]:
    """(word, tone) of one paper."""
    if valid_until is None:
        return "长期", "plain"
    if newest is not None and valid_until < newest:
        return "已续新", "plain"
    left = (valid_until - ctx.today).days
    if left < 0:
        return "已过期", "bad"
    if left == 0:
        return "今天到期", "bad"
    return (f"还有 {left} 天", "warn") if left <= max(rules.ALARM_DAYS) else ("有效", "good")


@router.post("/units/{organization_id}/papers")
async def add_paper(request: Request, ctx: Staff, organization_id: UUID) -> Response:
    form = await read_form(request)
    remember_form(request, ctx, "unit.html", await _context(ctx, organization_id, form))
    given = {name: value for name, value in typed(form, _PAPER).items() if value is not None}
    values = {**given, "organization_id": organization_id}
    body = checked(request, PaperIn, values, _PAPER)
    await units.add_paper(ctx, body.model_dump())
    return send_to(request, f"/console/units/{organization_id}", "已登记。")


@router.get("/papers/{paper_id}/edit")
async def edit_paper(request: Request, ctx: Staff, paper_id: UUID) -> HTMLResponse:
    row = await read_paper(ctx, paper_id)
    values = {field.name: getattr(row, field.name) or "" for field in _DETAILS}
    return console_page(request, ctx, "sheet.html", _paper_sheet(row, values))


def _paper_sheet(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    path = [("资源单位", "/console/units"), ("证照", f"/console/units/{row.organization_id}")]
    word = PAPER_NAMES[PaperKind(row.kind)]
    action = f"/console/papers/{row.id}"
    return sheet(f"更正{word}", path, action, _DETAILS, values, version=row.version)


@router.post("/papers/{paper_id}")
async def change_paper(request: Request, ctx: Staff, paper_id: UUID) -> Response:
    form = await read_form(request)
    row = await read_paper(ctx, paper_id)
    remember_form(request, ctx, "sheet.html", _paper_sheet(row, submitted(form, _DETAILS)))
    body = checked(request, PaperChange, typed(form, _DETAILS), _DETAILS)
    await units.change_paper(ctx, paper_id, body.changes(), form.version())
    return send_to(request, f"/console/units/{row.organization_id}", "已保存。")


@router.post("/papers/{paper_id}/file", max_body_size=LARGEST_UPLOAD)
async def attach_scan(request: Request, file: Document, ctx: Staff, paper_id: UUID) -> Response:
    row = await units.attach_scan(ctx, paper_id, file)
    return send_to(request, f"/console/units/{row.organization_id}", "扫描件已保存。")


@router.get("/papers/{paper_id}/file")
async def read_scan(ctx: Staff, paper_id: UUID) -> Response:
    found = await units.read_scan(ctx, paper_id)
    return download(found.content, found.name, found.media)


@router.post("/units/{organization_id}/activate")
async def activate(request: Request, ctx: Staff, organization_id: UUID) -> Response:
    remember_form(request, ctx, "unit.html", await _context(ctx, organization_id))
    row = await units.activate_unit(ctx, organization_id)
    return send_to(
        request, f"/console/units/{organization_id}", f"已启用，有效期至 {row.valid_until}。"
    )


@router.post("/units/{organization_id}/suspend")
async def suspend(request: Request, ctx: Staff, organization_id: UUID) -> Response:
    reason = await _reason(request, ctx, organization_id, "暂停原因")
    await units.suspend_unit(ctx, organization_id, reason)
    said = "已暂停：不能再发布新场次；已有的预约保留，需要时请逐场取消。"
    return send_to(request, f"/console/units/{organization_id}", said)


@router.post("/units/{organization_id}/end")
async def end(request: Request, ctx: Staff, organization_id: UUID) -> Response:
    reason = await _reason(request, ctx, organization_id, "到期原因")
    await units.end_unit(ctx, organization_id, reason)
    return send_to(request, f"/console/units/{organization_id}", "已登记为到期。")


async def _reason(request: Request, ctx: Ctx, organization_id: UUID, asks: str) -> str:
    form = await read_form(request)
    remember_form(request, ctx, "unit.html", await _context(ctx, organization_id))
    if not form.one("reason"):
        raise ReasonMissing(asks=asks)
    return form.one("reason")[:200]


_YEAR = (Field("year", "学年", "number", True, hint="起始年，2026 即 2026 学年"),)


@router.get("/editions/new")
async def new_edition(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.EDITION_FREEZE)
    context = _edition_sheet({"year": str(current_year(ctx))})
    return console_page(request, ctx, "sheet.html", context)


def _edition_sheet(values: dict[str, Any]) -> dict[str, Any]:
    intro = "把现在所有有效单位的课程抄成一册，一学年一册，定稿后不能修改。请先核对课程信息。"
    return sheet(
        "定稿课程汇编", [_EDITIONS], "/console/editions", _YEAR, values, intro=intro, button="定稿"
    )


@router.post("/editions")
async def freeze(request: Request, ctx: Staff) -> Response:
    ctx.require(P.EDITION_FREEZE)
    form = await read_form(request)
    remember_form(request, ctx, "sheet.html", _edition_sheet(submitted(form, _YEAR)))
    body = checked(request, EditionIn, typed(form, _YEAR), _YEAR)
    edition = await catalogue.freeze_edition(ctx, body.year)
    return send_to(
        request, _EDITIONS[1], f"{edition.title}已定稿，共 {len(edition.entries)} 门课程。"
    )


@router.get("/editions/{edition_id}/pdf")
async def print_edition(ctx: Staff, edition_id: UUID) -> Response:
    edition, pdf = await catalogue.print_edition(ctx, edition_id)
    return download(pdf, f"{edition.title}.pdf", PDF)
