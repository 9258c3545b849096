"""What an error code of the platform means for a message, and that our fields keep its rules."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.channels.kinds import ITEMS, ItemKind
from app.channels.rules import CODES, said
from app.notifications.kinds import FAMILY, KINDS, DeliveryState, Kind
from app.notifications.ports import Halt
from app.notifications.rules import speaking_for
from wechat.pace import Pace
from wechat.policy import BUSY_SECONDS, POLICY, verdict_of
from wechat.simulator.fields import valid
from wechat.templates import (
    TEMPLATES,
    data_of,
    demo_templates,
    fit,
    longest,
    misfits,
    previews,
)

SENT, PENDING = DeliveryState.SENT, DeliveryState.PENDING
FAILED, REFUSED = DeliveryState.FAILED, DeliveryState.REFUSED
NOT_FOLLOWING = DeliveryState.NOT_FOLLOWING


@pytest.mark.parametrize(
    ("errcode", "state", "seconds"),
    [
        (0, SENT, None),
        (40241, SENT, None),
        (45065, SENT, None),
        (-1, PENDING, BUSY_SECONDS),
        (61450, PENDING, BUSY_SECONDS),
        (43108, PENDING, 4.0),
        (45011, PENDING, 60.0),
        (44990, PENDING, 60.0),
        (43117, PENDING, 3600.0),
        (45009, PENDING, 3600.0),
        (43004, NOT_FOLLOWING, None),
        (50005, NOT_FOLLOWING, None),
        (43101, REFUSED, None),
        (43019, REFUSED, None),
        (40003, FAILED, None),
        (40001, PENDING, 30.0),
        (40125, PENDING, 300.0),
        (40164, PENDING, 300.0),
        (45015, REFUSED, None),
        (48004, PENDING, 3600.0),
        (40037, FAILED, None),
        (43107, FAILED, None),
        (43116, FAILED, None),
        (45168, FAILED, None),
        (47001, FAILED, None),
        (47003, FAILED, None),
        (48001, FAILED, None),
        (99999, FAILED, None),
    ],
)
def test_each_code_has_its_consequence(
    errcode: int, state: DeliveryState, seconds: float | None
) -> None:
    verdict = verdict_of(errcode, "4611686018427387905" if errcode == 0 else None)
    assert (verdict.state, verdict.retry_in_seconds) == (state, seconds)
    assert (verdict.reason is None) is (state is SENT), "whatever is not sent says why"
    assert verdict.platform_id == ("4611686018427387905" if errcode == 0 else None)


def test_every_code_of_the_table_is_said_in_words_and_what_follows_is_declared() -> None:
    assert set(POLICY) == set(CODES)
    banned = verdict_of(40037, None, "invalid template_id rid: 6a1f-22b3-0c")
    assert (banned.falls, banned.halt, banned.rid) == (True, Halt.KIND, "6a1f-22b3-0c")
    assert verdict_of(45009, None).halt is Halt.TODAY
    assert verdict_of(43101, None).taps_void
    field = verdict_of(47003, None, "argument invalid! data.thing4.value invalid rid: 1-2-3")
    assert (field.reason, field.falls) == ("platform_47003:thing4", False)
    assert said(field.reason) == "模板字段不合规则（47003，字段 thing4）"
    assert said("platform_-1") == "微信系统忙（-1）"
    assert said("platform_12345") == "微信拒绝了（12345）"
    assert (said("no_wechat"), said(None)) == ("没有绑定微信", "")
    assert set(ITEMS) == set(ItemKind)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("thing1", "捏一只小碗", "捏一只小碗"),
        ("thing1", "题" * 20, "题" * 20),
        ("thing1", "题" * 21, "题" * 19 + "…"),
        ("thing1", "两\n行\t字", "两 行 字"),
        ("thing1", "", "无"),
        ("thing1", " \n ", "无"),
        ("name1", "小南", "小南"),
        ("name1", "阿卜杜热西提·买买提江", "阿卜杜热西提·买买…"),
        ("name1", "Alexandra Johnson", "Alexandra Johnson"),
        ("name1", "Maximiliana Featherstonehaugh", "Maximiliana Feathers"),
        ("phrase2", "已通过", "已通过"),
        ("phrase2", "通过 OK!", "通过"),
        ("phrase2", "OK", "无"),
        ("number5", "3", "3"),
        ("number5", "第3枚", "3"),
        ("number5", "1.2.3", "1.2"),
        ("number5", "没有", "0"),
        ("time4", "2026年11月21日 14:00", "2026年11月21日 14:00"),
        ("character_string1", "SY-2026 第1号", "SY-2026 1"),
        ("character_string1", "第一号", "-"),
        ("character_string1", "a" * 40, "a" * 32),
        ("car_number1", "沪A12345", "沪A12345"),
    ],
)
def test_a_value_is_shortened_not_refused(key: str, value: str, shown: str) -> None:
    assert fit(key, value) == shown
    assert valid(key, shown)


KEYS = sorted({key for template in TEMPLATES.values() for key in template.keys.values()})
FREE_KEYS = [key for key in KEYS if not key.startswith("time")]


@hypothesis_settings(max_examples=500, deadline=None, database=None)
@given(key=st.sampled_from(FREE_KEYS), value=st.text(max_size=60))
def test_whatever_is_written_fits_the_platforms_rule(key: str, value: str) -> None:
    """Judged by the platform's own rules, as its simulator knows them. Times are our own shape."""
    shown = fit(key, value)
    assert shown.strip()
    assert valid(key, shown), (key, value, shown)


def test_every_kind_has_a_template_that_shows_its_own_fields() -> None:
    assert set(TEMPLATES) == set(Kind)
    for kind, template in TEMPLATES.items():
        assert set(template.keys) <= set(KINDS[kind].fields), kind
        assert len(set(template.keys.values())) == len(template.keys), kind
        assert 1 <= len(template.keys) <= 5, "the platform allows five"
    assert len(demo_templates()) == len(TEMPLATES) + len(FAMILY), "families may also subscribe"


def test_a_message_with_nothing_in_it_still_has_every_key_filled() -> None:
    data = data_of(Kind.BOOKING_CANCELLED, {})
    assert data["thing5"] == {"value": "无"}
    assert set(data) == set(TEMPLATES[Kind.BOOKING_CANCELLED].keys.values())


def test_every_kind_fits_with_the_longest_words_it_can_carry() -> None:
    """Judged by the platform's own rules, and as the preview shows it."""
    for kind, template in TEMPLATES.items():
        fields = {name: longest(key) for name, key in template.keys.items()}
        assert misfits(kind, fields) == []
        data = data_of(kind, fields)
        assert all(valid(key, entry["value"]) for key, entry in data.items()), (kind, data)
        for number in (2, 99, 1000):
            spoken = data_of(kind, speaking_for(kind, fields, number))
            assert all(valid(key, entry["value"]) for key, entry in spoken.items()), (kind, spoken)
        assert len(previews()[kind].lines) == len(template.keys)
    assert misfits(Kind.ARRIVED, {"time": "明天下午"}) == ["time"]
    assert misfits(Kind.SHEET_DUE, {"until": "2026年1月31日"}) == []


def test_pace_gives_each_call_its_turn() -> None:
    async def three() -> float:
        pace, loop = Pace(), asyncio.get_running_loop()
        began = loop.time()
        for _ in range(3):
            await pace.turn("wx", "/cgi-bin/tags/create")
        await pace.turn("wx2", "/cgi-bin/tags/create")
        return loop.time() - began

    assert 0.39 < asyncio.run(three()) < 2.0
