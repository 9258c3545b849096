"""Choosing by wishes as families and the secretariat click through it."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.kit.clock import SCHOOL_TIME
from tests.cast import CAST
from tests.client import Client
from tests.rounds.stage import allocate, announced, close, published, sessions, wish
from tests.web.conftest import Browser


def local(moment: datetime) -> str:
    return moment.astimezone(SCHOOL_TIME).strftime("%Y-%m-%dT%H:%M")


async def test_the_secretariat_prepares_rehearses_and_publishes_a_round(
    browser: Browser, client: Client
) -> None:
    one, other = await sessions(client, 1, 2)
    browser.be(CAST.secretary)
    now = datetime.now(UTC)
    form = {
        "name": "秋季第一轮",
        "opens_at": local(now - timedelta(hours=1)),
        "closes_at": local(now + timedelta(days=1)),
    }
    made = await browser.post("/console/rounds", form)
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    too_soon = await browser.post(f"{path}/announce")
    assert (too_soon.status_code, "请先把场次放进这轮选课" in too_soon.text) == (409, True)
    nothing = await browser.post(f"{path}/sessions")
    assert (nothing.status_code, "请先勾选" in nothing.text) == (422, True)
    assert str(one) in (await browser.get(path)).text
    added = await browser.post(f"{path}/sessions", {"sessions": [str(one), str(other)]})
    assert added.status_code == 303
    assert (await browser.post(f"{path}/announce")).status_code == 303
    round_id = path.rpartition("/")[2]
    for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        await wish(client, who, round_id, pupil, one, other)
    assert (await browser.post(f"{path}/rehearse")).status_code == 303
    page = (await browser.get(path)).text
    for words in ("试排完成：2 人参加，2 人能选上", "叶城小学", "100%", "历次试排和录取（1）"):
        assert words in page, words
    await close(client, round_id)
    assert (await browser.post(f"{path}/publish")).status_code == 303
    await allocate(client, round_id)
    page = (await browser.get(path)).text
    assert "已出结果" in page
    proof = await browser.get(f"{path}/proof.json")
    assert proof.json()["round"] == "秋季第一轮"
    assert (await browser.post(f"{path}/open-rest")).status_code == 303
    viewer = await browser.be(CAST.viewer).get(path)
    assert viewer.status_code == 200
    assert "开放剩余名额" not in viewer.text
    assert (await browser.post(f"{path}/open-rest")).status_code == 403


async def test_a_mother_fills_in_wishes_reads_the_reason_and_offers_a_swap(
    browser: Browser, client: Client
) -> None:
    one, other = await sessions(client, 1, 2)
    round_id = await announced(client, [one, other])
    browser.be(CAST.mama)
    assert "秋季第一轮" in (await browser.get("/m")).text
    path = f"/m/rounds/{round_id}"
    form = {"pupil_id": str(CAST.xiaonan.id), "wish": [str(one), "", str(other)]}
    saved = await browser.post(f"{path}/wishes", form)
    assert saved.status_code == 303, saved.text
    page = (await browser.get(path)).text
    assert "已保存 2 个志愿" in page
    assert len(re.findall(r'<option value="[0-9a-f-]+" selected', page)) == 2
    twice = await browser.post(f"{path}/wishes", {**form, "wish": [str(one), str(one)]})
    assert (twice.status_code, "填了两次" in twice.text) == (422, True)
    shown = await browser.get(f"/m/sessions/{one}")
    assert "通过选课录取" in shown.text
    assert f"/m/sessions/{one}/book" not in shown.text
    await wish(client, CAST.beimama, round_id, CAST.xiaobei, one, other)
    await published(client, round_id)
    page = (await browser.get(path)).text
    assert "人填报，" in page
    assert "想和别人换？" in page
    wanted = UUID(re.findall(r'<option value="([0-9a-f-]+)"', page)[0])
    assert wanted in (one, other)
    offered = await browser.post(
        f"{path}/swaps", {"pupil_id": str(CAST.xiaonan.id), "wanted": str(wanted)}
    )
    assert offered.status_code == 303
    page = (await browser.get(path)).text
    assert "撤回交换" in page
    swap = re.findall(r"/swaps/([0-9a-f-]+)/withdraw", page)[0]
    assert (await browser.post(f"{path}/swaps/{swap}/withdraw")).status_code == 303
    assert "登记交换" in (await browser.get(path)).text
    assert (await browser.get(f"{path}/proof.json")).status_code == 200


async def test_nobody_writes_wishes_for_another_familys_child(
    browser: Browser, client: Client
) -> None:
    (one,) = await sessions(client, 1)
    round_id = await announced(client, [one])
    browser.be(CAST.beimama)
    form = {"pupil_id": str(CAST.xiaonan.id), "wish": str(one)}
    assert (await browser.post(f"/m/rounds/{round_id}/wishes", form)).status_code == 404
    assert await client.value("SELECT count(*) FROM wish") == 0
