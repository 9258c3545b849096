"""A consent text's own page: its versions, how many agreed, and publishing a new one after a preview."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.people.kinds import Purpose
from app.people.permissions import P
from app.people.schemas import ConsentTextIn
from app.people.service.consent import publish_text, text_hash
from app.web import labels
from app.web.console import reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
FIELDS = (
    Field("title", "标题", required=True, longest=60),
    Field(
        "body",
        "正文",
        "long",
        required=True,
        longest=4000,
        hint="写清楚：收集什么、做什么用、保存多久、不同意会怎样",
    ),
)


@router.get("/consents/{purpose}")
async def show_text(request: Request, ctx: Staff, purpose: Purpose) -> HTMLResponse:
    """The words that count now, the older ones, and the form for new ones."""
    return console_page(request, ctx, "consent.html", await _context(ctx, purpose))


async def _context(
    ctx: Ctx, purpose: Purpose, values: dict[str, str] | None = None
) -> dict[str, Any]:
    versions = await reading.consent_texts(ctx, purpose)
    newest = versions[0] if versions else None
    return {
        "purpose": purpose.value,
        "word": labels.CONSENT_PURPOSES[purpose],
        "newest": newest,
        "older": versions[1:],
        "fields": FIELDS,
        "values": values or ({"title": newest.title, "body": newest.body} if newest else {}),
        "errors": {},
        "problem": "",
        "typed": values is not None,
    }


@router.post("/consents/{purpose}/preview")
async def preview(request: Request, ctx: Staff, purpose: Purpose) -> HTMLResponse:
    """As families will see it; nothing is published yet."""
    body, context = await _checked(request, ctx, purpose)
    newest = context["newest"]
    same = newest is not None and text_hash(newest.title, newest.body) == text_hash(
        body.title, body.body
    )
    shown = {**context, "text": body, "same": same}
    return console_page(request, ctx, "consent_preview.html", shown)


@router.post("/consents/{purpose}")
async def publish(request: Request, ctx: Staff, purpose: Purpose) -> Response:
    """A new version; the same words again are the same version."""
    body, _ = await _checked(request, ctx, purpose)
    row = await publish_text(ctx, purpose, body.title, body.body)
    said = f"第 {row.number} 版已发布，家长现在可以在手机上阅读和同意。"
    return send_to(request, f"/console/consents/{purpose.value}", said)


async def _checked(
    request: Request, ctx: Ctx, purpose: Purpose
) -> tuple[ConsentTextIn, dict[str, Any]]:
    ctx.require(P.CONSENT_EDIT)
    form = await read_form(request)
    context = await _context(ctx, purpose, submitted(form, FIELDS))
    remember_form(request, ctx, "consent.html", context)
    values = {"purpose": purpose, **_one_kind_of_lines(form)}
    return checked(request, ConsentTextIn, values, FIELDS), context


def _one_kind_of_lines(form: Form) -> dict[str, str]:
    """A browser sends CRLF; the words that are hashed have one kind of line end."""
    return {name: value.replace("\r\n", "\n") for name, value in typed(form, FIELDS).items()}
