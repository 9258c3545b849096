"""The console's forms for groups, head-counts and contacts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.orgs import service as orgs
from app.orgs.access import access_organization
from app.orgs.kinds import OrgKind
from app.orgs.permissions import P as OrgP
from app.orgs.queries import (
    list_headcounts,
    list_organizations,
    read_group,
    read_organization,
)
from app.orgs.schemas import GroupChange, GroupIn, HeadcountIn
from app.people.permissions import P
from app.people.queries import contact_history, pupil_briefs, staff_of
from app.people.schemas import ContactIn
from app.people.service.contacts import appoint_contact, end_contact
from app.web import labels, reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.screens_orgs import current_year
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_ORDER = (
    OrgKind.SCHOOL,
    OrgKind.KINDERGARTEN,
    OrgKind.COMMUNITY,
    OrgKind.RESOURCE_UNIT,
    OrgKind.OFFICE,
)
_GROUPS = ("组别", "/console/groups")


async def _group_fields(ctx: Ctx) -> Sequence[Field]:
    members, _ = await list_organizations(ctx, None, None, None, 500)
    members.sort(key=lambda row: (_ORDER.index(row.kind), row.id))
    options = [(str(row.id), row.name) for row in members]
    return (
        Field("name", "组名", required=True, hint="例如 中学组、小学组、企业组、综合组"),
        Field("lead_id", "组长单位", "choice", options=options, hint="组长单位要同时勾选为成员"),
        Field("member_ids", "成员单位", "many", options=options),
    )


@router.get("/groups/new")
async def new_group(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(OrgP.GROUP_EDIT)
    context = sheet("新增组别", [_GROUPS], "/console/groups", await _group_fields(ctx), {})
    return console_page(request, ctx, "sheet.html", context)


@router.post("/groups")
async def create_group(request: Request, ctx: Staff) -> Response:
    ctx.require(OrgP.GROUP_EDIT)
    form, fields = await read_form(request), await _group_fields(ctx)
    context = sheet("新增组别", [_GROUPS], "/console/groups", fields, submitted(form, fields))
    remember_form(request, ctx, "sheet.html", context)
    body = checked(request, GroupIn, typed(form, fields), fields)
    row = await orgs.create_group(ctx, body.model_dump())
    return send_to(request, "/console/groups", f"已新增{row.name}。")


@router.get("/groups/{group_id}")
async def edit_group(request: Request, ctx: Staff, group_id: UUID) -> HTMLResponse:
    """The group with its members; the form only for whoever may change it."""
    group = await read_group(ctx, group_id)
    if OrgP.GROUP_EDIT not in ctx.actor.permissions:
        names = await reading.organization_names(ctx, group.member_ids)
        context = {"group": group, "names": names}
        return console_page(request, ctx, "group.html", context)
    values = {
        "name": group.name,
        "lead_id": str(group.lead_id or ""),
        "member_ids": [str(one) for one in group.member_ids],
    }
    context = _group_sheet(group_id, await _group_fields(ctx), values, group.version)
    return console_page(request, ctx, "sheet.html", context)


def _group_sheet(
    group_id: UUID, fields: Sequence[Field], values: dict[str, Any], version: int | None
) -> dict[str, Any]:
    action = f"/console/groups/{group_id}"
    return sheet("修改组别", [_GROUPS], action, fields, values, version=version)


@router.post("/groups/{group_id}")
async def change_group(request: Request, ctx: Staff, group_id: UUID) -> Response:
    ctx.require(OrgP.GROUP_EDIT)
    form, fields = await read_form(request), await _group_fields(ctx)
    context = _group_sheet(group_id, fields, submitted(form, fields), form.version())
    remember_form(request, ctx, "sheet.html", context)
    body = checked(request, GroupChange, typed(form, fields), fields)
    await orgs.change_group(ctx, group_id, body.changes(), form.version())
    return send_to(request, "/console/groups", "已保存。")


_NUMBERS = (
    Field("pupils", "学生（幼儿）人数", "number", required=True),
    Field("teachers", "教师人数", "number", required=True),
    Field("local_pupils", "其中沪籍人数", "number", hint="不清楚可以不填"),
)


def _year_of(ctx: Ctx, given: str | None) -> int:
    if not given:
        return current_year(ctx)
    if not (given.isascii() and given.isdigit() and len(given) == 4 and "2000" <= given <= "2100"):
        raise NotFound
    return int(given)


@router.get("/headcounts/{organization_id}")
async def edit_headcount(request: Request, ctx: Staff, organization_id: UUID) -> HTMLResponse:
    row = await access_organization(ctx, organization_id, OrgP.HEADCOUNT_EDIT)
    year = _year_of(ctx, request.query_params.get("school_year"))
    known = [one for one in await list_headcounts(ctx, year) if one.organization_id == row.id]
    values = known[0].model_dump() if known else {}
    shown = {name: "" if value is None else value for name, value in values.items()}
    return console_page(request, ctx, "sheet.html", _numbers(row, year, shown))


def _numbers(row: Any, year: int, values: dict[str, Any]) -> dict[str, Any]:
    return sheet(
        f"{row.name} {year} 学年人数",
        [("人数统计", f"/console/headcounts?school_year={year}")],
        f"/console/headcounts/{row.id}?school_year={year}",
        _NUMBERS,
        values,
        intro="按学年开始时的在册人数填写。可以随时更正，旧数字留在审计日志里。",
    )


@router.post("/headcounts/{organization_id}")
async def report_headcount(request: Request, ctx: Staff, organization_id: UUID) -> Response:
    row = await access_organization(ctx, organization_id, OrgP.HEADCOUNT_EDIT)
    year = _year_of(ctx, request.query_params.get("school_year"))
    form = await read_form(request)
    context = _numbers(row, year, submitted(form, _NUMBERS))
    remember_form(request, ctx, "sheet.html", context)
    given = {"organization_id": row.id, "school_year": year, **typed(form, _NUMBERS)}
    body = checked(request, HeadcountIn, given, _NUMBERS)
    await orgs.report_headcount(ctx, body.model_dump())
    return send_to(request, f"/console/headcounts?school_year={year}", f"已保存{row.name}的人数。")


@router.get("/contacts/{organization_id}")
async def show_contact(request: Request, ctx: Staff, organization_id: UUID) -> HTMLResponse:
    """Who is contact now and was before; the form hands over."""
    return console_page(request, ctx, "contact.html", await _contact(ctx, organization_id))


async def _contact(ctx: Ctx, organization_id: UUID, form: Form | None = None) -> dict[str, Any]:
    row = await read_organization(ctx, organization_id)
    history = await contact_history(ctx, organization_id)
    people = await pupil_briefs(
        ctx, {one for entry in history for one in (entry.person_id, entry.deputy_id) if one}
    )
    current = next((entry for entry in history if entry.ends_on is None), None)
    may_edit = ctx.reach(P.CONTACT_EDIT).covers(organization_id)
    fields = await _contact_fields(ctx, organization_id) if may_edit else ()
    values: dict[str, Any] = {}
    if form is not None:
        values = submitted(form, fields)
    elif current is not None:
        values = {
            "person_id": current.person_id,
            "deputy_id": current.deputy_id or "",
            "position": current.position,
        }
    return {
        "row": row,
        "current": current,
        "history": history,
        "people": people,
        "may_edit": may_edit,
        "fields": fields,
        "values": values,
        "errors": {},
        "problem": "",
    }


async def _contact_fields(ctx: Ctx, organization_id: UUID) -> Sequence[Field]:
    staff = await staff_of(ctx, organization_id)
    options = [
        (str(one.id), f"{one.name}（{'、'.join(labels.ROLE_TITLES[role] for role in one.roles)}）")
        for one in staff
    ]
    hint = "只列出本单位已有角色的老师；没有的请先在“角色授权”里授予角色"
    return (
        Field("person_id", "联系人", "choice", True, options, hint),
        Field("position", "职务", required=True, hint="例如 副校长"),
        Field("deputy_id", "副联系人", "choice", options=options, hint="联系人不在时由他接手"),
    )


@router.post("/contacts/{organization_id}")
async def hand_over(request: Request, ctx: Staff, organization_id: UUID) -> Response:
    await access_organization(ctx, organization_id, P.CONTACT_EDIT)
    form = await read_form(request)
    context = await _contact(ctx, organization_id, form)
    remember_form(request, ctx, "contact.html", context)
    fields = context["fields"]
    given = {"organization_id": organization_id, **typed(form, fields)}
    body = checked(request, ContactIn, given, fields)
    await appoint_contact(ctx, body.organization_id, body.person_id, body.deputy_id, body.position)
    return send_to(request, f"/console/contacts/{organization_id}", "已保存联系人。")


@router.post("/contacts/{contact_id}/end")
async def leave_gap(request: Request, ctx: Staff, contact_id: UUID) -> Response:
    row = await end_contact(ctx, contact_id)
    where = f"/console/contacts/{row.organization_id}"
    return send_to(request, where, "已结束。请尽快确定新的联系人。")
