"""The public page on which somebody offers to become a resource unit; no account is needed."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from app.kit.db import system_context, transaction
from app.kit.errors import DomainError
from app.orgs.queries import district_of_code
from app.resources.schemas import ApplicationIn
from app.resources.service.units import apply_as_unit
from app.web import labels
from app.web.console.forms import Field, FormInvalid, checked, read_form, typed
from app.web.reading import district_choices
from app.web.rendering import form_token, templates

router = APIRouter(include_in_schema=False)
_FIELDS = (
    Field("name", "单位名称", required=True),
    Field("kind", "单位类别", "choice", True, list(labels.APPLICANT_KINDS.items())),
    Field("address", "地址", longest=200),
    Field("contact_name", "联系人", required=True),
    Field("contact_phone", "联系电话", required=True, longest=40),
    Field(
        "offer",
        "能为孩子们提供什么",
        "long",
        required=True,
        hint="例如：场地、课程、适合的年级、一次能接待多少人。至少 10 个字。",
        longest=1000,
    ),
)


@router.get("/apply")
async def show_form(request: Request) -> HTMLResponse:
    return await _page(request, {}, {}, "")


@router.get("/apply/sent")
async def show_sent(request: Request) -> HTMLResponse:
    """What happens next; nothing about what was written."""
    return templates.TemplateResponse(request, "applied.html", {})


@router.post("/apply")
async def send_form(request: Request) -> Response:
    """Keep the application; a refusal comes back on the form, filled as it was."""
    form = await read_form(request)
    code = form.one("district")[:20]
    values = {field.name: form.one(field.name) for field in _FIELDS}
    try:
        body = checked(request, ApplicationIn, typed(form, _FIELDS), _FIELDS)
        app = request.app.state
        district_id = await district_of_code(app.engine, code)
        async with system_context(app.engine, app.wiring, district_id, "public") as ctx:
            await apply_as_unit(ctx, body.model_dump())
    except FormInvalid as refusal:
        return await _page(request, {**values, "district": code}, _errors(request), refusal.text())
    except DomainError as refusal:
        return await _page(request, {**values, "district": code}, {}, refusal.text())
    return RedirectResponse("/apply/sent", 303)


def _errors(request: Request) -> dict[str, str]:
    found: dict[str, str] = request.state.form_errors
    return found


async def _page(
    request: Request, values: dict[str, str], errors: dict[str, str], problem: str
) -> HTMLResponse:
    async with transaction(request.app.state.engine) as conn:
        districts = await district_choices(conn)
    context: dict[str, Any] = {
        "fields": _FIELDS,
        "districts": districts,
        "values": values,
        "errors": errors,
        "problem": problem,
        "form_token": form_token(request),
    }
    status = 422 if problem else 200
    return templates.TemplateResponse(request, "apply.html", context, status)
