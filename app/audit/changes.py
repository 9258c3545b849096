"""Adding and changing rows so that no change goes unlogged."""

from typing import Any, TypeVar

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.edits import apply_change

Row = TypeVar("Row", bound=Any)


async def add_row(ctx: Ctx, row: Row, noun: str) -> Row:
    """Insert, log, and read back what the database filled in."""
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, f"{noun}:create", noun, row.id)
    await ctx.db.refresh(row)
    return row


async def change_row(
    ctx: Ctx, row: Row, change: dict[str, Any], seen: int | None, noun: str
) -> Row:
    """Apply the named fields to the version that was seen; log only what really changed."""
    before = await apply_change(ctx, row, change, seen)
    if before:
        await audit.record(ctx, f"{noun}:change", noun, row.id, before=before, after=change)
    return row
