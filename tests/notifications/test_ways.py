"""Which way a message takes: window, template, tap, inbox; what stops a way; what a person wants."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from app.kit.db import make_engine, system_context
from app.kit.settings import Settings
from app.notifications.kinds import SAFETY, Kind
from app.notifications.rules import Quiet
from app.notifications.service.notify import notify
from app.notifications.service.sending import deliver_due
from app.wiring import WIRING
from tests.cast import CAST, HERE, Somebody
from tests.client import Client
from tests.wechat.stage import SEND, Platform, Sender, sending
from wechat import gateway as gateway_module
from wechat.channel import BIZSEND, CUSTOMER
from wechat.templates import TEMPLATES, subscribe_demo_id

FIELDS = {
    "pupil": "小北",
    "title": "捏一只小碗",
    "place": "陶艺工坊",
    "time": "2026年12月5日 14:00",
}
FATES = (
    "SELECT d.channel, d.state, d.reason, d.burst FROM delivery d JOIN notification n "
    "ON n.id = d.notification_id WHERE n.kind = :kind ORDER BY d.id"
)


async def tell(
    client: Client, kind: Kind, fact: str, who: Somebody = CAST.beimama, **more: str
) -> None:
    """Write one message as a use case would."""
    fields = {**FIELDS, **more}
    async with system_context(client.engine, WIRING, HERE) as ctx:
        await notify(ctx, kind, [who.id], fact, fields)


async def fates(client: Client, kind: Kind) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await client.rows(FATES, kind=kind)]


async def test_whoever_wrote_lately_is_told_in_the_chat_and_a_lost_answer_is_not_repeated(
    client: Client, sender: Sender, platform: Platform
) -> None:
    phone = platform.simulator.world.phones[CAST.beimama.openid]
    await client.write(CAST.beimama, "预约")
    platform.sim(f"phones/{CAST.beimama.openid}/text", text="预约")
    confirmed = Kind.BOOKING_CONFIRMED
    await tell(client, confirmed, "1")
    await sender.round()
    assert await fates(client, confirmed) == [("customer", "sent", None, 1)]
    assert "【预约成功】\n学生：小北\n活动：捏一只小碗" in phone.messages[-1].text
    assert platform.calls(SEND) == []
    # The platform thinks the window is used up: the template takes over in the same round.
    platform.fault(CUSTOMER, errcode=45047)
    await tell(client, confirmed, "2")
    await sender.round()
    assert (await fates(client, confirmed))[1:] == [("template", "sent", None, 1)]
    await tell(client, confirmed, "3")
    await sender.round()
    assert (await fates(client, confirmed))[-1] == ("template", "sent", None, 1)
    assert len(platform.calls(CUSTOMER)) == 2, "a closed window is not asked again"
    assert len(platform.cards(CAST.beimama)) == 2
    # A customer message has no memory at the platform: an unknown outcome stays unknown.
    await client.write(CAST.beimama, "预约")
    platform.fault(CUSTOMER, http_status=502, after=True)
    await tell(client, confirmed, "4")
    await sender.round()
    assert (await fates(client, confirmed))[-1] == ("customer", "unknown", "no_answer", 1)
    # Killed between claim and answer: the same.
    await tell(client, confirmed, "5")
    await client.rows(
        "UPDATE delivery SET state = 'leased', channel = 'customer', first_attempt_at = now(), "
        "lease_until = now() - interval '1 second' WHERE state = 'pending'"
    )
    sent = len(platform.calls(CUSTOMER)) + len(platform.calls(SEND))
    await sender.round()
    assert (await fates(client, confirmed))[-1][:3] == ("customer", "unknown", "outcome_unknown")
    assert len(platform.calls(CUSTOMER)) + len(platform.calls(SEND)) == sent
    # Leaving closes the window for good.
    await client.say(CAST.beimama, Event="unsubscribe", EventKey="")
    assert await client.rows("SELECT 1 FROM chat_window") == []


async def test_one_tap_is_one_message(client: Client, sender: Sender, platform: Platform) -> None:
    """Not following, but tapped twice: two messages, then the inbox; a report and its event are one."""
    cancelled = Kind.BOOKING_CANCELLED
    template = subscribe_demo_id(cancelled)
    phone = platform.simulator.world.phones[CAST.beimama.openid]
    phone.following = False
    for _ in range(2):
        answer = await client.post(
            CAST.beimama, "/notification-taps", {"taps": {cancelled: "accept", "arrived": "reject"}}
        )
        assert answer.status_code == 200, answer.text
    assert answer.json() == {"left": {cancelled: 2}}
    item = f"<List><TemplateId>{template}</TemplateId><SubscribeStatusString>accept"
    item += "</SubscribeStatusString><PopupScene>1</PopupScene></List>"
    from_platform = (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{CAST.beimama.openid}</FromUserName>"
        "<CreateTime>{}</CreateTime><MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>"
        "<SubscribeMsgPopupEvent>" + item + "</SubscribeMsgPopupEvent></xml>"
    )
    for stamp in (1700000001, 1700000002):
        await client.push(from_platform.replace("{}", str(stamp)))
    own = await client.get(CAST.beimama, "/notification-taps")
    assert own.json() == {"left": {cancelled: 2}}, "the platform's word about the same two taps"
    phone.grants[template] = 2
    for fact in "1234":
        await tell(client, cancelled, fact, reason="改期")
    await sender.round()
    found = await fates(client, cancelled)
    assert sorted(found) == [
        ("grant", "sent", None, 1),
        ("grant", "sent", None, 1),
        ("inbox", "not_following", "platform_43004", 1),
        ("inbox", "not_following", "platform_43004", 1),
    ]
    assert len(platform.calls(BIZSEND)) == 2
    used = await client.rows("SELECT used_at, delivery_id FROM subscription_grant")
    assert all(row.used_at and row.delivery_id for row in used)
    # The platform knows better: without a grant there, the ledger is emptied.
    await client.post(CAST.beimama, "/notification-taps", {"taps": {cancelled: "accept"}})
    await tell(client, cancelled, "5", reason="改期")
    await sender.round()
    assert (await fates(client, cancelled))[-1] == ("inbox", "refused", "platform_43101", 1)
    assert (await client.get(CAST.beimama, "/notification-taps")).json() == {"left": {}}
    refused = await client.post(CAST.beimama, "/notification-taps", {"taps": {"nothing": "accept"}})
    assert refused.status_code == 422


async def test_a_banned_template_reroutes_its_kind_until_somebody_resumes_it(
    client: Client, sender: Sender, platform: Platform
) -> None:
    stamped, template = Kind.STAMP_AWARDED, TEMPLATES[Kind.STAMP_AWARDED].demo_id
    for number, who in enumerate((CAST.beimama, CAST.mama, CAST.granny)):
        await tell(client, stamped, str(number), who, total="1")
    platform.sim(f"templates/{template}", banned=True)
    platform.simulator.world.phones[CAST.mama.openid].grants[subscribe_demo_id(stamped)] = 1
    await client.post(CAST.mama, "/notification-taps", {"taps": {stamped: "accept"}})
    await sender.round()
    ways = {row[:3] for row in await fates(client, stamped)}
    assert ways == {("grant", "sent", None), ("inbox", "failed", "platform_43116")}
    banned_calls = len(platform.calls(SEND))
    await tell(client, stamped, "later", total="2")
    await tell(client, Kind.LEFT, "other")
    await sender.round()
    assert (await fates(client, stamped))[-1][:3] == ("inbox", "failed", "kind_stopped")
    assert (await fates(client, Kind.LEFT))[0][:2] == ("template", "sent"), "other kinds go on"
    assert len(platform.calls(SEND)) == banned_calls + 1
    rid = await client.value("SELECT rid FROM delivery WHERE reason = 'platform_43116' LIMIT 1")
    assert rid.count("-") == 2
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert [(one["kind"], one["subject"]) for one in items] == [
        ("template_banned", "template:stamp_awarded")
    ]
    assert "护照新印章" in items[0]["detail"]
    assert (await client.get(CAST.mama, "/operations")).status_code == 403
    platform.sim(f"templates/{template}", banned=False)
    body = {"way": "template", "kind": stamped}
    assert (await client.post(CAST.secretary, "/channel-stops/resume", body)).status_code == 204
    again = await client.post(CAST.secretary, "/channel-stops/resume", body)
    assert (again.status_code, again.json()["code"]) == (409, "channels.nothing_stopped")
    done = await client.post(
        CAST.secretary, f"/operations/{items[0]['id']}/settle", {"note": "换了模板"}
    )
    assert done.status_code == 200, done.text
    assert done.json()["note"] == "换了模板"
    repeated = await client.post(
        CAST.secretary, f"/operations/{items[0]['id']}/settle", {"note": ""}
    )
    assert repeated.json()["code"] == "channels.already_done"
    await tell(client, stamped, "after", total="3")
    await sender.round()
    assert (await fates(client, stamped))[-1][:2] == ("template", "sent")


async def test_a_used_up_quota_stops_the_way_until_midnight_and_only_the_urgent_goes_on(
    client: Client, sender: Sender, platform: Platform
) -> None:
    for number in range(40):
        await tell(client, Kind.ARRIVED, str(number))
        await tell(client, Kind.STAMP_AWARDED, str(number), pupil=f"小{number}", total="1")
    platform.sim("limits", path=SEND, daily=0)
    await sender.round()
    in_flight = len(platform.calls(SEND))
    assert in_flight <= 20, "what was under way when the first refusal came"
    assert {row[:3] for row in await fates(client, Kind.ARRIVED)} == {
        ("inbox", "failed", "platform_45009")
    }
    assert {row[:3] for row in await fates(client, Kind.STAMP_AWARDED)} == {
        ("template", "pending", "platform_45009")
    }
    await client.rows("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    await sender.round()
    assert len(platform.calls(SEND)) == in_flight, "not one further call that day"
    seconds = await client.value(
        "SELECT extract(epoch FROM until - now()) FROM channel_stop WHERE lifted_at IS NULL"
    )
    assert 0 < seconds <= 86_400
    left = "SELECT min(extract(epoch FROM due_at - now())) FROM delivery WHERE state = 'pending'"
    assert await client.value(left) > seconds - 60
    await client.rows("UPDATE channel_stop SET until = now() - interval '1 second'")
    await client.rows("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    platform.sim("limits", path=SEND, daily=100_000)
    await sender.round()
    assert {row[1] for row in await fates(client, Kind.STAMP_AWARDED)} == {"sent"}


async def test_what_a_person_wants_is_kept(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """Muted kinds stay in the inbox, the night is quiet, bursts become one; safety is exempt."""
    wish = {"muted": ["stamp_awarded"], "quiet": True}
    saved = await client.call(CAST.beimama, "PUT", "/notification-preferences", wish)
    assert saved.status_code == 200, saved.text
    assert saved.json() == {**wish, "version": 1}
    for kind in SAFETY:
        refused = await client.call(
            CAST.beimama, "PUT", "/notification-preferences", {"muted": [kind], "quiet": True}
        )
        assert refused.json()["code"] == "notifications.not_mutable"
    await tell(client, Kind.STAMP_AWARDED, "1", total="1")
    night = Quiet(0, 24)
    for fact in "234":
        await tell(client, Kind.BOOKING_CONFIRMED, fact)
        await tell(client, Kind.ARRIVED, fact)
    await deliver_due(client.engine, sender.channel, night)
    assert await fates(client, Kind.STAMP_AWARDED) == [("template", "muted", "muted", 1)]
    assert {row[1:3] for row in await fates(client, Kind.BOOKING_CONFIRMED)} == {
        ("pending", "quiet_hours")
    }
    assert {row[1] for row in await fates(client, Kind.ARRIVED)} == {"sent"}
    assert len(platform.cards(CAST.beimama)) == 3
    await client.rows("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
    await sender.round()
    assert [row[1:] for row in await fates(client, Kind.BOOKING_CONFIRMED)] == [
        ("sent", None, 3),
        ("merged", "merged", 1),
        ("merged", "merged", 1),
    ]
    (card,) = [one for one in platform.cards(CAST.beimama) if one["title"] == "预约成功通知"]
    assert {row["label"]: row["value"] for row in card["data"]}["活动"] == "捏一只小碗等3项"
    inbox = (await client.get(CAST.beimama, "/notifications")).json()["items"]
    assert len(inbox) == 7


def test_the_quiet_hours_of_a_day() -> None:
    night = Quiet.of("21-7")
    assert night is not None
    assert Quiet.of("") is None
    assert night.wait(20, 59, 59) is None
    assert night.wait(21, 0, 0) == 10 * 3600
    assert night.wait(6, 30, 0) == 1800
    assert night.wait(7, 0, 0) is None


async def test_a_page_that_does_not_open_is_left_out_and_told(
    client: Client, platform: Platform
) -> None:
    """41030: once more without the page, at once; then never with it, until somebody has mended it."""
    async with sending(client.engine, platform.url, "https://school.example") as sender:
        stamped = Kind.STAMP_AWARDED
        await tell(client, stamped, "1", total="1")
        await sender.round()
        assert platform.cards(CAST.beimama)[-1]["url"] == "https://school.example/m/passport"
        platform.fault(SEND, errcode=41030)
        for fact in "23":
            await tell(client, stamped, fact, total="2")
            await sender.round()
    assert [row[:3] for row in await fates(client, stamped)] == [("template", "sent", None)] * 3
    assert [card["url"] for card in platform.cards(CAST.beimama)][1:] == ["", ""]
    assert len(platform.calls(SEND)) == 4
    (item,) = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert (item["kind"], item["subject"]) == ("page_refused", "template:stamp_awarded")


async def test_an_openid_that_is_none_is_not_written_to_until_its_owner_comes_back(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """40003: the next way at once, no call afterwards; many at once are an appid mixed up."""
    left = platform.simulator.world.phones.pop(CAST.beimama.openid)
    await tell(client, Kind.ACTIVITY_CHANGED, "1", change="改期")
    await sender.round()
    assert await fates(client, Kind.ACTIVITY_CHANGED) == [("inbox", "failed", "platform_40003", 1)]
    calls = len(platform.calls(SEND))
    await tell(client, Kind.LEFT, "2")
    await sender.round()
    assert (await fates(client, Kind.LEFT))[-1][:3] == ("inbox", "not_following", "no_wechat")
    assert len(platform.calls(SEND)) == calls
    (item,) = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert item["kind"] == "openids_strange"
    platform.simulator.world.phones[CAST.beimama.openid] = left
    await client.say(CAST.beimama, Event="subscribe")
    await tell(client, Kind.LEFT, "3")
    await sender.round()
    assert (await fates(client, Kind.LEFT))[-1][:2] == ("template", "sent")
    # Everybody at once: not their fault, so nobody is cut off beyond the first few.
    platform.fault(SEND, errcode=40003, times=None)
    bound = [who for who in CAST.all() if who.wechat]
    for who in bound:
        await tell(client, Kind.LEFT, "4", who)
    await sender.round()
    broken = await client.value("SELECT count(*) FROM identity WHERE broken_at IS NOT NULL")
    assert broken == 3 < len(bound)
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert any("AppID 弄混了" in one["detail"] for one in items)


async def test_the_first_used_up_quota_is_all_but_the_last_call_of_all_processes(
    client: Client, settings: Settings, platform: Platform
) -> None:
    """Two senders on one account, 30 calls left, 200 messages: 30 arrive, at most 4 are refused."""
    for number in range(200):
        await tell(client, Kind.STAMP_AWARDED, str(number), pupil=f"小{number}", total="1")
    platform.sim("limits", path=SEND, daily=30)
    other = make_engine(settings, "other")
    async with (
        sending(client.engine, platform.url) as one,
        sending(other, platform.url) as two,
    ):
        assert sum(await asyncio.gather(one.drain(), two.drain())) >= 200
        await client.rows("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
        await asyncio.gather(one.drain(), two.drain())
    await other.dispose()
    codes = Counter(row["errcode"] for row in platform.calls(SEND))
    assert codes[0] == 30
    assert 0 < codes[45009] <= 4, "the first, and at most three more"
    found = Counter(row[:3] for row in await fates(client, Kind.STAMP_AWARDED))
    assert found["template", "sent", None] == 30
    assert found["template", "pending", "platform_45009"] == 170


async def test_a_slow_answer_holds_up_nobody_and_a_template_may_vanish_half_way(
    client: Client, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stream of 160 messages, one of them without an answer, the template banned in the middle."""
    monkeypatch.setattr(gateway_module, "READ_SECONDS", 60.0)
    stamped, template = Kind.STAMP_AWARDED, TEMPLATES[Kind.STAMP_AWARDED].demo_id
    for number in range(160):
        await tell(client, stamped, str(number), pupil=f"小{number}", total="1")
    platform.fault(SEND, hang=True, after=True, every=10)
    async with sending(client.engine, platform.url) as sender, asyncio.timeout(60):
        draining = asyncio.create_task(sender.drain())
        while await client.value("SELECT count(*) FROM delivery WHERE state = 'sent'") < 110:  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.02)  # more than a round of a hundred, past the silent one
        await asyncio.to_thread(platform.sim, f"templates/{template}", banned=True)
        while await client.value("SELECT count(*) FROM delivery WHERE state = 'leased'") > 1:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.02)
        platform.heal()
        assert await draining == 160
    found = Counter(row[:3] for row in await fates(client, stamped))
    assert sum(found.values()) == 160
    assert set(found) <= {
        ("template", "sent", None),
        ("template", "pending", "no_answer"),
        ("inbox", "failed", "platform_43116"),
        ("inbox", "failed", "kind_stopped"),
    }
    assert found["template", "pending", "no_answer"] == 1, "asked again, within nine minutes"
    assert len(platform.cards(CAST.beimama)) == found["template", "sent", None] + 1, "nobody twice"
    refused = [row for row in platform.calls(SEND) if row["errcode"] == 43116]
    assert len(refused) <= 20, "only what was under way"
