"""What we owe people to tell reaches their phones once, or ends in a state with a reason."""

import asyncio
from datetime import timedelta
from typing import Any

from app.kit.db import make_engine
from app.kit.settings import Settings
from tests.cast import CAST, POTTERY_SCENE, Somebody, key
from tests.client import Client
from tests.wechat.stage import SEND, Platform, Sender, sending


async def booked(client: Client, who: Somebody = CAST.beimama, **how: Any) -> None:
    """小北 gets a place: his mother, and only she, is to be told."""
    pupil = CAST.xiaonan if who is CAST.mama else CAST.xiaobei
    # One after the other: a child cannot be at two places at once.
    before = await client.value("SELECT count(*) FROM session")
    starts = timedelta(minutes=10) + before * timedelta(hours=3)
    session_id = await client.add_session(**{"starts_in": starts, **how})
    answer = await client.book(who, pupil, session_id)
    assert answer.status_code == 201, answer.text


async def fates(client: Client) -> list[tuple[str, str | None]]:
    """State and reason of each delivery as the secretariat sees it, oldest first."""
    listed = await client.get(CAST.secretary, "/deliveries")
    return [(row["state"], row["reason"]) for row in reversed(listed.json()["items"])]


async def time_passes(client: Client, seconds: int) -> None:
    """Deliveries do not know the clock, only their own moments: these move into the past."""
    await client.rows(
        "UPDATE delivery SET due_at = due_at - make_interval(secs => :s), "
        "lease_until = lease_until - make_interval(secs => :s), "
        "first_attempt_at = first_attempt_at - make_interval(secs => :s)",
        s=float(seconds),
    )


async def test_a_booking_is_shown_once_on_the_phone(
    client: Client, sender: Sender, platform: Platform, every_postgres: str
) -> None:
    await booked(client)
    assert await sender.round() == 1
    assert await sender.round() == 0
    (card,) = platform.cards(CAST.beimama)
    assert card["title"] == "预约成功通知"
    shown = {row["label"]: row["value"] for row in card["data"]}
    assert (shown["学生"], shown["活动"], shown["地点"]) == ("小北", "捏一只小碗", "陶艺工坊")
    assert await fates(client) == [("sent", None)]
    assert len(platform.calls(SEND)) == 1


async def test_every_guardian_is_told_and_nobody_else(
    client: Client, sender: Sender, platform: Platform
) -> None:
    await booked(client, CAST.mama)
    assert await sender.round() == 2
    told = [who for who in CAST.all() if who.wechat and platform.cards(who)]
    assert set(told) == {CAST.mama, CAST.granny}


async def test_a_stamp_is_told_with_its_number(
    client: Client, sender: Sender, platform: Platform
) -> None:
    await booked(client)
    await client.scan(CAST.beimama, POTTERY_SCENE)
    await sender.round()
    cards = {card["title"]: card for card in platform.cards(CAST.beimama)}
    assert set(cards) == {"预约成功通知", "护照盖章通知"}
    assert {row["label"]: row["value"] for row in cards["护照盖章通知"]["data"]}["印章总数"] == "1"


async def test_long_odd_and_empty_words_are_fitted_not_refused(
    client: Client, sender: Sender, platform: Platform
) -> None:
    long_name = "阿卜杜热西提·买买提江·艾合买提"
    await client.rows("UPDATE person SET name = :n WHERE id = :id", n=long_name, id=CAST.xiaobei.id)
    await client.rows(
        "UPDATE learning_base SET name = '两行\n名字' WHERE id = :b", b=key("陶艺基地")
    )
    await booked(client, title="陶" * 60)
    await sender.round()
    (card,) = platform.cards(CAST.beimama)
    shown = {row["label"]: row["value"] for row in card["data"]}
    assert shown["活动"] == "陶" * 19 + "…"
    assert shown["学生"] == "阿卜杜热西提·买买…"
    assert shown["地点"] == "两行 名字"


async def test_whoever_left_or_never_came_is_not_following(
    client: Client, sender: Sender, platform: Platform
) -> None:
    platform.simulator.world.phones[CAST.mama.openid].following = False
    await client.rows("DELETE FROM identity WHERE person_id = :p", p=CAST.granny.id)
    await booked(client, CAST.mama)
    await sender.round()
    reasons = {reason for state, reason in await fates(client) if state == "not_following"}
    assert reasons == {"platform_43004", "no_wechat"}
    assert await sender.round() == 0


FINAL = {
    43101: ("refused", "platform_43101"),
    47003: ("failed", "platform_47003"),
    40241: ("sent", None),
    40037: ("failed", "platform_40037"),  # the last: it stops the template
}
# How long the next attempt waits; the lower bounds leave a slow machine half a minute.
PASSING = {-1: (-30, 2), 43108: (-30, 4), 45011: (30, 60)}
PAUSE = "SELECT extract(epoch FROM max(due_at) - now()) FROM delivery WHERE state = 'pending'"


async def test_a_final_answer_is_final(client: Client, sender: Sender, platform: Platform) -> None:
    for errcode in FINAL:
        platform.fault(SEND, errcode=errcode)
        await booked(client)
        assert await sender.round() == 1
    await time_passes(client, 3600)
    assert await sender.round() == 0
    assert await fates(client) == list(FINAL.values())
    assert len(platform.calls(SEND)) == len(FINAL)


async def test_a_passing_trouble_is_waited_out(
    client: Client, sender: Sender, platform: Platform
) -> None:
    for number, (errcode, (least, most)) in enumerate(PASSING.items(), start=1):
        platform.fault(SEND, errcode=errcode)
        await booked(client)
        assert await sender.round() == 1
        assert (await fates(client))[-1][0] == "pending"
        assert least <= await client.value(PAUSE) <= most, errcode
        await time_passes(client, most)
        assert await sender.round() == 1
        assert await fates(client) == [("sent", None)] * number
        assert len(platform.cards(CAST.beimama)) == number


async def test_pauses_grow_and_the_thirtieth_failure_is_the_last(
    client: Client, sender: Sender, platform: Platform
) -> None:
    platform.fault(SEND, errcode=-1, times=None)
    await booked(client)
    rounds = 0
    while (await fates(client))[0][0] == "pending":
        assert await sender.round() == 1
        rounds += 1
        pause = "SELECT extract(epoch FROM due_at - now()) FROM delivery"
        assert rounds == 30 or 0 < await client.value(pause) <= 600
        await time_passes(client, 601)
    assert rounds == 30
    assert await fates(client) == [("failed", "platform_busy")]


async def test_a_person_may_send_again_what_has_failed(
    client: Client, sender: Sender, platform: Platform
) -> None:
    platform.fault(SEND, errcode=47003)
    await booked(client)
    await sender.round()
    (row,) = (await client.get(CAST.secretary, "/deliveries")).json()["items"]
    again = await client.post(CAST.secretary, f"/deliveries/{row['id']}/retry")
    assert again.status_code == 204, again.text
    assert await sender.round() == 1
    assert await fates(client) == [("sent", None)]
    assert len(platform.cards(CAST.beimama)) == 1


REPORTS = {
    "success": ("delivered", None),
    "failed:user block": ("refused", "failed:user block"),
    "failed: system failed": ("refused", "failed: system failed"),
}


async def report(client: Client, msgid: str, status: str) -> None:
    """The platform's notice of how a message ended."""
    await client.say(CAST.beimama, Event="TEMPLATESENDJOBFINISH", MsgID=msgid, Status=status)


async def test_the_platforms_report_is_the_last_word(client: Client, sender: Sender) -> None:
    for _ in REPORTS:
        await booked(client)
        await sender.round()
    sent = await client.rows("SELECT platform_id FROM delivery ORDER BY id")
    for row, status in zip(sent, REPORTS, strict=True):
        await report(client, row.platform_id, status)
    assert await fates(client) == list(REPORTS.values())
    for row in sent:
        await report(client, row.platform_id, "success")
    assert await fates(client) == list(REPORTS.values())


async def test_a_report_about_a_strange_message_changes_nothing(
    client: Client, sender: Sender
) -> None:
    await booked(client)
    await sender.round()
    for number in ("1", "", "9" * 60):
        said = await client.say(
            CAST.beimama, Event="TEMPLATESENDJOBFINISH", MsgID=number, Status="success"
        )
        assert said == ""
    assert await fates(client) == [("sent", None)]


async def test_two_loops_send_each_message_once(
    client: Client, platform: Platform, settings: Settings, every_postgres: str
) -> None:
    for _ in range(12):
        await booked(client)
    await client.rows("UPDATE notification SET kind = 'arrived'")  # these are never merged
    engines = [make_engine(settings, name) for name in ("one", "two", "three")]
    async with (
        sending(engines[0], platform.url) as one,
        sending(engines[1], platform.url) as two,
        sending(engines[2], platform.url) as three,
    ):
        rounds = await asyncio.gather(*(loop.round() for loop in (one, two, three, one, two)))
    for engine in engines:
        await engine.dispose()
    assert sum(rounds) == 12
    assert len(platform.calls(SEND)) == 12
    assert len(platform.cards(CAST.beimama)) == 12
    assert await fates(client) == [("sent", None)] * 12


async def test_a_booking_that_rolls_back_tells_nobody(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """The message is part of the booking's own transaction: both or none."""
    session = await client.add_session()
    await client.rows(
        "ALTER TABLE delivery ADD CONSTRAINT broken CHECK (state <> 'pending') NOT VALID"
    )
    refused = await client.book(CAST.beimama, CAST.xiaobei, session)
    assert refused.status_code >= 400
    left = "SELECT (SELECT count(*) FROM booking) + (SELECT count(*) FROM notification)"
    assert await client.value(left) == 0
    await client.rows("ALTER TABLE delivery DROP CONSTRAINT broken")
    assert (await client.book(CAST.beimama, CAST.xiaobei, session)).status_code == 201
    assert await sender.round() == 1
    assert len(platform.cards(CAST.beimama)) == 1
