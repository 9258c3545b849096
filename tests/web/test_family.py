"""The family pages over HTTP: whose they are, booking, cancelling, binding by code, WeChat's login."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.kit.sealing import Sealer
from app.people.service.binding import TRIES_ALLOWED
from tests.cast import APPID, CAST
from tests.client import Client
from tests.statements import counted
from tests.web.conftest import Browser, letter_code, phone_cookie
from wechat.gateway import Answer, Gateway

PAGES = ("/m", "/m/bookings", "/m/passport", "/m/notices", "/m/children")


async def test_strangers_go_to_wechat_and_people_without_children_are_told(
    browser: Browser,
) -> None:
    for path in PAGES:
        answer = await browser.be(None).get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/m/login?next=%2Fm")
        refused = await browser.be(CAST.secretary).get(path)
        assert (refused.status_code, "用绑定码绑定孩子" in refused.text) == (403, True)
        assert (await browser.be(CAST.mama).get(path)).status_code == 200


async def test_book_and_cancel_for_a_chosen_child(browser: Browser, client: Client) -> None:
    session = await client.add_session(seats=1)
    browser.be(CAST.twin_dad)
    page = await browser.get(f"/m/sessions/{session}")
    assert "给哪几个孩子预约" in page.text
    path = f"/m/sessions/{session}/book"
    assert "请先选择给哪个孩子预约" in (await browser.post(path)).text
    booked = await browser.post(path, {"pupil_id": str(CAST.dui.id)})
    assert booked.headers["location"] == "/m/bookings"
    mine = await browser.get("/m/bookings")
    assert "预约成功" in mine.text
    assert "对对的预约" in mine.text, "the page is about the child that was booked"
    full = await browser.post(path, {"pupil_id": str(CAST.shuang.id)})
    assert (full.status_code, "名额已满" in full.text) == (409, True)
    waits = await browser.post(path, {"pupil_id": str(CAST.shuang.id), "wait": "1"})
    assert waits.status_code == 303
    assert "候补，第 1 位" in (await browser.get("/m/bookings")).text
    shown = await browser.get(f"/m/sessions/{session}")
    assert "双双：" in shown.text


async def test_a_cancelled_place_goes_to_the_waiting_child(
    browser: Browser, client: Client
) -> None:
    session = await client.add_session(seats=1)
    first = (await client.book(CAST.mama, CAST.xiaonan, session)).json()["id"]
    await client.book(CAST.beimama, CAST.xiaobei, session)
    assert "已满，可候补" in (await browser.be(CAST.twin_dad).get("/m")).text
    assert "候补，第 1 位" in (await browser.be(CAST.beimama).get("/m/bookings")).text
    stranger = await browser.post(f"/m/bookings/{first}/cancel")
    assert stranger.status_code == 404
    browser.be(CAST.mama)
    assert f"/m/bookings/{first}/cancel" in (await browser.get("/m/bookings")).text
    assert (await browser.post(f"/m/bookings/{first}/cancel")).status_code == 303
    assert "已取消" in (await browser.get("/m/bookings")).text
    assert "已录取" in (await browser.be(CAST.beimama).get("/m/bookings")).text


async def test_nobody_books_or_chooses_another_s_child(browser: Browser, client: Client) -> None:
    session = await client.add_session()
    browser.be(CAST.mama)
    form = {"pupil_id": str(CAST.xiaobei.id)}
    assert (await browser.post(f"/m/sessions/{session}/book", form)).status_code == 404
    assert (await browser.post("/m/child", {"child": str(CAST.xiaobei.id)})).status_code == 404
    browser.http.cookies.set("child", str(CAST.xiaobei.id))
    page = await browser.get("/m/passport")
    assert "小南" in page.text
    assert "小北" not in page.text
    assert (await client.value("SELECT count(*) FROM booking")) == 0


async def test_the_child_s_grade_filters_until_all_are_asked_for(
    browser: Browser, client: Client
) -> None:
    await client.add_session(title="初中实验", grades=(7, 9))
    await client.add_session(title="三年级手工", grades=(3, 3))
    browser.be(CAST.mama)
    page = await browser.get("/m")
    assert "三年级手工" in page.text
    assert "初中实验" not in page.text
    assert "初中实验" in (await browser.get("/m?everyone=1")).text
    assert "没有找到" in (await browser.get("/m?q=不存在")).text
    assert "三年级手工" not in (await browser.get("/m?kind=contest")).text
    assert (await browser.get("/m?cursor=501")).status_code == 422


async def test_family_pages_cost_few_statements(browser: Browser, client: Client) -> None:
    costs: list[dict[str, int]] = []
    for _ in range(2):
        for index in range(5):
            session = await client.add_session(title=f"活动{index}", seats=2)
            await client.book(CAST.mama, CAST.xiaonan, session)
        browser.be(CAST.mama)
        costs.append({})
        for path in PAGES:
            with counted(client) as sent:
                assert (await browser.get(path)).status_code == 200
            costs[-1][path] = len(sent)
    assert costs[0] == costs[1]
    assert max(costs[0].values()) <= 6, costs


async def test_a_notice_is_read_once(browser: Browser, client: Client) -> None:
    session = await client.add_session()
    await client.book(CAST.mama, CAST.xiaonan, session)
    page = await browser.be(CAST.mama).get("/m/notices")
    assert "预约成功" in page.text
    notice = re.findall(r'action="(/m/notices/[^"]+/read)"', page.text)[0]
    assert (await browser.be(CAST.beimama).post(notice)).status_code == 404
    assert (await browser.be(CAST.mama).post(notice)).status_code == 303
    assert "未读" not in (await browser.get("/m/notices")).text


TO_BIND = "/m/login?next=%2Fm%2Fbind"


async def test_a_new_phone_binds_a_child_with_the_letter_s_code(
    browser: Browser, client: Client
) -> None:
    code = await letter_code(client, CAST.xiaobei)
    assert (await browser.be(None).get("/m/bind")).headers["location"] == TO_BIND
    assert (await browser.post("/m/bind")).headers["location"] == TO_BIND
    browser.http.cookies.set("phone", phone_cookie("o-new-phone"))
    assert "绑定码" in (await browser.get("/m/bind")).text
    wrong = await browser.post("/m/bind", {"code": code, "name": "小南"})
    assert (wrong.status_code, "绑定码或孩子姓名不正确" in wrong.text) == (422, True)
    bound = await browser.post("/m/bind", {"code": code.lower(), "name": "小北"})
    assert (bound.status_code, bound.headers["location"]) == (303, "/m")
    page = await browser.get("/m/children")
    assert "小北" in page.text
    second = await letter_code(client, CAST.xiaonan)
    await browser.post("/m/bind", {"code": second, "name": "小南"})
    assert "小南" in (await browser.get("/m/children")).text
    again = await browser.post("/m/bind", {"code": second, "name": "小南"})
    assert again.status_code == 422, "a code works once"


async def test_five_wrong_codes_close_the_door_for_that_phone_only(
    browser: Browser, client: Client
) -> None:
    code = await letter_code(client, CAST.xiaobei)
    browser.be(None).http.cookies.set("phone", phone_cookie("o-guesser"))
    for _ in range(TRIES_ALLOWED):
        await browser.post("/m/bind", {"code": "WRONGCODE2", "name": "小北"})
    closed = await browser.post("/m/bind", {"code": code, "name": "小北"})
    assert "尝试次数太多" in closed.text
    browser.be(None).http.cookies.set("phone", phone_cookie("o-parent"))
    assert (await browser.post("/m/bind", {"code": code, "name": "小北"})).status_code == 303


async def test_a_forged_phone_is_nobody(browser: Browser) -> None:
    for forged in ("x", Sealer("another-secret-another-secret-another").seal("{}")):
        browser.be(None).http.cookies.set("phone", forged)
        assert (await browser.post("/m/bind", {"code": "A", "name": "B"})).status_code == 303


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The platform's answer to the next code."""
    said: dict[str, Any] = {"openid": CAST.mama.openid}

    async def answer(_self: Gateway, _account: Any, code: str) -> Answer:
        return Answer(said.get("errcode", 0) if code != "used" else 40163, "", said)

    monkeypatch.setattr(Gateway, "web_code_to_openid", answer)
    return said


async def _set_out(browser: Browser, target: str = "/m/passport") -> str:
    answer = await browser.be(None).get(f"/m/login?next={target}")
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["appid"] == [APPID]
    assert query["redirect_uri"][0].endswith("/m/oauth")
    return query["state"][0]


async def test_wechat_says_whose_phone_it_is(browser: Browser, platform: dict[str, Any]) -> None:
    state = await _set_out(browser)
    back = await browser.get(f"/m/oauth?code=good&state={state}")
    assert back.headers["location"] == "/m/welcome?next=%2Fm%2Fpassport"
    welcomed = await browser.get(back.headers["location"])
    assert welcomed.headers["location"] == "/m/passport"
    assert "小南" in (await browser.get("/m/passport")).text
    assert (await browser.post("/m/logout")).status_code == 303
    assert (await browser.get("/m")).headers["location"].startswith("/m/login")


async def test_an_unbound_phone_is_shown_how_to_bind(
    browser: Browser, platform: dict[str, Any]
) -> None:
    platform["openid"] = "o-nobody-yet"
    state = await _set_out(browser)
    back = await browser.get(f"/m/oauth?code=good&state={state}")
    assert back.headers["location"] == "/m/bind"
    assert (await browser.get("/m/bind")).status_code == 200


async def test_a_letter_s_code_is_still_there_after_logging_in(
    browser: Browser, platform: dict[str, Any]
) -> None:
    """The parent scans the QR code of the letter and only has to write the child's name."""
    platform["openid"] = "o-nobody-yet"
    scanned = await browser.get("/m/bind?code=ABCDEFGHJK")
    state = await _set_out(browser, scanned.headers["location"].split("next=")[1])
    back = await browser.get(f"/m/oauth?code=good&state={state}")
    form = await browser.get(back.headers["location"])
    assert 'value="ABCDEFGHJK"' in form.text


async def test_a_stolen_or_used_way_back_opens_nothing(
    browser: Browser, platform: dict[str, Any]
) -> None:
    state = await _set_out(browser)
    for address, code in (
        ("/m/oauth?code=good&state=other", "wechat.lost_way"),
        (f"/m/oauth?state={state}", "wechat.lost_way"),
        (f"/m/oauth?code=used&state={state}", "wechat.lost_way"),
    ):
        answer = await browser.get(address)
        assert (answer.status_code, code in answer.text) == (422, True), address
    assert (await browser.be(None).get(f"/m/oauth?code=good&state={state}")).status_code == 422
    platform["is_snapshotuser"] = 1
    state = await _set_out(browser)
    preview = await browser.get(f"/m/oauth?code=good&state={state}")
    assert (preview.status_code, "使用完整服务" in preview.text) == (403, True)
    assert "login" not in browser.http.cookies
    assert (await browser.get("/m/login?account=nobody")).status_code == 404


async def test_leaving_the_account_ends_the_pages_too(
    browser: Browser, client: Client, platform: dict[str, Any]
) -> None:
    state = await _set_out(browser)
    await browser.get(f"/m/oauth?code=good&state={state}")
    assert (await browser.get("/m")).status_code == 200
    await client.say(CAST.mama, Event="unsubscribe")
    assert (await browser.get("/m")).status_code == 303
