"""Taking a place, waiting for one, giving it back."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.errors import GradeDoesNotFit
from app.bookings.rules import check_grade
from app.kit.db import system_context
from app.orgs.rules import say_grade
from app.wiring import JOBS, WIRING
from tests.cast import CAST, HERE, Somebody
from tests.client import Client


async def test_booking_again_answers_with_the_first_booking(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    first = await client.book(CAST.mama, CAST.xiaonan, session_id)
    again = await client.book(CAST.granny, CAST.xiaonan, session_id)
    assert again.json()["id"] == first.json()["id"]
    assert "不用重复" in again.json()["message"]
    assert await client.value("SELECT count(*) FROM booking") == 1


async def test_who_finds_no_place_waits_in_order_and_is_told_the_position(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    second = (await client.book(CAST.beimama, CAST.xiaobei, session_id)).json()
    third = (await client.book(CAST.twin_dad, CAST.shuang, session_id)).json()
    assert (second["state"], second["position"]) == ("waitlisted", 1)
    assert (third["state"], third["position"]) == ("waitlisted", 2)
    assert "第 2 位" in third["message"]
    again = (await client.book(CAST.twin_dad, CAST.shuang, session_id)).json()
    assert again["position"] == 2


async def test_who_does_not_want_to_wait_is_told_it_is_full(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    full = await client.book(CAST.beimama, CAST.xiaobei, session_id, join_waitlist=False)
    assert (full.status_code, full.json()["code"]) == (409, "booking.session_full")
    assert await client.value("SELECT count(*) FROM booking") == 1


async def test_a_place_given_back_goes_to_the_first_who_waits(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    held = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    waiting = (await client.book(CAST.beimama, CAST.xiaobei, session_id)).json()
    await client.book(CAST.twin_dad, CAST.shuang, session_id)
    gone = await client.post(CAST.mama, f"/bookings/{held['id']}/cancel", {})
    assert gone.json()["state"] == "cancelled"
    moved = await client.get(CAST.beimama, f"/bookings/{waiting['id']}")
    assert moved.json()["state"] == "confirmed"
    newest = (await client.get(CAST.beimama, "/notifications")).json()["items"][0]
    assert newest["headline"] == "候补成功"
    again = await client.post(CAST.mama, f"/bookings/{held['id']}/cancel", {})
    assert again.status_code == 200


async def _seat_comes_free_unnoticed(client: Client) -> None:
    """What a rolled-back holder leaves: a free seat beside somebody who waits for it."""
    session_id = await client.add_session(seats=1)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    await client.rows(
        "UPDATE booking SET state = 'cancelled', seat_id = NULL WHERE state = 'confirmed'"
    )
    await client.rows("UPDATE seat SET booking_id = NULL")


async def _states(client: Client) -> dict[str, str]:
    return dict(
        await client.rows(
            "SELECT p.name, b.state FROM booking b JOIN person p ON p.id = b.pupil_id "
            "WHERE b.state <> 'cancelled'"
        )
    )


async def test_a_newcomer_never_overtakes_who_waits(client: Client) -> None:
    await _seat_comes_free_unnoticed(client)
    session_id = await client.value("SELECT id FROM session")
    newcomer = (await client.book(CAST.twin_dad, CAST.shuang, session_id)).json()
    assert (newcomer["state"], newcomer["position"]) == ("waitlisted", 1)
    assert await _states(client) == {"小北": "confirmed", "双双": "waitlisted"}


async def test_the_sweep_gives_an_unnoticed_seat_to_who_waits(client: Client) -> None:
    await _seat_comes_free_unnoticed(client)
    sweep = next(job for job in JOBS if job.name == "bookings.promote_everywhere")
    await sweep.run(lambda: system_context(client.engine, WIRING, HERE), {})
    assert await _states(client) == {"小北": "confirmed"}


async def test_more_capacity_moves_exactly_that_many_up(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    for guardian, pupil in (
        (CAST.mama, CAST.xiaonan),
        (CAST.beimama, CAST.xiaobei),
        (CAST.twin_dad, CAST.shuang),
        (CAST.twin_dad, CAST.dui),
    ):
        await client.book(guardian, pupil, session_id)
    await client.patch(CAST.publisher, f"/sessions/{session_id}", {"capacity": 3})
    counts = dict(await client.rows("SELECT state, count(*) FROM booking GROUP BY state"))
    assert counts == {"confirmed": 3, "waitlisted": 1}
    last = await client.value(
        "SELECT p.name FROM booking b JOIN person p ON p.id = b.pupil_id "
        "WHERE b.state = 'waitlisted'"
    )
    assert last == "对对"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"opened": timedelta(days=-1), "starts_in": timedelta(days=2)}, "booking.not_open"),
        ({"starts_in": timedelta(hours=-3), "lasts": timedelta(hours=1)}, "booking.closed"),
        ({"grades": (7, 9)}, "booking.grade_does_not_fit"),
        ({"state": "draft"}, "booking.not_bookable"),
    ],
)
async def test_each_refusal_has_its_own_code(
    client: Client, how: dict[str, object], code: str
) -> None:
    fine = await client.add_session()
    assert (await client.book(CAST.mama, CAST.xiaonan, fine)).status_code == 201
    session_id = await client.add_session(**how)
    refused = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert refused.json()["code"] == code
    assert await client.value("SELECT count(*) FROM booking") == 1


@pytest.mark.parametrize("who", [CAST.beimama, CAST.publisher, CAST.foreign_mama, CAST.viewer])
async def test_nobody_books_for_another_familys_child(client: Client, who: Somebody) -> None:
    session_id = await client.add_session()
    refused = await client.book(who, CAST.xiaonan, session_id)
    assert refused.status_code in (403, 404)
    assert (await client.book(CAST.teacher, CAST.xiaonan, session_id)).status_code == 201


async def test_after_the_start_a_place_is_not_given_back(client: Client) -> None:
    session_id = await client.add_session()
    held = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    await client.move_session(session_id, -timedelta(minutes=30))
    refused = await client.post(CAST.mama, f"/bookings/{held['id']}/cancel", {})
    assert refused.json()["code"] == "booking.not_cancellable"


async def test_a_unit_sees_the_bookings_of_its_own_sessions_only(client: Client) -> None:
    session_id = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    own = (await client.get(CAST.publisher, "/bookings")).json()["items"]
    assert [row["pupil_id"] for row in own] == [str(CAST.xiaonan.id)]
    assert (await client.get(CAST.other_publisher, "/bookings")).json()["items"] == []
    assert (await client.get(CAST.beimama, "/bookings")).json()["items"] == []


async def test_cancelling_and_booking_at_once_keep_seats_and_bookings_equal(client: Client) -> None:
    """Three children fight over two seats while everybody also cancels: nothing drifts."""
    session_id = await client.add_session(seats=2)
    families = ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei), (CAST.twin_dad, CAST.dui))

    async def restless(guardian: Somebody, pupil: Somebody) -> None:
        for _ in range(6):
            booked = await client.book(guardian, pupil, session_id)
            assert booked.status_code == 201, booked.text
            gone = await client.post(guardian, f"/bookings/{booked.json()['id']}/cancel", {})
            assert gone.status_code == 200, gone.text
        assert (await client.book(guardian, pupil, session_id)).status_code == 201

    await asyncio.gather(*(restless(*family) for family in families))
    counts = dict(
        await client.rows(
            "SELECT state, count(*) FROM booking WHERE state <> 'cancelled' GROUP BY state"
        )
    )
    assert counts == {"confirmed": 2, "waitlisted": 1}
    assert await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL") == 2


async def test_ended_sessions_are_closed_and_who_never_came_was_absent(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    await client.move_session(session_id, -timedelta(hours=5))
    close = next(job for job in JOBS if job.name == "bookings.close_sessions")
    await close.run(lambda: system_context(client.engine, WIRING, HERE), {})
    assert await client.value("SELECT state FROM session") == "closed"
    states = dict(
        await client.rows(
            "SELECT p.name, b.state FROM booking b JOIN person p ON p.id = b.pupil_id"
        )
    )
    assert states == {"小南": "absent", "小北": "cancelled"}


@given(grade=st.integers(-3, 9), least=st.integers(-3, 9), most=st.integers(-3, 9))
def test_a_grade_fits_exactly_between_its_bounds(grade: int, least: int, most: int) -> None:
    if least <= grade <= most:
        check_grade(grade, least, most)
    else:
        with pytest.raises(GradeDoesNotFit) as refused:
            check_grade(grade, least, most)
        assert say_grade(least) in refused.value.text()
