"""Background work of the upkeep: for the installation, not for one district."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.jobs.service import InstallationJob
from app.kit.db import transaction
from app.kit.leisure import Leisure
from app.kit.settings import Settings
from app.upkeep.queries import DRILL_DUE, DRILL_EVERY_DAYS
from app.upkeep.service.reports import back_up, drill

RESTS = 3.0  # times what it works: it comes every hour and has the time
_DRILL_DUE = text(DRILL_DUE)


async def _back_up(engine: AsyncEngine, settings: Settings) -> None:
    await back_up(engine, settings, leisure=Leisure(RESTS))


async def _drill_when_due(engine: AsyncEngine, settings: Settings) -> None:
    """Asked every hour: a school's server that sleeps at night must not miss its weekly drill."""
    async with transaction(engine) as conn:
        due = (await conn.execute(_DRILL_DUE, {"days": DRILL_EVERY_DAYS})).scalar_one()
    if due:
        await drill(engine, settings)


JOBS = (
    InstallationJob("upkeep.backup", _back_up, "备份整个数据库（每小时）", "5 * * * *"),
    InstallationJob("upkeep.drill", _drill_when_due, "备份恢复演练（满 7 天一次）", "35 * * * *"),
)
