"""The door on pages: the screen with the code, counting, correcting, and a browser that checks in."""

import re

from tests.attendance.test_presence import started
from tests.cast import CAST, POTTERY_SCENE
from tests.client import Client
from tests.web.conftest import Browser


async def test_a_browser_checks_in_with_the_code_of_the_screen(
    browser: Browser, client: Client
) -> None:
    session = await started(client)
    screen = await browser.be(CAST.door).get(f"/console/sessions/{session}/code")
    assert "data:image/svg+xml;base64," in screen.text
    word = (await client.get(CAST.door, f"/sessions/{session}/code")).json()["word"]
    landing = await browser.be(None).get(f"/c/{word}")
    assert f"/m/check-in?scene={word}" in landing.text
    asked = await browser.be(CAST.mama).get(f"/m/check-in?scene={word}")
    assert "给小南签到" in asked.text
    assert await client.value("SELECT count(*) FROM scan") == 0, "opening alone does nothing"
    form = {"scene": word, "pupil": str(CAST.xiaonan.id)}
    done = await browser.post("/m/check-in", form)
    assert "小南签到成功" in done.text
    assert await client.value("SELECT evidence FROM attendance") == "B"
    foreign = await browser.post("/m/check-in", {**form, "pupil": str(CAST.xiaobei.id)})
    assert foreign.status_code == 404
    other = await browser.be(CAST.beimama).post(
        "/m/check-in", {"scene": POTTERY_SCENE, "pupil": str(CAST.xiaobei.id)}
    )
    assert "没有预约" in other.text
    assert await client.value("SELECT count(*) FROM scan WHERE NOT accepted") == 1


async def test_suspicious_scans_are_listed_for_people_to_look_at(
    browser: Browser, client: Client
) -> None:
    session = await started(client)
    await client.scan(CAST.mama, POTTERY_SCENE)
    await client.rows(
        "INSERT INTO scan (district_id, id, base_id, session_id, pupil_id, person_id, way, accepted, "
        "evidence, risks, scanned_at) SELECT district_id, gen_random_uuid(), base_id, session_id, "
        "pupil_id, person_id, way, true, 'B', '[\"shared_device\"]', now() FROM scan"
    )
    listed = await browser.be(CAST.door).get("/console/risks")
    assert "一台手机给好几位家长签到" in listed.text
    assert f"/console/sessions/{session}/roster" in listed.text
    others = await browser.be(CAST.other_publisher).get("/console/risks")
    assert "没有可疑的签到" in others.text


async def test_counting_and_correcting_on_the_roster(browser: Browser, client: Client) -> None:
    session = await started(client)
    path = f"/console/sessions/{session}"
    browser.be(CAST.door)
    counted = await browser.post(f"{path}/head-count", {"counted": "1", "note": ""})
    assert counted.status_code == 303
    page = await browser.get(f"{path}/roster")
    assert "和系统不一致" in page.text
    empty = await browser.post(f"{path}/head-count", {"counted": "很多"})
    assert empty.status_code == 422
    wrong = {"pupil_id": str(CAST.xiaonan.id), "what": "came", "at": "", "reason": ""}
    assert (await browser.post(f"{path}/corrections", wrong)).status_code == 422
    done = await browser.post(f"{path}/corrections", {**wrong, "reason": "没带护照"})
    assert done.status_code == 303
    page = await browser.get(f"{path}/roster")
    assert re.search(r"上次数到 1 人，\s*<span[^>]*>一致", page.text)
    gone = await browser.post(f"{path}/roster", {"pupils": str(CAST.xiaonan.id), "how": "left"})
    assert gone.status_code == 303
    assert "已离开" in (await browser.get(f"{path}/roster")).text


async def test_leave_on_the_phone_and_its_answer_in_the_console(
    browser: Browser, client: Client
) -> None:
    session = await started(client)
    await client.rows("UPDATE booking SET state = 'absent'")
    booking = await client.value("SELECT id FROM booking")
    phone = await browser.be(CAST.mama).get("/m/bookings")
    assert "说明缺席原因" in phone.text
    assert (
        await browser.post(f"/m/bookings/{booking}/leave", {"reason": "发烧"})
    ).status_code == 303
    listed = await browser.be(CAST.teacher).get("/console/leaves")
    assert "发烧" in listed.text
    leave = await client.value("SELECT id FROM attendance_leave")
    done = await browser.post("/console/leaves/accept", {"ids": str(leave)})
    assert done.status_code == 303, done.text[:300]
    assert await client.value("SELECT state FROM booking") == "excused"
    assert session is not None


async def test_a_base_designs_its_stamp_and_sees_it_before_children_do(
    browser: Browser, client: Client
) -> None:
    base = await client.value("SELECT id FROM learning_base WHERE scene = :s", s=POTTERY_SCENE)
    path = f"/console/bases/{base}/stamp"
    page = await browser.be(CAST.publisher).get(path)
    assert page.text.count("data:image/svg+xml") == 1 + 9 + 5 + 9
    look = {"motif": "leaf", "edge": "square", "ink": "teal"}
    tried = await browser.post(path, look)
    assert re.search(r'value="leaf" checked', tried.text)
    stored = "SELECT stamp_look FROM learning_base WHERE id = :b"
    assert await client.value(stored, b=base) == ""
    assert (await browser.post(path, {**look, "keep": "1"})).status_code == 303
    assert await client.value(stored, b=base) == "leaf.square.teal"
    strange = await browser.post(path, {"motif": "<b>", "edge": "x.y", "ink": "", "keep": "1"})
    assert strange.status_code == 303
    assert await client.value(stored, b=base) == "", "what nobody can draw counts as not chosen"
    wrong = await client.patch(CAST.publisher, f"/bases/{base}", {"stamp_look": "dragon.."})
    assert wrong.status_code == 422
    assert (await browser.be(CAST.other_publisher).get(path)).status_code == 404
    placed = await client.patch(CAST.publisher, f"/bases/{base}", {"place": "31.3756，121.2508"})
    assert placed.json()["place"] == "31.375600,121.250800"
    for place in ("上海", "91,0", "31"):
        refused = await client.patch(CAST.publisher, f"/bases/{base}", {"place": place})
        assert refused.status_code == 422, place
