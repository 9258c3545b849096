"""The first refusal for the quota is nearly the last call of the day, however many processes send."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from app.kit.db import make_engine
from app.kit.settings import Settings
from app.notifications.kinds import Kind
from tests.cast import APPID, HERE
from tests.client import Client
from tests.notifications.test_ways import fates, tell
from tests.wechat.stage import SEND, Platform, sending
from wechat.quotas import QUOTA


@pytest.mark.parametrize("known", [True, False])
async def test_however_many_processes_a_used_up_quota_costs_three_more_calls_at_most(
    client: Client, settings: Settings, platform: Platform, *, known: bool
) -> None:
    """Seven senders on one account; the meter says ten calls more than there are, or nothing at all."""
    for number in range(120):
        await tell(client, Kind.STAMP_AWARDED, str(number), pupil=f"小{number}", total="1")
    platform.sim("limits", path=SEND, daily=20)
    if known:
        await client.rows(
            "INSERT INTO api_quota (district_id, appid, path, daily_limit, used) "
            "VALUES (:d, :a, :p, 30, 0)",
            d=HERE,
            a=APPID,
            p=SEND,
        )
    else:
        platform.fault(QUOTA, errcode=48001, times=None)
    platform.fault(SEND, delay_seconds=0.05, times=None)
    engines = [make_engine(settings, f"sender{number}") for number in range(7)]
    async with AsyncExitStack() as stack:
        senders = [
            await stack.enter_async_context(sending(engine, platform.url)) for engine in engines
        ]
        await asyncio.gather(*(one.drain() for one in senders))
        await client.rows("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
        await asyncio.gather(*(one.drain() for one in senders))
    for engine in engines:
        await engine.dispose()
    codes = Counter(row["errcode"] for row in platform.calls(SEND))
    assert codes[0] == 20
    assert 0 < codes[45009] <= 4, "the first, and at most three more"
    found = Counter(row[:3] for row in await fates(client, Kind.STAMP_AWARDED))
    assert found == {("template", "sent", None): 20, ("template", "pending", "platform_45009"): 100}
    assert await client.value("SELECT count(*) FROM call_turn") == 0
