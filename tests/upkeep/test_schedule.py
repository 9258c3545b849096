"""Work for the installation runs in the real worker, once and not once a district."""

import asyncio
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from app.jobs.service import InstallationJob, spread
from app.kit.settings import Settings
from app.wiring import INSTALLATION_JOBS, JOBS
from app.worker import Worker
from tests.upkeep.conftest import run


async def test_the_worker_runs_installation_jobs_once_a_turn(
    engine: AsyncEngine, keeping: Settings
) -> None:
    turns: list[str] = []
    stopping = asyncio.Event()

    async def broken(_: AsyncEngine, __: Settings) -> None:
        turns.append("broken")
        raise ValueError("it must not stop the others")

    async def sound(given: AsyncEngine, settings: Settings) -> None:
        assert (given, settings) == (engine, keeping)
        turns.append("sound")
        stopping.set()

    # Six fields: every second.
    fast = (
        InstallationJob("upkeep.broken", broken, "坏", "* * * * * *"),
        InstallationJob("upkeep.sound", sound, "好", "* * * * * */2"),
    )
    assert len(await run(engine, "SELECT id FROM district")) == 2
    worker = Worker(engine, keeping, cast(Any, None), (), stopping, (*fast, *INSTALLATION_JOBS))
    await asyncio.wait_for(worker.run_queue(), 20)
    assert turns.count("sound") == 1
    assert "broken" in turns
    kept = await run(engine, "SELECT entrypoint FROM pgqueuer_schedules")
    assert {"every.upkeep.backup", "every.upkeep.drill"} <= {row.entrypoint for row in kept}


async def test_no_two_scheduled_jobs_begin_in_the_same_second(
    engine: AsyncEngine, keeping: Settings
) -> None:
    """All at the full minute, they kept families and doors waiting."""
    stopping = asyncio.Event()
    worker = Worker(engine, keeping, cast(Any, None), JOBS, stopping, INSTALLATION_JOBS)
    asyncio.get_running_loop().call_later(2, stopping.set)
    await asyncio.wait_for(worker.run_queue(), 20)
    kept = await run(engine, "SELECT entrypoint, expression FROM pgqueuer_schedules")
    named = {f"every.{name}" for name in spread((*JOBS, *INSTALLATION_JOBS))}
    assert {row.entrypoint for row in kept} == named
    seconds = [row.expression.split()[5] for row in kept]
    assert len(set(seconds)) == len(named) > 20
