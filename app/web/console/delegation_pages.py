"""Handing a role on in the console: inside the own organization, dated."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.permissions import P
from app.people.queries import staff_of
from app.people.roles import ROLES, Role
from app.people.schemas import DelegationIn
from app.people.service.delegation import delegable_at, delegate_role
from app.web import reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_PATH = "/console/roles/delegate"


@router.get("/roles/delegate")
async def new_delegation(
    request: Request, ctx: Staff, organization_id: UUID | None = None
) -> HTMLResponse:
    ctx.require(P.ROLE_DELEGATE)
    place = await _place(ctx, str(organization_id or ""))
    context = _sheet(place, await _fields(ctx, UUID(place[0])), {})
    return console_page(request, ctx, "sheet.html", context)


async def _place(ctx: Ctx, wanted: str) -> tuple[str, str]:
    """The organization of the form: the one asked for, else the first of the own ones."""
    own = await reading.own_organizations(ctx, P.ROLE_DELEGATE)
    found = [place for place in own if wanted in ("", place[0])]
    if not found:
        raise NotFound
    return found[0]


def _sheet(place: tuple[str, str], fields: list[Field], values: dict[str, Any]) -> dict[str, Any]:
    return sheet(
        f"授予角色：{place[1]}",
        [("角色授权", "/console/roles")],
        _PATH,
        fields,
        values,
        intro="只能在本单位授予，最长一年。您不再担任以后，已授出的角色到它自己的结束日期为止。",
        button="授予",
        hidden=[("organization_id", place[0])],
    )


async def _fields(ctx: Ctx, organization_id: UUID) -> list[Field]:
    allowed = await delegable_at(ctx, organization_id)
    roles = [(str(role), row.title) for role, row in ROLES.items() if role in allowed]
    staff = [(str(one.id), one.name) for one in await staff_of(ctx, organization_id)]
    fields = [
        Field("role", "角色", "choice", True, roles),
        Field("person_id", "老师", "choice", options=staff, hint="本单位已有角色的老师"),
        Field("name", "或者新老师的姓名", hint="名单里没有的，填姓名登记"),
    ]
    if Role.CLASS_TEACHER in allowed:
        classes = await reading.classes_of(ctx, organization_id)
        hint = "只有班主任要选班级，其他角色不选"
        fields.append(Field("class_id", "班级", "choice", options=classes, hint=hint))
    return [
        *fields,
        Field("starts_on", "开始", "day", hint="不填则从今天开始"),
        Field("ends_on", "结束", "day", required=True, hint="最长一年"),
    ]


@router.post("/roles/delegate")
async def create_delegation(request: Request, ctx: Staff) -> Response:
    ctx.require(P.ROLE_DELEGATE)
    form = await read_form(request)
    place = await _place(ctx, form.one("organization_id"))
    fields = await _fields(ctx, UUID(place[0]))
    remember_form(request, ctx, "sheet.html", _sheet(place, fields, submitted(form, fields)))
    given = {name: value for name, value in typed(form, fields).items() if value}
    body = checked(request, DelegationIn, {"organization_id": place[0], **given}, fields)
    await delegate_role(ctx, body.model_dump())
    return send_to(request, "/console/roles", "已授予角色，对方下次打开页面即生效。")
