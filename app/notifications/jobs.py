"""Background work of notifications."""

from app.jobs.service import Arguments, Job, Unit
from app.notifications.service.delivery import forget_early_reports
from app.notifications.service.unreached import tally_unreached


async def _forget(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await forget_early_reports(ctx)


async def _tally(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await tally_unreached(ctx)


JOBS = (
    Job(
        "notifications.tally_unreached",
        _tally,
        "把没有收到重要通知的家庭记进运营收件箱",
        "*/5 * * * *",
    ),
    Job("notifications.forget_reports", _forget, "清除对不上的投递回执", "40 18 * * *"),
)
