"""The last way of a message: the school's list, a telephone, and a line that closes by itself."""

import io
from urllib.parse import quote

import pytest
from python_calamine import CalamineWorkbook

from app.kit.db import system_context
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.service.unreached import tally_unreached
from app.wiring import WIRING
from tests.cast import CAST, HERE, JUNIOR, SCHOOL
from tests.client import Client
from tests.notifications.test_ways import tell
from tests.web.conftest import Browser, browser
from tests.wechat.stage import Platform, Sender

__all__ = ["browser"]
PATH = "/console/unreached"


async def tally(client: Client) -> list[tuple[str, int, str]]:
    """The job of every five minutes; then what the secretariat's inbox shows."""
    async with system_context(client.engine, WIRING, HERE) as ctx:
        await tally_unreached(ctx)
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    return [(one["subject"][:36], one["times"], one["detail"]) for one in items]


async def called_off(client: Client, sender: Sender, platform: Platform) -> None:
    """小北's mother left the account, 小星 has nobody, 小南's grandmother alone is reached."""
    platform.simulator.world.phones[CAST.beimama.openid].following = False
    platform.simulator.world.phones[CAST.mama.openid].following = False
    await client.rows("DELETE FROM identity WHERE person_id = :p", p=CAST.xing.id)
    session = await client.add_session()
    for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        assert (await client.book(who, pupil, session)).status_code == 201
    assert (await client.book(CAST.xing, CAST.xing, session)).status_code == 201
    answer = await client.post(CAST.publisher, f"/sessions/{session}/cancel", {"reason": "停电"})
    assert answer.status_code == 200, answer.text
    while await sender.round():
        pass


async def test_families_no_way_has_reached_stand_on_the_schools_list_until_told(
    client: Client, sender: Sender, platform: Platform, browser: Browser
) -> None:
    await called_off(client, sender, platform)
    browser.be(CAST.liaison)
    page = (await browser.get(PATH)).text
    assert "三（2）班（1）" in page
    assert "小*" in page
    assert "小北" not in page, "masked by default"
    assert "预约已取消，活动 捏一只小碗" in page
    assert "停电" in page
    assert "<span>对方没有关注服务号</span>" in page
    assert "八（1）班" not in page, "another school's"
    browser.be(CAST.secretary)
    page = (await browser.get(PATH)).text
    assert page.count("已电话告知</button>") == 2
    assert "孩子还没有家长绑定微信" in page
    assert "显示全名" not in page, "the secretariat reads no names"
    assert "八（1）班" not in (await browser.get(f"{PATH}?school={SCHOOL}")).text
    browser.be(CAST.teacher)
    assert "三（2）班（1）" in (await browser.get(PATH)).text, "a class teacher's own class"
    for who in (CAST.publisher, CAST.council, CAST.mama):
        assert (await browser.be(who).get(PATH)).status_code == 403
    found = await tally(client)
    assert {(school, number) for school, number, _ in found} == {(str(SCHOOL), 1), (str(JUNIOR), 1)}
    assert await tally(client) == found, "again is the same line"
    await tell(client, Kind.BOOKING_OFFERED, "1", until="2026年12月31日 09:00")
    await sender.round()
    grown = {detail for _, _, detail in await tally(client)}
    assert any(one.startswith("叶城小学") and one.endswith("：2 家没有收到") for one in grown)
    await _names_cost_a_purpose(client, browser)
    await _the_same_list_by_machine(client)
    await _told_closes_the_line(client, browser)


async def _names_cost_a_purpose(client: Client, browser: Browser) -> None:
    browser.be(CAST.liaison)
    assert "目的" in (await browser.get(f"{PATH}?names=1")).text
    reads = "SELECT purpose FROM audit_entry WHERE action = 'pupil:read' AND pupil_id = :p"
    assert await client.rows(reads, p=CAST.xiaobei.id) == []
    browser.http.cookies.set("purpose", quote("联系家长"))
    page = (await browser.get(f"{PATH}?names=1")).text
    assert "小北：轮到您了，请确认名额，活动 捏一只小碗" in page, "the text to copy"
    assert [row.purpose for row in await client.rows(reads, p=CAST.xiaobei.id)] == ["联系家长"] * 1
    masked = await browser.get(f"{PATH}.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(masked.content)).get_sheet_by_index(0)
    lines = rows.to_python()
    assert [line[2] for line in lines[1:]] == ["小*", "小*"]
    assert len((await browser.get(f"{PATH}.xlsx?named=1")).content) > 0


async def _the_same_list_by_machine(client: Client) -> None:
    first = (await client.get(CAST.liaison, "/unreached?limit=1")).json()
    second = (await client.get(CAST.liaison, first["next"].removeprefix("/v1"))).json()
    lines = [*first["items"], *second["items"]]
    assert [(one["pupil_name"], one["kind"]) for one in lines] == [
        ("小*", "booking_cancelled"),
        ("小*", "booking_offered"),
    ]
    assert second["next"] is None
    assert lines[0]["why"] == "对方没有关注服务号"
    reads = "SELECT purpose FROM audit_entry WHERE action = 'pupil:read' AND pupil_id = :p"
    before = len(await client.rows(reads, p=CAST.xiaobei.id))
    path = "/unreached?purpose=电话通知"
    named = (await client.get(CAST.liaison, path)).json()["items"]
    assert [one["pupil_name"] for one in named] == ["小北", "小北"]
    assert len(await client.rows(reads, p=CAST.xiaobei.id)) == before + 1
    office = (await client.get(CAST.secretary, path)).json()["items"]
    assert {one["pupil_name"] for one in office} == {"小*"}, "the secretariat reads no names"
    assert {one["school_id"] for one in office} == {str(SCHOOL), str(JUNIOR)}
    other = await client.get(CAST.secretary, f"/unreached?school_id={JUNIOR}")
    assert [one["pupil_id"] for one in other.json()["items"]] == [str(CAST.xing.id)]
    assert (await client.get(CAST.liaison, f"/unreached?school_id={JUNIOR}")).json()["items"] == []
    for cursor in ("x", "W10", "WyJ4Il0"):  # no cursor, [] and ["x"]
        answer = await client.get(CAST.liaison, f"/unreached?cursor={cursor}")
        assert answer.json()["code"] == "kit.bad_cursor"


async def _told_closes_the_line(client: Client, browser: Browser) -> None:
    page = (await browser.get(PATH)).text
    shown = [part.split('"')[0] for part in page.split('name="shown" value="')[1:]]
    assert len(shown) == 2
    other = await client.value(
        "SELECT id FROM notification WHERE person_id = :p AND kind = 'booking_cancelled'",
        p=CAST.xing.id,
    )
    foreign = await browser.post(f"{PATH}/told", {"id": str(other)})
    assert foreign.status_code == 404, "not on this school's list"
    assert (await browser.post(f"{PATH}/told", {"id": "x"})).status_code == 404
    for number in (1, 0):
        answer = await browser.post(f"{PATH}/told", {"shown": shown[:1], "back": PATH})
        assert answer.status_code == 303
        said = await client.rows("SELECT told_by FROM notification WHERE told_at IS NOT NULL")
        assert [row.told_by for row in said] == [CAST.liaison.id], number
    await browser.be(CAST.teacher).post(f"{PATH}/told", {"shown": shown, "back": PATH})
    for id_, status in ((shown[0], 204), (str(other), 404)):
        answer = await client.post(CAST.liaison, f"/unreached/{id_}/told", {})
        assert answer.status_code == status, answer.text
    done = (await client.get(CAST.liaison, "/unreached?told=1")).json()["items"]
    assert {one["told_by"] for one in done} == {"叶城联系人", "叶老师"}
    assert (await client.get(CAST.liaison, "/unreached")).json()["items"] == []
    page = (await browser.get(f"{PATH}?told=1")).text
    assert "叶城联系人已电话告知" in page
    assert "叶老师已电话告知" in page, "who said it first stays"
    left = await client.rows("SELECT subject FROM operation_item WHERE done_at IS NULL")
    assert [row.subject[:36] for row in left] == [str(JUNIOR)], "the school's line has closed"
    # What is over needs no call: the visit has been.
    await client.rows(
        'UPDATE notification SET fields = fields || \'{"time": "2026年1月5日 09:05"}\' '
        "WHERE person_id = :p",
        p=CAST.xing.id,
    )
    assert await tally(client) == []
    assert "八（1）班" not in (await browser.be(CAST.secretary).get(PATH)).text


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.UNKNOWN])
async def test_a_family_is_reached_when_one_of_it_is(
    client: Client, sender: Sender, platform: Platform, browser: Browser, state: DeliveryState
) -> None:
    """Reading it in the inbox counts, too; what may have arrived is said so."""
    for who in (CAST.mama, CAST.granny):
        platform.simulator.world.phones[who.openid].following = False
        await tell(client, Kind.CONSENT_ASKED, "1", who, pupil="小南", until="2099年1月1日 09:00")
    await sender.round()
    browser.be(CAST.liaison)
    assert (await browser.get(PATH)).text.count("已电话告知</button>") == 1, "one line a family"
    await client.rows(
        "UPDATE delivery SET state = :s WHERE notification_id = "
        "(SELECT id FROM notification WHERE person_id = :p)",
        s=state,
        p=CAST.mama.id,
    )
    page = (await browser.get(PATH)).text
    assert ("不确定有没有送到" in page) is (state is DeliveryState.UNKNOWN)
    assert ("没有要打电话的家庭" in page) is (state is DeliveryState.DELIVERED)
    inbox = (await client.get(CAST.granny, "/notifications")).json()["items"]
    await client.post(CAST.granny, f"/notifications/{inbox[0]['id']}/read")
    assert "没有要打电话的家庭" in (await browser.get(PATH)).text
