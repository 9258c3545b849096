"""What a family agrees to for a child: one purpose at a time, one tap to agree, one to take it back."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.kinds import Purpose
from app.people.queries import current_texts, list_consents
from app.people.service.consent import give_consent, withdraw_consent
from app.web import labels
from app.web.console.forms import read_form
from app.web.m.family import Family, children, family_page, framed, is_own
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)


@router.get("/children/{pupil_id}/consents")
async def show_consents(request: Request, ctx: Family, pupil_id: UUID) -> HTMLResponse:
    """Every purpose with its words, and who agreed when; a child's own phone only reads."""
    pupils, chosen = await children(request, ctx)
    context = await _context(ctx, pupils, pupil_id)
    return family_page(request, "consents.html", pupils, chosen, context)


async def _context(ctx: Ctx, pupils: list[Any], pupil_id: UUID) -> dict[str, Any]:
    if not is_own(pupils, pupil_id):
        raise NotFound
    given = await list_consents(ctx, pupil_id)
    lines = []
    for text in await current_texts(ctx):
        if text.purpose == Purpose.VISIT:
            continue  # answered with each booking
        mine = [consent for consent, shown in given if shown.id == text.id]
        older = any(shown.purpose == text.purpose for _, shown in given)
        lines.append((text, mine[0] if mine else None, older and not mine))
    return {
        "pupil": next(pupil for pupil in pupils if pupil.id == pupil_id),
        "lines": lines,
        "purposes": labels.CONSENT_PURPOSES,
        "me": ctx.actor.person_id,
        "may_answer": pupil_id != ctx.actor.person_id,
        "problem": "",
    }


@router.post("/children/{pupil_id}/consents/{text_id}")
async def give(request: Request, ctx: Family, pupil_id: UUID, text_id: UUID) -> Response:
    """Agree to the words that were shown; if they changed meanwhile, the new ones are shown."""
    pupils, chosen = await children(request, ctx)
    context = await _context(ctx, pupils, pupil_id)
    request.state.form = ("m/consents.html", framed(request, pupils, chosen, context))
    form = await read_form(request)
    await give_consent(ctx, text_id, pupil_id, form.one("text_hash"))
    return send_to(request, f"/m/children/{pupil_id}/consents", "已同意，随时可以撤回。")


@router.post("/children/{pupil_id}/consents/{consent_id}/withdraw")
async def withdraw(request: Request, ctx: Family, pupil_id: UUID, consent_id: UUID) -> Response:
    if pupil_id not in ctx.actor.pupil_ids:
        raise NotFound
    await withdraw_consent(ctx, consent_id)
    return send_to(request, f"/m/children/{pupil_id}/consents", "已撤回，立刻生效。")
