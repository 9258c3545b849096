"""Reading the audit log."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import statements
from app.audit.models import AuditEntry
from app.audit.permissions import P
from app.audit.rules import GENESIS, chained
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


@dataclass(frozen=True)
class Verdict:
    """How a district's log stands: `wrong` names the first entry that is not as it was sealed."""

    sealed: int
    head: str
    wrong: UUID | None = None
    why: str = ""


async def verify_chain(conn: AsyncConnection, district_id: UUID) -> Verdict:
    """Recompute the whole chain; streams, so that half a million entries need little memory."""
    previous, sealed = GENESIS, 0
    params = {"district": district_id}
    async with conn.stream(statements.CHAIN, params) as rows:
        async for part in rows.partitions(2000):
            for seq, entry_id, sealed_hash, *entry in part:
                if seq != sealed + 1:
                    return Verdict(sealed, previous, entry_id, "封存序号不连续，有封存记录被删除")
                if entry[0] is None:
                    return Verdict(sealed, previous, entry_id, "记录被删除")
                if chained(previous, entry) != sealed_hash:
                    return Verdict(sealed, previous, entry_id, "记录或封存被改动")
                previous, sealed = sealed_hash, seq
    slipped = (await conn.execute(statements.SLIPPED_IN, params)).scalar_one_or_none()
    if slipped is not None:
        return Verdict(sealed, previous, slipped, "记录是事后补进来的")
    return Verdict(sealed, previous)
