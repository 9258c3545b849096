"""How places are given, set on the console: good defaults folded away, a sentence at every bad value."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.activities.rules import commitment
from tests.cast import CAST, JUNIOR, POTTERY, SCHOOL, UNIT, Somebody
from tests.client import Client
from tests.web.conftest import Browser

ACTIVITY = {
    "organization_id": str(UNIT),
    "base_id": str(POTTERY),
    "kind": "social_practice",
    "category": "social",
    "title": "夜宿陶艺工坊",
    "min_grade": "1",
    "max_grade": "9",
    "credited_minutes": "60",
    "evidence_needed": "C",
}
DATE = {"starts_at": "2027-03-01T14:00", "ends_at": "2027-03-01T15:00", "capacity": "10"}
FORM = {**ACTIVITY, **DATE, "mode": "first_come", "reserve_percent": "0"}
PATH = "/console/activities"


def wrong_at(page: str, name: str) -> str:
    """The sentence at a field; empty when there is none."""
    found = re.search(rf'id="hint-{name}" class="form-text"><strong class="wrong">([^<]+)', page)
    return found[1] if found else ""


async def _made(client: Client) -> list[int]:
    tables = ("activity", "session", "seat", "review")
    return [await client.value(f"SELECT count(*) FROM {table}") for table in tables]


async def test_defaults_are_folded_and_publishing_needs_none_of_them(
    browser: Browser, client: Client
) -> None:
    blank = (await browser.be(CAST.publisher).get(f"{PATH}/new")).text
    assert '<details class="more">' in blank
    assert '<option value="first_come" selected>先到先得' in blank
    made = await browser.post(PATH, FORM)
    row = (await client.rows("SELECT * FROM session"))[0]
    assert (row.mode, row.reserve_percent, row.reserve_until) == ("first_come", 0, None)
    assert (row.cancel_until, row.draw_digest) == (None, None)
    page = (await browser.get(made.headers["location"])).text
    assert "所学校" not in page
    assert "抽签" not in page.split("<details")[0]


async def test_a_reserve_is_previewed_school_by_school_and_kept(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.publisher)
    form = {**FORM, "reserve_percent": "50", "reserve_days": "5", "cancel_days": "2"}
    seen = (await browser.post(f"{PATH}/preview", form)).text
    assert "先留给各校的名额：叶城小学 4，南苑中学 1。" in seen
    assert '<details class="more" open>' in seen, "what was chosen stays in sight"
    assert await _made(client) == [0, 0, 0, 0]
    made = await browser.post(PATH, form)
    row = (await client.rows("SELECT * FROM session"))[0]
    assert row.starts_at - row.reserve_until == timedelta(days=5)
    assert row.starts_at - row.cancel_until == timedelta(days=2)
    sql = "SELECT pool_id, count(*) FROM seat GROUP BY 1"
    assert dict(await client.rows(sql)) == {SCHOOL: 4, JUNIOR: 1, None: 5}
    page = (await browser.get(made.headers["location"])).text
    assert "留给 2 所学校，2月24日（周三）14:00放开" in page
    assert "<li>叶城小学 4 个（空 4）</li>" in page
    assert "2月27日（周六）14:00前可取消" in page
    more = {**DATE, "starts_at": "2027-04-01T14:00", "ends_at": "2027-04-01T15:00"}
    more |= {"mode": "first_come", "reserve_percent": "80", "weeks": "2"}
    assert (await browser.post(f"{made.headers['location']}/sessions", more)).status_code == 303
    later = await client.rows(
        "SELECT starts_at - reserve_until AS left FROM session WHERE reserve_percent = 80"
    )
    assert [one.left for one in later] == [timedelta(days=3)] * 2, "each week has its own date"


async def test_a_draw_shows_its_date_and_what_binds_it(browser: Browser, client: Client) -> None:
    made = await browser.be(CAST.publisher).post(PATH, {**FORM, "mode": "lottery"})
    row = (await client.rows("SELECT draw_seed, draw_digest FROM session"))[0]
    page = (await browser.get(made.headers["location"])).text
    assert row.draw_digest == commitment(row.draw_seed)
    assert row.draw_digest in page
    assert row.draw_seed not in page
    assert "10，抽签" in page
    assert "3月1日（周一）14:00抽签" in page


BAD: tuple[tuple[Mapping[str, str], str, str], ...] = (
    ({"capacity": "1", "reserve_percent": "80"}, "reserve_percent", "2 所学校各至少 1 个名额"),
    ({"reserve_percent": "101"}, "reserve_percent", "太大了，最多是 100"),
    ({"reserve_percent": "50", "reserve_days": "0"}, "reserve_days", "太小了，至少是 1"),
    ({"reserve_days": "三"}, "reserve_days", "请填写整数"),
    ({"cancel_days": "61"}, "cancel_days", "太大了，最多是 60"),
    ({"mode": "auction"}, "mode", "请从列表中选择"),
    ({"ends_at": "2027-03-01T14:00"}, "ends_at", "前后矛盾"),
    ({"starts_at": "2020-03-01T14:00", "ends_at": "2020-03-01T15:00"}, "ends_at", "前后矛盾"),
    ({"starts_at": "2027-03-01T24:00"}, "starts_at", "请填写日期和时间"),
    ({"starts_at": "", "ends_at": "", "capacity": "", "mode": "lottery"}, "starts_at", "请填写"),
)


@pytest.mark.parametrize(("change", "name", "sentence"), BAD)
async def test_a_bad_value_is_said_at_its_field_and_nothing_is_written(
    browser: Browser, client: Client, change: dict[str, str], name: str, sentence: str
) -> None:
    browser.be(CAST.publisher)
    refused = await browser.post(PATH, {**FORM, **change, "then": "send"})
    assert refused.status_code == 422
    assert sentence in wrong_at(refused.text, name)
    assert 'value="夜宿陶艺工坊"' in refused.text, "what was typed is still there"
    assert await _made(client) == [0, 0, 0, 0]


async def _settings(client: Client, **more: Any) -> str:
    session_id = await client.add_session(seats=3, starts_in=timedelta(days=9), **more)
    return f"/console/sessions/{session_id}/settings"


def _fields(page: str) -> dict[str, str]:
    names = "version|capacity|booking_closes_at|cancel_until|reserve_until"
    return dict(re.findall(rf'name="({names})" value="([^"]*)"', page))


async def test_seats_and_limits_are_changed_on_their_own_page(
    browser: Browser, client: Client
) -> None:
    path = await _settings(client)
    session_id = UUID(path.split("/")[3])
    for guardian, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        await client.book(guardian, pupil, session_id)
    shown = _fields((await browser.be(CAST.publisher).get(path)).text)
    assert "reserve_until" not in shown
    for change, name, sentence in (
        ({"capacity": "1"}, "capacity", "已有 2 人占用名额"),
        ({"capacity": ""}, "capacity", "请填写"),
        ({"cancel_until": "2099-01-01T08:00"}, "cancel_until", "不能晚于活动开始"),
        ({"booking_closes_at": "2099-01-01T08:00"}, "booking_closes_at", "前后矛盾"),
    ):
        refused = await browser.post(path, {**shown, **change})
        assert sentence in wrong_at(refused.text, name), (change, refused.text[-900:])
    assert await client.value("SELECT capacity FROM session") == 3
    until = (datetime.now(UTC) + timedelta(days=5)).strftime("%Y-%m-%dT08:00")
    saved = await browser.post(path, {**shown, "capacity": "2", "cancel_until": until})
    assert saved.status_code == 303
    row = (await client.rows("SELECT * FROM session"))[0]
    assert (row.capacity, row.cancel_until.strftime("%H:%M")) == (2, "00:00")
    assert row.booking_closes_at > row.starts_at, "what was not touched keeps its seconds"
    stale = await browser.post(path, {**shown, "capacity": "5"})
    assert stale.status_code == 409
    assert await client.value("SELECT capacity FROM session") == 2, "somebody else was faster"
    now = _fields((await browser.get(path)).text)
    assert (await browser.post(path, {**now, "cancel_until": ""})).status_code == 303
    assert await client.value("SELECT cancel_until FROM session") is None


async def test_a_reserve_keeps_a_seat_for_every_school_when_a_session_shrinks(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.publisher)
    await browser.post(PATH, {**FORM, "reserve_percent": "80"})
    session_id = await client.value("SELECT id FROM session")
    path = f"/console/sessions/{session_id}/settings"
    shown = _fields((await browser.get(path)).text)
    late = await browser.post(path, {**shown, "reserve_until": "2027-03-01T14:00"})
    assert "早于活动开始" in wrong_at(late.text, "reserve_until")
    small = await browser.post(path, {**shown, "capacity": "1"})
    assert "2 所学校各至少 1 个名额" in wrong_at(small.text, "capacity")
    assert (await browser.post(path, {**shown, "capacity": "2"})).status_code == 303
    pools = dict(await client.rows("SELECT pool_id, count(*) FROM seat GROUP BY 1"))
    assert pools == {SCHOOL: 1, JUNIOR: 1}


@pytest.mark.parametrize("who", [CAST.other_publisher, CAST.teacher, CAST.foreign_secretary])
async def test_another_units_session_has_no_settings(
    browser: Browser, client: Client, who: Somebody
) -> None:
    path = await _settings(client)
    assert (await browser.be(who).get(path)).status_code in (403, 404)
    assert (await browser.post(path, {"capacity": "1"})).status_code in (403, 404)
    assert await client.value("SELECT capacity FROM session") == 3


async def test_the_secretariat_sets_the_rules_of_all_bookings(
    browser: Browser, client: Client
) -> None:
    path = "/console/booking-rules"
    assert path in (await browser.be(CAST.secretary).get("/console")).text
    page = (await browser.get(path)).text
    assert 'name="gap_minutes" value="30"' in page
    rules = {"gap_minutes": "45", "all": "6", "career": "2"}
    for bad, name, sentence in (
        ({"gap_minutes": "241"}, "gap_minutes", "太大了，最多是 240"),
        ({"gap_minutes": ""}, "gap_minutes", "请填写"),
        ({"all": "0"}, "all", "太小了，至少是 1"),
        ({"career": "两次"}, "career", "请填写整数"),
    ):
        refused = await browser.post(path, {**rules, **bad})
        assert (refused.status_code, sentence in wrong_at(refused.text, name)) == (422, True), bad
    assert await client.value("SELECT count(*) FROM booking_limit") == 0
    assert (await browser.post(path, rules)).headers["location"] == path
    said = (await client.get(CAST.secretary, "/booking-rules")).json()
    assert said == {
        "gap_minutes": 45,
        "limits": [{"category": None, "most": 6}, {"category": "career", "most": 2}],
    }
    shown = (await browser.get(path)).text
    assert 'name="career" value="2"' in shown
    for who in (CAST.publisher, CAST.liaison, CAST.viewer):
        assert (await browser.be(who).get(path)).status_code == 403
        assert path not in (await browser.get("/console")).text
        assert (await browser.post(path, rules)).status_code == 403


async def test_the_limit_of_whoever_is_asked_stands_in_the_list(
    browser: Browser, client: Client
) -> None:
    session_id = await client.add_session(seats=3, starts_in=timedelta(days=20))
    await client.rows("UPDATE session SET mode = 'class'")
    class_id = await client.value(
        "SELECT class_id FROM enrollment WHERE pupil_id = :p", p=CAST.xiaonan.id
    )
    body = {"session_id": str(session_id), "class_id": str(class_id), "adults": 1}
    path = (
        f"/class-bookings/{(await client.post(CAST.teacher, '/class-bookings', body)).json()['id']}"
    )
    listed = (await browser.be(CAST.teacher).get("/console/class-bookings")).text
    assert re.search(r"学校：\d+月\d+日", listed)
    await client.post(CAST.liaison, f"{path}/confirm", {})
    assert re.search(r"单位：\d+月\d+日", (await browser.get("/console/class-bookings")).text)
    browser.be(CAST.publisher)
    assert "单位最晚答复" in (await browser.get(f"/console{path}")).text
    await client.post(CAST.publisher, f"{path}/accept", {})
    listed = (await browser.get("/console/class-bookings")).text
    assert "单位：" not in listed
