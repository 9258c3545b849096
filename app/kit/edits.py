"""How is a row changed by a person: only named fields, only the version they saw?"""

from typing import Any

from sqlalchemy import func

from app.kit.context import Ctx
from app.kit.errors import Stale


async def apply_change(
    ctx: Ctx, row: Any, change: dict[str, Any], seen_version: int | None
) -> dict[str, Any]:
    """Set the given fields; answers the old values of those that differ.

    Refused (`kit.stale`) when the row moved on since `seen_version`. A change
    to what already stands there does nothing, so a repeated request is harmless.
    """
    if seen_version is not None and row.version != seen_version:
        raise Stale
    before = {name: getattr(row, name) for name in change if getattr(row, name) != change[name]}
    if before:
        for name in before:
            setattr(row, name, change[name])
        row.version += 1
        row.updated_at = func.now()
        await ctx.db.flush()
        await ctx.db.refresh(row)
    return before
