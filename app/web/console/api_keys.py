"""Making a key for somebody else's program; the key is shown once."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.people.permissions import P
from app.people.schemas import ApiKeyIn
from app.people.service.api_keys import create_api_key, rights_to_give
from app.web import labels, reading
from app.web.console.forms import Field, checked, read_form
from app.web.console.staff import Staff, console_page, remember_form

router = APIRouter(include_in_schema=False)
USUAL_DAYS = 180


async def _fields(ctx: Ctx) -> list[Field]:
    places = await reading.own_organizations(ctx, P.API_KEY_EDIT)
    return [
        Field("name", "名称", required=True, hint="写明哪个系统在用，例如“区平台对接”"),
        Field("organization_id", "单位", "choice", options=places, hint="不选则与您的范围相同"),
        Field("expires_on", "最后有效的一天", "day", required=True, hint="最长一年，到期自动失效"),
    ]


async def _form(ctx: Ctx, values: dict[str, str], ticked: list[str]) -> dict[str, Any]:
    return {
        "fields": await _fields(ctx),
        "values": values,
        "rights": [(right, labels.say_right(right)) for right in rights_to_give(ctx)],
        "ticked": ticked,
        "errors": {},
        "problem": "",
    }


@router.get("/api-keys/new")
async def new_key(request: Request, ctx: Staff) -> HTMLResponse:
    """Asked for a proof before anything is typed."""
    ctx.require(P.API_KEY_EDIT)
    ctx.require_proof()
    usual = {"expires_on": (ctx.today + timedelta(days=USUAL_DAYS)).isoformat()}
    return console_page(request, ctx, "api_key.html", await _form(ctx, usual, []))


@router.post("/api-keys")
async def make_key(request: Request, ctx: Staff) -> Response:
    ctx.require(P.API_KEY_EDIT)
    form = await read_form(request)
    ticked = form.many("permissions")
    values = {name: form.one(name) for name in ("name", "organization_id", "expires_on")}
    context = await _form(ctx, values, ticked)
    remember_form(request, ctx, "api_key.html", context)
    fields = [*context["fields"], Field("permissions", "可以做什么")]
    given = {**values, "organization_id": values["organization_id"] or None, "permissions": ticked}
    body = checked(request, ApiKeyIn, given, fields)
    row, key = await create_api_key(
        ctx, body.name, body.permissions, body.organization_id, body.expires_on
    )
    return console_page(request, ctx, "api_key_made.html", {"row": row, "key": key})
