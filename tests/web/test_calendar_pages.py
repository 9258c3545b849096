"""The month on a phone, and the secret calendars of families, classes and units."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.kit.clock import SCHOOL_TIME
from app.kit.ids import digest
from tests.calendar_reading import events_of
from tests.cast import CAST, CLASS_3, CLASS_8, HERE, OTHER_UNIT, UNIT, Somebody
from tests.client import Client
from tests.web.conftest import Browser

DAYS = """
INSERT INTO term (district_id, id, school_year, name, starts_on, ends_on)
VALUES (:d, gen_random_uuid(), 2026, '第一学期', '2026-09-01', '2027-01-22')
"""


async def _feed(browser: Browser, who: Somebody, path: str, **form: str) -> str:
    """The path of a fresh secret address, read from the page that shows it once."""
    page = await browser.be(who).post(path, form)
    assert page.status_code == 200, page.text
    return str(re.findall(r"(/calendar/[\w-]{43}\.ics)", page.text)[0])


async def _events(browser: Browser, path: str) -> list[dict[str, str]]:
    answer = await browser.be(None).get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    return events_of(answer.content)


async def test_the_month_shows_dates_terms_days_off_and_today(
    browser: Browser, client: Client
) -> None:
    await client.rows(DAYS, d=HERE)
    await client.rows(
        "INSERT INTO term_day (district_id, id, day, kind, name) "
        "VALUES (:d, gen_random_uuid(), '2026-10-01', 'holiday', '国庆')",
        d=HERE,
    )
    booked = await client.add_session(title="捏一只小碗", starts_in=timedelta(days=2))
    await client.add_session(title="看云识天气", starts_in=timedelta(days=2))
    await client.add_session(title="初中实验", starts_in=timedelta(days=2), grades=(7, 9))
    await client.book(CAST.mama, CAST.xiaonan, booked)
    day = (datetime.now(UTC) + timedelta(days=2)).astimezone(SCHOOL_TIME).date()
    page = (await browser.be(CAST.mama).get(f"/m/calendar?day={day}")).text
    square = page.split(f'href="/m/calendar?day={day}#day"', 1)[1].split("</a>", 1)[0]
    assert "已约" in square
    assert "1 场" in square
    assert "捏一只小碗" in page
    assert "看云识天气" in page
    assert "初中实验" not in page
    october = (await browser.get("/m/calendar?month=2026-10")).text
    assert "放假：国庆" in october
    assert "第一学期：9月1日至1月22日" in october
    assert 'href="/m/calendar?month=2026-09"' in october
    assert 'href="/m/calendar?month=2026-11"' in october
    now = (await browser.get("/m/calendar")).text
    assert now.count("day-today") == 1
    past = (await browser.get("/m/calendar?month=2020-02")).text
    assert (past.count("day-today"), past.count("day-number")) == (0, 29)
    for wrong in ("month=2026-13", "day=2026-02-30", "month=x", "day=0001-01-01", "month=9999-12"):
        answer = await browser.get(f"/m/calendar?{wrong}")
        assert (answer.status_code, "没有这个月份" in answer.text) == (422, True), wrong


async def test_a_family_s_calendar_follows_bookings_and_names_nobody_fully(
    browser: Browser, client: Client
) -> None:
    session = await client.add_session(title="捏一只小碗", seats=1, starts_in=timedelta(days=3))
    held = (await client.book(CAST.twin_dad, CAST.shuang, session)).json()
    await client.book(CAST.twin_dad, CAST.dui, session)
    path = await _feed(browser, CAST.twin_dad, "/m/feeds")
    first = {event["SUMMARY"]: event for event in await _events(browser, path)}
    assert set(first) == {"双*：捏一只小碗", "对*：捏一只小碗（候补）"}
    sure = first["双*：捏一只小碗"]
    assert (sure["STATUS"], sure["LOCATION"]) == ("CONFIRMED", "陶艺工坊")
    assert first["对*：捏一只小碗（候补）"]["STATUS"] == "TENTATIVE"
    body = (await browser.get(path)).text
    assert "双双" not in body
    assert "GEO" not in body
    await client.post(CAST.twin_dad, f"/bookings/{held['id']}/cancel", {})
    later = {event["UID"]: event for event in await _events(browser, path)}
    gone = later[sure["UID"]]
    assert gone["STATUS"] == "CANCELLED"
    assert int(gone["SEQUENCE"]) > int(sure["SEQUENCE"])
    await client.book(CAST.twin_dad, CAST.shuang, session)
    back = {event["UID"]: event for event in await _events(browser, path)}
    assert len(back) == 2, "booked again: the same date of the same child, not a new one"
    assert int(back[sure["UID"]]["SEQUENCE"]) > int(gone["SEQUENCE"])


async def test_a_moved_and_a_cancelled_session_change_the_date(
    browser: Browser, client: Client
) -> None:
    session = await client.add_session(starts_in=timedelta(days=3))
    await client.book(CAST.mama, CAST.xiaonan, session)
    path = await _feed(browser, CAST.mama, "/m/feeds")
    (before,) = await _events(browser, path)
    start = datetime.now(UTC) + timedelta(days=5)
    moved = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    assert (
        await client.post(CAST.publisher, f"/sessions/{session}/move", moved)
    ).status_code == 200
    (after,) = await _events(browser, path)
    assert after["UID"] == before["UID"]
    assert after["DTSTART"] == start.strftime("%Y%m%dT%H%M%SZ")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    await client.post(CAST.publisher, f"/sessions/{session}/cancel", {"reason": "停电"})
    (ended,) = await _events(browser, path)
    assert ended["STATUS"] == "CANCELLED"
    assert int(ended["SEQUENCE"]) > int(after["SEQUENCE"])


async def test_what_has_not_changed_is_not_sent_again(browser: Browser, client: Client) -> None:
    session = await client.add_session(starts_in=timedelta(days=3))
    path = await _feed(browser, CAST.mama, "/m/feeds")
    answer = await browser.be(None).get(path)
    tag = {"If-None-Match": f"W/{answer.headers['etag']}"}
    again = await browser.get(path, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    await client.book(CAST.mama, CAST.xiaonan, session)
    assert (await browser.get(path, headers=tag)).status_code == 200


async def test_an_address_is_secret_replaceable_and_ends_with_its_right(
    browser: Browser, client: Client
) -> None:
    def refused(answer: httpx.Response) -> tuple[int, Any]:
        return answer.status_code, answer.json()

    path = await _feed(browser, CAST.mama, "/m/feeds")
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    stored = await client.value("SELECT token_digest FROM calendar_feed")
    assert stored == digest(token)
    assert token not in (await browser.be(CAST.mama).get("/m/feeds")).text, "shown once"
    unknown = refused(await browser.be(None).get(f"/calendar/{'x' * 43}.ics"))
    assert unknown[0] == 404
    newer = await _feed(browser, CAST.mama, "/m/feeds")
    assert refused(await browser.be(None).get(path)) == unknown
    await _events(browser, newer)
    await browser.be(CAST.beimama).post("/m/feeds/revoke")
    await _events(browser, newer)
    assert (await browser.be(CAST.mama).post("/m/feeds/revoke")).status_code == 303
    assert (await browser.post("/m/feeds/revoke")).status_code == 303, "twice is fine"
    assert refused(await browser.be(None).get(newer)) == unknown
    last = await _feed(browser, CAST.mama, "/m/feeds")
    await client.rows(
        "UPDATE guardianship SET ends_on = starts_on WHERE guardian_id = :m", m=CAST.mama.id
    )
    assert refused(await browser.be(None).get(last)) == unknown
    logged = "SELECT count(*) FROM audit_entry WHERE action LIKE 'calendar_feed:%'"
    assert await client.value(logged) == 5


async def test_class_and_unit_calendars_count_and_name_nobody(
    browser: Browser, client: Client
) -> None:
    session = await client.add_session(title="捏一只小碗", seats=4, starts_in=timedelta(days=3))
    await client.book(CAST.mama, CAST.xiaonan, session)
    await client.book(CAST.beimama, CAST.xiaobei, session)
    of_class = await _feed(browser, CAST.teacher, "/console/feeds", place=f"class:{CLASS_3}")
    of_unit = await _feed(browser, CAST.publisher, "/console/feeds", place=f"unit:{UNIT}")
    (event,) = await _events(browser, of_class)
    assert event["SUMMARY"] == "捏一只小碗（2 人）"
    (event,) = await _events(browser, of_unit)
    assert event["SUMMARY"] == "捏一只小碗（2/4）"
    for path in (of_class, of_unit):
        text = (await browser.get(path)).text
        assert not any(name in text for name in ("小南", "小北", "小*"))
    for who, place in (
        (CAST.teacher, f"class:{CLASS_8}"),
        (CAST.publisher, f"unit:{OTHER_UNIT}"),
        (CAST.publisher, f"class:{CLASS_3}"),
        (CAST.teacher, "unit:x"),
        (CAST.teacher, ""),
    ):
        answer = await browser.be(who).post("/console/feeds", {"place": place})
        assert answer.status_code == 404, place
    await client.rows(
        "UPDATE role_grant SET ends_on = '2026-09-01' WHERE person_id = :t", t=CAST.teacher.id
    )
    assert (await browser.be(None).get(of_class)).status_code == 404
    assert (
        await browser.be(CAST.publisher).post("/console/feeds/revoke", {"place": f"unit:{UNIT}"})
    ).status_code == 303
    assert (await browser.be(None).get(of_unit)).status_code == 404


async def test_one_date_as_a_file(browser: Browser, client: Client) -> None:
    session = await client.add_session(title="捏一只小碗", starts_in=timedelta(days=3))
    path = f"/m/sessions/{session}/calendar.ics"
    answer = await browser.be(CAST.mama).get(path)
    assert [event["SUMMARY"] for event in events_of(answer.content)] == ["捏一只小碗"]
    assert (await browser.be(CAST.foreign_mama).get(path)).status_code == 404
    assert (await browser.be(None).get(path)).status_code in (303, 401)
    assert "存到手机日历" in (await browser.be(CAST.mama).get(f"/m/sessions/{session}")).text
