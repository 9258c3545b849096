"""Which sheets are nearly due and not there?"""

from app.evaluations import statements
from app.evaluations.events import SheetDue, SheetsDue
from app.evaluations.rules import due_at
from app.kit.clock import platform_time
from app.kit.context import Ctx


async def remind_of_sheets(ctx: Ctx) -> None:
    """In the last two days before the deadline; who has handed in is left alone."""
    params = {"district": ctx.district_id, "today": ctx.today}
    sheets = tuple(
        SheetDue(
            row.session_id,
            row.pupil_id,
            row.name,
            row.title,
            platform_time(due_at(row.starts_at, row.due_days)),
            tuple(row.guardians),
        )
        for row in await ctx.conn.execute(statements.DUE, params)
    )
    if sheets:
        await ctx.emit(SheetsDue(sheets))
