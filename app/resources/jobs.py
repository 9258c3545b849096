"""Background work of resources."""

from app.jobs.service import Arguments, Job, Unit, enqueue
from app.kit.context import Ctx
from app.resources.events import BaseRegistered
from app.resources.service.needs import watch_needs
from app.resources.service.units import expire_units, warn_of_papers

BASE_CODE = "resources.base_code"  # run by the worker, which knows the platform


async def order_base_code(ctx: Ctx, fact: BaseRegistered) -> None:
    """Order the platform's QR code of a new base, in the transaction that made the base."""
    await enqueue(ctx, BASE_CODE, base=fact.base_id, scene=fact.scene)


async def _watch(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await warn_of_papers(ctx)
        await expire_units(ctx)


async def _remind(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await watch_needs(ctx)


# 8:10 at school; asked again at noon, so that a server that sleeps at night warns all the same.
JOBS = (
    Job("resources.watch_papers", _watch, "证照到期提醒，到期单位停用", "10 0,4 * * *"),
    Job(
        "resources.watch_needs", _remind, "提醒学校选定进校园的报名，过期的需求结束", "15 0,4 * * *"
    ),
)
