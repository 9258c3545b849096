"""Dates that cannot be: windows, zones and midnight, reserves too large, a review of one's own."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.bookings.errors import BookingClosed, BookingNotOpen
from app.bookings.rules import check_window
from app.kit.clock import at_school
from tests.activities.test_publishing import _draft, _session, _state
from tests.activities.test_repeating import NEXT, _pattern, _term
from tests.cast import CAST, POTTERY, UNIT
from tests.client import Client

START = datetime(2027, 3, 1, 6, tzinfo=UTC)


def _at(**by: float) -> str:
    return (START + timedelta(**by)).isoformat()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends_at": _at()}, "activity.times_out_of_order"),
        ({"ends_at": _at(hours=-1)}, "activity.times_out_of_order"),
        ({"booking_opens_at": _at(hours=1)}, "activity.times_out_of_order"),
        (
            {"booking_opens_at": _at(days=-1), "booking_closes_at": _at(days=-2)},
            "activity.times_out_of_order",
        ),
        ({"booking_closes_at": _at(hours=3)}, "activity.times_out_of_order"),
        ({"cancel_until": _at(hours=1)}, "activity.cancel_limit_wrong"),
        ({"mode": "wishes"}, "activity.mode_not_offered"),
        ({"reserve_percent": 10}, "activity.reserve_without_end"),
        ({"reserve_percent": 10, "reserve_until": _at()}, "activity.reserve_without_end"),
        (
            {"capacity": 1, "reserve_percent": 1, "reserve_until": _at(days=-1)},
            "activity.reserve_too_large",
        ),
        ({"reserve_percent": 101, "reserve_until": _at(days=-1)}, "http.invalid"),
        ({"starts_at": "2027-03-01T14:00:00"}, "http.invalid"),
        ({"starts_at": "2027-03-01T24:00:00+08:00"}, "http.invalid"),
        ({"starts_at": "2027-02-29T08:00:00+08:00"}, "http.invalid"),
    ],
)
async def test_an_impossible_date_is_refused_with_a_reason_and_leaves_nothing(
    client: Client, change: dict[str, Any], code: str
) -> None:
    activity = await _draft(client, max_grade=9)
    times = {"starts_at": _at(), "ends_at": _at(hours=2)}
    refused = await _session(client, activity["id"], **{**times, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    assert len(refused.json()["detail"]) > 5
    assert await client.value("SELECT count(*) FROM session") == 0
    assert await client.value("SELECT count(*) FROM seat") == 0


async def test_one_moment_in_two_zones_is_one_moment_and_a_day_ends_at_24(client: Client) -> None:
    """22:00 to midnight in Shanghai, written in UTC: it belongs to the evening's day."""
    activity = await _draft(client)
    evening = {"starts_at": "2027-03-01T22:00:00+08:00", "ends_at": "2027-03-02T00:00:00+08:00"}
    made = (await _session(client, activity["id"], **evening)).json()
    utc = {"starts_at": "2027-03-01T14:00:00Z", "ends_at": "2027-03-01T16:00:00Z"}
    same = (await _session(client, activity["id"], **utc)).json()
    assert (made["starts_at"], made["ends_at"]) == (same["starts_at"], same["ends_at"])
    assert made["booking_closes_at"] == made["starts_at"]


async def test_a_pattern_does_not_cross_midnight(client: Client) -> None:
    term = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    path = f"/activities/{(await _draft(client))['id']}/repeat"
    for change, code in (
        ({"starts": "23:00", "ends": "00:00"}, "activity.times_out_of_order"),
        ({"starts": "23:00", "ends": "24:00"}, "http.invalid"),
        ({"starts": "25:00", "ends": "26:00"}, "http.invalid"),
    ):
        refused = await client.post(CAST.publisher, path, _pattern(term, **change))
        assert (refused.status_code, refused.json()["code"]) == (422, code), change
    late = await client.post(CAST.publisher, path, _pattern(term, starts="22:00", ends="23:59"))
    assert [slot["starts_at"] for slot in late.json()["slots"]] == [
        "2030-09-11T14:00:00Z",
        "2030-09-25T14:00:00Z",
    ]


def test_a_window_is_open_from_its_first_moment_up_to_its_last() -> None:
    opens, closes = at_school(date(2027, 3, 1), 0), at_school(date(2027, 3, 2), 0)
    tick = timedelta(microseconds=1)
    check_window(opens, opens, closes)
    check_window(closes - tick, opens, closes)
    with pytest.raises(BookingNotOpen):
        check_window(opens - tick, opens, closes)
    with pytest.raises(BookingClosed):
        check_window(closes, opens, closes)


async def test_the_author_neither_approves_nor_returns(client: Client) -> None:
    activity = await _draft(client)
    await _session(client, activity["id"])
    await _state(client, CAST.publisher, activity["id"], "submit")
    await client.rows("UPDATE activity SET author_id = :p", p=CAST.secretary.id)
    for verb, body in (("approve", {}), ("return", {"reason": "我自己退回"})):
        own = await _state(client, CAST.secretary, activity["id"], verb, **body)
        assert (own.status_code, own.json()["code"]) == (403, "activity.own_review"), verb
    assert await client.value("SELECT state FROM activity") == "submitted"
    assert await client.value("SELECT count(*) FROM review") == 1, "only the submission"


async def test_capacity_cut_below_what_is_booked_loses_nobody(client: Client) -> None:
    session_id = await client.add_session(seats=2)
    booked = [
        (await client.book(guardian, pupil, session_id)).json()
        for guardian, pupil in (
            (CAST.mama, CAST.xiaonan),
            (CAST.beimama, CAST.xiaobei),
            (CAST.twin_dad, CAST.shuang),
        )
    ]
    refused = await client.patch(CAST.publisher, f"/sessions/{session_id}", {"capacity": 1})
    assert refused.json()["code"] == "activity.capacity_below_booked"
    states = "SELECT state FROM booking ORDER BY queue_no"
    assert [row.state for row in await client.rows(states)] == [one["state"] for one in booked]
    assert (await client.get(CAST.mama, f"/sessions/{session_id}")).json()["capacity"] == 2


async def _reserved(client: Client, seats: int) -> UUID:
    body = {"organization_id": str(UNIT), "base_id": str(POTTERY), "kind": "dream_course"}
    grades = {"title": "预留", "min_grade": 1, "max_grade": 9}
    activity = (await client.post(CAST.publisher, "/activities", {**body, **grades})).json()
    times = {"starts_at": _at(), "ends_at": _at(hours=1), "reserve_until": _at(days=-2)}
    made = await _session(client, activity["id"], capacity=seats, reserve_percent=100, **times)
    return UUID(made.json()["id"])


async def test_a_smaller_session_keeps_a_reserved_seat_for_every_school(client: Client) -> None:
    session_id = await _reserved(client, 6)
    path = f"/sessions/{session_id}"
    pools = "SELECT count(*) AS seats FROM seat GROUP BY pool_id ORDER BY 1"
    assert [row.seats for row in await client.rows(pools)] == [1, 5]
    refused = await client.patch(CAST.publisher, path, {"capacity": 1})
    assert refused.json()["code"] == "activity.reserve_too_large"
    assert (await client.patch(CAST.publisher, path, {"capacity": 3})).status_code == 200
    assert [row.seats for row in await client.rows(pools)] == [1, 2]


async def test_limits_move_with_the_date(client: Client) -> None:
    session_id = await _reserved(client, 6)
    later = {"starts_at": _at(days=7), "ends_at": _at(days=7, hours=1)}
    moved = await client.post(CAST.publisher, f"/sessions/{session_id}/move", later)
    assert datetime.fromisoformat(moved.json()["reserve_until"]) == START + timedelta(days=5)
    wrong = await client.patch(
        CAST.publisher, f"/sessions/{session_id}", {"reserve_until": _at(days=7)}
    )
    assert wrong.json()["code"] == "activity.reserve_without_end"
