"""Weekly patterns over the term calendar, and last term's dates once more."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from app.activities.kinds import Phase
from app.activities.rules import moved_day, pattern_days, phase_of, why_closed
from app.orgs.kinds import DayKind
from tests.activities.test_publishing import DRAFT, _draft, _state
from tests.cast import CAST
from tests.client import Client


class Span:
    """A term in numbers."""

    def __init__(self, starts_on: date, ends_on: date) -> None:
        self.starts_on, self.ends_on = starts_on, ends_on


AUTUMN = Span(date(2026, 9, 1), date(2027, 1, 22))  # begins on a Tuesday
SPRING = Span(date(2027, 2, 22), date(2027, 6, 30))  # on a Monday
SPECIAL = {
    date(2026, 10, 1): (DayKind.HOLIDAY, "国庆"),
    date(2026, 10, 10): (DayKind.MAKEUP, "国庆补课"),
}


def test_a_pattern_leaves_out_days_off_and_what_lies_outside_the_term() -> None:
    days, skipped = pattern_days(AUTUMN, 1, 6, [1, 4, 6], SPECIAL)
    assert date(2026, 9, 3) in days
    assert [(one.day, one.reason) for one in skipped] == [
        (date(2026, 8, 31), "不在学期内"),
        (date(2026, 10, 1), "放假（国庆）"),
        (date(2026, 10, 10), "补课（国庆补课）"),
    ]
    assert why_closed(date(2026, 10, 10), SPECIAL) is not None
    assert len(days) == 15


def test_a_day_keeps_its_week_and_weekday_in_another_term() -> None:
    assert moved_day(date(2026, 9, 9), AUTUMN, SPRING) == date(2027, 3, 3)
    assert moved_day(date(2027, 1, 20), AUTUMN, SPRING) is None, "week 21: the spring has 19"
    assert moved_day(date(2027, 2, 22), SPRING, AUTUMN) is None, "a Monday before the first day"
    assert moved_day(date(2026, 8, 1), AUTUMN, SPRING) is None


@pytest.mark.parametrize(
    ("hours", "phase"),
    [((1, 3), "coming"), ((-1, 1), "running"), ((-3, -1), "ended"), ((), "coming")],
)
def test_where_an_activity_stands_follows_from_its_sessions(
    hours: tuple[int, ...], phase: str
) -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)

    class Date:
        starts_at = now + timedelta(hours=hours[0]) if hours else now
        ends_at = now + timedelta(hours=hours[1]) if hours else now

    assert phase_of([Date()] if hours else [], now) is Phase(phase)


async def _term(client: Client, year: int, starts: date, ends: date, off: date) -> str:
    body = {
        "school_year": year,
        "name": f"{starts}",
        "starts_on": f"{starts}",
        "ends_on": f"{ends}",
    }
    term = (await client.post(CAST.secretary, "/terms", body)).json()["id"]
    day = {"starts_on": f"{off}", "ends_on": f"{off}", "kind": "holiday", "name": "校庆"}
    assert (await client.post(CAST.secretary, "/term-days", day)).is_success
    return str(term)


def _pattern(term: str, **change: Any) -> dict[str, Any]:
    times = {"starts": "14:00", "ends": "15:30", "capacity": 2}
    return {"term_id": term, "first_week": 2, "last_week": 4, "weekdays": [3], **times, **change}


NEXT = date(2030, 9, 2)  # a Monday, far ahead of the database's clock


async def test_a_pattern_is_previewed_then_made_once(client: Client) -> None:
    term = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    activity = await _draft(client)
    path = f"/activities/{activity['id']}/repeat"
    seen = (await client.post(CAST.publisher, f"{path}/preview", _pattern(term))).json()
    assert [slot["starts_at"][:16] for slot in seen["slots"]] == [
        "2030-09-11T06:00",
        "2030-09-25T06:00",
    ]
    assert seen["skipped"] == [{"day": "2030-09-18", "reason": "放假（校庆）"}]
    assert await client.value("SELECT count(*) FROM session") == 0
    answers = await asyncio.gather(
        *(client.post(CAST.publisher, path, _pattern(term)) for _ in range(3))
    )
    assert sorted(len(answer.json()["slots"]) for answer in answers) == [0, 0, 2]
    assert await client.value("SELECT count(*) FROM session") == 2
    assert await client.value("SELECT count(*) FROM seat") == 4
    foreign = await client.post(CAST.other_publisher, path, _pattern(term))
    assert foreign.status_code == 404


async def test_each_date_of_a_pattern_has_its_mode_reserve_and_limits(client: Client) -> None:
    term = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    activity = await _draft(client)
    path = f"/activities/{activity['id']}/repeat"
    how = {"mode": "lottery", "reserve_percent": 50, "reserve_days": 4, "cancel_days": 2}
    opens = "2030-09-03T12:00:00+08:00"
    given = _pattern(term, capacity=6, booking_opens_at=opens, **how)
    assert (await client.post(CAST.publisher, path, given)).is_success
    rows = await client.rows("SELECT * FROM session ORDER BY starts_at")
    assert len(rows) == 2
    for row in rows:
        assert (row.mode, row.reserve_percent) == ("lottery", 50)
        assert row.starts_at - row.reserve_until == timedelta(days=4)
        assert row.starts_at - row.cancel_until == timedelta(days=2)
        assert row.booking_opens_at == datetime.fromisoformat(opens)
        assert row.draw_digest
    assert rows[0].draw_digest != rows[1].draw_digest
    assert await client.value("SELECT count(*) FROM seat WHERE pool_id IS NOT NULL") == 6
    wishes = await client.post(CAST.publisher, path, _pattern(term, weekdays=[5], mode="wishes"))
    assert wishes.json()["code"] == "activity.mode_not_offered"
    assert await client.value("SELECT count(*) FROM session") == 2, "all or nothing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"last_week": 40}, "activity.weeks_outside_term"),
        ({"first_week": 5}, "activity.weeks_outside_term"),
        ({"ends": "14:00"}, "activity.times_out_of_order"),
        (
            {"first_week": 1, "last_week": 20, "weekdays": [1, 2, 3, 4]},
            "activity.too_many_sessions",
        ),
        ({"capacity": 500, "weekdays": [1, 2, 3, 4, 5]}, "activity.too_many_sessions"),
        ({"first_week": 3, "last_week": 3}, "activity.no_dates"),
    ],
)
async def test_an_impossible_pattern_makes_nothing(
    client: Client, change: dict[str, Any], code: str
) -> None:
    term = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    activity = await _draft(client)
    path = f"/activities/{activity['id']}/repeat"
    for way in (path, f"{path}/preview"):
        answer = await client.post(CAST.publisher, way, _pattern(term, **change))
        assert answer.json()["code"] == code, answer.text
    assert await client.value("SELECT count(*) FROM session") == 0


async def test_a_term_without_a_calendar_is_refused(client: Client) -> None:
    body = {
        "school_year": 2030,
        "name": "无校历",
        "starts_on": "2030-09-02",
        "ends_on": "2031-01-17",
    }
    term = (await client.post(CAST.secretary, "/terms", body)).json()["id"]
    activity = await _draft(client)
    for verb, given in (("repeat", _pattern(term)), ("copy", {"term_id": term})):
        answer = await client.post(CAST.publisher, f"/activities/{activity['id']}/{verb}", given)
        assert answer.json()["code"] == "activity.no_calendar"


async def test_last_terms_dates_are_copied_once_to_the_same_weeks(client: Client) -> None:
    spring = await _term(client, 2029, date(2030, 2, 18), date(2030, 6, 28), date(2030, 5, 1))
    autumn = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    activity = await _draft(client, what_to_bring="围裙")
    path = f"/activities/{activity['id']}"
    empty = await client.post(CAST.publisher, f"{path}/copy", {"term_id": autumn})
    assert empty.json()["code"] == "activity.nothing_to_copy"
    given = _pattern(spring, first_week=2, last_week=3, weekdays=[3, 5])
    assert (await client.post(CAST.publisher, f"{path}/repeat", given)).is_success
    body = {"term_id": autumn}
    seen = (await client.post(CAST.publisher, f"{path}/copy/preview", body)).json()
    assert seen["skipped"] == [{"day": "2030-09-18", "reason": "放假（校庆）"}]
    answers = await asyncio.gather(
        *(client.post(CAST.publisher, f"{path}/copy", body) for _ in range(2))
    )
    copies = [answer.json()["activity"] for answer in answers]
    assert copies[0]["id"] == copies[1]["id"]
    assert (copies[0]["state"], copies[0]["what_to_bring"]) == ("draft", "围裙")
    assert copies[0]["copied_from"] == activity["id"]
    rows = await client.rows(
        "SELECT starts_at, booking_closes_at, capacity FROM session WHERE activity_id = :a "
        "ORDER BY starts_at",
        a=copies[0]["id"],
    )
    days = [(row.starts_at + timedelta(hours=8)).date() for row in rows]
    assert days == [date(2030, 9, 11), date(2030, 9, 13), date(2030, 9, 20)]
    assert (rows[0].starts_at + timedelta(hours=8)).time() == time(14)
    assert {row.capacity for row in rows} == {2}
    assert rows[0].booking_closes_at == rows[0].starts_at


async def test_a_published_pattern_waits_for_the_papers(client: Client) -> None:
    """What is published grows only while the unit may publish."""
    term = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    activity = await _draft(client)
    path = f"/activities/{activity['id']}/repeat"
    await client.post(CAST.publisher, path, _pattern(term))
    for verb, who in (
        ("submit", CAST.publisher),
        ("approve", CAST.secretary),
        ("publish", CAST.publisher),
    ):
        assert (await _state(client, who, activity["id"], verb)).is_success
    paper = {"organization_id": DRAFT["organization_id"], "kind": "insurance"}
    await client.post(CAST.secretary, "/papers", {**paper, "valid_until": "2026-01-01"})
    late = await client.post(CAST.publisher, path, _pattern(term, weekdays=[5]))
    assert late.json()["code"] == "activity.papers_expired"
    assert await client.value("SELECT count(*) FROM session") == 2, "all or nothing"
