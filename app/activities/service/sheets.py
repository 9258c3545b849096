"""An activity's task sheet: written by its unit, fixed once a session has begun."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.activities.access import access_activity
from app.activities.errors import OptionsWrong, QuestionTwice, SheetEmpty, SheetFixed
from app.activities.kinds import QuestionKind, SessionState
from app.activities.models import Session, TaskSheet
from app.activities.permissions import P
from app.activities.queries import read_sheet, sheet_of
from app.audit.changes import add_row, change_row
from app.files.service import Cleaned, drop_files, keep_file, read_file
from app.kit.context import Ctx
from app.kit.errors import NotFound

CHOICES = (QuestionKind.ONE, QuestionKind.SEVERAL)


async def write_sheet(
    ctx: Ctx,
    activity_id: UUID,
    values: dict[str, Any],
    seen: int | None = None,
    file: Cleaned | None = None,
) -> TaskSheet:
    """Attach or change the sheet; the same again changes nothing.

    Once a session has begun the questions and `needed` stay (`activity.sheet_fixed`): children
    hold them on paper. A first sheet may come later, too, but not as a needed one.
    """
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    _check(values["questions"])
    row = await sheet_of(ctx, activity.id)
    begun = await _has_begun(ctx, activity.id)
    if begun and (
        (row is None and values["needed"]) or (row is not None and _touched(row, values))
    ):
        raise SheetFixed
    has_file = file is not None or (row is not None and row.file_id is not None)
    if not (values["questions"] or values["instructions"] or has_file):
        raise SheetEmpty
    if row is None:
        row = TaskSheet(district_id=ctx.district_id, activity_id=activity.id, **values)
        row = await add_row(ctx, row, "task_sheet")
    else:
        row = await change_row(ctx, row, values, seen, "task_sheet")
    return row if file is None else await _attach(ctx, row, file)


async def attach_file(ctx: Ctx, activity_id: UUID, file: Cleaned) -> TaskSheet:
    """Put the unit's own sheet beside the one that is written; a new file replaces the old one."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    row = await sheet_of(ctx, activity.id)
    if row is None:
        raise NotFound
    return await _attach(ctx, row, file)


async def _attach(ctx: Ctx, row: TaskSheet, file: Cleaned) -> TaskSheet:
    old, kept = row.file_id, await keep_file(ctx, file)
    row = await change_row(ctx, row, {"file_id": kept.id}, None, "task_sheet")
    if old is not None:
        await drop_files(ctx, [old])
    return row


def _touched(row: TaskSheet, values: dict[str, Any]) -> bool:
    return bool(row.questions != values["questions"] or row.needed != values["needed"])


def _check(questions: Sequence[dict[str, Any]]) -> None:
    labels = [one["label"] for one in questions]
    for one in questions:
        if labels.count(one["label"]) > 1:
            raise QuestionTwice(label=one["label"])
        options = one["options"]
        wanted = one["kind"] in CHOICES
        if (wanted and (len(options) < 2 or len(set(options)) < len(options))) or (
            not wanted and options
        ):
            raise OptionsWrong(label=one["label"])


async def _has_begun(ctx: Ctx, activity_id: UUID) -> bool:
    stmt = select(
        exists().where(
            Session.district_id == ctx.district_id,
            Session.activity_id == activity_id,
            Session.starts_at <= ctx.now,
            Session.state != SessionState.CANCELLED,
        )
    )
    return bool((await ctx.conn.execute(stmt)).scalar_one())


async def read_sheet_file(ctx: Ctx, activity_id: UUID) -> Cleaned:
    """The unit's own sheet, for whoever sees the activity."""
    row = await read_sheet(ctx, activity_id)
    if row.file_id is None:
        raise NotFound
    return await read_file(ctx, row.file_id)
