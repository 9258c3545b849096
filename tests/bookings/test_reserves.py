"""Seats that belong to schools for a while, and who gets them when they become free."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.activities.errors import ReserveTooLarge
from app.activities.rules import check_reserve, reserves_of
from app.kit.db import system_context
from app.wiring import JOBS, WIRING
from tests.cast import CAST, HERE, JUNIOR, SCHOOL, Somebody
from tests.client import Client

SCHOOLS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 900), max_size=8)


async def run_job(client: Client, name: str) -> None:
    job = next(one for one in JOBS if one.name == name)
    await job.run(lambda: system_context(client.engine, WIRING, HERE), {})


async def add_reserved(client: Client, *, seats: int = 4, percent: int = 100, **more: Any) -> UUID:
    """A second session of a published activity, made by its unit through the API."""
    first = await client.add_session(starts_in=timedelta(hours=20))
    activity = await client.value("SELECT activity_id FROM session WHERE id = :id", id=first)
    starts = datetime.now(UTC) + timedelta(hours=23)
    body = {
        "activity_id": str(activity),
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "capacity": seats,
        "reserve_percent": percent,
        "reserve_until": (starts - timedelta(hours=2)).isoformat(),
        **more,
    }
    made = await client.post(CAST.publisher, "/sessions", body)
    assert made.status_code == 201, made.text
    return UUID(made.json()["id"])


async def _pools(client: Client, session_id: UUID) -> Counter[Any]:
    rows = await client.rows("SELECT pool_id FROM seat WHERE session_id = :s", s=session_id)
    return Counter(row.pool_id for row in rows)


async def test_a_reserve_is_divided_by_enrolment_with_at_least_one_a_school(client: Client) -> None:
    session_id = await add_reserved(client, seats=5)
    pools = await _pools(client, session_id)  # four children here, one there
    assert pools == {SCHOOL: 4, JUNIOR: 1}


async def test_a_reserve_for_more_schools_than_seats_is_refused(client: Client) -> None:
    await client.add_session()
    activity = await client.value("SELECT id FROM activity")
    starts = datetime.now(UTC) + timedelta(days=3)
    body = {
        "activity_id": str(activity),
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "capacity": 1,
        "reserve_percent": 50,
    }
    endless = await client.post(CAST.publisher, "/sessions", body)
    assert endless.json()["code"] == "activity.reserve_without_end"
    body["reserve_until"] = (starts - timedelta(days=1)).isoformat()
    refused = await client.post(CAST.publisher, "/sessions", body)
    assert refused.json()["code"] == "activity.reserve_too_large"
    assert await client.value("SELECT count(*) FROM session") == 1


async def _fill(client: Client, session_id: UUID, *families: tuple[Somebody, Somebody]) -> None:
    for guardian, pupil in families:
        booked = (await client.book(guardian, pupil, session_id)).json()
        assert booked["state"] == "confirmed", booked


async def test_another_schools_free_seat_is_not_given_and_the_family_hears_why(
    client: Client,
) -> None:
    session_id = await add_reserved(client, seats=2)
    await _fill(client, session_id, (CAST.mama, CAST.xiaonan))
    waiting = (await client.book(CAST.beimama, CAST.xiaobei, session_id)).json()
    assert (waiting["state"], waiting["position"]) == ("waitlisted", 1)
    assert "空出的是南苑中学的预留名额" in waiting["message"]
    assert "后放开" in waiting["message"]
    own = (await client.book(CAST.liaison, CAST.xing, session_id)).status_code
    assert own == 404, "another school's child"
    await client.rows(
        "UPDATE role_grant SET organization_id = :s WHERE role = 'school_admin'", s=JUNIOR
    )
    newcomer = (await client.book(CAST.liaison, CAST.xing, session_id)).json()
    assert newcomer["state"] == "confirmed", "its own school's seat, nobody waits for that one"


async def test_a_freed_reserve_goes_to_its_school_until_the_release(client: Client) -> None:
    session_id = await add_reserved(client, seats=2)
    await _fill(client, session_id, (CAST.mama, CAST.xiaonan))
    await client.rows(
        "UPDATE role_grant SET organization_id = :s WHERE role = 'school_admin'", s=JUNIOR
    )
    held = (await client.book(CAST.liaison, CAST.xing, session_id)).json()
    waiting = (await client.book(CAST.beimama, CAST.xiaobei, session_id)).json()
    await client.post(CAST.liaison, f"/bookings/{held['id']}/cancel", {})
    state = "SELECT state FROM booking WHERE id = :id"
    assert await client.value(state, id=UUID(waiting["id"])) == "waitlisted"
    await run_job(client, "bookings.promote_everywhere")
    assert await client.value(state, id=UUID(waiting["id"])) == "waitlisted"
    await client.rows("UPDATE session SET reserve_until = now() WHERE id = :s", s=session_id)
    await run_job(client, "bookings.promote_everywhere")
    assert await client.value(state, id=UUID(waiting["id"])) == "confirmed"
    assert await _pools(client, session_id) == {None: 2}


async def test_a_freed_seat_goes_to_the_first_of_its_school_past_others(client: Client) -> None:
    session_id = await add_reserved(client, seats=2)
    await _fill(client, session_id, (CAST.mama, CAST.xiaonan))
    await client.rows(
        "UPDATE role_grant SET organization_id = :s WHERE role = 'school_admin'", s=JUNIOR
    )
    await _fill(client, session_id, (CAST.liaison, CAST.xing))
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    await client.book(CAST.twin_dad, CAST.shuang, session_id)
    await client.rows(
        "UPDATE booking SET school_id = :s WHERE pupil_id = :p", s=JUNIOR, p=CAST.shuang.id
    )
    held = await client.value("SELECT id FROM booking WHERE pupil_id = :p", p=CAST.xing.id)
    await client.post(CAST.liaison, f"/bookings/{held}/cancel", {})
    got = await client.rows("SELECT pupil_id FROM booking WHERE state = 'confirmed'")
    assert {row.pupil_id for row in got} == {CAST.xiaonan.id, CAST.shuang.id}


@given(seats=st.integers(0, 60), enrolled=SCHOOLS, percent=st.integers(0, 100))
def test_reserves_never_exceed_the_seats(
    seats: int, enrolled: dict[str, int], percent: int
) -> None:
    reserves = reserves_of(seats, enrolled, percent / 100)
    schools = [school for school, number in enrolled.items() if number]
    assert sum(reserves.values()) <= seats
    if percent and len(schools) <= seats:
        assert all(reserves[school] >= 1 for school in schools)
        check_reserve(seats, len(schools), percent)
    elif percent:
        with pytest.raises(ReserveTooLarge):
            check_reserve(seats, len(schools), percent)
