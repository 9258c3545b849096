"""The console over HTTP, without a browser and without scripts: who sees what, and what forms do."""

import io
import re
from typing import Any
from uuid import UUID

import openpyxl
from sqlalchemy import insert

from app.activities.kinds import ActivityState
from app.kit.ids import new_id
from app.people.models import Identity
from app.people.service.login import hash_password
from app.web.console.lists import PURPOSES
from app.web.console.menu import PAGES
from app.web.console.screens import LISTINGS
from tests.cast import CAST, CLASS_3, HERE, POTTERY, SCHOOL, UNIT
from tests.client import Client
from tests.statements import counted
from tests.web.conftest import Browser

EVIL = "<script>alert(1)</script>"
EVERYBODY = {
    "秘书处": CAST.secretary,
    "管理员": CAST.admin,
    "学校": CAST.liaison,
    "班主任": CAST.teacher,
    "单位": CAST.publisher,
    "现场": CAST.door,
    "教委": CAST.viewer,
    "审计": CAST.auditor,
}
# Absent means forbidden: who may open which list.
OPEN_TO = {
    "reviews": {"秘书处"},
    "activities": set(EVERYBODY),
    "bookings": {"秘书处", "学校", "班主任", "单位"},
    "rounds": set(EVERYBODY),
    "units": {"秘书处", "单位"},
    "applications": {"秘书处"},
    "editions": set(EVERYBODY),
    "mentors": set(EVERYBODY),
    "bases": set(EVERYBODY),
    "courses": set(EVERYBODY),
    "venues": set(EVERYBODY),
    "markers": set(EVERYBODY),
    "organizations": set(EVERYBODY),
    "groups": set(EVERYBODY),
    "contacts": {"秘书处", "管理员", "学校"},
    "terms": set(EVERYBODY),
    "headcounts": set(EVERYBODY),
    "promotions": {"管理员", "学校"},
    "class-bookings": {"秘书处", "学校", "单位", "班主任"},
    "corrections": {"学校", "班主任", "单位", "现场"},
    "leaves": {"学校", "班主任"},
    "risks": {"学校", "班主任", "单位", "现场"},
    "school-needs": set(EVERYBODY),
    "mentor-invitations": set(EVERYBODY),
    "rule-sets": set(EVERYBODY),
    "classes": set(EVERYBODY),
    "pupils": {"管理员", "学校", "班主任"},
    "imports": {"管理员", "学校"},
    "letters": {"学校", "班主任"},
    "requests": {"学校", "班主任"},
    "consents": {"秘书处"},
    "roles": {"管理员", "审计", "学校", "单位"},
    "staff": {"管理员", "学校"},
    "api-keys": {"秘书处", "管理员"},
    "deliveries": {"秘书处", "管理员"},
    "audit": {"管理员", "审计"},
    "jobs": {"秘书处", "管理员"},
    "accounts": {"秘书处", "管理员"},
    "data-requests": {"学校"},
    "access-digest": {"学校", "管理员", "审计"},
    "deletion-proofs": {"秘书处", "管理员", "审计"},
    "incidents": {"秘书处", "管理员", "审计"},
    "sheets": {"学校", "单位", "班主任"},
    "evaluations": {"学校", "单位", "班主任", "秘书处"},
    "evaluation-alerts": {"秘书处"},
    "moderation": {"秘书处"},
    "announcements": {"学校", "秘书处"},
    "column-articles": {"学校", "秘书处"},
}


async def _waiting(client: Client, number: int = 1, title: str = "待审活动") -> list[UUID]:
    for index in range(number):
        await client.add_session(state=ActivityState.SUBMITTED, title=f"{title}{index}")
    rows = await client.rows("SELECT id FROM activity WHERE state = 'submitted' ORDER BY id")
    return [row.id for row in rows]


async def _state(client: Client, activity_id: UUID) -> str:
    return str(await client.value("SELECT state FROM activity WHERE id = :id", id=activity_id))


async def test_every_role_opens_exactly_its_lists(browser: Browser) -> None:
    """Page, Excel file and menu say the same."""
    assert set(OPEN_TO) == {listing.slug for listing in LISTINGS}
    for role, who in EVERYBODY.items():
        browser.be(who)
        home = await browser.get("/console")
        assert home.status_code == 200
        menu = set(re.findall(r'href="/console/([\w-]+)"', home.text.partition("</nav>")[0]))
        opened = {listing.slug for listing in LISTINGS if await _is_open(browser, listing.slug)}
        assert opened == {slug for slug, roles in OPEN_TO.items() if role in roles}, role
        others = {"account", *(path.rpartition("/")[2] for _, _, path, _ in PAGES)}
        assert menu - others == opened, role


async def _is_open(browser: Browser, slug: str) -> bool:
    shown = await browser.get(f"/console/{slug}")
    if shown.status_code != 200:
        exported = await browser.get(f"/console/{slug}.xlsx")
        assert (shown.status_code, exported.status_code) == (403, 403), slug
    if shown.status_code == 403:
        assert "您的身份不能进行这项操作" in shown.text
        assert "kit.forbidden" in shown.text
    return shown.status_code == 200


async def test_families_and_strangers_do_not_enter_the_console(browser: Browser) -> None:
    assert (await browser.be(CAST.mama).get("/console")).status_code == 403
    answer = await browser.be(None).get("/console/activities?state=draft")
    assert answer.status_code == 303
    assert (
        answer.headers["location"] == "/console/login?next=%2Fconsole%2Factivities%3Fstate%3Ddraft"
    )
    partial = await browser.get("/console", headers={"HX-Request": "true"})
    assert partial.headers["hx-redirect"].startswith("/console/login?next=")


async def test_another_district_s_records_are_not_found(browser: Browser) -> None:
    browser.be(CAST.foreign_secretary)
    assert (await browser.get(f"/console/bases/{POTTERY}")).status_code == 404
    assert "陶艺" not in (await browser.get("/console/bases")).text


async def _with_password(client: Client) -> None:
    async with client.engine.begin() as conn:
        await conn.execute(
            insert(Identity).values(
                district_id=HERE,
                id=new_id(),
                person_id=CAST.secretary.id,
                kind="password",
                subject="mishu",
                secret_hash=hash_password("right-password"),
            )
        )


async def test_log_in_and_out_with_a_form(browser: Browser, client: Client) -> None:
    await _with_password(client)
    form = await browser.get("/console/login?next=/console/bases")
    assert "南苑学区" in form.text
    right = {"district": "ND", "username": "mishu", "password": "right-password"}
    wrong = await browser.post("/console/login", {**right, "password": "no", "next": "/console"})
    assert wrong.status_code == 422
    assert "账号或密码不正确" in wrong.text
    assert 'value="mishu"' in wrong.text
    entered = await browser.post("/console/login", {**right, "next": "/console/bases"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/bases")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = await browser.get("/console")
    assert "秘书处甲" in page.text
    assert page.headers["cache-control"] == "no-store"
    token = browser.http.cookies["login"]
    assert (await browser.post("/console/logout")).headers["location"] == "/console/login"
    browser.http.cookies.set("login", token)
    assert (await browser.get("/console")).status_code == 303, "the session is ended on the server"


AWAY = ("https://evil.example/", "//evil.example", "/\\evil.example", "/v1/me", "/consolex")


async def test_nobody_is_sent_away_after_logging_in(browser: Browser, client: Client) -> None:
    await _with_password(client)
    form = {"district": "ND", "username": "mishu", "password": "right-password"}
    for target in AWAY:
        entered = await browser.post("/console/login", {**form, "next": target})
        assert entered.headers["location"] == "/console", target
        welcomed = await browser.get("/m/welcome", params={"next": target})
        assert welcomed.headers["location"] == "/m", target


async def test_over_https_the_cookie_belongs_to_this_host_alone(
    browser: Browser, client: Client
) -> None:
    await _with_password(client)
    form = {"district": "ND", "username": "mishu", "password": "right-password"}
    browser.http.base_url = "https://test"
    entered = await browser.post("/console/login", form)
    login = next(c for c in entered.headers.get_list("set-cookie") if "login=" in c)
    assert login.startswith("__Host-login=")
    assert "Secure" in login
    assert "Path=/" in login


ORIGINS: list[tuple[dict[str, str], int]] = [
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({}, 403),
    ({"Sec-Fetch-Site": "same-origin"}, 303),
    ({"Sec-Fetch-Site": "none"}, 303),
    ({"Origin": "http://test"}, 303),
]


async def test_a_form_from_elsewhere_is_refused(browser: Browser, client: Client) -> None:
    (activity,) = await _waiting(client)
    browser.be(CAST.secretary)
    for headers, status in ORIGINS:
        await client.rows("UPDATE activity SET state = 'submitted' WHERE id = :id", id=activity)
        path = f"/console/activities/{activity}/approve"
        answer = await browser.http.post(path, headers=headers)
        assert answer.status_code == status, headers
        assert await _state(client, activity) == ("approved" if status == 303 else "submitted")
        assert ("不是从本系统的页面提交的" in answer.text) is (status == 403)


async def test_an_old_browser_proves_itself_by_the_form_s_token(
    browser: Browser, client: Client
) -> None:
    (activity,) = await _waiting(client)
    page = await browser.be(CAST.secretary).get(f"/console/activities/{activity}")
    token = re.findall(r'name="form_token" value="(\w+)"', page.text)[0]
    path = f"/console/activities/{activity}/approve"
    assert (await browser.http.post(path, data={"form_token": token[::-1]})).status_code == 403
    other = await browser.be(CAST.second_secretary).http.post(path, data={"form_token": token})
    assert other.status_code == 403, "a token belongs to one login"
    browser.be(CAST.secretary)
    assert (await browser.http.post(path, data={"form_token": token})).status_code == 303


async def test_the_api_with_a_cookie_is_guarded_and_with_a_bearer_is_not(
    browser: Browser, client: Client
) -> None:
    body = {"kind": "school", "name": "新学校"}
    browser.be(CAST.secretary)
    answer = await browser.http.post("/v1/organizations", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "web.from_elsewhere")
    assert (await client.post(CAST.secretary, "/organizations", body)).status_code == 201


async def test_bulk_approval_does_each_by_itself(browser: Browser, client: Client) -> None:
    first, second = await _waiting(client, 2)
    await client.rows(
        "UPDATE activity SET author_id = :me WHERE id = :id", me=CAST.secretary.id, id=second
    )
    browser.be(CAST.secretary)
    chosen = {"ids": [str(first), str(second)], "back": "/console/reviews?grade=3"}
    answer = await browser.post("/console/reviews/approve", chosen)
    assert answer.headers["location"] == "/console/reviews?grade=3"
    page = await browser.get("/console/reviews")
    assert "已通过 1 条。有 1 条没有成功：不能审核自己发布的活动" in page.text
    assert "已通过 1 条" not in (await browser.get("/console/reviews")).text, "told once"
    assert [await _state(client, one) for one in (first, second)] == ["approved", "submitted"]


async def test_bulk_return_needs_a_reason_and_a_choice(browser: Browser, client: Client) -> None:
    (activity,) = await _waiting(client)
    browser.be(CAST.secretary)
    nothing = await browser.post("/console/reviews/return", {"reason-return": "缺安全预案"})
    assert (nothing.status_code, "还没有勾选" in nothing.text) == (422, True)
    silent = await browser.post("/console/reviews/return", {"ids": str(activity)})
    assert (silent.status_code, "请先写明退回原因" in silent.text) == (422, True)
    form = {"ids": str(activity), "reason-return": "缺安全预案"}
    assert (await browser.post("/console/reviews/return", form)).status_code == 303
    page = await browser.get(f"/console/activities/{activity}")
    assert "缺安全预案" in page.text
    forbidden = await browser.be(CAST.publisher).post("/console/reviews/return", form)
    assert forbidden.status_code == 403


async def test_select_all_works_without_scripts(browser: Browser, client: Client) -> None:
    await _waiting(client, 3)
    page = await browser.be(CAST.secretary).get("/console/reviews?all=1")
    assert len(re.findall(r'name="ids"[^>]*checked', page.text)) == 3


def _draft(**more: Any) -> dict[str, str]:
    return {
        "organization_id": str(UNIT),
        "base_id": str(POTTERY),
        "kind": "dream_course",
        "category": "labour",
        "title": "捏一只杯子",
        "min_grade": "3",
        "max_grade": "5",
        "credited_minutes": "90",
        "evidence_needed": "A",
        "summary": "",
        "what_to_bring": "围裙",
        **more,
    }


async def test_from_draft_to_published_with_forms_only(browser: Browser, client: Client) -> None:
    browser.be(CAST.publisher)
    assert "陶艺工坊" in (await browser.get("/console/activities/new")).text
    made = await browser.post("/console/activities", _draft())
    path = made.headers["location"]
    assert "至少添加一个场次" in (await browser.post(f"{path}/submit")).text
    dates = {"starts_at": "2027-03-01T14:00", "ends_at": "2027-03-01T16:00", "capacity": "30"}
    wrong = await browser.post(f"{path}/sessions", {**dates, "capacity": "0"})
    assert wrong.status_code == 422
    assert "太小了，至少是 1" in wrong.text
    assert 'value="2027-03-01T14:00"' in wrong.text, "what was typed is still there"
    assert (await browser.post(f"{path}/sessions", {**dates, "weeks": "3"})).status_code == 303
    page = await browser.get(path)
    assert all(day in page.text for day in ("3月1日（周一）14:00", "3月8日", "3月15日"))
    assert (await browser.post(f"{path}/submit")).status_code == 303
    await browser.be(CAST.secretary).post(f"{path}/approve")
    assert (await browser.be(CAST.publisher).post(f"{path}/publish")).status_code == 303
    page = await browser.get(path)
    assert "已发布" in page.text
    cancel = re.findall(rf'action="({path}/sessions/[^"]+/cancel)"', page.text)[0]
    assert "请先写明取消原因" in (await browser.post(cancel)).text
    assert (await browser.post(cancel, {"reason": "雨天"})).status_code == 303
    assert "已取消" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/withdraw")).status_code == 303


async def test_a_wrong_form_comes_back_filled_with_words(browser: Browser) -> None:
    browser.be(CAST.publisher)
    wrong = _draft(min_grade="7", max_grade="3", summary=EVIL)
    answer = await browser.post("/console/activities", wrong)
    assert answer.status_code == 422
    assert "有几项需要改正" in answer.text
    assert "捏一只杯子" in answer.text
    assert EVIL not in answer.text
    long = await browser.post("/console/activities", _draft(title="长" * 21))
    assert "太长了，最多 20 个字" in long.text
    foreign = await browser.post("/console/bases", {"organization_id": str(SCHOOL), "name": "x"})
    assert foreign.status_code == 404


async def test_a_change_based_on_an_old_version_is_refused(browser: Browser) -> None:
    browser.be(CAST.publisher)
    form = {"name": "陶艺工坊", "theme": "泥", "address": "", "version": "1"}
    assert (await browser.post(f"/console/bases/{POTTERY}", form)).status_code == 303
    stale = await browser.post(f"/console/bases/{POTTERY}", {**form, "theme": "土"})
    assert (stale.status_code, "内容已被他人修改" in stale.text) == (409, True)
    twice = await browser.post("/console/bases", {"organization_id": str(UNIT), "name": "气象站"})
    assert (twice.status_code, "已经有一条相同的记录" in twice.text) == (409, True)


async def test_a_school_edits_its_own_page_but_not_its_name(browser: Browser) -> None:
    browser.be(CAST.liaison)
    path = f"/console/organizations/{SCHOOL}"
    form = {"name": "叶城小学", "state": "active", "address": "示例路 1 号", "feature": EVIL}
    assert (await browser.post(path, form)).status_code == 303
    page = await browser.get(path)
    assert "示例路 1 号" in page.text
    assert EVIL not in page.text
    assert (await browser.post(path, {**form, "name": "新名字"})).status_code == 403


async def test_hostile_names_are_text_in_every_list(browser: Browser, client: Client) -> None:
    session = await client.add_session(title="x")
    await client.book(CAST.mama, CAST.xiaonan, session)
    for table, column in (
        ("activity", "title"),
        ("learning_base", "name"),
        ("organization", "name"),
        ("school_class", "name"),
        ("person", "name"),
    ):
        await client.rows(f"UPDATE {table} SET {column} = left('{EVIL}' || id::text, 60)")
    for who in (CAST.secretary, CAST.admin, CAST.liaison, CAST.publisher):
        browser.be(who)
        browser.http.cookies.set("purpose", "test")
        for listing in LISTINGS:
            page = await browser.get(listing.path)
            assert "<script>alert" not in page.text, listing.slug
        for path in (f"/console/sessions/{session}/roster", "/console"):
            assert "<script>alert" not in (await browser.get(path)).text
    browser.be(CAST.twin_dad)
    for path in ("/m", f"/m/sessions/{session}", "/m/bookings", "/m/passport", "/m/children"):
        assert "<script>alert" not in (await browser.get(path)).text


async def test_the_export_holds_exactly_the_filter_and_no_formula(
    browser: Browser, client: Client
) -> None:
    for title in ('=HYPERLINK("x")', "+1", "-1", "@x", "\tx", "＝1", "剪纸"):
        await client.add_session(title=title[:20])
    browser.be(CAST.secretary)
    all_rows = _rows((await browser.get("/console/activities.xlsx")).content)
    assert {row[0] for row in all_rows[1:]} >= {'=HYPERLINK("x")', "+1", "-1", "@x", "＝1"}
    found = _rows((await browser.get("/console/activities.xlsx?title=剪纸")).content)
    assert [row[0] for row in found] == ["活动", "剪纸"]
    logged = await client.rows(
        "SELECT * FROM audit_entry WHERE action = 'export:create' ORDER BY id"
    )
    assert [(row.object_type, row.detail["rows"]) for row in logged] == [
        ("activities", 7),
        ("activities", 1),
    ]


def _rows(content: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows()]
    assert all(cell.data_type == "s" for row in cells for cell in row if cell.value is not None)
    return [[cell.value for cell in row] for row in cells]


async def test_pages_are_turned_with_the_filter_kept(browser: Browser, client: Client) -> None:
    for index in range(53):
        await client.add_session(title=f"陶艺{index}", seats=0)
    browser.be(CAST.secretary)
    page = await browser.get("/console/activities?title=陶艺")
    following = re.findall(r'href="([^"]+)" rel="next"', page.text)[0].replace("&amp;", "&")
    second = await browser.get(following)
    assert second.text.count('data-label="发布单位"') == 3
    assert "回到第一页" in second.text
    assert 'value="陶艺"' in second.text


async def test_a_list_costs_few_statements_however_long(browser: Browser, client: Client) -> None:
    """At most six, and as many for two rows as for thirty."""
    costs: dict[int, dict[str, int]] = {}
    made = 0
    for number in (2, 30):
        while made < number:
            session = await client.add_session(seats=3, title=f"第{made}个")
            await client.book(CAST.mama, CAST.xiaonan, session)
            made += 1
        costs[number] = {}
        for who, slugs in (
            (CAST.secretary, "activities bases courses venues markers organizations classes jobs"),
            (CAST.liaison, "bookings pupils"),
            (CAST.admin, "roles deliveries audit accounts"),
            (CAST.publisher, "bookings"),
        ):
            browser.be(who)
            browser.http.cookies.set("purpose", "test")
            for slug in slugs.split():
                with counted(client) as sent:
                    assert (await browser.get(f"/console/{slug}")).status_code == 200
                costs[number][slug] = len(sent)
    assert costs[2] == costs[30]
    assert max(costs[30].values()) <= 6, costs[30]


async def test_pupils_are_shown_only_for_a_stated_purpose(browser: Browser, client: Client) -> None:
    browser.be(CAST.teacher)
    asked = await browser.get(f"/console/pupils?class_id={CLASS_3}")
    assert "为什么要查看学生信息" in asked.text
    assert "小南" not in asked.text
    back = f"/console/pupils?class_id={CLASS_3}"
    assert (await browser.post("/console/purpose", {"other": "x" * 61})).status_code == 422
    answer = await browser.post("/console/purpose", {"purpose": PURPOSES[0], "back": back})
    assert answer.headers["location"] == back
    page = await browser.get(back)
    assert "小南" in page.text
    assert "双双" not in page.text
    logged = await client.rows("SELECT * FROM audit_entry WHERE action = 'pupil:read'")
    assert {row.purpose for row in logged} == {PURPOSES[0]}
    assert {row.pupil_id for row in logged} == {CAST.xiaonan.id, CAST.xiaobei.id}
    passport = await browser.get(f"/console/pupils/{CAST.xiaonan.id}/passport")
    assert "ND-000001" in passport.text
    assert (await browser.get(f"/console/pupils/{CAST.xing.id}/passport")).status_code == 404


async def test_the_roster_ticks_all_but_the_missing(browser: Browser, client: Client) -> None:
    session = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session)
    await client.book(CAST.beimama, CAST.xiaobei, session)
    await client.book(CAST.twin_dad, CAST.dui, session)
    path = f"/console/sessions/{session}/roster"
    page = await browser.be(CAST.door).get(path)
    assert all(name in page.text for name in ("小南", "小北", "对对"))
    form = {"pupils": str(CAST.xiaobei.id), "how": "all_but"}
    assert (await browser.post(path, form)).status_code == 303
    page = await browser.get(path)
    assert "已登记 2 人到场" in page.text
    assert page.text.count("已到</span>") == 2
    teacher = await browser.be(CAST.teacher).get(path)
    assert "对对" not in teacher.text, "a teacher sees the own class only"
    assert (await browser.be(CAST.other_publisher).get(path)).text.count('name="pupils"') == 0


async def test_a_role_is_granted_and_taken_back(browser: Browser, client: Client) -> None:
    browser.be(CAST.admin)
    page = await browser.get("/console/roles/new?name=小南妈妈")
    assert "小南妈妈" in page.text
    grant = {
        "name": "小南妈妈",
        "person_id": str(CAST.mama.id),
        "role": "door_staff",
        "organization_id": str(UNIT),
    }
    refused = await browser.post("/console/roles", {**grant, "role": "class_teacher"})
    assert (refused.status_code, "不能这样授予" in refused.text) == (422, True)
    assert (await browser.post("/console/roles", grant)).status_code == 303
    granted = await client.value("SELECT id FROM role_grant WHERE person_id = :id", id=CAST.mama.id)
    assert (await browser.be(CAST.mama).get("/console")).status_code == 200
    ended = await browser.be(CAST.admin).post("/console/roles/end", {"ids": str(granted)})
    assert ended.status_code == 303
    assert (await browser.be(CAST.mama).get("/console")).status_code == 403


async def test_a_marker_is_reached_with_its_evidence(browser: Browser, client: Client) -> None:
    marker = new_id()
    await client.rows(
        "INSERT INTO marker (district_id, id, stage, domain, title, owner, state, evidence) "
        "VALUES (:d, :id, '第一年', 'courses', '课程共享', '秘书处', 'open', '')",
        d=HERE,
        id=marker,
    )
    form = {"state": "reached", "evidence": "课程汇编第 1 册"}
    answer = await browser.be(CAST.secretary).post(f"/console/markers/{marker}", form)
    assert answer.status_code == 303
    assert "课程汇编第 1 册" in (await browser.get("/console/markers")).text
    assert (
        await browser.be(CAST.liaison).post(f"/console/markers/{marker}", form)
    ).status_code == 403


async def test_strange_filters_are_refused_in_words(browser: Browser) -> None:
    browser.be(CAST.secretary)
    for query in ("state=nonsense", "grade=x", "cursor=%00", "title=" + "长" * 61):
        page = await browser.get(f"/console/activities?{query}")
        assert page.status_code == 422, query
        assert page.headers["content-type"].startswith("text/html")
    missing = await browser.get("/console/nothing-here")
    assert (missing.status_code, "没有这个地址" in missing.text) == (404, True)


async def test_static_files_may_be_kept_and_pages_hold_no_inline_code(browser: Browser) -> None:
    page = await browser.be(CAST.secretary).get("/console")
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert len(addresses) >= 5
    for address in addresses:
        file = await browser.get(address)
        assert file.status_code == 200, address
        assert "max-age=31536000" in file.headers["cache-control"], address
    assert "unsafe" not in page.headers["content-security-policy"]
    assert (await browser.get("/static/site.css")).headers["cache-control"] == "no-cache"
