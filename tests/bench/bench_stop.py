"""Does the stop button end an announcement to 7,000 within 2 s?

The real web process, worker and job queue. The first announcement is stopped while inboxes are being
filled, the second while its article is being drafted. Nothing may be told to anybody, and nothing be
put on the wire, later than 2 s after the answer to the stop.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.announcements.kinds import SEND_JOB
from app.jobs.service import enqueue
from app.kit.db import system_context
from app.wiring import WIRING
from tests.announcements.stage import SECOND, approved, cooled
from tests.bench.stage import add_guardians, durable_database, working
from tests.bench.thin_platform import DRAFT, MASS, calls_of, granting
from tests.bookings.race import web_processes
from tests.cast import HERE
from tests.client import Client
from tests.ports import free_port

PEOPLE, TARGET_SECONDS, WATCH_SECONDS = 7000, 2.0, 8.0
TOLD = "SELECT count(sent_at) AS told, extract(epoch FROM max(sent_at)) AS last "
TOLD += "FROM announcement_recipient WHERE announcement_id = :id"


async def begin(client: Client) -> str:
    """Approved, cooled down, and its sending ordered; gives its address."""
    path = await approved(client)
    await cooled(client, path)
    async with system_context(client.engine, WIRING, HERE) as ctx:
        await enqueue(ctx, SEND_JOB, announcement=path.rpartition("/")[2])
    return path


async def stop_when(client: Client, path: str, ready: Callable[[], Awaitable[Any]]) -> float:
    """Wait for the moment, press stop, and give the moment of its answer."""
    deadline = time.monotonic() + 60
    while not await ready():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    pressed = time.time()
    answer = await client.post(SECOND, f"{path}/stop")
    stopped = time.time()
    assert answer.json()["state"] == "stopped", answer.text
    print(f"stop answered after {(stopped - pressed) * 1000:.0f} ms", end="; ")
    return stopped


async def told(client: Client, path: str) -> Any:
    (row,) = await client.rows(TOLD, id=path.rpartition("/")[2])
    return row


async def play(client: Client, platform: str) -> None:
    path = await begin(client)

    async def in_the_middle() -> bool:
        return bool((await told(client, path)).told >= PEOPLE // 7)

    stopped = await stop_when(client, path, in_the_middle)
    await asyncio.sleep(TARGET_SECONDS)
    at_once = (await told(client, path)).told
    await asyncio.sleep(WATCH_SECONDS)
    row = await told(client, path)
    late = max(0.0, float(row.last) - stopped)
    print(
        f"{row.told} of {PEOPLE} inboxes, the last {late:.2f} s after it (target {TARGET_SECONDS})"
    )
    assert row.told == at_once < PEOPLE, (at_once, row.told)
    assert late <= TARGET_SECONDS
    assert not calls_of(platform)

    path = await begin(client)

    async def drafting() -> bool:
        return any(called == DRAFT for _, called in calls_of(platform))

    stopped = await stop_when(client, path, drafting)
    await asyncio.sleep(WATCH_SECONDS)
    after = [(at - stopped, called) for at, called in calls_of(platform) if at > stopped]
    print(f"article being drafted: calls after it {after}")
    assert not [one for one in after if one[0] > TARGET_SECONDS or one[1] == MASS], after


async def run(database: str, url: str, platform: str) -> None:
    engine: AsyncEngine = create_async_engine(database)
    await add_guardians(engine, PEOPLE)
    async with engine.begin() as conn:
        await conn.execute(text("UPDATE login_session SET proved_at = now()"))
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        await play(Client(http, engine), platform)
    await engine.dispose()


def main() -> None:
    with (
        durable_database() as database,
        granting(free_port()) as platform,
        web_processes(database, 1) as ((url, _),),
        working(database, platform),
    ):
        asyncio.run(run(database, url, platform))


if __name__ == "__main__":
    main()
