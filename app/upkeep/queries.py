"""Reading how backups and drills went."""

from sqlalchemy import select

from app.kit.context import Ctx
from app.kit.paging import fetch_page
from app.upkeep.kinds import ReportKind
from app.upkeep.models import UpkeepReport
from app.upkeep.permissions import P

DRILL_EVERY_DAYS = 7
DRILL_DUE = """
SELECT NOT EXISTS (SELECT FROM upkeep_report WHERE kind = 'drill'
  AND started_at > now() - make_interval(days => :days, hours => -1))
  AND EXISTS (SELECT FROM upkeep_report WHERE kind = 'backup' AND ok)
"""


async def list_reports(
    ctx: Ctx, kind: ReportKind | None, cursor: str | None, limit: int
) -> tuple[list[UpkeepReport], str | None]:
    """Newest first; the same for every district of the installation."""
    ctx.require(P.UPKEEP_READ)
    stmt = select(UpkeepReport)
    if kind:
        stmt = stmt.where(UpkeepReport.kind == kind)
    return await fetch_page(ctx, stmt, UpkeepReport.id, cursor, limit, newest_first=True)
