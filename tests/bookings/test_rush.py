"""No oversell: the promise, its proof over two web processes, and its negative control."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.bookings.race import add_families, kill_hard, rush, web_processes
from tests.cast import add_session

PUPILS, PLACES = 500, 40


@asynccontextmanager
async def _prepared(url: str) -> AsyncIterator[tuple[AsyncEngine, Any, Any]]:
    """The session, and the families that will press."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as conn:
            session_id = await add_session(conn, seats=PLACES)
        yield engine, session_id, await add_families(engine, PUPILS)
    finally:
        await engine.dispose()


async def _counts(engine: AsyncEngine, session_id: Any) -> tuple[Counter[str], int]:
    async with engine.begin() as conn:
        states = await conn.execute(
            text("SELECT state FROM booking WHERE session_id = :s"), {"s": session_id}
        )
        seats = await conn.execute(
            text("SELECT count(DISTINCT booking_id) FROM seat WHERE session_id = :s"),
            {"s": session_id},
        )
        return Counter(row.state for row in states), int(seats.scalar_one())


async def _until_booked(engine: AsyncEngine, session_id: Any, number: int) -> None:
    for _ in range(2000):
        states, _ = await _counts(engine, session_id)
        if sum(states.values()) >= number:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the rush never got going")


@pytest.mark.timeout(180)
async def test_five_hundred_families_get_exactly_forty_places(
    database_url: str, every_postgres: str
) -> None:
    async with _prepared(database_url) as (engine, session_id, families):
        with web_processes(database_url, 2) as processes:
            answers = await rush([url for url, _ in processes], families, session_id)
        states, seats = await _counts(engine, session_id)
    assert states == {"confirmed": PLACES, "waitlisted": PUPILS - PLACES}
    assert seats == PLACES
    said = Counter(answer.body["state"] for (answer,) in answers if answer is not None)
    assert said == states, "everybody was told what the database says"


@pytest.mark.timeout(180)
async def test_a_killed_web_process_loses_and_doubles_nothing(database_url: str) -> None:
    """Each family presses twice with one key; one of two processes dies in the middle."""
    async with _prepared(database_url) as (engine, session_id, families):
        with web_processes(database_url, 2) as processes:
            urls = [url for url, _ in processes]
            playing = asyncio.create_task(rush(urls, families, session_id, copies=2))
            await _until_booked(engine, session_id, PUPILS // 4)
            kill_hard(processes[0][1])
            answers = await playing
        states, seats = await _counts(engine, session_id)
    assert sum(states.values()) == PUPILS
    assert states["confirmed"] == seats == PLACES
    for pair in answers:
        assert all(answer is not None and answer.status == 201 for answer in pair), pair
        assert len({answer.body["id"] for answer in pair if answer is not None}) == 1


@pytest.mark.timeout(300)
async def test_without_the_locks_the_same_rush_oversells(database_url: str) -> None:
    """The control: with the locks and their backstop index gone, the rush must be seen to oversell."""
    oversold = 0
    async with _prepared(database_url) as (engine, session_id, families):
        await _run(engine, "DROP INDEX uq_booking_seat")
        with web_processes(database_url, 2, "tests.bookings.naive:create_naive_app") as processes:
            urls = [url for url, _ in processes]
            for _ in range(5):
                await rush(urls, families, session_id)
                states, _ = await _counts(engine, session_id)
                oversold = states["confirmed"] - PLACES
                if oversold > 0:
                    break
                await _run(engine, "UPDATE seat SET booking_id = NULL")
                for table in ("delivery", "booking", "idempotency_key"):
                    await _run(engine, f"DELETE FROM {table}")
    assert oversold > 0, "the race was not seen: this rush proves nothing"


async def _run(engine: AsyncEngine, sql: str) -> None:
    async with engine.begin() as conn:
        await conn.execute(text(sql))
