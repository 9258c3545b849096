"""Every backup and drill leaves a report, above all the failed ones."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import OUTAGES, transaction
from app.kit.errors import DomainError
from app.kit.leisure import Leisure
from app.kit.settings import Settings
from app.upkeep.kinds import ReportKind
from app.upkeep.models import UpkeepReport
from app.upkeep.rules import said_size, said_totals
from app.upkeep.service.backup import write_backup
from app.upkeep.service.drill import run_drill
from app.upkeep.service.keeping import rotate

log = structlog.get_logger()
_NOW = text("SELECT now()")


@dataclass(frozen=True)
class Outcome:
    """What happened, as the report tells it."""

    ok: bool
    sentence: str
    detail: dict[str, Any] = field(default_factory=dict)


async def back_up(
    engine: AsyncEngine,
    settings: Settings,
    folder: Path | None = None,
    leisure: Leisure | None = None,
) -> Outcome:
    """Write a backup, delete what is superfluous beside it, and report."""

    async def act() -> Outcome:
        path, manifest = await write_backup(settings, folder, leisure)
        async with transaction(engine) as conn:
            now = (await conn.execute(_NOW)).scalar_one()
        gone = await rotate(path.parent, settings.backup_key.get_secret_value() or None, now)
        size = path.stat().st_size
        sentence = (
            f"备份成功：{len(manifest.tables)} 张表，{manifest.rows} 行，文件 {said_size(size)}，"
            f"保存为 {path}。{said_totals(manifest.totals)}。"
        )
        return Outcome(
            True,
            sentence,
            {
                "file": str(path),
                "bytes": size,
                "rows": manifest.rows,
                "totals": manifest.totals,
                "deleted": [old.name for old in gone],
            },
        )

    return await _reported(engine, ReportKind.BACKUP, act)


async def drill(engine: AsyncEngine, settings: Settings, path: Path | None = None) -> Outcome:
    """Restore the newest backup (or this one) beside the real database, compare, and report."""

    async def act() -> Outcome:
        ok, sentence, detail = await run_drill(settings, path)
        return Outcome(ok, sentence, detail)

    return await _reported(engine, ReportKind.DRILL, act)


async def _reported(
    engine: AsyncEngine, kind: ReportKind, act: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    async with transaction(engine) as conn:
        started_at = (await conn.execute(_NOW)).scalar_one()
    try:
        outcome = await act()
    except DomainError as refusal:
        outcome = Outcome(False, refusal.text(), {"code": refusal.code})
    except (*OUTAGES, RuntimeError) as exc:
        outcome = Outcome(False, f"没有完成（{type(exc).__name__}）：请查看日志。")
    if not outcome.ok:
        log.error("upkeep_failed", kind=kind.value, code=outcome.detail.get("code", ""))
    async with transaction(engine) as conn:
        await conn.execute(
            insert(UpkeepReport).values(
                kind=kind,
                started_at=started_at,
                ok=outcome.ok,
                sentence=outcome.sentence,
                detail=outcome.detail,
            )
        )
    return outcome
