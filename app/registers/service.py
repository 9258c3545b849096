"""Keeping the district registers."""

from typing import Any
from uuid import UUID

from app.audit.changes import change_row
from app.kit.context import Ctx
from app.registers.models import Marker
from app.registers.permissions import P
from app.registers.queries import read_marker


async def change_marker(
    ctx: Ctx, marker_id: UUID, change: dict[str, Any], seen: int | None
) -> Marker:
    """Record that a marker is reached, with its evidence."""
    ctx.require(P.REGISTER_EDIT)
    row = await read_marker(ctx, marker_id)
    return await change_row(ctx, row, change, seen, "marker")
