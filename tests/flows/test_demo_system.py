"""What a newcomer sees: one command, the story, the parent's phone; and nothing is lost."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from app.dev.testing import find_browser
from tests.flows.system import System, started

pytestmark = pytest.mark.timeout(700)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with started(tmp_path_factory.mktemp("demo") / "d") as system:
        yield system


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    browser_path = find_browser()
    assert browser_path is not None, "run.py test installs a browser, or says what is missing"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(browser_path), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser.new_page(viewport={"width": 390, "height": 844})
        browser.close()


def _phone(system: System, name: str) -> str:
    return str(next(p["openid"] for p in system.demo["phones"] if p["name"] == name))


def _until(look: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def _saying(system: System, openid: str, words: str) -> list[Any]:
    """Messages with these words, whichever way they went: in the chat, if it was just used."""
    url = f"{system.demo['simulator_url']}/sim/api/phones/{openid}/messages"
    messages = httpx.get(url, trust_env=False).json()
    return [one for one in messages if words in json.dumps(one, ensure_ascii=False)]


def test_the_story_holds_and_can_be_told_again(system: System) -> None:
    for number in range(2):
        told = system.story()
        assert told.returncode == 0, f"telling {number}: {told.stdout}{told.stderr}"
        assert "每一步都成立" in told.stdout
        for word in (
            "候补成功通知",
            "38 个名额定下",
            "和试排一模一样",
            "重新计算 300 名学生",
            "第 2 志愿",
            "公示截止以前不能导出",
            "已采纳并更正",
            "一个不多一个不少",
            "人数对上，差异消除",
            "评为优秀",
            "一条不丢",
            "看到班主任已告知",
        ):
            assert word in told.stdout, word


def test_a_chapter_that_does_not_exist_is_refused_with_those_that_do(system: System) -> None:
    told = system.story("tomorrow")
    assert told.returncode == 1
    assert "visit、waiting、class、choosing、passport、door、announcement" in told.stderr


def test_the_parents_phone_shows_the_message(system: System, page: Page) -> None:
    assert system.story("visit").returncode == 0
    openid = _phone(system, "小南妈妈")
    page.goto(f"{system.demo['simulator_url']}/sim/phones/{openid}")
    # As a card, or in the chat that she has just used.
    assert page.get_by_text(re.compile("护照盖章通知|护照新印章")).first.is_visible()
    assert page.get_by_text("扫码签到").first.is_visible()


def test_one_tap_on_the_booking_page_allows_one_message(system: System, page: Page) -> None:
    """通知我 in the simulated phone: a dialog as WeChat's, the platform's event, one row of the ledger."""
    demo = system.demo
    page.goto(f"{demo['simulator_url']}/sim/phones/{_phone(system, '小南妈妈')}")
    page.goto(f"{demo['base_url']}/m/login?next=/m")
    page.goto(f"{demo['base_url']}/m/bookings")
    box = page.locator("[data-notify]")
    button = box.get_by_role("button", name="通知我")
    button.click(timeout=15_000)
    dialog = page.get_by_role("dialog", name="订阅消息")
    dialog.get_by_text("活动变动通知").wait_for()
    assert Axe().run(page).violations_count == 0
    dialog.get_by_role("button", name="允许").click()
    page.get_by_role("status").get_by_text("记下了").wait_for()
    said = box.locator("p").first.inner_text()
    assert "“活动有变动” 1 次" in said, "the phone's word and the platform's event are one tap"


def test_the_pages_have_no_accessibility_violations(system: System, page: Page) -> None:
    scene = next(s for s, label in system.demo["scenes"].items() if label == "基地：陶艺工坊")
    for path in ("/", f"/c/{scene}", "/docs/errors"):
        page.goto(system.demo["base_url"] + path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_a_worker_killed_between_booking_and_message_loses_nothing(system: System) -> None:
    """The worker is frozen, the mother books, the worker is killed; the launcher starts another."""
    openid = _phone(system, "双胞胎爸爸")
    demo, ids = system.demo, system.demo["ids"]
    (worker,) = system.pids("worker")
    os.kill(worker, signal.SIGSTOP)
    code = system.sim(f"phones/{openid}/login-code")["code"]
    with httpx.Client(base_url=demo["base_url"], trust_env=False, timeout=20) as http:
        login = http.post(f"/wechat/login/{demo['wechat']['account']}-mp", json={"code": code})
        token = login.json()["token"]
        body = {"session_id": ids["session_bookable"], "pupil_id": ids["pupil_shuang"]}
        headers = {"Authorization": f"Bearer {token}"}
        booked = http.post("/v1/bookings", json=body, headers=headers)
    assert booked.json()["state"] == "confirmed", booked.text
    assert _saying(system, openid, "预约成功") == []
    os.kill(worker, signal.SIGKILL)
    _until(lambda: _saying(system, openid, "预约成功"))
    assert len(_saying(system, openid, "预约成功")) == 1
    assert worker not in system.pids("worker")


def test_the_story_fails_loudly_when_a_step_does_not_hold(system: System) -> None:
    """Without the worker nobody is told; the story must not pretend."""
    assert system.story("visit").returncode == 0
    (worker,) = system.pids("worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        told = system.story("visit", patience=5)
    finally:
        os.kill(worker, signal.SIGCONT)
    assert told.returncode == 1
    assert "故事中断" in told.stdout + told.stderr


def test_a_second_start_keeps_the_data_and_everything_stops(system: System) -> None:
    """The last test of this file: the system of the others ends here."""
    made = _course(system, _staff_token(system), "二次启动还在")
    assert made.status_code == 201, made.text
    assert system.stop() == 0
    assert system.pids("worker") == []
    assert system.pids("serve") == []
    with started(system.folder) as second:
        again = _course(second, _staff_token(second), "二次启动还在")
        assert again.json()["code"] == "kit.duplicate"


def _staff_token(system: System) -> str:
    login = system.demo["logins"]["unit_publisher"]
    body = {"district": "NY", "username": login["username"], "password": login["password"]}
    url = f"{system.demo['base_url']}/v1/login-sessions"
    return str(httpx.post(url, json=body, trust_env=False, timeout=20).json()["token"])


def _course(system: System, token: str, title: str) -> httpx.Response:
    return httpx.post(
        f"{system.demo['base_url']}/v1/courses",
        json={"organization_id": system.demo["ids"]["unit_pottery"], "title": title},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=20,
    )
