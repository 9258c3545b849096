"""How fast is a booking in the minute of a rush? 500 families, 40 places of one session.

The product and a thin server (one statement, `tests.bench.thin`) take turns on one
database, one web process each; prints p99, CPU an answer and the ratio of each round.
"""

import asyncio
import json
import os
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.bookings.race import add_families, press_once, web_processes
from tests.cast import HERE, add_session
from tests.conftest import EMBEDDED, cluster_of

PUPILS, PLACES, IN_FLIGHT, ROUNDS = 500, 40, 32, 3
PRODUCT, THIN = "app.main:create_app", "tests.bench.thin:create_thin_app"
TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds of processor this process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def rush(url: str, session_id: UUID, families: list[tuple[UUID, str]]) -> list[float]:
    """Everybody books once, `IN_FLIGHT` at a time; gives the seconds each waited."""
    left, spent, said = list(families), [], Counter[str]()

    async def keep_pressing() -> None:
        while left:
            pupil, token = left.pop()
            body = json.dumps({"session_id": str(session_id), "pupil_id": str(pupil)}).encode()
            began = time.perf_counter()
            answer = await press_once(url, token, f"bench-{session_id}", body)
            spent.append(time.perf_counter() - began)
            said[answer.body["state"]] += 1

    await asyncio.gather(*(keep_pressing() for _ in range(IN_FLIGHT)))
    assert said == {"confirmed": PLACES, "waitlisted": PUPILS - PLACES}, said
    return sorted(spent)


async def one_round(
    engine: AsyncEngine, process: tuple[str, Any], families: list[tuple[UUID, str]]
) -> tuple[float, float]:
    """p99 and CPU an answer, both in milliseconds, on a session of its own."""
    url, program = process
    async with engine.begin() as conn:
        await conn.execute(text("UPDATE session SET state = 'cancelled'"))
        session_id = await add_session(conn, seats=PLACES)
    before = cpu_of(program.pid)
    spent = await rush(url, session_id, families)
    cpu = (cpu_of(program.pid) - before) / PUPILS
    return spent[int(len(spent) * 0.99)] * 1000, cpu * 1000


async def measure(url: str) -> list[tuple[float, float, float, float]]:
    engine = create_async_engine(url)
    families = await add_families(engine, PUPILS)
    found = []
    os.environ["BENCH_DISTRICT"] = str(HERE)
    with web_processes(url, 1, PRODUCT) as (product,), web_processes(url, 1, THIN) as (thin,):
        await one_round(engine, product, families)  # warm
        await one_round(engine, thin, families)
        for _ in range(ROUNDS):
            ours = await one_round(engine, product, families)
            found.append((*ours, *await one_round(engine, thin, families)))
    await engine.dispose()
    return found


def main() -> None:
    cluster, template = cluster_of(EMBEDDED)
    name = "bench_booking"
    cluster.drop_database(name)
    rounds = asyncio.run(measure(cluster.create_database(name, template=template)))
    cluster.drop_database(name)
    for p99, cpu, thin_p99, thin_cpu in rounds:
        print(
            f"product p99 {p99:.0f} ms, {cpu:.1f} ms CPU; thin p99 {thin_p99:.0f} ms, "
            f"{thin_cpu:.1f} ms CPU; ratio {p99 / thin_p99:.1f}"
        )
    ratio = statistics.median(one[0] / one[2] for one in rounds)
    cpu = statistics.median(one[1] for one in rounds)
    print(f"median: {ratio:.1f}x thin, {cpu:.1f} ms CPU an answer (targets 6x, 10 ms)")


if __name__ == "__main__":
    main()
