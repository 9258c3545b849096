"""An activity's own questions to families: free in a draft, afterwards only added to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert

from app.activities.access import access_activity
from app.activities.errors import FieldsFixed
from app.activities.kinds import ActivityState
from app.activities.models import ActivityField
from app.activities.permissions import P
from app.activities.queries import fields_of
from app.activities.rules import check_questions
from app.activities.service.publishing import EDITABLE, require_state
from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.ids import new_id

_ASKED = ("label", "kind", "required", "hint", "options")


async def set_fields(
    ctx: Ctx, activity_id: UUID, questions: Sequence[dict[str, Any]]
) -> list[ActivityField]:
    """Replace the questions of a draft; the same again changes nothing.

    From the approval on the standing ones keep their words and their order, because
    somebody reviewed them and families answer them: only optional ones are added
    behind (`activity.fields_fixed`).
    """
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    require_state(activity, *EDITABLE, ActivityState.APPROVED, ActivityState.PUBLISHED)
    check_questions(questions)
    standing = await fields_of(ctx, activity_id)
    before = [{name: getattr(row, name) for name in _ASKED} for row in standing]
    if before == list(questions):
        return standing
    kept = 0
    if activity.state in EDITABLE:
        await ctx.conn.execute(
            delete(ActivityField).where(
                ActivityField.district_id == ctx.district_id,
                ActivityField.activity_id == activity_id,
            )
        )
    else:
        kept, added = len(before), questions[len(before) :]
        if before != list(questions[:kept]) or any(one["required"] for one in added):
            raise FieldsFixed
    await add_fields(ctx, activity_id, questions[kept:], after=kept)
    detail = {"questions": len(questions)}
    await audit.record(ctx, "activity:ask", "activity", activity_id, detail=detail)
    return await fields_of(ctx, activity_id)


async def copy_fields(ctx: Ctx, source_id: UUID, copy_id: UUID) -> None:
    """The same questions for a copied activity."""
    asked = [
        {name: getattr(row, name) for name in _ASKED} for row in await fields_of(ctx, source_id)
    ]
    await add_fields(ctx, copy_id, asked)


async def add_fields(
    ctx: Ctx, activity_id: UUID, questions: Sequence[dict[str, Any]], after: int = 0
) -> None:
    rows = [
        {
            "district_id": ctx.district_id,
            "id": new_id(),
            "activity_id": activity_id,
            "number": number,
            **one,
        }
        for number, one in enumerate(questions, start=after + 1)
    ]
    if rows:
        await ctx.conn.execute(insert(ActivityField), rows)
