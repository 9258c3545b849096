"""Background work of evaluations."""

from app.evaluations.service.reminding import ask_for_evaluations, remind_of_sheets
from app.jobs.service import Arguments, Job, Unit


async def _remind(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await remind_of_sheets(ctx)


async def _ask(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await ask_for_evaluations(ctx)


# 17:30 and 18:30 at school, when families are at home.
JOBS = (
    Job("evaluations.remind_sheets", _remind, "提醒家长交任务单", "30 9 * * *"),
    Job("evaluations.ask", _ask, "请家长评价刚结束的活动", "30 10 * * *"),
)
