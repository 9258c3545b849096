"""Terms and their calendar: weeks from dates, days off, days made up, and what is refused."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.orgs.kinds import DayKind
from app.orgs.rules import is_school_day, week_of, weeks_of
from tests.cast import CAST
from tests.client import Client

AUTUMN = {
    "school_year": 2026,
    "name": "2026学年第一学期",
    "starts_on": "2026-09-01",
    "ends_on": "2027-01-22",
}


@dataclass(frozen=True)
class Span:
    starts_on: date
    ends_on: date


TERM = Span(date(2026, 9, 1), date(2027, 1, 22))


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 8, 31), None),
        (date(2026, 9, 1), 1),
        (date(2026, 9, 6), 1),
        (date(2026, 9, 7), 2),
        (date(2026, 12, 31), 18),
        (date(2027, 1, 22), 21),
        (date(2027, 1, 23), None),
    ],
)
def test_the_week_of_a_day(day: date, week: int | None) -> None:
    assert week_of(TERM, day) == week


def test_a_day_off_and_a_day_made_up() -> None:
    special = {date(2026, 10, 1): DayKind.HOLIDAY, date(2026, 10, 10): DayKind.MAKEUP}
    assert is_school_day(date(2026, 9, 30), [TERM], special)
    assert not is_school_day(date(2026, 10, 1), [TERM], special)
    assert is_school_day(date(2026, 10, 10), [TERM], special), "a Saturday, made up"
    assert not is_school_day(date(2026, 10, 11), [TERM], special)
    assert not is_school_day(date(2026, 7, 1), [TERM], special), "summer"
    assert not is_school_day(date(2027, 2, 1), [TERM], {date(2027, 2, 1): DayKind.MAKEUP})


@settings(deadline=None)  # a busy machine is no failure
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 200), st.integers(0, 200))
def test_weeks_and_days_agree(start: date, length: int, offset: int) -> None:
    term = Span(start, start + timedelta(days=length))
    weeks = list(weeks_of(term, {}))
    day = start + timedelta(days=offset)
    shown = [week.number for week in weeks for one in week.days if one.day == day and one.in_term]
    assert shown == ([week_of(term, day)] if week_of(term, day) else [])
    assert sum(one.in_term for week in weeks for one in week.days) == length + 1
    assert all(week.days[0].day.weekday() == 0 for week in weeks)


async def add_term(client: Client, **more: Any) -> Any:
    return await client.post(CAST.secretary, "/terms", {**AUTUMN, **more})


async def mark(client: Client, first: str, last: str, kind: str, name: str) -> Any:
    body = {"starts_on": first, "ends_on": last, "kind": kind, "name": name}
    return await client.post(CAST.secretary, "/term-days", body)


async def test_terms_do_not_overlap_and_stay_in_their_year(client: Client) -> None:
    made = await add_term(client)
    assert made.status_code == 201, made.text
    again = await add_term(client)
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    for more in (
        {"name": "另一学期", "starts_on": "2027-01-22", "ends_on": "2027-06-30"},
        {"name": "另一学期", "starts_on": "2026-10-01", "ends_on": "2026-11-01"},
        {"name": "改了结束", "ends_on": "2027-01-20"},
    ):
        refused = await add_term(client, **more)
        assert (refused.status_code, refused.json()["code"]) == (409, "orgs.term_overlaps"), more
        assert "2026学年第一学期" in refused.json()["detail"]
    outside = await add_term(client, name="错年", school_year=2025)
    assert (outside.status_code, outside.json()["code"]) == (422, "orgs.term_outside_year")
    spring = await add_term(client, name="第二学期", starts_on="2027-02-22", ends_on="2027-06-30")
    assert spring.status_code == 201


async def test_of_two_overlapping_terms_at_once_one_is_refused(client: Client) -> None:
    answers = await asyncio.gather(
        *(add_term(client, name=f"第{n}种", ends_on=f"2027-01-{20 + n}") for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_the_calendar_of_a_term(client: Client) -> None:
    term = (await add_term(client)).json()["id"]
    week = await mark(client, "2026-10-01", "2026-10-07", "holiday", "国庆节")
    assert len(week.json()["items"]) == 7
    await mark(client, "2026-10-10", "2026-10-10", "makeup", "国庆补课")
    weeks = (await client.get(CAST.mama, f"/terms/{term}/weeks")).json()["items"]
    assert [one["number"] for one in weeks] == list(range(1, 22))
    assert [one["school_days"] for one in weeks][:6] == [4, 5, 5, 5, 3, 3]
    fifth = {day["day"]: day for day in weeks[4]["days"]}
    assert (fifth["2026-10-01"]["is_school"], fifth["2026-10-01"]["name"]) == (False, "国庆节")
    days = (await client.get(CAST.mama, f"/terms/{term}/days")).json()["items"]
    assert len(days) == 8
    answer = await client.call(CAST.secretary, "DELETE", f"/term-days/{days[-1]['id']}")
    assert answer.status_code == 204
    gone = await client.call(CAST.secretary, "DELETE", f"/term-days/{days[-1]['id']}")
    assert gone.status_code == 404
    logged = await client.rows("SELECT action FROM audit_entry WHERE object_type = 'term_day'")
    assert [row.action for row in logged].count("term_day:delete") == 1


async def test_a_span_is_entered_whole_or_not_at_all(client: Client) -> None:
    await add_term(client)
    first = await mark(client, "2026-10-01", "2026-10-03", "holiday", "国庆节")
    same = await mark(client, "2026-10-01", "2026-10-05", "holiday", "国庆节")
    ids = [[day["id"] for day in answer.json()["items"]] for answer in (first, same)]
    assert (ids[1][:3], len(ids[1])) == (ids[0], 5), "what is entered alike stays"
    other = await mark(client, "2026-10-05", "2026-10-08", "holiday", "秋假")
    assert (other.status_code, other.json()["code"]) == (409, "orgs.day_taken")
    outside = await mark(client, "2027-01-20", "2027-01-25", "holiday", "寒假")
    assert (outside.status_code, outside.json()["code"]) == (422, "orgs.day_outside_terms")
    assert await client.value("SELECT count(*) FROM term_day") == 5
    backwards = await mark(client, "2026-10-09", "2026-10-08", "holiday", "反了")
    assert backwards.status_code == 422
    endless = await mark(client, "2026-10-09", "2026-12-08", "holiday", "太长")
    assert endless.status_code == 422


async def test_only_the_district_keeps_the_calendar(client: Client) -> None:
    await add_term(client)
    body = {"starts_on": "2026-10-01", "ends_on": "2026-10-01", "kind": "holiday", "name": "国庆"}
    for who in (CAST.liaison, CAST.teacher, CAST.mama, CAST.publisher):
        assert (await client.post(who, "/term-days", body)).status_code == 403
