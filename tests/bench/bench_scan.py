"""How many children does one process check in, and how long does each wait? (W2)

Closed loop: 500 cards of one session, 16 scans in flight, the product beside the thin server.
Open loop: 33 scans a second over two processes, one in twenty repeated, one in a hundred unknown.
"""

import asyncio
import json
import time
from collections import Counter
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.bench.duel import PUPILS, Families, duel, report
from tests.bookings.race import add_families, press_once, web_processes
from tests.cast import CAST, HERE, add_session
from tests.conftest import EMBEDDED, cluster_of

IN_FLIGHT, WAVE, WAVE_SECONDS, WARMING = 16, 2000, 60, 32
DOOR = CAST.door.headers["Authorization"].removeprefix("Bearer ")
CARDS = text(
    "INSERT INTO passport (district_id, id, pupil_id, number, scene, state) "
    "SELECT :d, gen_random_uuid(), p, 'B-' || row_number() OVER (), 'p' || replace(p::text, '-', ''), "
    "'active' FROM unnest(cast(:pupils AS uuid[])) p ON CONFLICT DO NOTHING"
)
BOOKINGS = text(
    "WITH s AS (SELECT id, row_number() OVER (ORDER BY id) n FROM seat WHERE session_id = :session), "
    "p AS (SELECT p AS pupil, n FROM unnest(cast(:pupils AS uuid[])) WITH ORDINALITY AS u(p, n)), "
    "made AS (INSERT INTO booking (district_id, id, session_id, pupil_id, state, seat_id) "
    "SELECT :d, gen_random_uuid(), :session, p.pupil, 'confirmed', s.id FROM p JOIN s USING (n) "
    "RETURNING id, seat_id) UPDATE seat SET booking_id = made.id FROM made WHERE seat.id = made.seat_id"
)


def body_of(pupil: UUID) -> bytes:
    return json.dumps({"scene": f"p{pupil.hex}"}).encode()


async def book_all(engine: AsyncEngine, session_id: UUID, pupils: list[UUID]) -> None:
    values = {"d": HERE, "session": session_id, "pupils": pupils}
    async with engine.begin() as conn:
        await conn.execute(CARDS, {"d": HERE, "pupils": pupils})
        await conn.execute(BOOKINGS, values)


async def scan_in_turn(urls: list[str], _session: UUID, families: Families) -> list[float]:
    """Every card once, `IN_FLIGHT` at a time."""
    left, spent, said = [pupil for pupil, _ in families], [], Counter[bool]()

    async def keep_scanning() -> None:
        while left:
            body, began = body_of(left.pop()), time.perf_counter()
            answer = await press_once(urls[0], DOOR, str(uuid4()), body, "/v1/scans")
            spent.append(time.perf_counter() - began)
            said[answer.body["accepted"]] += 1

    await asyncio.gather(*(keep_scanning() for _ in range(IN_FLIGHT)))
    assert said == {True: PUPILS}, said
    return spent


async def wave() -> tuple[list[float], int, int]:
    """The waits, and how many stamps and ledger lines there are in the end."""
    cluster, template = cluster_of(EMBEDDED)
    cluster.drop_database("bench_wave")
    url = cluster.create_database("bench_wave", template=template)
    engine = create_async_engine(url)
    pupils = [pupil for pupil, _ in await add_families(engine, WAVE)]
    async with engine.begin() as conn:
        session_id = await add_session(conn, seats=WAVE)
    await book_all(engine, session_id, pupils)
    async with engine.begin() as conn:
        await conn.execute(text("ANALYZE"))  # as the database does within a minute
    bodies = [body_of(pupil) for pupil in pupils]
    bodies += [body_of(pupil) for pupil in pupils[:: len(pupils) // (WAVE // 20)]]
    bodies += [body_of(uuid4()) for _ in range(WAVE // 100)]
    waits: list[float] = []
    with web_processes(url, 2) as processes:
        urls = [one for one, _ in processes]
        for url in urls:  # a process just started is not what a morning meets
            await asyncio.gather(
                *(
                    press_once(url, DOOR, str(uuid4()), body_of(uuid4()), "/v1/scans")
                    for _ in range(WARMING // 2)
                )
            )
        loop = asyncio.get_running_loop()
        start = loop.time() + 0.5

        async def scan(index: int, body: bytes) -> None:
            due = start + WAVE_SECONDS * index / len(bodies)
            await asyncio.sleep(due - loop.time())
            await press_once(urls[index % 2], DOOR, str(uuid4()), body, "/v1/scans")
            waits.append(loop.time() - due)

        await asyncio.gather(*(scan(index, body) for index, body in enumerate(bodies)))
    async with engine.begin() as conn:
        stamps = (await conn.execute(text("SELECT count(*) FROM stamp"))).scalar_one()
        lines = (await conn.execute(text("SELECT count(*) FROM scan"))).scalar_one()
    await engine.dispose()
    cluster.drop_database("bench_wave")
    assert (stamps, lines) == (WAVE, len(bodies) + WARMING), (stamps, lines)
    return sorted(waits), int(stamps), int(lines)


def main() -> None:
    rounds = duel("bench_scan", scan_in_turn, seats=PUPILS, prepare=book_all)
    report("W2, closed loop", rounds, "3.3 ms CPU, at least 0.3x")
    waits, stamps, lines = asyncio.run(wave())
    print(
        f"W2, wave of {lines} scans over {WAVE_SECONDS} s on two processes: {stamps} stamps, "
        f"p50 {waits[len(waits) // 2] * 1000:.0f} ms, p99 {waits[int(len(waits) * 0.99)] * 1000:.0f} ms "
        "(target 50 ms)"
    )


if __name__ == "__main__":
    main()
