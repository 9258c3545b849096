"""Background work of moderation."""

from app.jobs.service import Arguments, Job, Unit
from app.moderation.service import hand_to_people


async def _watch(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await hand_to_people(ctx)


JOBS = (Job("moderation.watch", _watch, "两小时内没有检查结果的文字转人工审核", "*/10 * * * *"),)
