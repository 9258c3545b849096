"""The console's and the public pages of units, courses, mentors and activities."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.activities.test_repeating import NEXT, _pattern, _term
from tests.cast import CAST, POTTERY, UNIT
from tests.client import Client
from tests.web.conftest import Browser, assets, browser

__all__ = ["assets", "browser"]  # fixtures
EVIL = "<script>alert(1)</script>"
ACTIVITY = {
    "organization_id": str(UNIT),
    "base_id": str(POTTERY),
    "kind": "lecture",
    "title": "陶器里的历史",
    "category": "none",
    "credited_minutes": "60",
    "min_grade": "1",
    "max_grade": "5",
    "evidence_needed": "C",
    "what_to_bring": "笔记本",
    "summary": "从新石器说起。",
}


def _dates() -> dict[str, str]:
    day = datetime.now(UTC) + timedelta(days=9)
    return {
        "starts_at": f"{day:%Y-%m-%d}T14:00",
        "ends_at": f"{day:%Y-%m-%d}T15:30",
        "capacity": "30",
    }


async def test_a_unit_is_accepted_given_papers_and_activated_with_forms_only(
    browser: Browser, client: Client
) -> None:
    form = {
        "district": "ND",
        "name": EVIL[:50],
        "kind": "company",
        "contact_name": "陆老师",
        "contact_phone": "021-55550001",
        "offer": "带孩子看看真正的生产线，每月一次。",
    }
    assert (await browser.be(None).post("/apply", form)).headers["location"] == "/apply/sent"
    assert "秘书处会按您留的电话联系您" in (await browser.get("/apply/sent")).text
    browser.be(CAST.secretary)
    assert "入驻申请" in (await browser.get("/console")).text
    listed = (await browser.get("/console/applications")).text
    assert EVIL not in listed
    row_id = await client.value("SELECT id FROM unit_application")
    done = await browser.post("/console/applications/accept", {"ids": str(row_id)})
    assert done.status_code == 303
    unit = await client.value("SELECT organization_id FROM unit_application")
    path = f"/console/units/{unit}"
    early = await browser.post(f"{path}/activate")
    assert (early.status_code, "还不能启用" in early.text) == (409, True)
    bare = await browser.post(f"{path}/papers", {"kind": "agreement", "number": "A-1"})
    assert (bare.status_code, 'value="A-1"' in bare.text) == (422, True)
    for kind in ("agreement", "insurance"):
        paper = {"kind": kind, "number": "A-1", "valid_until": "2099-01-01"}
        assert (await browser.post(f"{path}/papers", paper)).status_code == 303
    assert (await browser.post(f"{path}/activate")).status_code == 303
    assert "2099-01-01" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/suspend")).status_code == 422
    await browser.post(f"{path}/suspend", {"reason": "检查"})
    assert "暂停" in (await browser.get(path)).text
    assert (await browser.be(CAST.publisher).get(path)).status_code == 404


async def test_an_expired_paper_is_seen_at_home_on_the_page_and_by_the_doctor(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.publisher)
    paper = {"kind": "insurance", "valid_until": "2026-01-01"}
    assert (await browser.post(f"/console/units/{UNIT}/papers", paper)).status_code == 303
    assert "证照到期或快到期" in (await browser.get("/console")).text
    assert "公众责任险已经过期" in (await browser.get(f"/console/units/{UNIT}")).text
    assert "有证照过期" in (await browser.get("/console/units")).text
    doctor = (await browser.be(CAST.secretary).get("/console/doctor")).text
    assert "陶艺工坊的保险（2026-01-01）" in doctor
    row_id = await client.value("SELECT id FROM paper")
    fixed = {"number": "", "valid_until": "2099-01-01", "note": "", "version": "1"}
    assert (await browser.post(f"/console/papers/{row_id}", fixed)).status_code == 303
    assert "证照到期或快到期" not in (await browser.get("/console")).text


async def test_mentors_are_listed_vetted_in_bulk_and_courses_frozen_and_printed(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.publisher)
    mentor = {"organization_id": str(UNIT), "name": "竹编师傅", "weekdays": ["2", "4"]}
    made = await browser.post("/console/mentors", mentor)
    path = made.headers["location"]
    assert "周二、周四" in (await browser.get(path)).text
    edit = (await browser.get(f"{path}/edit")).text
    assert len(re.findall(r'name="weekdays"[^>]*checked', edit)) == 2
    course = {"organization_id": str(UNIT), "title": "捏碗", "min_grade": "1", "max_grade": "5"}
    brand = {"culture": "“和美”文化", "feature": "陶艺进课堂", "leader": "陶老师"}
    made = await browser.post("/console/courses", {**course, **brand})
    assert "陶艺进课堂" in (await browser.get(made.headers["location"])).text
    assert (await browser.get("/console/editions/new")).status_code == 403
    browser.be(CAST.secretary)
    row_id = await client.value("SELECT id FROM mentor")
    await browser.post("/console/mentors/pass", {"ids": str(row_id)})
    assert await client.value("SELECT vetting FROM mentor") == "passed"
    assert "捏碗" in (await browser.get("/console/courses?words=捏&grade=3")).text
    assert "捏碗" not in (await browser.get("/console/courses?grade=6")).text
    assert (await browser.post("/console/editions", {"year": "2026"})).status_code == 303
    listed = (await browser.get("/console/editions")).text
    found = re.search(r'href="(/console/editions/[\w-]{36}/pdf)"', listed)
    assert found is not None
    file = await browser.get(found[1])
    assert (file.headers["content-type"], file.content[:4]) == ("application/pdf", b"%PDF")


async def test_an_activity_is_previewed_and_published_from_one_form(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.publisher)
    assert "学生看到的样子" not in (await browser.get("/console/activities/new")).text
    form = {**ACTIVITY, **_dates(), "summary": EVIL}
    seen = (await browser.post("/console/activities/preview", form)).text
    for word in ("学生看到的样子", "还有 30 个名额", "陶艺工坊", "14:00 至 15:30", "笔记本"):
        assert word in seen, word
    assert EVIL not in seen
    assert 'value="陶器里的历史"' in seen, "filled as it was"
    assert await client.value("SELECT count(*) FROM activity") == 0
    undated = (await browser.post("/console/activities/preview", ACTIVITY)).text
    assert "名额已满" not in undated
    half = await browser.post("/console/activities", {**ACTIVITY, "capacity": "3"})
    assert half.status_code == 422
    none = await browser.post("/console/activities", {**ACTIVITY, "then": "send"})
    assert (none.status_code, "至少添加一个场次" in none.text) == (409, True)
    assert await client.value("SELECT count(*) FROM activity") == 0, "nothing half-written"
    sent = await browser.post("/console/activities", {**form, "then": "send"})
    assert sent.status_code == 303
    assert await client.value("SELECT state FROM activity") == "submitted"
    browser.be(CAST.secretary)
    row_id = await client.value("SELECT id FROM activity")
    await browser.post("/console/reviews/approve", {"ids": str(row_id)})
    for kind in ("agreement", "insurance"):
        paper = {"kind": kind, "valid_until": "2099-01-01"}
        await browser.post(f"/console/units/{UNIT}/papers", paper)
    again = {**form, "title": "第二讲", "then": "send"}
    await browser.be(CAST.publisher).post("/console/activities", again)
    sql = "SELECT state FROM activity WHERE title = '第二讲'"
    assert await client.value(sql) == "published", "a known unit's lecture needs no review"


async def test_stalls_are_lines_and_a_draft_is_changed(browser: Browser, client: Client) -> None:
    browser.be(CAST.publisher)
    stalls = "纸艺摊 20\n机器人摊，约 8 人\n\n糖画"
    made = await browser.post(
        "/console/activities", {**ACTIVITY, "kind": "carnival", "stalls": stalls}
    )
    path = made.headers["location"]
    page = (await browser.get(path)).text
    assert "纸艺摊（约 20 人）" in page
    edit = (await browser.get(f"{path}/edit")).text
    assert "纸艺摊 20" in edit
    offer = {k: v for k, v in ACTIVITY.items() if k not in ("organization_id", "base_id", "kind")}
    changed = {**offer, "stalls": "糖画", "consent_needed": "photo", "version": "1"}
    assert (await browser.post(path, changed)).status_code == 303
    assert await client.value("SELECT stalls FROM activity") == [{"name": "糖画"}]
    stale = await browser.post(path, {**changed, "title": "再改"})
    assert stale.status_code == 409
    cleared = {**changed, "stalls": "", "consent_needed": "", "version": "2"}
    assert (await browser.post(path, cleared)).status_code == 303
    row = (await client.rows("SELECT stalls, consent_needed FROM activity"))[0]
    assert tuple(row) == ([], None)


async def test_dates_are_planned_seen_and_made(browser: Browser, client: Client) -> None:
    term = await _term(client, 2030, NEXT, date(2031, 1, 17), date(2030, 9, 18))
    browser.be(CAST.publisher)
    path = (await browser.post("/console/activities", ACTIVITY)).headers["location"]
    form = {key: value for key, value in _pattern(term).items() if key != "weekdays"}
    seen = await browser.post(f"{path}/repeat", {**form, "weekdays": ["3", "5"]})
    assert "将排出 5 个场次" in seen.text
    assert "2030-09-18：放假（校庆）" in seen.text
    assert await client.value("SELECT count(*) FROM session") == 0
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', seen.text)
    given: dict[str, Any] = {}
    for name, value in hidden[: hidden.index(("capacity", "2")) + 1]:
        given.setdefault(name, []).append(value)
    done = await browser.post(f"{path}/repeat", given)
    assert done.status_code == 303, done.text
    assert await client.value("SELECT count(*) FROM session") == 5
    month = (await browser.get(f"/console/calendar?month=2030-09&organization_id={UNIT}")).text
    assert month.count("14:00 陶器里的历史") == 5
    assert (await browser.get("/console/calendar?month=2030-13")).status_code == 422
    assert "没有场次" in (await browser.get(f"/console/calendar?base_id={UNIT}")).text
    assert (await browser.be(CAST.other_publisher).get(f"{path}/repeat")).status_code == 404


async def test_a_date_is_moved_and_an_activity_archived_with_forms(
    browser: Browser, client: Client
) -> None:
    session_id = await client.add_session(starts_in=timedelta(days=3))
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    browser.be(CAST.publisher)
    page = (await browser.get(f"/console/sessions/{session_id}/move")).text
    assert "都会收到变动通知" in page
    form = {**_dates(), "base_id": str(POTTERY), "version": "1"}
    assert (await browser.post(f"/console/sessions/{session_id}/move", form)).status_code == 303
    activity = await client.value("SELECT activity_id FROM session")
    path = f"/console/activities/{activity}"
    await browser.post(f"{path}/adjust", {"what_to_bring": "围裙", "version": "1"})
    told = "SELECT count(*) FROM notification WHERE kind = 'activity_changed'"
    assert await client.value(told) == 4, "two guardians, two changes"
    early = await browser.post(f"{path}/archive")
    assert (early.status_code, "还有没结束的场次" in early.text) == (409, True)
    await client.move_session(session_id, timedelta(days=-30))
    assert (await browser.post(f"{path}/archive")).status_code == 303
    assert "已归档" in (await browser.get(path)).text
