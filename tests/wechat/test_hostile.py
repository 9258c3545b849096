"""Whatever a genuine envelope carries, the callback address survives it."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import ACCOUNT, CAST, ORIGINAL_ID, POTTERY_SCENE, TOKEN, key
from tests.client import Client, opened, push_xml, sealed
from wechat.crypto import signature
from wechat.events import DEEPEST, MalformedPush, Push, parse
from wechat.replies import text_reply

HEAD = f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{CAST.mama.openid}</FromUserName>"
BOMB = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
HANDLED_OR_FORBIDDEN = {200, 403}


def json_push(**fields: Any) -> str:
    head = {"ToUserName": ORIGINAL_ID, "FromUserName": CAST.mama.openid, "CreateTime": 1700000000}
    return json.dumps({**head, **fields})


MALFORMED = {
    "empty": "",
    "blank": " \n ",
    "words": "你好",
    "truncated": push_xml(CAST.mama, "text", Content="你好")[:-20],
    "cut in a tag": "<xml><ToUserName",
    "unclosed data": "<xml><a><![CDATA[x</a></xml>",
    "two roots": "<xml><a>1</a></xml><xml/>",
    "no fields": "<xml></xml>",
    "only text": "<xml>你好</xml>",
    "not a number": "&#x0;",
    "nul": HEAD + "<Content>a\x00b</Content></xml>",
    "nul reference": HEAD + "<Content>&#0;</Content></xml>",
    "doctype": "<!DOCTYPE xml><xml><a>1</a></xml>",
    "outside entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
    "entity bomb": f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]><xml><a>&a9;</a></xml>',
    "12,000 levels, none closed": "<a>" * 12_000,
    "lying encoding": '<?xml version="1.0" encoding="utf-7"?><xml',
    "json list": "[1,2]",
    "json number": "42",
    "json cut": '{"ToUserName": "x"',
    "json deep and cut": '{"a":' * 7_000,
    "json huge number": '{"CreateTime": ' + "9" * 5000 + "}",
}
ODD = {
    "tags twice": HEAD + "<MsgType>text</MsgType><MsgType>event</MsgType><Event>SCAN</Event></xml>",
    "sender twice": HEAD + "<FromUserName>o2</FromUserName><MsgType>text</MsgType></xml>",
    "sender with children": "<xml><FromUserName><a>1</a></FromUserName><MsgType>text</MsgType></xml>",
    "nested xml": HEAD + "<xml><xml><MsgType>text</MsgType></xml></xml></xml>",
    "9,000 levels": HEAD + "<a>" * 4_000 + "</a>" * 4_000 + "</xml>",
    "9,000 fields": HEAD + "<a>1</a>" * 4_000 + "</xml>",
    "long text": push_xml(CAST.mama, "text", Content="长" * 15_000),
    "unknown type": push_xml(CAST.mama, "hologram"),
    "unknown event": push_xml(CAST.mama, Event="teleported", EventKey="x" * 5_000),
    "endless event name": push_xml(CAST.mama, Event="E" * 5_000),
    "no type": HEAD + "<CreateTime>1</CreateTime></xml>",
    "ticket of a third party": "<xml><AppId>wx1</AppId><InfoType>component_verify_ticket</InfoType></xml>",
    "absurd time": HEAD + f"<CreateTime>{'9' * 400}</CreateTime><MsgType>text</MsgType></xml>",
    "time in words": HEAD + "<CreateTime>昨天</CreateTime><MsgType>text</MsgType></xml>",
    "negative time": HEAD + "<CreateTime>-1</CreateTime><MsgType>event</MsgType></xml>",
    "byte order mark": "\ufeff" + push_xml(CAST.mama, "text", Content="你好"),
    "blanks around": "\n\t " + push_xml(CAST.mama, "text", Content=" 护照 ") + "\n",
    "comment and instruction": HEAD + "<!-- x --><?php x ?><MsgType>text</MsgType></xml>",
    "foreign names": HEAD + '<n:a xmlns:n="urn:x">1</n:a><MsgType>text</MsgType></xml>',
    "scan of nothing": push_xml(CAST.mama, Event="SCAN", EventKey=""),
    "scan of a path": push_xml(CAST.mama, Event="SCAN", EventKey="../../etc/passwd"),
    "endless scene": push_xml(CAST.mama, Event="SCAN", EventKey="b" * 10_000),
    "broken address": push_xml(CAST.mama, Event="scancode_waitmsg"),
    "endless sender": push_xml("o" * 10_000, "text", Content="你好"),
    "binding in an event": push_xml(CAST.mama, Event="CLICK", EventKey="HELP", Content="绑定 A B"),
    "binding of braces": push_xml(CAST.mama, "text", Content="绑定 ABCDEFGHJK {0}{x!r}%s"),
    "json nul": json_push(MsgType="text", Content="a\x00b", MsgId=1),
    "json surrogate": json_push(MsgType="text", Content="\ud800", MsgId=2),
    "json nul sender": json_push(FromUserName="o\x00\ud800", MsgType="text", MsgId=3),
    "json nul event": json_push(MsgType="event", Event="a\x00b"),
    "json nul leaving": json_push(FromUserName="\x00", MsgType="event", Event="unsubscribe"),
    "json nul scan": json_push(
        MsgType="event", Event="scancode_waitmsg", ScanCodeInfo={"ScanResult": "\x00\ud800"}
    ),
    "json nothing is text": json_push(MsgType=None, Event=["SCAN"], EventKey={"a": 1}),
    "json bare numbers": json_push(MsgType="text", Content=42, MsgId=4.5),
    "json infinity": '{"FromUserName":"o1","CreateTime":1e999,"MsgType":"text","Content":NaN}',
    "json scan info is text": json_push(
        MsgType="event", Event="scancode_waitmsg", ScanCodeInfo="none"
    ),
    "json deep": '{"a":' * 300 + "1" + "}" * 300,
    "json deeper": '{"MsgType":"text","a":' + "[" * 15_000 + "]" * 15_000 + "}",
    "json empty key": '{"": {"": []}}',
}


@pytest.fixture
async def phone(client: Client) -> AsyncIterator[Client]:
    yield client
    ready = await client.http.get("/readyz")
    assert ready.status_code == 200, "the process is hurt"


async def test_what_is_no_push_is_forbidden_and_not_stored(phone: Client) -> None:
    for name, body in MALFORMED.items():
        answer = await phone.push(body)
        assert answer.status_code == 403, (name, answer.status_code)
    assert await phone.value("SELECT count(*) FROM inbound_push") == 0


async def test_an_odd_push_is_stored_and_answered(phone: Client, every_postgres: str) -> None:
    """Deep JSON may be refused as no push at all; everything else is acknowledged."""
    for name, body in ODD.items():
        await phone.rows("DELETE FROM inbound_push")
        answer = await phone.push(body)
        assert answer.status_code in HANDLED_OR_FORBIDDEN, (name, answer.status_code, answer.text)
        assert answer.status_code == 200 or name == "json deeper", name
        stored = await phone.value("SELECT count(*) FROM inbound_push")
        assert stored == (1 if answer.status_code == 200 else 0), name
        if stored:
            opened(answer)


async def test_bytes_that_are_no_text_are_forbidden(phone: Client) -> None:
    query = sealed("<xml/>")[1]
    for body in (b"\xff\xfe<xml>", b"<xml>\xc3\x28</xml>", b"\x00" * 100, bytes(range(256))):
        answer = await phone.http.post(f"/wechat/callback/{ACCOUNT}", params=query, content=body)
        assert answer.status_code == 403


async def test_a_json_push_with_blanks_in_its_keys_checks_the_child_in(phone: Client) -> None:
    session = await phone.add_session()
    await phone.book(CAST.mama, CAST.xiaonan, session)
    info = {" ScanType": "qrcode", "ScanResult ": f"https://x.cn/c/{POTTERY_SCENE}"}
    body = json_push(**{" MsgType": "event", "Event ": "scancode_waitmsg", " ScanCodeInfo": info})
    assert "小南签到成功" in opened(await phone.push(body))


@pytest.mark.parametrize("as_list", [True, False])
async def test_a_list_of_one_may_come_as_an_object(phone: Client, as_list: bool) -> None:
    item = {"TemplateId": "t", "SubscribeStatusString": "accept", "PopupScene": "0"}
    body = json_push(
        MsgType="event", Event="subscribe_msg_popup_event", List=[item] if as_list else item
    )
    assert opened(await phone.push(body)) == ""
    assert await phone.value("SELECT event FROM inbound_push") == "event.subscribe_msg_popup_event"


async def test_words_cannot_add_elements_to_our_reply(phone: Client) -> None:
    """`]]>` in a child's name or a sender's id stays text."""
    evil = "小]]><MsgType>news</MsgType><![CDATA[南"
    await phone.rows("UPDATE person SET name = :n WHERE id = :id", n=evil, id=CAST.xiaonan.id)
    reply = await phone.click(CAST.mama, "MY_CHILDREN")
    assert evil in reply
    fields = parse(text_reply("o]]>1", "gh]]>", f"a{evil}")).fields
    assert list(fields) == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert (fields["ToUserName"], fields["Content"]) == ("o]]>1", f"a{evil}")


@pytest.mark.parametrize("closed", [True, False])
def test_twenty_thousand_levels_are_cut_or_refused(closed: bool) -> None:
    """More than fits into an envelope, so read directly."""
    push = read("<xml>" + "<a>" * 20_000 + ("</a>" * 20_000 + "</xml>" if closed else ""))
    assert (levels(push.fields) <= DEEPEST + 2) if push and closed else push is None


def levels(value: Any) -> int:
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return 1 + max((levels(child) for child in children), default=-1)


def read(body: str) -> Push | None:
    try:
        return parse(body)
    except MalformedPush:
        return None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["MsgType", "Event", "MsgId", " a ", ""]), inner, max_size=4
        )
    ),
    max_leaves=25,
)
TAGS = st.sampled_from(
    "xml MsgType Event EventKey FromUserName CreateTime ScanCodeInfo MsgId".split()
)
ANY_XML = st.recursive(
    st.text(max_size=20).map(lambda words: f"<![CDATA[{words}]]>"),
    lambda inner: st.lists(st.tuples(TAGS, inner), max_size=4).map(
        lambda pairs: "".join(f"<{tag}>{value}</{tag}>" for tag, value in pairs)
    ),
    max_leaves=25,
).map(lambda inner: f"<xml>{inner}</xml>")
ANY_BODY = (
    st.text(max_size=300) | ANY_XML | ANY_JSON.map(json.dumps) | st.sampled_from(list(ODD.values()))
)


@settings(max_examples=300, deadline=None, database=None)
@given(ANY_BODY)
def test_any_text_is_read_into_plain_fields_or_refused(body: str) -> None:
    push = read(body)
    if push is None:
        return
    assert all(isinstance(name, str) for name in push.fields)
    assert levels(push.fields) <= DEEPEST + 2
    for text in (push.name, push.openid, push.scene, push.receiver):
        assert "\x00" not in text
        text.encode()
    assert len(push.dedupe_key()) == 64
    assert push.dedupe_key() == parse(body).dedupe_key()


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=ANY_BODY | st.binary(max_size=300), sign=st.booleans())
async def test_any_body_in_the_open_or_sealed_gets_an_answer(
    client: Client, body: str | bytes, sign: bool
) -> None:
    if isinstance(body, str) and sign:
        answer = await client.push(body.encode("utf-8", "replace").decode())
    else:
        await client.rows(
            "UPDATE channel_account SET mode = 'plain' WHERE id = :id", id=key("mini")
        )
        stamp = str(int(time.time()))
        query = {"signature": signature(TOKEN, stamp, "n"), "timestamp": stamp, "nonce": "n"}
        raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
        path = f"/wechat/callback/{ACCOUNT}-mp"
        answer = await client.http.post(path, params=query, content=raw)
    assert answer.status_code in HANDLED_OR_FORBIDDEN, answer.text
