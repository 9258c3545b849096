"""Work for the installation runs in the real worker, once and not once a district."""

import asyncio
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from app.jobs.service import InstallationJob
from app.kit.settings import Settings
from app.wiring import INSTALLATION_JOBS
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
