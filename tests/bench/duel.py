"""How are the product and the thin server compared? They take turns on one database.

One web process each (or one a core), a new session each turn; a played turn gives the seconds every family waited.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.bookings.race import add_families, web_processes
from tests.cast import HERE, add_session
from tests.conftest import EMBEDDED, cluster_of

PUPILS, PLACES, ROUNDS = 500, 40, 3
PRODUCT, THIN = "app.main:create_app", "tests.bench.thin:create_thin_app"
TICK = os.sysconf("SC_CLK_TCK")
Families = list[tuple[UUID, str]]
Play = Callable[[list[str], UUID, Families], Awaitable[list[float]]]  # addresses, session, who
Prepare = Callable[[AsyncEngine, UUID, list[UUID]], Awaitable[None]]


@dataclass(frozen=True)
class Turn:
    """Milliseconds: the slowest hundredth, half, and processor an answer."""

    p99: float
    p50: float
    cpu: float
    per_second: float


def cpu_of(pid: int) -> float:
    """Seconds of processor this process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@dataclass(frozen=True)
class Game:
    """What is played each turn: so many seats, made ready so, then played so."""

    play: Play
    seats: int
    prepare: Prepare | None
    processes: int = 1


async def _turn(
    engine: AsyncEngine, processes: list[tuple[str, Any]], families: Families, game: Game
) -> Turn:
    urls, programs = zip(*processes, strict=True)
    async with engine.begin() as conn:
        await conn.execute(text("UPDATE session SET state = 'cancelled'"))
        session_id = await add_session(conn, seats=game.seats)
    if game.prepare:
        await game.prepare(engine, session_id, [pupil for pupil, _ in families])
    before = sum(cpu_of(program.pid) for program in programs)
    began = time.perf_counter()
    waited = sorted(await game.play(list(urls), session_id, families))
    lasted = time.perf_counter() - began
    cpu = (sum(cpu_of(program.pid) for program in programs) - before) / len(waited)
    p99, p50 = waited[int(len(waited) * 0.99)], waited[len(waited) // 2]
    return Turn(p99 * 1000, p50 * 1000, cpu * 1000, len(waited) / lasted)


def duel(
    name: str,
    play: Play,
    *,
    seats: int = PLACES,
    prepare: Prepare | None = None,
    processes: int = 1,
) -> list[tuple[Turn, Turn]]:
    """Product and thin server in turn, `ROUNDS` times after one warm turn each."""
    cluster, template = cluster_of(EMBEDDED)
    cluster.drop_database(name)
    url = cluster.create_database(name, template=template)
    found = asyncio.run(_duel(url, Game(play, seats, prepare, processes)))
    cluster.drop_database(name)
    return found


# Ten terms of bookings, and figures about the tables: what a database in use has, and what its plans
# are made from. On an empty one every plan reads whole tables.
_LAST_YEAR = """
INSERT INTO session (district_id, id, activity_id, base_id, starts_at, ends_at, booking_opens_at,
  booking_closes_at, capacity, state, mode)
SELECT district_id, gen_random_uuid(), activity_id, base_id, starts_at - n * interval '10 days',
  ends_at - n * interval '10 days', booking_opens_at - n * interval '10 days',
  booking_closes_at - n * interval '10 days', capacity, 'closed', mode
FROM session, generate_series(40, 79) n WHERE session.id = :session
"""
_BOOKED = """
INSERT INTO booking (district_id, id, session_id, pupil_id, state)
SELECT s.district_id, gen_random_uuid(), s.id, e.pupil_id, 'absent'
FROM session s JOIN enrollment e ON e.district_id = s.district_id WHERE s.state = 'closed'
"""


async def _add_last_year(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        session_id = await add_session(conn, seats=PLACES)
        await conn.execute(text(_LAST_YEAR), {"session": session_id})
        await conn.execute(text(_BOOKED))
        await conn.execute(text("ANALYZE"))


async def _duel(url: str, game: Game) -> list[tuple[Turn, Turn]]:
    engine = create_async_engine(url)
    families = await add_families(engine, PUPILS)
    await _add_last_year(engine)
    os.environ["BENCH_DISTRICT"] = str(HERE)
    found = []
    number = game.processes
    with web_processes(url, number, PRODUCT) as product, web_processes(url, number, THIN) as thin:
        for _ in range(ROUNDS + 1):
            ours = await _turn(engine, product, families, game)
            found.append((ours, await _turn(engine, thin, families, game)))
    await engine.dispose()
    return found[1:]


def report(label: str, rounds: list[tuple[Turn, Turn]], target: str) -> None:
    """Each round, then the medians of the ratios and of the product's own figures."""
    for ours, thin in rounds:
        print(
            f"{label}: product p50 {ours.p50:.1f} p99 {ours.p99:.0f} ms, {ours.cpu:.1f} ms CPU, "
            f"{ours.per_second:.0f}/s; thin p50 {thin.p50:.1f} p99 {thin.p99:.0f} ms, "
            f"{thin.cpu:.1f} ms CPU, {thin.per_second:.0f}/s"
        )
    p99 = statistics.median(ours.p99 for ours, _ in rounds)
    cpu = statistics.median(ours.cpu for ours, _ in rounds)
    slower = statistics.median(ours.p99 / thin.p99 for ours, thin in rounds)
    rate = statistics.median(ours.per_second / thin.per_second for ours, thin in rounds)
    print(
        f"{label}, median: p99 {p99:.0f} ms ({slower:.1f}x thin), {cpu:.1f} ms CPU an answer, "
        f"{rate:.2f}x the thin server's rate (targets: {target})"
    )
