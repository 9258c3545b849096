"""Evaluations on pages: three taps on the phone, the unit's view of a class, the queue of texts, the answer."""

from datetime import timedelta

from tests.cast import CAST, CLASS_3
from tests.client import Client
from tests.evaluations.test_evaluations import FAMILIES, a_visit
from tests.web.conftest import Browser


async def test_from_three_taps_to_what_families_read(client: Client, browser: Browser) -> None:
    session_id = await a_visit(client)
    mine = f"/m/evaluate/{session_id}/{CAST.xiaonan.id}"
    browser.be(CAST.mama)
    assert mine in (await browser.get("/m/bookings")).text
    assert "总的感觉" in (await browser.get(mine)).text
    empty = await browser.post(mine, {"said": "很好"})
    assert "请给每一项打 1 到 5 分" in empty.text
    assert "很好" in empty.text, "what was typed is still there"
    for who, pupil in FAMILIES:
        page = f"/m/evaluate/{session_id}/{pupil.id}"
        sent = await browser.be(who).post(page, {"all": "5", "s-safety": "4", "said": "好玩"})
        assert sent.status_code == 303, sent.text
    assert (await browser.be(CAST.beimama).get(mine)).status_code == 404
    page = (await browser.be(CAST.mama).get(mine)).text
    assert 'id="s-safety-4" name="s-safety" value="4" checked' in page

    # The teacher and the unit each have their own form, and see nothing of the other yet.
    results = f"/console/sessions/{session_id}/evaluation"
    taught = await browser.be(CAST.teacher).get(results)
    assert "带队老师的评价" in taught.text
    assert "好玩" not in taught.text
    unit = await browser.be(CAST.publisher).get(results)
    assert "评价三（2）班" in unit.text
    rated = {"class_id": str(CLASS_3), "s-order": "5", "s-part": "5", "s-ready": "4"}
    assert (await browser.post(results, rated)).status_code == 303
    assert (await browser.be(CAST.other_publisher).get(results)).status_code == 404
    await client.move_session(session_id, timedelta(days=-15))

    # The secretariat passes the texts in its queue, all at once.
    browser.be(CAST.secretary)
    queue = (await browser.get("/console/moderation")).text
    assert queue.count("好玩") >= 5
    items = [row.id for row in await client.rows("SELECT id FROM moderation_item")]
    passed = {"ids": [str(one) for one in items], "back": "/console/moderation"}
    assert (await browser.post("/console/moderation/pass", passed)).status_code == 303
    assert "没有等待审核的文字" in (await browser.get("/console/moderation")).text
    word = {"word": "坏 话", "effect": "refuse"}
    assert (await browser.post("/console/moderation-words", word)).status_code == 303
    assert "坏话" in (await browser.get("/console/moderation-words")).text
    assert (await browser.get("/console/evaluation-alerts")).status_code == 200
    assert "已结束" in (await browser.get("/console/evaluations")).text
    # The unit reads averages and texts, and answers once.
    unit = await browser.be(CAST.publisher).get(results)
    assert "4.0" in unit.text
    assert "好玩" in unit.text
    assert (await browser.post(f"{results}/answer", {"said": "谢谢"})).status_code == 303
    assert (await browser.post(f"{results}/answer", {"said": "又谢"})).status_code == 409
    family = await browser.be(CAST.beimama).get(f"/m/sessions/{session_id}")
    assert "来过的人怎么说（5 份）" in family.text
    assert "谢谢" not in family.text, "not passed yet"
