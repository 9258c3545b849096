"""Callbacks: how they are signed, repeated and answered."""

import pytest

from tests.simulator.stage import MOM, STRANGER, Stage, sealed, text_reply
from wechat.simulator.callbacks import OUT_OF_SERVICE


def test_an_encrypted_push_and_its_encrypted_reply_make_the_round_trip(stage: Stage) -> None:
    stage.receiver.answers = ["收到：]] 你好"]
    seen = stage.sim(f"phones/{MOM}/text", text="绑定 ]]> 3A2K9")
    (arrival,) = stage.receiver.arrivals
    assert arrival.text("Content") == "绑定 ]]> 3A2K9"
    assert arrival.query["openid"] == MOM
    assert "绑定" not in arrival.body
    assert int(arrival.text("MsgId")) > 2**53
    assert (seen["status"], seen["attempts"]) == ("ok", 1)
    assert [reply["text"] for reply in seen["replies"]] == ["收到：]] 你好"]
    assert stage.messages()[-1]["text"] == "收到：]] 你好"


def test_a_silent_account_is_tried_three_times_with_the_same_message(stage: Stage) -> None:
    stage.receiver.answers = [0.25]
    seen = stage.sim(f"phones/{MOM}/text", text="在吗")
    assert (seen["status"], seen["attempts"]) == ("no_answer", 3)
    assert [reply["text"] for reply in seen["replies"]] == [OUT_OF_SERVICE]
    arrivals = stage.receiver.arrivals
    assert len({a.text("MsgId") for a in arrivals}) == 1
    assert len({a.query["nonce"] for a in arrivals}) == len(arrivals) == 3


def test_an_answer_at_the_third_try_is_shown(stage: Stage) -> None:
    stage.receiver.answers = [500, b"<html>", "来了"]
    seen = stage.sim(f"phones/{MOM}/text", text="在吗")
    assert (seen["status"], seen["attempts"]) == ("ok", 3)
    assert [reply["text"] for reply in seen["replies"]] == ["来了"]


@pytest.mark.parametrize(
    "body",
    [
        sealed(text_reply(MOM, "假的"), sign_with="another-token"),
        sealed(text_reply("oSomeoneElse", "给别人")),
        text_reply(MOM, "没有加密"),
    ],
)
def test_a_reply_that_breaks_the_rules_is_no_answer(stage: Stage, body: str) -> None:
    stage.receiver.answers = [body.encode()]
    seen = stage.sim(f"phones/{MOM}/text", text="在吗")
    assert seen["status"] == "no_answer"
    assert seen["problem"]


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_the_other_modes_carry_the_message_in_the_open(stage: Stage, mode: str) -> None:
    stage.sim("mode", mode=mode)
    stage.receiver.sealed = False
    stage.receiver.answers = ["明文回复"]
    seen = stage.sim(f"phones/{MOM}/text", text="你好")
    (arrival,) = stage.receiver.arrivals
    assert "<Content><![CDATA[你好]]></Content>" in arrival.body
    assert ("msg_signature" in arrival.query) is (mode == "compatible")
    assert seen["replies"][0]["text"] == "明文回复"


def test_a_scan_follows_first_and_only_scans_afterwards(stage: Stage) -> None:
    ticket = stage.create_code("base_pottery")["ticket"]
    stage.sim(f"phones/{STRANGER}/scan", scene="base_pottery")
    stage.sim(f"phones/{STRANGER}/scan", ticket=ticket)
    followed, scanned = stage.receiver.arrivals
    assert (followed.text("Event"), followed.text("EventKey")) == (
        "subscribe",
        "qrscene_base_pottery",
    )
    assert (scanned.text("Event"), scanned.text("EventKey")) == ("SCAN", "base_pottery")
    assert scanned.text("Ticket") == ticket
    info = stage.call("/cgi-bin/user/info", openid=STRANGER)
    assert (info["subscribe"], info["qr_scene_str"]) == (1, "base_pottery")


def test_an_expired_code_reaches_nobody(stage: Stage) -> None:
    stage.create_code("once", action_name="QR_STR_SCENE", expire_seconds=60)
    stage.advance(61)
    seen = stage.sim(f"phones/{MOM}/scan", scene="once")
    assert seen["status"] == "expired"
    assert stage.receiver.arrivals == []


def test_menu_buttons_push_what_their_type_says(stage: Stage) -> None:
    buttons = [
        {"type": "click", "name": "我的预约", "key": "MY"},
        {"type": "scancode_waitmsg", "name": "扫码签到", "key": "CHECKIN"},
        {"name": "更多", "sub_button": [{"type": "view", "name": "帮助", "url": "http://a.cn/h"}]},
    ]
    assert stage.call("/cgi-bin/menu/create", {"button": buttons})["errcode"] == 0
    stage.sim(f"phones/{MOM}/click", key="MY")
    assert stage.sim(f"phones/{MOM}/click", key="CHECKIN")["status"] == "needs_scan"
    stage.sim(f"phones/{MOM}/scancode", key="CHECKIN", result="签到码 42")
    opened = stage.sim(f"phones/{MOM}/click", key="http://a.cn/h")["opened"]
    assert opened == "http://a.cn/h"
    click, scan, view = stage.receiver.arrivals
    assert (click.text("Event"), click.text("EventKey")) == ("CLICK", "MY")
    assert scan.text("ScanCodeInfo/ScanResult") == "签到码 42"
    assert (view.text("Event"), view.text("EventKey")) == ("VIEW", "http://a.cn/h")


def test_leaving_is_told_but_never_answered(stage: Stage) -> None:
    stage.receiver.answers = ["再见"]
    seen = stage.sim(f"phones/{MOM}/unfollow")
    assert seen["replies"] == []
    assert [a.text("Event") for a in stage.receiver.arrivals] == ["unsubscribe"]
    assert stage.sim(f"phones/{MOM}/text", text="在吗")["status"] == "not_following"


def test_a_push_can_be_repeated_byte_for_byte_or_newly_sealed(stage: Stage) -> None:
    stage.sim(f"phones/{MOM}/text", text="你好")
    stage.sim("repeat", openid=MOM, same_nonce=True)
    stage.sim("repeat", openid=MOM)
    first, copy, fresh = stage.receiver.arrivals
    assert (copy.query, copy.body) == (first.query, first.body)
    assert fresh.query["nonce"] != first.query["nonce"]
    assert fresh.text("MsgId") == first.text("MsgId")
