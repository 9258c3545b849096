"""The check-up: everything that can be wrong with an installation, each with its remedy."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import OUTAGES, savepoint, transaction
from app.kit.settings import Settings
from app.upkeep.kinds import Condition
from app.upkeep.schemas import Finding
from app.upkeep.service import checks, machine
from app.upkeep.service.checks import Check, Look, trouble

# In the order in which they should be put right.
CHECKS: tuple[Check, ...] = (
    machine.database,
    machine.shape,
    machine.durability,
    machine.disks,
    machine.clock,
    checks.worker,
    checks.queue,
    checks.deliveries,
    checks.wechat_keys,
    checks.callbacks,
    machine.certificate,
    machine.backups,
    machine.drills,
    checks.audit_log,
    checks.organizations,
    checks.papers,
    machine.responsible,
    machine.secrets,
)


async def examine(
    engine: AsyncEngine, settings: Settings, district_id: UUID | None = None
) -> list[Finding]:
    """Look at everything; one failing check never hides the others. Without district: all of them."""
    try:
        async with transaction(engine) as conn:
            look = Look(conn, settings, district_id)
            return [await _ask(check, look) for check in CHECKS]
    except OUTAGES as exc:
        remedy = "请检查数据库是否在运行、DATABASE_URL 是否正确。"
        return [trouble("数据库", f"数据库没有响应（{type(exc).__name__}）。", remedy)]


async def _ask(check: Check, look: Look) -> Finding:
    try:
        async with savepoint(look.conn):
            return await check(look)
    except OUTAGES as exc:
        remedy = "请先处理前面的问题，再重查；仍然如此请联系技术人员。"
        return trouble(check.__name__, f"这一项没有查成（{type(exc).__name__}）。", remedy)


def has_trouble(findings: list[Finding]) -> bool:
    return any(finding.condition is Condition.TROUBLE for finding in findings)
