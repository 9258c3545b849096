"""Which sheets are nearly due and not there, and which visits has nobody said anything about?"""

from datetime import datetime
from typing import Any

from app.evaluations import statements
from app.evaluations.events import ChildAsked, EvaluationsAsked, SheetsDue
from app.evaluations.rules import closes_at, due_at
from app.kit.clock import platform_time
from app.kit.context import Ctx


async def remind_of_sheets(ctx: Ctx) -> None:
    """In the last two days before the deadline; who has handed in is left alone."""
    params = {"district": ctx.district_id, "today": ctx.today}
    sheets = tuple(
        _asked(row, due_at(row.starts_at, row.due_days))
        for row in await ctx.conn.execute(statements.DUE, params)
    )
    if sheets:
        await ctx.emit(SheetsDue(sheets))


async def ask_for_evaluations(ctx: Ctx) -> None:
    """On the day of the visit or the next, where the child was there and its family is silent."""
    rows = await ctx.conn.execute(statements.UNRATED, {"district": ctx.district_id})
    visits = tuple(_asked(row, closes_at(row.ends_at)) for row in rows)
    if visits:
        await ctx.emit(EvaluationsAsked(visits))


def _asked(row: Any, until: datetime) -> ChildAsked:
    return ChildAsked(
        row.session_id,
        row.pupil_id,
        row.name,
        row.title,
        platform_time(until),
        tuple(row.guardians),
    )
