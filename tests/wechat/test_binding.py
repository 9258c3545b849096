"""A phone and a child are tied together with the code of the school's letter, once."""

import asyncio
import re

import pytest

from tests.cast import CAST, POTTERY_SCENE, Somebody
from tests.client import Client, opened, push_xml
from tests.web.conftest import Browser
from wechat import replies

STRANGER, NEIGHBOUR = "oStranger0000000000000000001", "oNeighbour000000000000000001"
WRONG = "绑定码或孩子姓名不正确，请核对学校发的绑定信；绑定码只能使用一次。"
TOO_MANY = "尝试次数太多，请 15 分钟后再试。"
BOUND = "绑定成功！您现在可以为小北预约活动、查看护照了。"


async def code_for(client: Client, pupil: Somebody, relation: str = "father") -> str:
    issued = await client.post(
        CAST.teacher, "/binding-codes", {"pupil_id": str(pupil.id), "relation": relation}
    )
    assert issued.status_code == 201, issued.text
    return str(issued.json()["code"])


@pytest.fixture
async def code(client: Client) -> str:
    return await code_for(client, CAST.xiaobei)


async def children_of(client: Client, openid: str) -> str:
    return await client.click(openid, "MY_CHILDREN")


async def test_code_and_name_tie_the_phone_to_the_child(client: Client) -> None:
    """However people put the blanks, and in small letters too."""
    ways = ("绑定 {} 小北", "绑定{} 小北", " 绑定：{}　小北 ", "绑定  {}   小北")
    for number, words in enumerate(ways):
        phone, code = f"{STRANGER}{number}", await code_for(client, CAST.xiaobei)
        assert await client.write(phone, words.format(code.lower() if number else code)) == BOUND
        assert await children_of(client, phone) == "小北：叶城小学 三（2）班"


async def test_a_bound_phone_may_act_for_the_child_at_once(
    client: Client, code: str, every_postgres: str
) -> None:
    session = await client.add_session()
    await client.book(CAST.beimama, CAST.xiaobei, session)
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND
    assert (await client.scan(STRANGER, POTTERY_SCENE)).startswith("小北签到成功！")


async def test_a_stranger_who_came_by_a_poster_is_bound_and_checked_in(client: Client) -> None:
    """Follows through the poster, binds by the letter, and need not scan again; once."""
    session = await client.add_session()
    await client.book(CAST.beimama, CAST.xiaobei, session)
    follow = {"Event": "subscribe", "EventKey": f"qrscene_{POTTERY_SCENE}", "Ticket": "t"}
    assert await client.say(STRANGER, **follow) == replies.BIND_THEN_CHECK_IN
    code = await code_for(client, CAST.xiaobei)
    answer = await client.write(STRANGER, f"绑定 {code} 小北")
    assert answer.startswith(f"{BOUND}\n\n小北签到成功！")
    assert await client.value("SELECT count(*) FROM stamp") == 1
    await client.scan(NEIGHBOUR, POTTERY_SCENE)
    await client.rows("UPDATE waiting_scene SET at = at - interval '3 hours'")
    late = await code_for(client, CAST.xiaobei)
    assert await client.write(NEIGHBOUR, f"绑定 {late} 小北") == BOUND, "gone home meanwhile"
    assert await client.value("SELECT count(*) FROM waiting_scene") == 0
    await client.scan(f"{NEIGHBOUR}9", POTTERY_SCENE)
    third = await code_for(client, CAST.xiaonan)
    bound, _, why = (await client.write(f"{NEIGHBOUR}9", f"绑定 {third} 小南")).partition("\n\n")
    assert bound.startswith("绑定成功")
    assert why.startswith("小南"), "bound all the same, and told why the door did not open"


async def test_wrong_code_or_name_get_the_same_answer_and_tie_nothing(
    client: Client, code: str
) -> None:
    for words in (
        f"绑定 {code} 小南",
        f"绑定 {code} 小 北",
        f"绑定 {code} 小北北",
        "绑定 ABCDEFGHJK 小北",
    ):
        assert await client.write(STRANGER, words) == WRONG, words
    assert (await children_of(client, STRANGER)).startswith("您还没有绑定孩子。")
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND


async def test_a_message_of_another_shape_is_told_the_right_one(client: Client, code: str) -> None:
    for words in (
        "绑定",
        "绑定 小北",
        f"绑定 {code}",
        "绑定 AB 小北",
        f"绑定 {code * 3} 小北",
        "绑定我",
    ):
        assert await client.write(STRANGER, words) == replies.BIND_USAGE, words
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND


async def test_a_code_works_once(client: Client, code: str) -> None:
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND
    assert await client.write(NEIGHBOUR, f"绑定 {code} 小北") == WRONG
    assert await client.write(STRANGER, f"绑定 {code} 小北") == WRONG
    assert (await children_of(client, NEIGHBOUR)).startswith("您还没有绑定孩子。")


async def test_a_code_works_for_one_of_two_phones_at_the_same_moment(
    client: Client, code: str, every_postgres: str
) -> None:
    said = await asyncio.gather(
        *(client.write(who, f"绑定 {code} 小北") for who in (STRANGER, NEIGHBOUR))
    )
    assert sorted(said) == sorted([BOUND, WRONG])
    used = "SELECT count(*) FROM guardianship WHERE pupil_id = :p"
    assert await client.value(used, p=CAST.xiaobei.id) == 2


async def test_an_expired_code_is_a_wrong_one(client: Client, code: str) -> None:
    await client.rows("UPDATE binding_code SET expires_at = now()")
    assert await client.write(STRANGER, f"绑定 {code} 小北") == WRONG
    await client.rows("UPDATE binding_code SET expires_at = now() + interval '1 minute'")
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND


async def test_five_wrong_tries_close_the_door_for_that_phone_only(
    client: Client, code: str
) -> None:
    for _ in range(5):
        assert await client.write(STRANGER, "绑定 ABCDEFGHJK 小北") == WRONG
    assert await client.write(STRANGER, f"绑定 {code} 小北") == TOO_MANY
    assert await client.write(STRANGER, "帮助") == replies.WELCOME
    assert await client.write(NEIGHBOUR, "绑定 ABCDEFGHJK 小北") == WRONG
    await client.rows("UPDATE failed_try SET at = at - interval '16 minutes'")
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND


async def test_a_repeated_push_is_one_wrong_try(client: Client, code: str) -> None:
    """WeChat sends a push up to four times; that must not use up the tries."""
    body = push_xml(STRANGER, "text", Content="绑定 ABCDEFGHJK 小北")
    for _ in range(6):
        assert opened(await client.push(body)) == WRONG
    assert await client.value("SELECT count(*) FROM failed_try") == 1
    assert await client.write(STRANGER, f"绑定 {code} 小北") == BOUND


async def test_a_guardian_may_be_bound_to_a_second_child_but_not_twice_to_one(
    client: Client, code: str
) -> None:
    assert await client.write(CAST.mama, f"绑定 {code} 小北") == BOUND
    children = await children_of(client, CAST.mama.openid)
    assert {line[2:4] for line in children.split("\n")[1:-1]} == {"小南", "小北"}
    second = await code_for(client, CAST.xiaobei)
    assert await client.write(CAST.mama, f"绑定 {second} 小北") == "您已经绑定过这个孩子了。"


async def test_after_leaving_a_new_code_brings_the_phone_back(client: Client, code: str) -> None:
    await client.write(STRANGER, f"绑定 {code} 小北")
    await client.say(STRANGER, Event="unsubscribe", EventKey="")
    assert (await children_of(client, STRANGER)).startswith("您还没有绑定孩子。")
    again = await code_for(client, CAST.xiaobei)
    assert await client.write(STRANGER, f"绑定 {again} 小北") == BOUND


async def test_a_member_of_staff_is_known_by_the_word_of_its_own_page(
    browser: Browser, client: Client
) -> None:
    async def word(who: Somebody) -> str:
        page = await browser.be(who).post("/console/account/wechat", {})
        found = re.search(r"工作绑定 ([A-Z0-9]{10})<", page.text)
        assert found, page.text
        return found[1]

    old, code = await word(CAST.publisher), await word(CAST.publisher)
    for wrong in (old, "ABCDEFGHJK"):
        assert "重新取一个" in await client.write(STRANGER, f"工作绑定 {wrong}")
    said = await client.write(STRANGER, f"工作绑定{code.lower()}")
    assert said == replies.say_staff_bound(CAST.publisher.name)
    assert "重新取一个" in await client.write(NEIGHBOUR, f"工作绑定 {code}"), "once"
    assert "今天没有活动" in await client.click(STRANGER, "TODAY")
    assert "已绑定" in (await browser.be(CAST.publisher).get("/console/account")).text
    # A family's phone does not become somebody else's.
    taken = await client.write(CAST.mama.openid, f"工作绑定 {await word(CAST.teacher)}")
    assert "已经绑定为家长" in taken
    late = await word(CAST.teacher)
    await client.rows("UPDATE staff_code SET expires_at = now()")
    assert "重新取一个" in await client.write(NEIGHBOUR, f"工作绑定 {late}")
    gone = await browser.be(CAST.publisher).post("/console/account/wechat/drop", {})
    assert gone.status_code == 303
    assert (await client.click(STRANGER, "TODAY")).startswith("您还没有绑定")
    assert (await browser.be(CAST.mama).post("/console/account/wechat", {})).status_code in (
        303,
        403,
    )
