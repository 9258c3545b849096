"""W3 with W1 and W2 beside it: how long does a mailing to 7,000 take, and who waits for it?

Two web processes serve 50 bookings and 33 scans a second, and the worker tells what follows from
them; first that alone, then while it also sends the mailing. Both halves begin in the same second
of a minute: the jobs of every minute fall into both alike.
The thin platform answers after 80 ± 40 ms, so that at most 20 calls under way bound the mailing.
Targets: drained within 1.15 times that bound, p99 of bookings and scans at most 1.5 times what it is
alone, the median of five rounds, every other one with the mailing first (ROUNDS=1: a first look, in
three minutes). With REPORTS=1 it also reports every delivery to the web processes, as WeChat does.
"""

import asyncio
import json
import os
import time
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.kit.db import system_context
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.notifications.service.sending import AT_ONCE
from app.wiring import WIRING
from tests.bench.bench_mailing import FIELDS, RECIPIENTS
from tests.bench.bench_scan import DOOR, body_of, book_all
from tests.bench.duel import PLACES, cpu_of
from tests.bench.stage import add_guardians, busy_seconds, durable_database, working
from tests.bench.thin_platform import ANSWER_SECONDS, SEND, calls_of, granting
from tests.bookings.race import add_families, press_once, web_processes
from tests.cast import HERE, add_session
from tests.ports import free_port

BOOKINGS, SCANS, SECONDS, WARM_SECONDS = 50, 33, 30, 5
ROUNDS = int(os.environ.get("ROUNDS", "5"))
NAMES = ("bookings", "scans")
FROM_SECOND = 26  # of a minute: before the levels are counted (28) and the stamps signed (52)
CORES = 2  # one web process a core, as the README deploys it
BOUND = RECIPIENTS * ANSWER_SECONDS / AT_ONCE
LEFT = text("SELECT count(*) FROM delivery WHERE state IN ('pending', 'leased')")
Family = tuple[UUID, str]


@dataclass
class Waits:
    """Milliseconds of one time of presses and scans."""

    bookings: list[float] = field(default_factory=list)
    scans: list[float] = field(default_factory=list)
    put_off: int = 0

    def slowest(self, part: float) -> tuple[float, float]:
        """What this part of the bookings, and of the scans, took at most."""
        first, second = (sorted(one) for one in (self.bookings, self.scans))
        return first[int(len(first) * part)], second[int(len(second) * part)]


@dataclass
class Crowd:
    """Who presses and who is at the door; everybody once."""

    urls: list[str]
    pressing: list[Family]
    arriving: list[UUID]

    def __post_init__(self) -> None:
        self._turns = cycle(self.urls)

    async def come(self, session_id: UUID, seconds: float) -> Waits:
        """Open loop: a wait counts from the moment somebody was due."""
        loop, waits = asyncio.get_running_loop(), Waits()
        start = loop.time() + 0.2

        async def one(due: float, token: str, body: bytes, path: str, into: list[float]) -> None:
            await asyncio.sleep(due - loop.time())
            answer = await press_once(next(self._turns), token, str(uuid4()), body, path)
            assert answer.status in (200, 201, 503), answer
            waits.put_off += answer.status == 503
            into.append((loop.time() - due) * 1000)

        coming = []
        for n in range(int(BOOKINGS * seconds)):
            pupil, token = self.pressing.pop()
            body = json.dumps({"session_id": str(session_id), "pupil_id": str(pupil)}).encode()
            coming.append(one(start + n / BOOKINGS, token, body, "/v1/bookings", waits.bookings))
        for n in range(int(SCANS * seconds)):
            body = body_of(self.arriving.pop())
            coming.append(one(start + n / SCANS, DOOR, body, "/v1/scans", waits.scans))
        await asyncio.gather(*coming)
        return waits


async def prepare(engine: AsyncEngine, urls: list[str]) -> tuple[Crowd, list[UUID]]:
    """A session that everybody is at the door of, three of 40 places to want into, 7,000 phones."""
    rounds = 2 * SECONDS + 2 * WARM_SECONDS
    families = await add_families(engine, (BOOKINGS + SCANS) * rounds)
    arriving = [pupil for pupil, _ in families[: SCANS * rounds]]
    async with engine.begin() as conn:
        door = await add_session(conn, seats=len(arriving))
        wanted = [await add_session(conn, seats=PLACES) for _ in range(3)]
    await book_all(engine, door, arriving)
    async with engine.begin() as conn:
        later = "UPDATE session SET starts_at = starts_at + interval '9 days', "
        later += "ends_at = ends_at + interval '9 days' WHERE id = ANY(:s)"
        await conn.execute(text(later), {"s": wanted})
    await add_guardians(engine, RECIPIENTS)
    return Crowd(urls, families[SCANS * rounds :], arriving), wanted


async def mail(engine: AsyncEngine) -> None:
    """What the 7,000 are to be told; the worker may begin."""
    async with engine.begin() as conn:
        stmt = text("SELECT person_id FROM identity WHERE subject LIKE 'o00%'")
        people = list((await conn.execute(stmt)).scalars())
    async with system_context(engine, WIRING, HERE) as ctx:
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, "bench", FIELDS)


async def settle(engine: AsyncEngine) -> None:
    """As in a district that has been at work: statistics, which nobody renews in one half only
    (every connection makes its plans anew then), and files for the log that need not be made."""
    async with engine.connect() as conn:
        alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
        for sql in (
            "ALTER SYSTEM SET autovacuum = off",
            "SELECT pg_reload_conf()",
            "ANALYZE",
            "CHECKPOINT",
        ):
            await alone.execute(text(sql))


async def minute_turns() -> None:
    await asyncio.sleep((FROM_SECOND - time.time()) % 60)


async def drained(engine: AsyncEngine) -> None:
    while True:
        async with engine.connect() as conn:
            if not (await conn.execute(LEFT)).scalar_one():
                return
        await asyncio.sleep(0.5)


def duration(platform: str) -> float:
    """From the first message on the wire to the last."""
    sent = [at for at, path in calls_of(platform) if path == SEND]
    assert len(sent) >= RECIPIENTS, len(sent)
    return max(sent) - min(sent) + ANSWER_SECONDS


@dataclass(frozen=True)
class Half:
    """What people waited, with the mailing or without, and what it cost until all was told."""

    waits: Waits
    spent: float  # seconds of processor time of the worker
    busy: float  # cores


@dataclass(frozen=True)
class Round:
    alone: Half
    beside: Half
    took: float  # seconds, from the first message of the mailing on the wire to the last

    def slowest(self, part: float) -> list[tuple[float, float]]:
        """Alone and beside the mailing: of the bookings, then of the scans."""
        both = (half.waits.slowest(part) for half in (self.alone, self.beside))
        return list(zip(*both, strict=True))


async def play_half(
    engine: AsyncEngine, crowd: Crowd, session_id: UUID, worker: int, mailing: bool
) -> Half:
    await minute_turns()
    if mailing:
        await mail(engine)
    busy, began, before = busy_seconds(), time.perf_counter(), cpu_of(worker)
    waits = await crowd.come(session_id, SECONDS)
    await drained(engine)
    busy = (busy_seconds() - busy) / (time.perf_counter() - began)
    return Half(waits, cpu_of(worker) - before, busy)


async def play(database: str, urls: list[str], platform: str, mail_first: bool) -> Round:
    engine = create_async_engine(database)
    crowd, (warming, *wanted) = await prepare(engine, urls)
    halves = {}
    with working(database, platform) as worker:
        await crowd.come(warming, WARM_SECONDS)
        await settle(engine)
        await crowd.come(warming, WARM_SECONDS)
        for mailing, session_id in zip((mail_first, not mail_first), wanted, strict=True):
            halves[mailing] = await play_half(engine, crowd, session_id, worker.pid, mailing)
    await engine.dispose()
    return Round(halves[False], halves[True], duration(platform))


def tell(played: Round) -> None:
    alone, beside = played.alone, played.beside
    for part in (0.5, 0.9, 0.99):
        for name, (one, other) in zip(NAMES, played.slowest(part), strict=True):
            print(
                f"W3, {name}: p{part * 100:.0f} alone {one:.0f} ms, beside the mailing {other:.0f} "
                f"ms, {other / one:.2f}x"
            )
    print(f"put off: alone {alone.waits.put_off}, beside {beside.waits.put_off}")
    print(
        f"W3, mailing: {RECIPIENTS} in {played.took:.1f} s, {played.took / BOUND:.2f}x the bound of "
        f"{BOUND:.1f} s (target 1.15); {beside.spent / RECIPIENTS * 1000:.2f} ms CPU a message; "
        f"the machine was busy with {beside.busy:.1f} cores",
        flush=True,
    )


def main() -> None:
    rounds = []
    for number in range(ROUNDS):
        with durable_database() as database, web_processes(database, CORES) as processes:
            urls = [url for url, _ in processes]
            callbacks = urls if os.environ.get("REPORTS") else []
            with granting(free_port(), callbacks) as platform:
                rounds.append(asyncio.run(play(database, urls, platform, number % 2 == 1)))
        tell(rounds[-1])
    for name, slowest in zip(
        NAMES, zip(*(one.slowest(0.99) for one in rounds), strict=True), strict=True
    ):
        found = [beside / alone for alone, beside in slowest]
        print(
            f"W3, {name} beside the mailing: p99 {median(found):.2f}x alone, the median of {ROUNDS} "
            f"rounds [{min(found):.2f}-{max(found):.2f}] (target 1.5)"
        )


if __name__ == "__main__":
    main()
