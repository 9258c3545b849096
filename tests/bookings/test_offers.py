"""Held offers: long before the start a free seat is offered, and time runs only by day."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import DAY_BEGINS, DAY_ENDS, OFFER_TIME, offer_until
from app.kit.clock import SCHOOL_TIME
from tests.bookings.test_reserves import run_job
from tests.cast import CAST, Somebody
from tests.client import Client

FAR = timedelta(days=4)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone by timezones


async def _far_queue(client: Client) -> tuple[UUID, dict[str, str]]:
    """小南 holds the one place of a session in four days; 小北 and then 双双 wait."""
    session_id = await client.add_session(seats=1, starts_in=FAR)
    families = (
        (CAST.mama, CAST.xiaonan),
        (CAST.beimama, CAST.xiaobei),
        (CAST.twin_dad, CAST.shuang),
    )
    booked = {}
    for guardian, pupil in families:
        booked[pupil.name] = (await client.book(guardian, pupil, session_id)).json()["id"]
    return session_id, booked


async def _state(client: Client, booking_id: str) -> str:
    return str(await client.value("SELECT state FROM booking WHERE id = :id", id=UUID(booking_id)))


async def _newest(client: Client, who: Somebody) -> dict[str, str]:
    found: dict[str, str] = (await client.get(who, "/notifications")).json()["items"][0]
    return found


async def _time_runs_out(client: Client) -> None:
    await client.rows("UPDATE booking SET offer_expires_at = now() WHERE state = 'offered'")
    await run_job(client, "bookings.promote_everywhere")


async def test_a_freed_place_is_held_for_the_first_family_and_accepted(client: Client) -> None:
    session_id, booked = await _far_queue(client)
    await client.post(CAST.mama, f"/bookings/{booked['小南']}/cancel", {})
    offered = (await client.get(CAST.beimama, f"/bookings/{booked['小北']}")).json()
    assert offered["state"] == "offered"
    until = datetime.fromisoformat(offered["offer_expires_at"])
    assert OFFER_TIME <= until - datetime.now(UTC) + timedelta(minutes=1) < timedelta(hours=24)
    assert (await _newest(client, CAST.beimama))["headline"] == "轮到您了，请确认名额"
    assert "有名额，请到“我的预约”确认" in await client.click(CAST.beimama, "MY_BOOKINGS")
    newcomer = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    assert newcomer["state"] == "waitlisted", "a held seat is not free"
    foreign = await client.post(CAST.twin_dad, f"/bookings/{booked['小北']}/accept", {})
    assert foreign.status_code == 404
    early = await client.post(CAST.twin_dad, f"/bookings/{booked['双双']}/accept", {})
    assert early.json()["code"] == "booking.no_offer"
    for _ in range(2):
        taken = await client.post(CAST.beimama, f"/bookings/{booked['小北']}/accept", {})
        assert taken.json()["state"] == "confirmed"
    told = "SELECT count(*) FROM notification WHERE kind = 'booking_confirmed' AND person_id = :p"
    assert await client.value(told, p=CAST.beimama.id) == 1


async def test_who_declines_makes_room_for_the_next(client: Client) -> None:
    _, booked = await _far_queue(client)
    await client.post(CAST.mama, f"/bookings/{booked['小南']}/cancel", {})
    declined = await client.post(CAST.beimama, f"/bookings/{booked['小北']}/cancel", {})
    assert declined.json()["state"] == "cancelled"
    assert await _state(client, booked["双双"]) == "offered"


async def test_who_does_not_answer_waits_again_at_the_end_once(client: Client) -> None:
    _, booked = await _far_queue(client)
    await client.post(CAST.mama, f"/bookings/{booked['小南']}/cancel", {})
    await client.rows("UPDATE booking SET offer_expires_at = now() WHERE state = 'offered'")
    late = await client.post(CAST.beimama, f"/bookings/{booked['小北']}/accept", {})
    assert late.json()["code"] == "booking.offer_over"
    await _time_runs_out(client)
    assert await _state(client, booked["小北"]) == "waitlisted"
    assert await _state(client, booked["双双"]) == "offered"
    told = await _newest(client, CAST.beimama)
    assert told["headline"] == "保留的名额已过期"
    await client.post(CAST.twin_dad, f"/bookings/{booked['双双']}/cancel", {})
    assert await _state(client, booked["小北"]) == "offered", "its turn again"
    await _time_runs_out(client)
    assert await _state(client, booked["小北"]) == "cancelled"
    assert await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL") == 0


async def test_within_a_day_of_the_start_the_place_is_given_at_once(client: Client) -> None:
    session_id, booked = await _far_queue(client)
    await client.move_session(session_id, timedelta(hours=23) - FAR)
    await client.post(CAST.mama, f"/bookings/{booked['小南']}/cancel", {})
    assert await _state(client, booked["小北"]) == "confirmed"


async def test_more_capacity_offers_in_order(client: Client) -> None:
    session_id, booked = await _far_queue(client)
    await client.patch(CAST.publisher, f"/sessions/{session_id}", {"capacity": 3})
    assert {await _state(client, booked[name]) for name in ("小北", "双双")} == {"offered"}


@given(moment=MOMENTS, minutes=st.integers(1, 3000))
def test_an_offer_runs_only_by_day_for_exactly_its_time(moment: datetime, minutes: int) -> None:
    lasts = timedelta(minutes=minutes)
    until = offer_until(moment, lasts)
    local = until.astimezone(SCHOOL_TIME)
    assert time(DAY_BEGINS) < local.time() <= time(DAY_ENDS)
    day, spent = moment.astimezone(SCHOOL_TIME).date(), timedelta()
    while day <= local.date():
        begins = max(moment, datetime.combine(day, time(DAY_BEGINS), SCHOOL_TIME))
        spent += max(
            min(until, datetime.combine(day, time(DAY_ENDS), SCHOOL_TIME)) - begins, timedelta()
        )
        day += timedelta(days=1)
    assert spent == lasts


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("2026-03-02 10:00", "2026-03-02 14:00"),
        ("2026-03-02 17:00", "2026-03-02 21:00"),
        ("2026-03-02 17:01", "2026-03-03 08:01"),
        ("2026-03-02 21:00", "2026-03-03 12:00"),
        ("2026-03-02 23:59", "2026-03-03 12:00"),
        ("2026-03-03 00:00", "2026-03-03 12:00"),  # 24:00 of the day before
        ("2026-12-31 20:30", "2027-01-01 11:30"),
    ],
)
def test_an_offer_over_night_ends_by_day(asked: str, until: str) -> None:
    moment = datetime.fromisoformat(asked).replace(tzinfo=SCHOOL_TIME)
    assert offer_until(moment) == datetime.fromisoformat(until).replace(tzinfo=SCHOOL_TIME)
