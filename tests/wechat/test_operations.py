"""What the platform tells the account's owner lands in the operations inbox, on pages people read."""

from functools import partial

import pytest

from app.kit.db import system_context
from app.wiring import WIRING
from tests.cast import ACCOUNT, CAST, HERE
from tests.client import Client
from tests.wechat.stage import SEND, Platform, Sender
from wechat.handlers.notices import NOTICES
from wechat.jobs import note_quotas

EVENT = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>{openid}</FromUserName>"
    "<CreateTime>{stamp}</CreateTime><MsgType>event</MsgType><Event>{event}</Event>{more}</xml>"
)


async def test_every_notice_of_the_platform_is_one_line_that_says_what_to_do(
    client: Client,
) -> None:
    for number, event in enumerate(sorted(NOTICES)):
        more = "<ExpiredTime>1799999999</ExpiredTime><Reason>类目不符</Reason>"
        for repeat in range(2):
            push = EVENT.format(
                openid="", stamp=1700000000 + number * 2 + repeat, event=event, more=more
            )
            assert (await client.push(push)).status_code == 200
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert {item["subject"] for item in items} == {f"{ACCOUNT} {event}" for event in NOTICES}
    assert {item["times"] for item in items} == {2}
    assert all("类目不符" in item["detail"] and item["remedy"] for item in items)
    (renewal,) = [item for item in items if item["subject"].endswith("annual_renew")]
    assert (renewal["kind"], "2027年1月15日" in renewal["detail"]) == ("account_verify", True)


async def test_quotas_are_read_warned_about_and_open_a_stopped_way(
    client: Client, sender: Sender, platform: Platform
) -> None:
    account, unit = await sender.account(), partial(system_context, client.engine, WIRING, HERE)
    await note_quotas(sender.gateway, account, unit, {})
    platform.sim("limits", path=SEND, daily=10)
    platform.simulator.world.used_today[SEND] = 8
    await note_quotas(sender.gateway, account, unit, {})
    (item,) = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert (item["kind"], item["detail"]) == ("quota_low", f"{SEND} 今天已用 8 次，上限 10 次")
    for left in (0, 1):  # the meter is believed once a day
        await client.rows(
            "INSERT INTO channel_stop (district_id, id, way, errcode, until) "
            "VALUES (:d, gen_random_uuid(), 'template', 45009, now() + interval '1 hour')",
            d=HERE,
        )
        await note_quotas(sender.gateway, account, unit, {})
        standing = "SELECT count(*) FROM channel_stop WHERE lifted_at IS NULL"
        assert await client.value(standing) == left


@pytest.mark.parametrize("way", ["post", "inbox", ""])
async def test_a_way_that_is_none_is_refused(client: Client, way: str) -> None:
    answer = await client.post(CAST.secretary, "/channel-stops/resume", {"way": way, "kind": "x"})
    assert answer.status_code in (409, 422)
