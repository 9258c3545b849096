"""Background work of people: reading rosters and writing them."""

from uuid import UUID

from app.jobs.service import Arguments, Job, Unit
from app.people.service.roster import APPLY, CHECK, check_roster
from app.people.service.roster_apply import apply_roster


async def _check(unit: Unit, arguments: Arguments) -> None:
    async with unit() as ctx:
        await check_roster(ctx, UUID(arguments["roster"]))


async def _apply(unit: Unit, arguments: Arguments) -> None:
    async with unit() as ctx:
        await apply_roster(ctx, UUID(arguments["roster"]))


JOBS = (
    Job(CHECK, _check, "检查上传的名册"),
    Job(APPLY, _apply, "导入检查过的名册"),
)
