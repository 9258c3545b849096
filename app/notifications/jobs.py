"""Background work of notifications."""

from app.jobs.service import Arguments, Job, Unit
from app.notifications.service.delivery import forget_early_reports


async def _forget(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await forget_early_reports(ctx)


JOBS = (Job("notifications.forget_reports", _forget, "清除对不上的投递回执", "40 18 * * *"),)
