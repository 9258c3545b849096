"""Groups, calendar, head-counts, contacts, delegation and the yearly move in the console."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl

from tests.cast import CAST, CLASS_1, JUNIOR, SCHOOL, UNIT
from tests.client import Client
from tests.orgs.test_promotion import PRIMARY, fill
from tests.web.conftest import Browser

EVIL = "<script>alert(1)</script>"


async def test_a_group_is_made_and_changed_with_forms_only(browser: Browser) -> None:
    browser.be(CAST.secretary)
    form = {"name": EVIL, "lead_id": str(SCHOOL), "member_ids": [str(SCHOOL), str(JUNIOR)]}
    assert (await browser.post("/console/groups", form)).status_code == 303
    listed = (await browser.get("/console/groups")).text
    assert EVIL not in listed
    assert "南苑中学、叶城小学" in listed
    found = re.search(r'href="(/console/groups/[\w-]{36})"', listed)
    assert found is not None
    path = found[1]
    edit = (await browser.get(path)).text
    assert len(re.findall(r'name="member_ids"[^>]*checked', edit)) == 2
    wrong = await browser.post(path, {**form, "lead_id": str(UNIT), "version": "1"})
    assert (wrong.status_code, "组长单位要从本组成员里选" in wrong.text) == (422, True)
    assert len(re.findall(r'name="member_ids"[^>]*checked', wrong.text)) == 2, "filled as it was"
    stale = await browser.post(path, {**form, "name": "小学组", "version": "99"})
    assert stale.status_code == 409
    changed = {"name": "小学组", "member_ids": [str(JUNIOR)], "version": "1"}
    assert (await browser.post(path, changed)).status_code == 303
    seen = await browser.be(CAST.teacher).get(path)
    assert "南苑中学" in seen.text
    assert '<form class="sheet"' not in seen.text
    assert (await browser.post(path, changed)).status_code == 403


async def test_numbers_are_entered_summed_and_exported(browser: Browser, client: Client) -> None:
    path = f"/console/headcounts/{SCHOOL}?school_year=2026"
    browser.be(CAST.liaison)
    wrong = await browser.post(path, {"pupils": "500", "teachers": "40", "local_pupils": "501"})
    assert (wrong.status_code, 'value="501"' in wrong.text) == (422, True)
    right = {"pupils": "500", "teachers": "40", "local_pupils": "223"}
    assert (await browser.post(path, right)).status_code == 303
    other = await browser.get(f"/console/headcounts/{JUNIOR}?school_year=2026")
    assert other.status_code == 404
    browser.be(CAST.secretary)
    await browser.post(
        f"/console/headcounts/{JUNIOR}?school_year=2026", {"pupils": "1500", "teachers": "90"}
    )
    page = (await browser.get("/console/headcounts?school_year=2026")).text
    for word in ("2000", "130", "25.0%", "75.0%", "44.6%"):
        assert word in page, word
    file = await browser.get("/console/headcounts.xlsx?school_year=2026")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    rows = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows()}
    assert rows["叶城小学"][2:] == ["500", "25.0%", "40", "44.6%"]
    elsewhere = (await browser.be(CAST.publisher).get("/console/headcounts?school_year=2026")).text
    assert "44.6%" not in elsewhere
    assert "未填" in (await browser.get("/console/headcounts?school_year=2025")).text


async def test_a_handful_of_children_has_no_share(browser: Browser) -> None:
    browser.be(CAST.liaison)
    await browser.post(
        f"/console/headcounts/{SCHOOL}?school_year=2026",
        {"pupils": "8", "teachers": "2", "local_pupils": "1"},
    )
    assert "12.5%" not in (await browser.get("/console/headcounts?school_year=2026")).text


async def test_the_calendar_page(browser: Browser, client: Client) -> None:
    browser.be(CAST.secretary)
    term = {
        "school_year": "2026",
        "name": "第一学期",
        "starts_on": "2026-09-01",
        "ends_on": "2027-01-22",
    }
    assert (await browser.post("/console/terms", term)).status_code == 303
    overlap = await browser.post("/console/terms", {**term, "name": "又一个"})
    assert (overlap.status_code, "日期与“第一学期”重叠" in overlap.text) == (409, True)
    path = f"/console/terms/{await client.value('SELECT id FROM term')}"
    days = {"kind": "holiday", "name": "国庆节", "starts_on": "2026-10-01", "ends_on": "2026-10-07"}
    assert (await browser.post(f"{path}/days", days)).status_code == 303
    one = {"kind": "makeup", "name": "国庆补课", "starts_on": "2026-10-10", "ends_on": ""}
    assert (await browser.post(f"{path}/days", one)).status_code == 303
    page = (await browser.get(path)).text
    assert len(re.findall(r'<td class="holiday', page)) == 7
    assert len(re.findall(r'<td class="makeup', page)) == 1
    assert re.search(r"第 \d+ 周|不在学期内", page)
    outside = await browser.post(
        f"{path}/days", {**days, "starts_on": "2027-01-22", "ends_on": "2027-01-23"}
    )
    assert (outside.status_code, "不在任何学期里" in outside.text) == (422, True)
    assert 'value="国庆节"' in outside.text
    removal = re.findall(rf'action="({path}/days/[\w-]+/remove)"', page)
    assert len(removal) == 8
    assert (await browser.post(removal[0])).status_code == 303
    assert len(re.findall(r'<td class="holiday', (await browser.get(path)).text)) == 6
    reader = (await browser.be(CAST.teacher).get(path)).text
    assert "/remove" not in reader
    assert (await browser.post(removal[1])).status_code == 403


async def test_gaps_are_seen_and_filled(browser: Browser, client: Client) -> None:
    browser.be(CAST.secretary)
    page = (await browser.get("/console/contacts")).text
    assert page.count("缺联系人") >= 3, "two schools and the sum"
    path = f"/console/contacts/{SCHOOL}"
    browser.be(CAST.liaison)
    assert "联系人" in (await browser.get(f"/console/organizations/{SCHOOL}")).text
    form = {"person_id": str(CAST.liaison.id), "position": "副校长", "deputy_id": ""}
    assert (await browser.post(path, form)).status_code == 303
    own = (await browser.get("/console/contacts")).text
    assert "南苑中学" not in own, "a school sees its own line"
    assert "缺副联系人" in own
    same = await browser.post(path, {**form, "deputy_id": str(CAST.liaison.id)})
    assert (same.status_code, "不能是同一个人" in same.text) == (422, True)
    await browser.post(path, {**form, "deputy_id": str(CAST.teacher.id)})
    browser.be(CAST.secretary)
    await browser.post(path, {"person_id": str(CAST.teacher.id), "position": "教导主任"})
    past = (await browser.get(path)).text
    assert len(re.findall(r"<li>\d{4}-\d\d-\d\d 至", past)) == 3
    gaps = (await browser.get("/console/contacts?gap=contact")).text
    assert ("南苑中学" in gaps, "叶城小学" in gaps) == (True, False)
    file = await browser.get("/console/contacts.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    rows = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows()}
    assert rows["叶城小学"][1:3] == [CAST.teacher.name, "教导主任"]
    assert rows["南苑中学"][1] == "缺联系人"
    end = re.search(r'action="(/console/contacts/[\w-]+/end)"', past)
    assert end is not None
    assert (await browser.post(end[1])).status_code == 303
    assert "现在没有联系人" in (await browser.get(path)).text
    assert (await browser.be(CAST.teacher).get(path)).status_code == 403


def in_days(days: int) -> str:
    return ((datetime.now(UTC) + timedelta(hours=8)).date() + timedelta(days=days)).isoformat()


async def test_a_school_hands_a_role_on_and_takes_it_back(browser: Browser, client: Client) -> None:
    browser.be(CAST.liaison)
    assert (await browser.get("/console/roles/new")).headers[
        "location"
    ] == "/console/roles/delegate"
    page = (await browser.get("/console/roles/delegate")).text
    assert "班主任" in page
    assert "学区管理员" not in page
    form: dict[str, Any] = {
        "organization_id": str(SCHOOL),
        "role": "class_teacher",
        "class_id": str(CLASS_1),
        "name": "新来的老师",
        "ends_on": in_days(90),
    }
    both = await browser.post(
        "/console/roles/delegate", {**form, "person_id": str(CAST.teacher.id)}
    )
    assert (both.status_code, 'value="新来的老师"' in both.text) == (422, True)
    long = await browser.post("/console/roles/delegate", {**form, "ends_on": in_days(400)})
    assert (long.status_code, "最长一年" in long.text) == (422, True)
    wide = await browser.post("/console/roles/delegate", {**form, "role": "secretariat"})
    assert (wide.status_code, "不能授予这个角色" in wide.text) == (403, True)
    assert (await browser.post("/console/roles/delegate", form)).status_code == 303
    listed = (await browser.get("/console/roles")).text
    assert "新来的老师" in listed
    assert CAST.publisher.name not in listed
    grant = await client.value("SELECT id FROM role_grant WHERE granted_by = :p", p=CAST.liaison.id)
    own = await client.value("SELECT id FROM role_grant WHERE role = 'school_admin'")
    ended = await browser.post("/console/roles/end", {"ids": [str(grant), str(own)]})
    assert ended.status_code == 303
    assert "已收回 1 条。有 1 条没有成功" in (await browser.get("/console/roles")).text
    auditor = await browser.be(CAST.auditor).get("/console/roles")
    assert "收回授权" not in auditor.text
    unit = (await browser.be(CAST.publisher).get("/console/roles/delegate")).text
    assert "资源单位现场人员" in unit
    assert "班主任" not in unit


async def test_the_yearly_move_from_choice_to_undo(browser: Browser, client: Client) -> None:
    await fill(client, PRIMARY)
    browser.be(CAST.liaison)
    chosen = {"organization_id": str(SCHOOL), "school_year": "2025"}
    where = (await browser.post("/console/promotions/new", chosen)).headers["location"]
    page = (await browser.get(where)).text
    for word in ("毕业离校", "四年级 启航班", "确认办理 10 人"):
        assert word in page, word
    stale = await browser.post(where, {"pupils": "9"})
    assert (stale.status_code, "名册刚有变动" in stale.text) == (409, True)
    assert (await browser.post(where, {"pupils": "10"})).status_code == 303
    done = (await browser.get(where)).text
    assert "已办理：升级 6 人，毕业离校 4 人" in done
    assert "已办理" in (await browser.get("/console/promotions")).text
    undo = re.search(r'action="(/console/promotions/[\w-]+/undo)"', done)
    assert undo is not None
    assert (await browser.post(undo[1])).status_code == 303
    assert "确认办理 10 人" in (await browser.get(where)).text
    this_year = (await browser.get(f"/console/promotions/{SCHOOL}/2026")).text
    assert "还没有结束" in this_year
    assert "确认办理" not in this_year
    assert (await browser.get(f"/console/promotions/{JUNIOR}/2025")).status_code == 404
    assert (await browser.be(CAST.secretary).get(where)).status_code == 403
