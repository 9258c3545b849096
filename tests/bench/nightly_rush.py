"""Twenty rushes with a murder each: 500 families, three identical presses, one of two processes killed.

Every time: exactly 40 places, 460 waiting in order without a gap, nobody twice, one answer a family.
"""

import asyncio
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.bookings.race import add_families, kill_hard, rush, web_processes
from tests.cast import add_session
from tests.conftest import EMBEDDED, cluster_of

REPEATS, PUPILS, PLACES, COPIES = 20, 500, 40, 3
QUEUE = text(
    "SELECT count(*) AS n, count(DISTINCT queue_no) AS numbers, count(DISTINCT pupil_id) AS pupils "
    "FROM booking WHERE session_id = :s AND state = 'waitlisted'"
)
SEATED = text(
    "SELECT count(*) AS n, count(DISTINCT b.pupil_id) AS pupils, count(DISTINCT t.id) AS seats "
    "FROM booking b JOIN seat t ON t.booking_id = b.id AND t.id = b.seat_id "
    "WHERE b.session_id = :s AND b.state = 'confirmed'"
)


async def one(engine: AsyncEngine, url: str, families: Any) -> float:
    """One rush; gives the share of families that had pressed when the process died."""
    async with engine.begin() as conn:
        await conn.execute(text("UPDATE session SET state = 'cancelled'"))
        await conn.execute(text("DELETE FROM idempotency_key"))
        session_id = await add_session(conn, seats=PLACES)
    count = text("SELECT count(*) FROM booking WHERE session_id = :s")
    with web_processes(url, 2) as processes:
        urls = [one for one, _ in processes]
        playing = asyncio.create_task(rush(urls, families, session_id, copies=COPIES))
        booked = 0
        while booked < PUPILS // 4:
            await asyncio.sleep(0.02)
            async with engine.begin() as conn:
                booked = int((await conn.execute(count, {"s": session_id})).scalar_one())
        kill_hard(processes[0][1])
        answers = await playing
    async with engine.begin() as conn:
        queue = (await conn.execute(QUEUE, {"s": session_id})).one()
        seated = (await conn.execute(SEATED, {"s": session_id})).one()
    assert tuple(seated) == (PLACES, PLACES, PLACES), seated
    assert tuple(queue) == (PUPILS - PLACES,) * 3, queue
    for copies in answers:
        assert all(answer is not None and answer.status == 201 for answer in copies), copies
        assert len({answer.body["id"] for answer in copies if answer}) == 1, copies
    return booked / PUPILS


async def play(url: str) -> None:
    engine = create_async_engine(url)
    families = await add_families(engine, PUPILS)
    for number in range(1, REPEATS + 1):
        share = await one(engine, url, families)
        print(
            f"{number} of {REPEATS}: 40 places, 460 waiting; killed when {share:.0%} had pressed",
            flush=True,
        )
    await engine.dispose()


def main() -> None:
    cluster, template = cluster_of(EMBEDDED)
    cluster.drop_database("nightly_rush")
    asyncio.run(play(cluster.create_database("nightly_rush", template=template)))
    cluster.drop_database("nightly_rush")


if __name__ == "__main__":
    main()
