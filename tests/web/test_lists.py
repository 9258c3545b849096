"""What all lists share: select everything, saved conditions, files without children's names."""

import html
import io
import re
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from app.activities.kinds import ActivityState
from app.web.console import rows
from tests.cast import CAST, CLASS_3, HERE
from tests.client import Client
from tests.web.conftest import Browser


async def waiting(client: Client, number: int, title: str = "待审活动") -> None:
    for index in range(number):
        await client.add_session(state=ActivityState.SUBMITTED, title=f"{title}{index}")


async def left(client: Client) -> int:
    sql = "SELECT count(*) FROM activity WHERE state = 'submitted'"
    return int(await client.value(sql))


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def action(page: str, verb: str) -> str:
    found = re.search(rf'(?:formaction|action)="(/console/reviews/{verb}[^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


async def test_everything_the_conditions_name_is_done_after_a_question(
    browser: Browser, client: Client
) -> None:
    await waiting(client, 53)
    await waiting(client, 2, "别的活动")
    browser.be(CAST.secretary)
    page = (await browser.get("/console/reviews?title=待审")).text
    assert "选中符合条件的全部" in page
    page = (await browser.get("/console/reviews?title=待审&every=1")).text
    assert "已选中符合条件的全部 53 条" in page
    asked = await browser.post(action(page, "approve"), hidden(page))
    assert "全部 53 条" in asked.text
    assert await left(client) == 55, "a question changes nothing"
    done = await browser.post(action(asked.text, "approve"), hidden(asked.text))
    assert done.status_code == 303
    assert await left(client) == 2
    assert "已通过 53 条" in (await browser.get("/console/reviews")).text
    again = await browser.post(action(asked.text, "approve"), hidden(asked.text))
    assert (again.status_code, "web.selection_changed" in again.text) == (409, True)


async def test_a_row_that_came_or_went_stops_everything(browser: Browser, client: Client) -> None:
    await waiting(client, 3)
    browser.be(CAST.secretary)
    page = (await browser.get("/console/reviews?every=1")).text
    asked = (await browser.post(action(page, "approve"), hidden(page))).text
    await client.rows(
        "UPDATE activity SET state = 'draft' WHERE id = (SELECT id FROM activity "
        "WHERE state = 'submitted' LIMIT 1)"
    )
    await waiting(client, 1, "刚提交")
    refused = await browser.post(action(asked, "approve"), hidden(asked))
    assert (refused.status_code, "确认时 3 条，现在 3 条" in refused.text) == (409, True)
    assert await left(client) == 3, "as many as before, but not the same ones"


async def test_the_reason_is_carried_through_the_question(browser: Browser, client: Client) -> None:
    await waiting(client, 2)
    browser.be(CAST.secretary)
    page = (await browser.get("/console/reviews?every=1")).text
    silent = await browser.post(action(page, "return"), hidden(page))
    assert (silent.status_code, "请先写明退回原因" in silent.text) == (422, True)
    asked = await browser.post(
        action(page, "return"), {**hidden(page), "reason-return": "缺安全预案"}
    )
    assert "退回原因：缺安全预案" in asked.text
    await browser.post(action(asked.text, "return"), hidden(asked.text))
    assert await client.value("SELECT count(*) FROM activity WHERE state = 'returned'") == 2


async def test_too_many_at_once_asks_for_conditions(
    browser: Browser, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "AT_ONCE", 2)
    await waiting(client, 3)
    page = await browser.be(CAST.secretary).get("/console/reviews?every=1")
    assert (page.status_code, "超过 2 条" in page.text) == (422, True)


async def test_conditions_are_kept_under_a_name_for_oneself(browser: Browser) -> None:
    browser.be(CAST.secretary)
    form = {
        "filter_name": "三年级陶艺",
        "title": "陶艺",
        "grade": "3",
        "purpose": "x",
        "evil": "https://evil.example",
    }
    kept = await browser.post("/console/reviews/filters", form)
    assert kept.headers["location"] == "/console/reviews?title=%E9%99%B6%E8%89%BA&grade=3"
    await browser.post("/console/reviews/filters", {**form, "grade": "4"})
    page = (await browser.get("/console/reviews")).text
    assert re.findall(r'<a href="([^"]+)">三年级陶艺</a>', page) == [
        "/console/reviews?title=%E9%99%B6%E8%89%BA&amp;grade=4"
    ], "the same name again replaces"
    assert "三年级陶艺" not in (await browser.get("/console/activities")).text
    other = browser.be(CAST.second_secretary)
    assert "三年级陶艺" not in (await other.get("/console/reviews")).text
    found = re.search(r'name="filter_id" value="([\w-]+)"', page)
    assert found is not None
    drop = {"filter_id": found[1]}
    assert (await other.post("/console/reviews/filters/drop", drop)).status_code == 404
    browser.be(CAST.secretary)
    assert (await browser.post("/console/reviews/filters/drop", drop)).status_code == 303
    assert "三年级陶艺" not in (await browser.get("/console/reviews")).text


async def test_what_cannot_be_kept(browser: Browser) -> None:
    browser.be(CAST.secretary)
    for form in (
        {"title": "陶艺"},
        {"filter_name": "空"},
        {"filter_name": "长" * 21, "title": "x"},
    ):
        refused = await browser.post("/console/reviews/filters", form)
        assert (refused.status_code, "web.nothing_to_keep" in refused.text) == (422, True), form
    for number in range(20):
        await browser.post("/console/reviews/filters", {"filter_name": f"第{number}", "title": "x"})
    full = await browser.post("/console/reviews/filters", {"filter_name": "多了", "title": "x"})
    assert (full.status_code, "people.too_many_filters" in full.text) == (409, True)
    families = await browser.be(CAST.mama).post("/console/reviews/filters", {"filter_name": "x"})
    assert families.status_code == 403


def table(content: bytes) -> list[list[Any]]:
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page is not None
    return [[cell.value for cell in row] for row in page.iter_rows()]


async def test_files_name_children_only_for_whoever_may(browser: Browser, client: Client) -> None:
    named = f"/console/pupils.xlsx?class_id={CLASS_3}&named=1"
    browser.be(CAST.teacher)
    browser.http.cookies.set("purpose", "test")
    masked = table((await browser.get(f"/console/pupils.xlsx?class_id={CLASS_3}")).content)
    assert [row[0] for row in masked[1:]] == ["小*", "小*"]
    assert (await browser.get(named)).status_code == 403
    assert "导出含姓名" not in (await browser.get("/console/pupils")).text
    browser.be(CAST.liaison)
    assert "为什么要查看学生信息" in (await browser.get(named)).text, "first the purpose"
    browser.http.cookies.set("purpose", "%E6%A0%B8%E5%AF%B9%E5%90%8D%E5%86%8C")
    assert "导出含姓名" in (await browser.get("/console/pupils")).text
    full = table((await browser.get(named)).content)
    assert sorted(row[0] for row in full[1:]) == ["小北", "小南"]
    logged = await client.rows(
        "SELECT purpose, detail FROM audit_entry WHERE action = 'export:create' ORDER BY id"
    )
    assert [row.detail["named"] for row in logged] == [False, True]
    assert logged[1].purpose == "核对名册"


async def test_naming_reaches_no_further_than_the_right_to_name(
    browser: Browser, client: Client
) -> None:
    """A contact of one school who also reads bookings of the whole district."""
    session = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session)
    await client.rows(
        "INSERT INTO role_grant (district_id, id, person_id, organization_id, role, starts_on) "
        "SELECT district_id, gen_random_uuid(), :p, organization_id, 'secretariat', '2026-09-01' "
        "FROM role_grant WHERE role = 'secretariat' AND district_id = :d LIMIT 1",
        p=CAST.liaison.id,
        d=HERE,
    )
    browser.be(CAST.liaison)
    browser.http.cookies.set("purpose", "test")
    assert (await browser.get("/console/bookings.xlsx?named=1")).status_code == 403
    assert table((await browser.get("/console/bookings.xlsx")).content)[1][0] == "小*"


async def test_deliveries_and_markers_have_conditions(browser: Browser, client: Client) -> None:
    session = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session)
    for title, stage, state in (("甲标识", "2025", "open"), ("乙标识", "2026", "reached")):
        await client.rows(
            "INSERT INTO marker (district_id, id, stage, domain, title, owner, state, evidence) "
            "VALUES (:d, gen_random_uuid(), :g, 'courses', :t, '', :s, '')",
            d=HERE,
            g=stage,
            t=title,
            s=state,
        )
    browser.be(CAST.secretary)
    for query, shown in (
        ("stage=2026", "乙标识"),
        ("state=open", "甲标识"),
        ("domain=courses&stage=2025", "甲标识"),
    ):
        page = (await browser.get(f"/console/markers?{query}")).text
        assert [title for title in ("甲标识", "乙标识") if title in page] == [shown], query
    kind = await client.value("SELECT kind FROM notification LIMIT 1")
    today = await client.value("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date::text")
    for query, number in (
        (f"kind={kind}&day={today}", 2),
        ("kind=stamp_awarded", 0),
        ("day=2020-01-01", 0),
    ):
        page = (await browser.get(f"/console/deliveries?{query}")).text
        assert len(re.findall(r'name="ids"', page)) == number, query
    assert (await browser.get("/console/deliveries?day=morgen")).status_code == 422


def test_a_mark_tells_one_selection_from_another() -> None:
    first, second = (rows.Selection((str(UUID(int=n)), "b")) for n in (1, 2))
    assert first.mark != second.mark
    assert first.mark == rows.Selection(tuple(reversed(first.keys))).mark


async def test_a_number_no_column_can_hold_is_refused(browser: Browser) -> None:
    browser.be(CAST.secretary)
    for path in ("/console/headcounts?school_year=", "/console/reviews?grade="):
        for number in ("99999999999", "1e3", "²"):
            answer = await browser.get(f"{path}{number}")
            assert (answer.status_code, "web.bad_filter" in answer.text) == (422, True), number
