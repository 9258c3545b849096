"""Template and customer messages: who may be written to, when, and with what."""

import pytest

from tests.simulator.stage import MOM, STRANGER, Stage
from wechat.simulator.fields import valid


def test_a_template_message_is_shown_and_its_delivery_reported(stage: Stage) -> None:
    sent = stage.send_template(url="http://127.0.0.1:8000/bookings/1")
    stage.sim("settle")
    (card,) = stage.messages(kind="template")
    assert (card["msgid"], card["url"]) == (sent["msgid"], "http://127.0.0.1:8000/bookings/1")
    assert card["data"][0] == {"key": "thing1", "label": "事项", "value": "陶艺体验课"}
    (report,) = stage.receiver.events("TEMPLATESENDJOBFINISH")
    assert (report.text("MsgID"), report.text("Status")) == (str(sent["msgid"]), "success")
    assert sent["msgid"] > 2**53


def test_the_same_client_msg_id_within_ten_minutes_shows_nothing_new(stage: Stage) -> None:
    first = stage.send_template(client_msg_id="outbox-1")
    again = stage.send_template(client_msg_id="outbox-1")
    assert again["msgid"] == first["msgid"]
    assert len(stage.messages(kind="template")) == 1
    stage.advance(601)
    assert stage.send_template(client_msg_id="outbox-1")["msgid"] != first["msgid"]
    assert len(stage.messages(kind="template")) == 2


def test_the_client_msg_id_is_remembered_per_person(stage: Stage) -> None:
    stage.sim(f"phones/{STRANGER}/follow")
    first = stage.send_template(MOM, client_msg_id="outbox-1")
    other = stage.send_template(STRANGER, client_msg_id="outbox-1")
    assert first["msgid"] != other["msgid"]


def test_strangers_and_unknown_people_get_no_template_message(stage: Stage) -> None:
    assert stage.send_template(STRANGER)["errcode"] == 43004
    assert stage.send_template("oNobody")["errcode"] == 40003
    stage.sim(f"phones/{MOM}/unfollow")
    assert stage.send_template()["errcode"] == 43004


def test_a_wrong_field_is_named(stage: Stage) -> None:
    data = {"thing1": {"value": "课"}, "phrase2": {"value": "OK"}}
    refused = stage.send_template(data=data)
    assert refused["errcode"] == 47003
    assert "data.phrase2.value" in refused["errmsg"]
    assert stage.messages(kind="template") == []


@pytest.mark.parametrize(
    ("key", "value", "lawful"),
    [
        ("thing1", "二" * 20, True),
        ("thing1", "二" * 21, False),
        ("thing1", "两\n行", False),
        ("thing1", "  ", False),
        ("number2", "12.5", True),
        ("number2", "十二", False),
        ("character_string3", "NY-2026/01", True),
        ("character_string3", "编号1", False),
        ("time4", "15:01", True),
        ("time4", "2019年10月1日 15:01", True),
        ("time4", "2019年10月1日 15:01~16:30", True),
        ("time4", "2019年13月1日 15:01", False),
        ("time4", "明天下午", False),
        ("date5", "2026-12-05", True),
        ("date5", "2026年12月5日~2026年12月8日", True),
        ("date5", "12月5日", False),
        ("amount6", "¥100.50元", True),
        ("amount6", "一百元", False),
        ("phone_number7", "+86 138-0013-8000", True),
        ("phone_number7", "1380013800013800138", False),
        ("name8", "阿卜杜拉·买买提", True),
        ("name8", "一二三四五六七八九十多", False),
        ("name8", "Alexandra Johnson", True),
        ("phrase9", "预约成功", True),
        ("phrase9", "预约已成功", True),
        ("phrase9", "预约已经成功", False),
        ("first", "", True),
        ("unknown1", "x", False),
        ("thing1", 5, False),
    ],
)
def test_each_field_type_keeps_the_platforms_rule(key: str, value: object, lawful: bool) -> None:
    assert valid(key, value) is lawful


def test_after_a_tap_three_messages_within_a_minute(stage: Stage) -> None:
    assert stage.send_text() == 45015
    stage.sim(f"phones/{MOM}/click", key="MY_BOOKINGS")
    assert [stage.send_text() for _ in range(4)] == [0, 0, 0, 45047]
    stage.sim(f"phones/{MOM}/click", key="MY_BOOKINGS")
    stage.advance(61)
    assert stage.send_text() == 45015


def test_after_a_text_five_messages_within_two_days(stage: Stage) -> None:
    stage.sim(f"phones/{MOM}/text", text="你好")
    assert [stage.send_text() for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    stage.sim(f"phones/{MOM}/text", text="还在吗")
    stage.advance(48 * 3600 - 10)
    assert stage.send_text() == 0
    stage.advance(10)
    assert stage.send_text() == 45015
