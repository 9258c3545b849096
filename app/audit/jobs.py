"""Background work of the audit log."""

from app.audit.service import seal_entries
from app.jobs.service import Arguments, Job, Unit


async def _seal(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await seal_entries(ctx)


JOBS = (Job("audit.seal", _seal, "封存操作日志（哈希链）", "* * * * *"),)
