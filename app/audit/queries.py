"""Reading the audit log."""

from uuid import UUID

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.audit.permissions import P
from app.kit.context import Ctx
from app.kit.paging import fetch_page


async def list_entries(
    ctx: Ctx, pupil_id: UUID | None, action: str | None, cursor: str | None, limit: int
) -> tuple[list[AuditEntry], str | None]:
    """Newest first; the log of the whole district, for those who may read it."""
    ctx.require(P.AUDIT_READ)
    stmt = select(AuditEntry).where(AuditEntry.district_id == ctx.district_id)
    if pupil_id:
        stmt = stmt.where(AuditEntry.pupil_id == pupil_id)
    if action:
        stmt = stmt.where(AuditEntry.action == action)
    return await fetch_page(ctx, stmt, AuditEntry.id, cursor, limit, newest_first=True)
