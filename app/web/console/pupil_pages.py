"""A pupil's own page: classes, guardians, their phones, consents; opened for a stated purpose only."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.bounds import Name
from app.kit.context import Ctx
from app.people.kinds import Purpose
from app.people.permissions import P
from app.people.queries import list_consents
from app.people.schemas import GuardianshipIn
from app.people.service.binding import detach_family_phone
from app.people.service.people import add_guardian, end_guardianship
from app.web import labels
from app.web.console import reading
from app.web.console.bulk import ReasonMissing
from app.web.console.editing import submitted
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.lists import ask_purpose
from app.web.console.rows import purpose_of
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
UNSTATED = "处理家长申请"


@router.get("/pupils/{pupil_id}")
async def show_pupil(request: Request, ctx: Staff, pupil_id: UUID) -> HTMLResponse:
    """Everything the school keeps about one child; the read is logged with its purpose."""
    ctx.require(P.PERSON_READ)
    purpose = purpose_of(request)
    if not purpose:
        return ask_purpose(request, ctx)
    return console_page(request, ctx, "pupil.html", await _context(ctx, pupil_id, purpose))


async def _context(ctx: Ctx, pupil_id: UUID, purpose: str) -> dict[str, Any]:
    pupil = await reading.read_pupil(ctx, pupil_id, purpose)
    guardians = await reading.pupil_guardians(ctx, pupil_id)
    phones = await reading.phones_of(ctx, [pupil_id, *(row.guardian_id for row in guardians)])
    context: dict[str, Any] = {
        "pupil": pupil,
        "place": pupil.places[0],
        "guardians": guardians,
        "phones": {
            person: "、".join(labels.PHONE_KINDS[kind] for kind in kinds)
            for person, kinds in phones.items()
        },
        "labels": labels,
        "purpose": purpose,
        "problem": "",
        "may_edit": await reading.reaches_pupil(ctx, P.PERSON_EDIT, pupil_id),
        "may_tie": await reading.reaches_pupil(ctx, P.GUARDIANSHIP_EDIT, pupil_id),
        "may_see_passport": "passport:read" in ctx.actor.permissions,
    }
    if await reading.reaches_pupil(ctx, P.CONSENT_READ, pupil_id):
        context["consents"] = await _consents(ctx, pupil_id)
    return context


async def _consents(ctx: Ctx, pupil_id: UUID) -> list[tuple[str, Any, Any]]:
    """(purpose, newest consent, its text) for each purpose; None when nobody ever answered."""
    newest: dict[str, tuple[Any, Any]] = {}
    for consent, text in await list_consents(ctx, pupil_id):
        newest.setdefault(text.purpose, (consent, text))
    return [
        (labels.CONSENT_PURPOSES[purpose], *newest.get(purpose, (None, None)))
        for purpose in Purpose
    ]


@router.post("/pupils/{pupil_id}/guardians/{guardianship_id}/end")
async def end_guardian(
    request: Request, ctx: Staff, pupil_id: UUID, guardianship_id: UUID
) -> Response:
    reason = await _reason(request, ctx, pupil_id, "解除原因")
    await end_guardianship(ctx, guardianship_id, reason)
    return send_to(request, f"/console/pupils/{pupil_id}", "已解除，对方不再看得到这个孩子。")


@router.post("/pupils/{pupil_id}/phones/{person_id}/detach")
async def detach_phone(request: Request, ctx: Staff, pupil_id: UUID, person_id: UUID) -> Response:
    reason = await _reason(request, ctx, pupil_id, "解绑原因")
    await detach_family_phone(ctx, pupil_id, person_id, reason)
    return send_to(request, f"/console/pupils/{pupil_id}", "已解绑微信，那部手机要重新绑定。")


async def _reason(request: Request, ctx: Ctx, pupil_id: UUID, asks: str) -> str:
    """The reason the form asks for; without one the page comes back and says so."""
    ctx.require(P.GUARDIANSHIP_EDIT)
    purpose = purpose_of(request) or UNSTATED
    remember_form(request, ctx, "pupil.html", await _context(ctx, pupil_id, purpose))
    reason = (await read_form(request)).one("reason")[:60]
    if not reason or not reason.isprintable():
        raise ReasonMissing(asks=asks)
    return reason


@router.get("/pupils/{pupil_id}/guardians/new")
async def new_guardian(
    request: Request, ctx: Staff, pupil_id: UUID, name: Name | None = None
) -> HTMLResponse:
    """First look for somebody already registered, then say what they are to the child."""
    context = await _guardian_form(request, ctx, pupil_id, name or "")
    return console_page(request, ctx, "guardian.html", context)


async def _guardian_form(request: Request, ctx: Ctx, pupil_id: UUID, name: str) -> dict[str, Any]:
    ctx.require(P.GUARDIANSHIP_EDIT)
    purpose = purpose_of(request) or UNSTATED
    pupil = await reading.read_pupil(ctx, pupil_id, purpose)
    found = await reading.possible_guardians(ctx, pupil_id, name) if name else []
    relations = list(labels.RELATIONS.items())
    return {
        "pupil": pupil,
        "looked_for": name,
        "fields": (
            Field("guardian_id", "人员", "choice", True, found),
            Field("relation", "与孩子的关系", "choice", True, relations),
        ),
        "values": {},
        "errors": {},
        "problem": "",
    }


@router.post("/pupils/{pupil_id}/guardians")
async def tie_guardian(request: Request, ctx: Staff, pupil_id: UUID) -> Response:
    form = await read_form(request)
    context = await _guardian_form(request, ctx, pupil_id, form.one("name")[:60])
    fields = context["fields"]
    context["values"] = submitted(form, fields)
    remember_form(request, ctx, "guardian.html", context)
    given = {key: value for key, value in typed(form, fields).items() if value is not None}
    body = checked(request, GuardianshipIn, {**given, "pupil_id": pupil_id}, fields)
    await add_guardian(ctx, body.guardian_id, pupil_id, body.relation)
    return send_to(request, f"/console/pupils/{pupil_id}", "已添加监护人。")
