"""科学家进校园: a school's need, offers to come, the school's choice, and what ends it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bookings.test_reserves import run_job
from tests.cast import CAST, CLASS_1, CLASS_3, CLASS_8, OTHER_UNIT, SCHOOL, UNIT, Somebody
from tests.client import Client
from tests.web.conftest import Browser, assets, browser

__all__ = ["assets", "browser"]  # fixtures
DAY = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=20)


def _need(**more: Any) -> dict[str, Any]:
    day = DAY.date()
    return {
        "organization_id": str(SCHOOL),
        "title": "听天文学家讲星星",
        "topic": "想请天文馆的老师讲月相",
        "min_grade": 1,
        "max_grade": 5,
        "headcount": 80,
        "first_day": str(day - timedelta(days=2)),
        "last_day": str(day + timedelta(days=2)),
        "open_until": str(day - timedelta(days=5)),
        **more,
    }


async def _mentor(client: Client, who: Somebody, unit: Any, name: str, **more: Any) -> str:
    """A vetted mentor of a unit."""
    body = {"organization_id": str(unit), "name": name, **more}
    made = await client.post(who, "/mentors", body)
    passed = await client.post(
        CAST.secretary, f"/mentors/{made.json()['id']}/vet", {"passed": True}
    )
    assert passed.status_code == 200, passed.text
    return str(made.json()["id"])


def _offer(mentor_id: str, at: datetime = DAY) -> dict[str, str]:
    ends = at + timedelta(minutes=90)
    return {"mentor_id": mentor_id, "starts_at": at.isoformat(), "ends_at": ends.isoformat()}


async def _offered(client: Client) -> tuple[str, list[str]]:
    """A need with an offer of each of two units: (need, [pottery's, weather's])."""
    need = (await client.post(CAST.liaison, "/school-needs", _need())).json()["id"]
    offers = []
    for who, unit, name in (
        (CAST.publisher, UNIT, "陶艺师傅"),
        (CAST.other_publisher, OTHER_UNIT, "观星老师"),
    ):
        mentor = await _mentor(client, who, unit, name)
        made = await client.post(who, f"/school-needs/{need}/offers", _offer(mentor))
        assert made.status_code == 201, made.text
        offers.append(made.json()["id"])
    return need, offers


async def _news(client: Client, who: Somebody) -> list[str]:
    found = (await client.get(who, "/notifications")).json()["items"]
    return [dict(row["lines"])["进展"] for row in found if row["kind"] == "visit_news"]


async def _publish(client: Client, activity: str) -> None:
    for who, verb in (
        (CAST.publisher, "submit"),
        (CAST.secretary, "approve"),
        (CAST.publisher, "publish"),
    ):
        done = await client.post(who, f"/activities/{activity}/{verb}")
        assert done.status_code == 200, done.text


async def test_a_visit_from_the_schools_need_to_the_familys_message(client: Client) -> None:
    need, (pottery, weather) = await _offered(client)
    shown = (await client.get(CAST.publisher, f"/school-needs/{need}")).json()
    assert [one["id"] for one in shown["offers"]] == [pottery], "nobody sees the other's offer"
    assert len((await client.get(CAST.teacher, f"/school-needs/{need}")).json()["offers"]) == 2
    path = f"/visit-offers/{pottery}/accept"
    for classes in ([CLASS_8], [CLASS_3, CLASS_8]):
        bad = await client.post(CAST.liaison, path, {"class_ids": [str(one) for one in classes]})
        assert bad.json()["code"] == "activity.class_not_invited"
    for who in (CAST.teacher, CAST.publisher):
        answer = await client.post(who, path, {"class_ids": [str(CLASS_3)]})
        assert answer.status_code == 403
    body = {"class_ids": [str(CLASS_3), str(CLASS_1)]}
    for _ in range(2):
        chosen = (await client.post(CAST.liaison, path, body)).json()
        assert chosen["state"] == "accepted"
    assert await _news(client, CAST.other_publisher) == ["学校另有安排，谢谢您报名"]
    assert await _news(client, CAST.publisher) == ["学校选定了您，请完善活动并提交"]
    late = await client.post(CAST.liaison, f"/visit-offers/{weather}/accept", body)
    assert late.json()["code"] == "resources.need_not_open"
    draft = (await client.get(CAST.publisher, f"/activities/{chosen['activity_id']}")).json()
    assert (draft["kind"], draft["state"]) == ("scientist_visit", "draft")
    base = await client.value("SELECT name FROM learning_base WHERE id = :b", b=draft["base_id"])
    assert base == "叶城小学（校内）"
    assert await client.value("SELECT count(*) FROM class_booking") == 0
    await _publish(client, chosen["activity_id"])
    booked = (await client.get(CAST.liaison, "/class-bookings")).json()["items"]
    assert {row["state"] for row in booked} == {"drafted"}
    assert {row["class_id"] for row in booked} == {str(CLASS_3), str(CLASS_1)}
    assert (await _news(client, CAST.liaison))[0] == "活动已发布，请确认班级"
    ours = next(row for row in booked if row["class_id"] == str(CLASS_3))
    for _ in range(2):
        done = await client.post(CAST.liaison, f"/class-bookings/{ours['id']}/confirm")
        assert done.json()["state"] == "accepted", "the unit has said yes already"
    told = (await client.get(CAST.mama, "/notifications")).json()["items"]
    assert [row["headline"] for row in told] == ["预约成功"]
    free = "SELECT count(*) FROM seat WHERE booking_id IS NULL OR pool_id IS DISTINCT FROM :s"
    assert await client.value(free, s=SCHOOL) == 0, "as many seats as invited children"
    gone = await client.post(CAST.liaison, f"/school-needs/{need}/withdraw", {"reason": "考试"})
    assert gone.json()["state"] == "withdrawn"
    assert (await _news(client, CAST.publisher))[0] == "学校取消：考试"
    states = "SELECT DISTINCT state FROM booking"
    assert [row.state for row in await client.rows(states)] == ["cancelled"]
    ended = await client.value("SELECT state FROM activity WHERE id = :a", a=draft["id"])
    assert ended == "withdrawn"


async def test_what_is_refused_leaves_nothing(client: Client) -> None:
    for days in (
        {"first_day": "2026-12-31", "last_day": "2026-12-01"},
        {"open_until": "2026-01-01"},
        {"last_day": "2028-01-01"},
    ):
        bad = await client.post(CAST.liaison, "/school-needs", _need(**days))
        assert bad.json()["code"] == "resources.need_dates_wrong"
    assert (await client.post(CAST.publisher, "/school-needs", _need())).status_code == 403
    own = await client.post(CAST.teacher, "/school-needs", _need(weekdays=[str(DAY.isoweekday())]))
    again = await client.post(CAST.liaison, "/school-needs", _need())
    assert own.json()["id"] == again.json()["id"], "the same open need"
    path = f"/school-needs/{own.json()['id']}/offers"
    raw = await client.post(
        CAST.publisher, "/mentors", {"organization_id": str(UNIT), "name": "新人"}
    )
    early = await client.post(CAST.publisher, path, _offer(raw.json()["id"]))
    assert early.json()["code"] == "resources.mentor_not_ready"
    foreign = await client.post(CAST.other_publisher, path, _offer(raw.json()["id"]))
    assert foreign.status_code == 404
    mentor = await _mentor(client, CAST.publisher, UNIT, "陶艺师傅")
    for at in (DAY + timedelta(days=1), DAY - timedelta(days=7), DAY.replace(hour=15)):
        outside = await client.post(CAST.publisher, path, _offer(mentor, at))
        assert outside.json()["code"] == "resources.offer_outside_need"
    first = await client.post(CAST.publisher, path, _offer(mentor))
    assert (await client.post(CAST.publisher, path, _offer(mentor))).json() == first.json()
    other = await client.post(CAST.publisher, path, _offer(mentor, DAY + timedelta(hours=1)))
    assert other.json()["code"] == "resources.offer_stands"
    await client.rows("UPDATE school_need SET open_until = current_date - 2")
    await client.rows("UPDATE visit_offer SET state = 'withdrawn'")
    closed = await client.post(CAST.publisher, path, _offer(mentor))
    assert closed.json()["code"] == "resources.need_closed"


async def test_the_unit_calls_off_and_the_need_is_open_again(client: Client) -> None:
    need, (pottery, weather) = await _offered(client)
    body = {"class_ids": [str(CLASS_3)]}
    answers = await asyncio.gather(
        *(
            client.post(CAST.liaison, f"/visit-offers/{one}/accept", body)
            for one in (pottery, weather)
        )
    )
    assert sorted(one.status_code for one in answers) == [200, 409], "one school, one choice"
    assert await client.value("SELECT count(*) FROM activity WHERE kind = 'scientist_visit'") == 1
    chosen = next(one.json() for one in answers if one.status_code == 200)
    who = CAST.publisher if chosen["id"] == pottery else CAST.other_publisher
    ended = await asyncio.gather(
        client.post(who, f"/visit-offers/{chosen['id']}/withdraw", {"reason": "导师生病"}),
        client.post(who, f"/sessions/{chosen['session_id']}/cancel", {"reason": "导师生病"}),
    )
    assert {one.status_code for one in ended} == {200}, [one.text for one in ended]
    shown = (await client.get(CAST.liaison, f"/school-needs/{need}")).json()
    assert (shown["state"], shown["class_ids"]) == ("open", [])
    states = {one["id"]: one["state"] for one in shown["offers"]}
    assert states[chosen["id"]] == "cancelled"
    assert (await _news(client, CAST.liaison))[0] == "单位取消：导师生病"


async def test_a_silent_school_is_reminded_and_then_lets_go(client: Client) -> None:
    need, _ = await _offered(client)

    async def watched(open_until: int) -> int:
        sql = (
            "UPDATE school_need SET open_until = "
            "(now() AT TIME ZONE 'Asia/Shanghai')::date + cast(:n AS int)"
        )
        await client.rows(sql, n=open_until)
        await run_job(client, "resources.watch_needs")
        told = (await client.get(CAST.liaison, "/notifications")).json()["items"]
        return sum(row["kind"] == "need_due" for row in told)

    assert [await watched(days) for days in (2, -1, -1, -6, -7)] == [0, 1, 1, 2, 2]
    assert (await client.get(CAST.liaison, f"/school-needs/{need}")).json()["state"] == "open"
    await watched(-9)
    assert await client.value("SELECT state FROM school_need") == "lapsed"
    assert await _news(client, CAST.publisher) == ["学校这次没有选定，谢谢您报名"]


async def test_the_whole_visit_with_forms_only(browser: Browser, client: Client) -> None:
    mentor = await _mentor(client, CAST.publisher, UNIT, "陶艺师傅")
    browser.be(CAST.teacher)
    assert "叶城小学" in (await browser.get("/console/school-needs/new")).text
    form = {**_need(note="<script>x</script>"), "headcount": ""}
    short = await browser.post("/console/school-needs", form)
    assert (short.status_code, "听天文学家讲星星" in short.text) == (422, True)
    made = await browser.post("/console/school-needs", {**form, "headcount": "80"})
    path = made.headers["location"].split("?")[0]
    browser.be(CAST.publisher)
    assert "征集中" in (await browser.get("/console/school-needs")).text
    page = (await browser.get(path)).text
    assert "报名进校园" in page
    assert "<script>x" not in page
    times = {"starts_at": f"{DAY:%Y-%m-%d}T14:00", "ends_at": f"{DAY:%Y-%m-%d}T15:30"}
    early = await browser.post(f"{path}/offers", {"mentor_id": mentor, **times, "starts_at": ""})
    assert (early.status_code, "15:30" in early.text) == (422, True)
    assert (await browser.post(f"{path}/offers", {"mentor_id": mentor, **times})).status_code == 303
    assert "等学校选定" in (await browser.get("/console/school-needs?mine=1")).text
    browser.be(CAST.liaison)
    offer = await client.value("SELECT id FROM visit_offer")
    choice = f"/console/visit-offers/{offer}/accept"
    assert choice in (await browser.get(path)).text
    assert "三（2）班（2 人）" in (await browser.get(choice)).text
    assert "请填写" in (await browser.post(choice)).text
    assert (await browser.post(choice, {"class_ids": str(CLASS_3)})).status_code == 303
    assert "单位正在准备" in (await browser.get(path)).text
    activity = await client.value("SELECT activity_id FROM visit_offer")
    browser.be(CAST.publisher)
    assert "所学校" in (await browser.get(f"/console/activities/{activity}")).text
    await _publish(client, str(activity))
    session = await client.value("SELECT session_id FROM visit_offer")
    moved = {"starts_at": f"{DAY:%Y-%m-%d}T15:00", "ends_at": f"{DAY:%Y-%m-%d}T16:00"}
    place = await client.value("SELECT base_id FROM session WHERE id = :s", s=session)
    shown = (await browser.get(f"/console/sessions/{session}/move")).text
    assert "叶城小学（校内）" in shown
    assert "陶艺工坊</option>" not in shown, "a visit stays at the school"
    where = {**moved, "base_id": str(place)}
    assert (await browser.post(f"/console/sessions/{session}/move", where)).status_code == 303
    assert "有变动" in (await _news(client, CAST.liaison))[0]
    browser.be(CAST.liaison)
    assert "等学校确认" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/withdraw")).status_code == 422
    assert (await browser.post(f"{path}/withdraw", {"reason": "停课"})).status_code == 303
    browser.be(CAST.publisher)
    assert "已取消" in (await browser.get(path)).text
