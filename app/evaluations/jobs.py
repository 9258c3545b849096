"""Background work of evaluations."""

from app.evaluations.service.reminding import remind_of_sheets
from app.jobs.service import Arguments, Job, Unit


async def _remind(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await remind_of_sheets(ctx)


# 17:30 at school, when families are at home.
JOBS = (Job("evaluations.remind_sheets", _remind, "提醒家长交任务单", "30 9 * * *"),)
