"""A draw: bound before anybody applied, drawn once, and checked by anybody; and nominations."""

import hashlib
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.bookings.rules import draw_order
from tests.bookings.test_reserves import add_reserved, run_job
from tests.cast import CAST, SCHOOL
from tests.client import Client

FAMILIES = (
    (CAST.mama, CAST.xiaonan),
    (CAST.beimama, CAST.xiaobei),
    (CAST.twin_dad, CAST.shuang),
    (CAST.twin_dad, CAST.dui),
)


async def _states(client: Client) -> Counter[str]:
    return Counter(row.state for row in await client.rows("SELECT state FROM booking"))


async def _lottery(client: Client, seats: int = 2) -> UUID:
    return await add_reserved(client, seats=seats, percent=0, mode="lottery")


async def _close(client: Client, session_id: UUID) -> None:
    await client.rows(
        "UPDATE session SET booking_opens_at = now() - interval '1 hour', "
        "booking_closes_at = now() WHERE id = :s",
        s=session_id,
    )
    await run_job(client, "bookings.draw")


async def test_lots_are_drawn_once_and_everybody_is_told(client: Client) -> None:
    session_id = await _lottery(client)
    before = (await client.get(CAST.mama, f"/sessions/{session_id}/draw")).json()
    assert before["digest"]
    assert before["seed"] is None
    assert before["lots"] == []
    for guardian, pupil in FAMILIES:
        applied = (await client.book(guardian, pupil, session_id)).json()
        assert applied["state"] == "applied", applied
    assert "待抽签" in await client.click(CAST.mama, "MY_BOOKINGS")
    assert "已经预约过了" in (await client.book(*FAMILIES[0], session_id)).json()["message"]
    await run_job(client, "bookings.draw")
    assert await _states(client) == {"applied": 4}, "not before booking closes"
    for _ in range(2):
        await _close(client, session_id)
    assert await _states(client) == {"confirmed": 2, "waitlisted": 2}
    kinds = Counter(row.kind for row in await client.rows("SELECT kind FROM notification"))
    assert kinds["booking_confirmed"] + kinds["booking_waitlisted"] == 5, "小南 has two guardians"
    await _check_proof(client, session_id, before["digest"])


async def _check_proof(client: Client, session_id: UUID, digest: str) -> None:
    draw: dict[str, Any] = (await client.get(CAST.mama, f"/sessions/{session_id}/draw")).json()
    assert hashlib.sha256(draw["seed"].encode()).hexdigest() == digest == draw["digest"]
    lots = [lot["booking_id"] for lot in draw["lots"]]
    assert lots == draw_order(draw["seed"], sorted(lots))
    first_two = await client.rows("SELECT id FROM booking WHERE state = 'confirmed'")
    assert {str(row.id) for row in first_two} == set(lots[:2])


async def test_after_the_draw_nobody_applies_and_a_freed_place_goes_by_lot(client: Client) -> None:
    session_id = await _lottery(client, seats=1)
    for guardian, pupil in FAMILIES[:3]:
        await client.book(guardian, pupil, session_id)
    await _close(client, session_id)
    late = await client.book(*FAMILIES[3], session_id)
    assert late.json()["code"] == "booking.closed"
    winner = await client.value("SELECT id FROM booking WHERE draw_no = 1")
    guardian = await client.value("SELECT booked_by FROM booking WHERE draw_no = 1")
    who = next(one for one, _ in FAMILIES if one.id == guardian)
    await client.post(who, f"/bookings/{winner}/cancel", {})
    assert await client.value("SELECT state FROM booking WHERE draw_no = 2") == "confirmed"


async def test_a_draw_respects_the_reserves(client: Client) -> None:
    """Both seats are the schools' own: of four children of one school only one is drawn."""
    session_id = await add_reserved(client, seats=2, mode="lottery")
    for guardian, pupil in FAMILIES:
        await client.book(guardian, pupil, session_id)
    await _close(client, session_id)
    assert await _states(client) == {"confirmed": 1, "waitlisted": 3}
    taken = await client.value("SELECT pool_id FROM seat WHERE booking_id IS NOT NULL")
    assert taken == SCHOOL


async def test_an_empty_draw_is_over(client: Client) -> None:
    session_id = await _lottery(client)
    await _close(client, session_id)
    assert (await client.get(CAST.mama, f"/sessions/{session_id}/draw")).json()["seed"]


async def test_what_a_school_nominates_its_staff_books(client: Client) -> None:
    session_id = await client.add_session(starts_in=timedelta(days=3))
    await client.rows("UPDATE session SET mode = 'nomination'")
    refused = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert refused.json()["code"] == "booking.other_mode"
    assert "由学校推荐" in refused.json()["detail"]
    assert (await client.book(CAST.teacher, CAST.xiaonan, session_id)).status_code == 201
