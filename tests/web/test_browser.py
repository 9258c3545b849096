"""The pages in Debian's Chromium: what scripts add, and how phones show it."""

import io
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.cast import ACCOUNT, CAST, HERE, add_session
from tests.people.test_roster import UGLY
from tests.web.stage import PHONE, PHONE_TOKEN, Site, acting
from tests.web.test_waiting_browser import _in_database

pytestmark = pytest.mark.timeout(180)


def test_log_in_and_approve_in_bulk(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site.url}/console/reviews")
    page.get_by_label("学区").select_option("ND")
    page.get_by_label("用户名").fill("mishu")
    page.get_by_label("密码").fill("right-password")
    page.get_by_role("button", name="登录", exact=True).click()
    assert page.url.endswith("/console/reviews"), "on to the page that was asked for"
    page.get_by_label("活动、单位或基地").fill("等待审核1")
    page.get_by_role("button", name="查询").click()
    page.wait_for_url("**title=**")
    assert page.get_by_role("row").count() == 2
    page.get_by_role("link", name="清除条件").click()
    page.get_by_role("link", name="本页全选").click()
    assert page.locator("input[name=ids]:checked").count() == 3
    page.locator("input[name=ids]").nth(2).uncheck()
    page.get_by_role("button", name="通过").click()
    page.get_by_role("status").wait_for()
    assert "已通过 2 条" in page.get_by_role("status").inner_text()
    assert page.locator("input[name=ids]").count() == 1
    assert complaints == [], "the content policy and the scripts agree"
    page.get_by_role("button", name="退出").click()
    assert page.url.endswith("/console/login")


def test_book_a_place_on_a_phone(context: BrowserContext, site: Site) -> None:
    page = acting(context, site, CAST.twin_dad)
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/m")
    page.get_by_role("link", name="捏一只小碗").click()
    page.get_by_label("对对").check()
    page.get_by_role("button", name="预约").click()
    assert page.get_by_role("heading", name="对对的预约").is_visible()
    page.goto(f"{site.url}/m/sessions/{site.session}")
    page.get_by_role("button", name="加入候补（双双）").click()
    assert page.get_by_text("候补，第 1 位").is_visible()
    page.get_by_role("button", name="对对").click()
    page.get_by_text("取消预约").click()
    page.get_by_role("button", name="确认取消").click()
    page.get_by_role("status").wait_for()
    page.get_by_role("button", name="双双").click()
    assert page.get_by_text("已录取").is_visible(), "the waiting child moved up"


def test_tick_the_roster_on_a_phone(context: BrowserContext, site: Site) -> None:
    for who, pupil in ((CAST.mama, "小南"), (CAST.beimama, "小北")):
        page = acting(context, site, who)
        page.goto(f"{site.url}/m/sessions/{site.door}")
        page.get_by_role("button", name=f"预约（{pupil}）").click()
    page = acting(context, site, CAST.door)
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/console/sessions/{site.door}/roster")
    page.get_by_label("小南").check()
    page.get_by_role("button", name="勾选的到了").click()
    page.get_by_role("status").wait_for()
    assert "已登记 1 人到场" in page.get_by_role("status").inner_text()
    assert page.get_by_text("已到", exact=True).count() == 1


def test_the_menu_folds_on_phones_and_nothing_is_wider_than_the_screen(
    context: BrowserContext, site: Site
) -> None:
    page = acting(context, site, CAST.secretary)
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/console/activities")
    entry = page.get_by_role("link", name="成员单位")
    assert not entry.is_visible()
    page.get_by_text("菜单", exact=True).click()
    entry.click()
    for path in (
        "/console/organizations",
        "/console/activities",
        f"/console/activities/{site.activity}",
    ):
        page.goto(f"{site.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_an_ugly_roster_is_uploaded_watched_and_confirmed(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    """The page follows the worker by itself; nothing complains about the content policy."""
    file = tmp_path / "名册 (最终版).xlsx"
    file.write_bytes(UGLY)
    page = acting(context, site, CAST.liaison)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site.url}/console/imports")
    page.get_by_role("link", name="导入名册", exact=True).click()
    page.get_by_label("名册文件").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    assert "正在检查" in page.get_by_role("status").inner_text()
    site.work("people.roster_check", page.url)
    page.get_by_role("button", name="确认导入").click(timeout=10_000)
    site.work("people.roster_apply", page.url)
    page.get_by_text("撤销整次导入").click(timeout=10_000)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="确认撤销").click()
    assert page.get_by_text("这次导入已撤销").is_visible()


def _read_code(page: Page) -> str:
    """What a phone's camera reads off the screen."""
    picture = Image.open(io.BytesIO(page.get_by_alt_text("登录二维码").screenshot()))
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return found[0].text


def test_the_computer_goes_in_by_itself_once_the_phone_said_yes(
    context: BrowserContext, chromium: Browser, site: Site
) -> None:
    computer = context.new_page()
    complaints: list[str] = []
    computer.on("console", lambda message: complaints.append(message.text))
    computer.goto(f"{site.url}/console/login?next=/console/bases")
    computer.get_by_role("button", name="微信扫码登录").click()
    assert "请先选择学区" in computer.get_by_role("alert").inner_text()
    complaints.clear()  # the browser's own remark about the 422
    computer.get_by_label("学区").select_option("ND")
    computer.get_by_role("button", name="微信扫码登录").click()
    address = parse_qs(urlsplit(_read_code(computer)).query)
    assert address["account"] == [ACCOUNT]
    wechat = chromium.new_context(viewport=PHONE)
    wechat.add_cookies([{"name": "login", "value": PHONE_TOKEN, "url": site.url}])
    phone = wechat.new_page()
    phone.goto(f"{site.url}{address['next'][0]}")
    assert phone.locator(".digits").inner_text() == computer.locator(".digits").inner_text()
    assert Axe().run(phone).violations_count == 0
    assert Axe().run(computer).violations_count == 0
    phone.get_by_role("button", name="登录电脑端").click()
    assert phone.get_by_role("heading", name="已确认").is_visible()
    wechat.close()
    computer.wait_for_url("**/console/bases")
    assert complaints == []


def test_the_month_and_a_calendar_address_on_a_phone(context: BrowserContext, site: Site) -> None:
    page = acting(context, site, CAST.mama)
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/m")
    page.get_by_role("link", name="按月看日历").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("a.day-today").click()
    page.get_by_role("heading", level=2).first.wait_for()
    assert page.locator("a.day[aria-current=date]").count() == 1
    page.get_by_role("link", name="订阅到手机日历").click()
    page.get_by_role("button", name="生成订阅地址").click()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制地址").click()
    assert page.get_by_text("已复制。").is_visible()
    shown = page.get_by_label("订阅地址").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    answer = context.request.get(f"{site.url}{urlsplit(shown).path}")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert Axe().run(page).violations_count == 0


CHILDREN = (CAST.xiaonan, CAST.shuang, CAST.dui, CAST.xing)
BOOK = """
INSERT INTO booking (district_id, id, session_id, pupil_id, state, seat_id, consent_asked_at)
SELECT :d, gen_random_uuid(), :s, :p, 'confirmed', t.id, CASE WHEN :asked THEN now() END FROM seat t
WHERE t.session_id = :s AND NOT EXISTS (SELECT FROM booking k WHERE k.seat_id = t.id) LIMIT 1
"""


def _staged(site: Site) -> UUID:
    async def work(conn: AsyncConnection) -> UUID:
        session = await add_session(conn, title="门口的陶艺", starts_in=timedelta(minutes=-5))
        for pupil in CHILDREN:
            asked = pupil is CAST.xing
            await conn.execute(text(BOOK), {"d": HERE, "s": session, "p": pupil.id, "asked": asked})
        return session

    session: UUID = _in_database(site, work)
    return session


def _lines(site: Site, session: UUID) -> list[tuple[str, str, str | None]]:
    async def work(conn: AsyncConnection) -> list[tuple[str, str, str | None]]:
        sql = "SELECT way, what, reason FROM scan WHERE session_id = :s ORDER BY received_at"
        return [tuple(row) for row in await conn.execute(text(sql), {"s": session})]

    lines: list[tuple[str, str, str | None]] = _in_database(site, work)
    return lines


def _look(page: Page, name: str) -> None:
    if folder := os.environ.get("DOOR_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def _tap(page: Page, said: str) -> None:
    page.locator("#children button.child").filter(has_text=said).click()


def _link(context: BrowserContext, site: Site, session: UUID) -> tuple[str, str]:
    """Address and PIN, as the unit's staff see them once; then nobody is logged in."""
    office = acting(context, site, CAST.door)
    office.goto(f"{site.url}/console/sessions/{session}/roster")
    office.get_by_role("link", name="现场链接").click()
    office.get_by_label("给谁用").fill("东门志愿者")
    office.get_by_role("button", name="生成链接和密码").click()
    address = urlsplit(office.locator(".copied").inner_text()).path
    pin = office.locator(".pin").inner_text()
    assert Axe().run(office).violations_count == 0
    _look(office, "made")
    office.get_by_role("link", name="完成").click()
    assert Axe().run(office).violations_count == 0
    _look(office, "console")
    context.clear_cookies()
    return address, pin


def test_a_volunteer_checks_in_without_a_network(context: BrowserContext, site: Site) -> None:
    session = _staged(site)
    address, pin = _link(context, site, session)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site.url}{address}")
    _look(page, "pin")
    page.get_by_label("6 位密码").fill(pin)
    page.get_by_role("button", name="打开").click()
    _tap(page, "三（2）班")
    expect(page.locator("#net")).to_have_text("在线，已全部上传")
    assert page.locator("#arrived").inner_text() == "1"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(page).violations_count == 0
    _look(page, "online")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert complaints == [], "the content policy and the scripts agree"

    context.set_offline(True)
    _tap(page, "双*")
    _tap(page, "对*")
    page.get_by_role("button", name="撤销对*").click()
    page.get_by_label("护照编码").fill(f"{site.url}/c/{CAST.xing.card_scene}")
    page.keyboard.press("Enter")
    page.get_by_label("护照编码").fill("a-card-of-nobody")
    page.keyboard.press("Enter")
    expect(page.locator("#net")).to_have_text("离线，还有 4 条没上传")
    page.reload()
    expect(page.locator("#net")).to_have_text("离线，还有 4 条没上传")
    assert page.locator("#arrived").inner_text() == "3"
    _look(page, "offline")

    context.set_offline(False)
    expect(page.locator("#net")).to_have_text("在线，已全部上传")
    expect(page.locator("#problems-title")).to_have_text("有 1 条要处理")
    assert "无法识别这个二维码" in page.locator("#problem-list").inner_text()
    _look(page, "problems")
    ways = sorted(line[:2] for line in _lines(site, session) if line[2] is None)
    assert ways == [
        ("card", "in"),
        ("correction", "void"),
        ("roster", "in"),
        ("roster", "in"),
        ("roster", "in"),
    ]
    page.get_by_role("button", name="全部到，除了…").click()
    _look(page, "all_but")
    page.get_by_role("button", name="其余 1 人都到了").click()
    expect(page.locator("#arrived")).to_have_text("4")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator("#problems")).to_be_hidden()
