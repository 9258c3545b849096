"""The platform repeats itself; people do not get things twice."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from app.kit.settings import Settings
from tests.cast import CAST, ORIGINAL_ID, POTTERY_SCENE
from tests.client import Client, opened, push_xml, sealed
from tests.conftest import running
from tests.statements import counted
from wechat.events import parse

COPIES = 20


@pytest.fixture
async def two(settings: Settings) -> AsyncIterator[tuple[Client, Client]]:
    """Two web processes' worth of application on one database."""
    async with running(settings) as first, running(settings) as second:
        ways = [httpx.ASGITransport(app=app, raise_app_exceptions=False) for app in (first, second)]
        async with (
            httpx.AsyncClient(transport=ways[0], base_url="http://test") as one,
            httpx.AsyncClient(transport=ways[1], base_url="http://test") as other,
        ):
            yield Client(one, first.state.engine), Client(other, second.state.engine)


async def rows_of(client: Client, *tables: str) -> list[int]:
    return [await client.value(f"SELECT count(*) FROM {table}") for table in tables]


async def test_twenty_copies_at_once_have_one_effect_and_twenty_equal_replies(
    two: tuple[Client, Client], every_postgres: str
) -> None:
    session = await two[0].add_session()
    await two[0].book(CAST.mama, CAST.xiaonan, session)
    body = push_xml(CAST.mama, Event="SCAN", EventKey=POTTERY_SCENE)
    answers = await asyncio.gather(
        *(two[number % 2].push_raw(*sealed(body)) for number in range(COPIES))
    )
    said = {opened(answer) for answer in answers}
    assert len(said) == 1
    assert "小南签到成功" in said.pop()
    tables = ("attendance", "stamp", "scan", "inbound_push")
    assert await rows_of(two[0], *tables) == [1, 1, 1, 1]


async def test_twenty_copies_of_a_refusal_are_one_line_in_the_ledger(
    two: tuple[Client, Client],
) -> None:
    body = push_xml(CAST.mama, Event="SCAN", EventKey="b" + "9" * 26)
    answers = await asyncio.gather(
        *(two[number % 2].push_raw(*sealed(body)) for number in range(COPIES))
    )
    assert {opened(answer) for answer in answers} == {
        "无法识别这个二维码，请确认扫的是基地或护照上的码。"
    }
    assert await rows_of(two[0], "scan", "inbound_push") == [1, 1]


async def test_the_repeated_reply_is_the_first_one_even_when_the_world_moved_on(
    client: Client,
) -> None:
    body = push_xml(CAST.mama, Event="CLICK", EventKey="MY_BOOKINGS")
    first = opened(await client.push(body))
    await client.book(CAST.mama, CAST.xiaonan, await client.add_session())
    assert opened(await client.push(body)) == first
    assert "捏一只小碗" in await client.click(CAST.mama, "MY_BOOKINGS")


async def test_a_push_and_its_repeat_cost_two_statements_each(client: Client) -> None:
    """Stored with its sender looked up, answered; then looked at again, recalled."""
    await client.click(CAST.mama, "HELP")  # from here on the account is known
    body = push_xml(CAST.mama, "text", Content="帮助", MsgId="4711")
    for _ in range(2):
        with counted(client) as sent:
            assert "您可以这样用" in opened(await client.push(body))
        assert len(sent) == 2, sent


async def test_different_events_of_one_person_in_one_second_are_all_heard(client: Client) -> None:
    await client.book(CAST.mama, CAST.xiaonan, await client.add_session())
    head = push_xml(CAST.mama, Event="CLICK", EventKey="HELP")
    scanned = "<Event>scancode_waitmsg</Event><EventKey>K</EventKey><ScanCodeInfo><ScanResult>"

    def variant(inner: str) -> str:
        return head[: head.index("<Event>")] + inner + "</xml>"

    said = [
        opened(await client.push(body))
        for body in (
            head,
            variant("<Event>CLICK</Event><EventKey>MY_CHILDREN</EventKey>"),
            variant(f"{scanned}nothing of ours</ScanResult></ScanCodeInfo>"),
            variant(f"{scanned}{POTTERY_SCENE}</ScanResult></ScanCodeInfo>"),
            variant("<Event>VIEW</Event><EventKey>http://x.cn</EventKey>"),
        )
    ]
    assert "小南签到成功" in said[3]
    assert len(set(said)) == 5
    assert await rows_of(client, "inbound_push") == [5]


async def test_delivery_reports_of_one_second_are_told_apart(client: Client) -> None:
    for number in ("4611686018427387905", "4611686018427387906"):
        head = push_xml(CAST.mama, Event="TEMPLATESENDJOBFINISH", MsgID=number, Status="success")
        begin, end = head.index("<CreateTime>"), head.index("<MsgType>")
        same_second = f"{head[:begin]}<CreateTime>1700000000</CreateTime>{head[end:]}"
        for _ in range(2):
            assert opened(await client.push(same_second)) == ""
    assert await rows_of(client, "inbound_push") == [2]


async def test_the_same_event_of_two_people_in_one_second_is_two_events(client: Client) -> None:
    body = push_xml(CAST.mama, Event="CLICK", EventKey="MY_CHILDREN")
    assert opened(await client.push(body)).startswith("小南：")
    others = body.replace(CAST.mama.openid, CAST.beimama.openid)
    assert opened(await client.push(others)).startswith("小北：")


async def test_an_account_that_speaks_json_is_answered_in_json(client: Client) -> None:
    """Sealed like everything else, and the same again for the same push."""
    words = {
        "ToUserName": ORIGINAL_ID,
        "FromUserName": CAST.mama.openid,
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "Content": "孩子",
        "MsgId": 77001,
    }
    envelope, params = sealed(json.dumps(words, ensure_ascii=False))
    body = json.dumps({"ToUserName": ORIGINAL_ID, "Encrypt": parse(envelope).text("Encrypt")})
    answers = [await client.push_raw(body, params) for _ in range(2)]
    for answer in answers:
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.text)["Encrypt"]
        assert opened(answer) == "小南：叶城小学 三（2）班"
