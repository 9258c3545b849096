"""The pages of waiting and of class bookings: what a family presses, what teacher, school and unit do."""

from datetime import timedelta
from uuid import UUID

from tests.cast import CAST, CLASS_3
from tests.client import Client
from tests.web.conftest import Browser


async def test_a_family_accepts_or_declines_a_held_place(browser: Browser, client: Client) -> None:
    session_id = await client.add_session(seats=1, starts_in=timedelta(days=4))
    first = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()["id"]
    second = (await client.book(CAST.beimama, CAST.xiaobei, session_id)).json()["id"]
    browser.be(CAST.beimama)
    assert "候补，第 1 位" in (await browser.get("/m/bookings")).text
    await client.post(CAST.mama, f"/bookings/{first}/cancel", {})
    shown = (await browser.get("/m/bookings")).text
    assert "轮到孩子了：名额保留到" in shown
    assert "不要这个名额" in shown
    accepted = await browser.post(f"/m/bookings/{second}/accept")
    assert accepted.headers["location"] == "/m/bookings"
    shown = (await browser.get("/m/bookings")).text
    assert "已录取" in shown
    assert "接受名额" not in shown


async def test_a_class_booking_from_the_teachers_form_to_the_unit(
    browser: Browser, client: Client
) -> None:
    session_id = await client.add_session(seats=2, starts_in=timedelta(days=10))
    await client.rows("UPDATE session SET mode = 'class'")
    browser.be(CAST.teacher)
    form = (await browser.get("/console/class-bookings/new")).text
    assert "捏一只小碗" in form
    assert "三（2）班" in form
    assert "一（1）班" not in form
    few = {"session_id": str(session_id), "class_id": str(CLASS_3), "adults": "0"}
    assert "太小了" in (await browser.post("/console/class-bookings", few)).text
    made = await browser.post("/console/class-bookings", {**few, "adults": "2"})
    path = made.headers["location"]
    page = (await browser.get(path)).text
    assert "等学校确认" in page
    assert "小北、小南" in page
    assert "过期自动取消" in page
    browser.be(CAST.liaison)
    assert "等学校确认" in (await browser.get("/console/class-bookings")).text
    assert "学校确认</button>" in (await browser.get(path)).text
    await browser.post(f"{path}/confirm")
    browser.be(CAST.publisher)
    assert "谢绝这个班" in (await browser.get(path)).text
    assert "请填写" in (await browser.post(f"{path}/decline", {"reason": ""})).text
    await browser.post(f"{path}/accept")
    assert "已约好" in (await browser.get(path)).text
    browser.be(CAST.other_publisher)
    assert (await browser.get(path)).status_code == 404
    row = UUID(path.rsplit("/", 1)[1])
    browser.be(CAST.teacher)
    await browser.post(f"{path}/release", {"reason": "全班感冒"})
    assert await client.value("SELECT state FROM class_booking WHERE id = :i", i=row) == "released"
