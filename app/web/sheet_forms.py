"""The form in which a task sheet is handed in, alike for families and teachers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.evaluations.access import SheetOfVisit
from app.evaluations.kinds import GOOD_STATES
from app.evaluations.models import TaskSubmission
from app.evaluations.queries import handing_of, reviews_of, submissions_of
from app.evaluations.rules import CLOSED_AFTER, due_at
from app.evaluations.service.handing import hand_in
from app.files.service import Cleaned
from app.kit.context import Ctx
from app.kit.ids import new_scene
from app.web import labels
from app.web.console.forms import Form


async def sheet_context(ctx: Ctx, session_id: UUID, pupil_id: UUID) -> dict[str, Any]:
    """The sheet, what was handed in before with its judgements, and whether more is taken."""
    found = await handing_of(ctx, session_id, pupil_id)
    rows = await submissions_of(ctx, session_id, pupil_id)
    until = due_at(found.visit.starts_at, found.sheet.due_days)
    return {
        "visit": found.visit,
        "sheet": found.sheet,
        "until": until,
        "overdue": ctx.now >= until,
        "handed": [(row, await reviews_of(ctx, row.id)) for row in rows],
        "open": _is_open(ctx, found, rows) and ctx.now < until + CLOSED_AFTER,
        "nonce": new_scene(),
        "filled": {},
        "labels": labels,
        "problem": "",
    }


def _is_open(_: Ctx, found: SheetOfVisit, rows: Sequence[TaskSubmission]) -> bool:
    return found.visit.arrived_at is not None and not (rows and rows[0].state in GOOD_STATES)


async def take_sheet(
    ctx: Ctx, session_id: UUID, pupil_id: UUID, form: Form, pictures: Sequence[Cleaned]
) -> TaskSubmission:
    """What the form says, in the shape the service takes; its nonce makes a second tap harmless."""
    given = {number: form.many(f"q{number}") for number in range(12)}
    nonce = form.one("nonce")[:64] or None
    return await hand_in(ctx, session_id, pupil_id, given, pictures, nonce)


def filled_of(form: Form) -> dict[str, list[str]]:
    """What was typed, to be shown again; pictures have to be chosen anew."""
    return {f"q{number}": form.many(f"q{number}") for number in range(12)}
