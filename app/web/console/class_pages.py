"""A class's own page: how many families are bound, its letters, and its pupils."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.http import PDF, download
from app.orgs.models import SchoolClass
from app.orgs.permissions import P as OrgP
from app.orgs.queries import read_class
from app.orgs.rules import say_grade
from app.passports.permissions import P as PassportP
from app.passports.service import print_cards
from app.people.permissions import P
from app.people.queries import list_people
from app.web import reading as shared
from app.web.console import reading
from app.web.console.lists import ask_purpose
from app.web.console.rows import purpose_of
from app.web.console.screens_families import letters_answer
from app.web.console.staff import Staff, console_page, remember_form

router = APIRouter(include_in_schema=False)
MOST_PUPILS = 200


@router.get("/classes/{class_id}")
async def show_class(request: Request, ctx: Staff, class_id: UUID, names: str = "") -> HTMLResponse:
    """Masked names; the full ones (`names=1`) for whoever may read them and says why."""
    row = await read_class(ctx, class_id)
    purpose = purpose_of(request)
    wanted = names == "1" and _reaches(ctx, P.PERSON_READ, row)
    if wanted and not purpose:
        return ask_purpose(request, ctx)
    context = await _context(ctx, row, purpose if wanted else "")
    return console_page(request, ctx, "class.html", context)


def _reaches(ctx: Ctx, permission: str, row: SchoolClass) -> bool:
    reach = ctx.reach(permission)
    return reach.covers(row.organization_id) or row.id in reach.classes


async def _context(ctx: Ctx, row: SchoolClass, purpose: str = "") -> dict[str, Any]:
    schools = await shared.organization_names(ctx, [row.organization_id])
    progress = await reading.class_progress(ctx, [row.id])
    may_print = _reaches(ctx, P.BINDING_CODE_CREATE, row)
    may_edit = _reaches(ctx, OrgP.CLASS_EDIT, row)
    may_read = _reaches(ctx, P.PERSON_READ, row)
    context: dict[str, Any] = {
        "row": row,
        "school": schools.get(row.organization_id, ""),
        "grade": say_grade(row.grade),
        "progress": progress.get(row.id, reading.Progress()),
        "may_print": may_print,
        "may_print_cards": _reaches(ctx, PassportP.PASSPORT_EDIT, row),
        "may_edit": may_edit,
        "may_read": may_read,
        "purpose": purpose,
        "problem": "",
        "masked": [],
        "pupils": [],
    }
    if purpose:
        people, _ = await list_people(ctx, row.id, None, None, MOST_PUPILS, purpose)
        bound = await reading.bound_among(ctx, [person.id for person in people])
        context["pupils"] = [(person, person.id in bound) for person in people]
    elif may_print or may_edit or may_read:
        context["masked"] = await reading.masked_pupils(ctx, row.id)
    return context


@router.post("/classes/{class_id}/cards")
async def print_class_cards(request: Request, ctx: Staff, class_id: UUID) -> Response:
    """The class's passport cards, 3 × 8 labels a page."""
    row = await read_class(ctx, class_id)
    remember_form(request, ctx, "class.html", await _context(ctx, row))
    printed = await print_cards(ctx, class_id, request.app.state.settings.base_url)
    return download(printed.pdf, f"护照卡{row.name}.pdf", PDF)


@router.post("/classes/{class_id}/letters")
async def print_letters(request: Request, ctx: Staff, class_id: UUID) -> Response:
    """The class's letters as a PDF; the codes of the last print that nobody used are void."""
    row = await read_class(ctx, class_id)
    remember_form(request, ctx, "class.html", await _context(ctx, row))
    return await letters_answer(request, ctx, [class_id])
