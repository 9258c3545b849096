"""Two workers, one person, two calls that overtake each other: the tag is right all the same."""

import asyncio
from collections.abc import Awaitable, Callable

from app.kit.db import make_engine
from app.kit.settings import Settings
from tests.cast import APPID, CAST, UNIT
from tests.client import Client
from tests.wechat.stage import Platform, sending
from tests.wechat.test_declared import PUSH, PUT_ON, TAG, Hand, Run, hand, run, worker

__all__ = ["hand", "run"]
TAKE_OFF = "/cgi-bin/tags/members/batchuntagging"


async def test_two_workers_at_one_persons_tag_take_turns(
    client: Client, run: Run, hand: Hand, platform: Platform, settings: Settings
) -> None:
    """A slow call of the first lands after the change that the second has to tell."""
    await run(PUSH)
    await run(TAG)
    mother = {"身份·家长", "学校·叶城小学"}
    both = {*mother, "身份·资源单位"}
    mama = str(CAST.mama.id)
    grant = {"person_id": mama, "organization_id": str(UNIT), "role": "unit_publisher"}
    other_engine = make_engine(settings, "other")
    async with sending(other_engine, platform.url) as second:
        other = worker(other_engine, second)

        async def given() -> str:
            answer = await client.post(CAST.admin, "/role-grants", {**grant, "class_id": None})
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        granted = await given()
        platform.fault(PUT_ON, delay_seconds=0.6)
        slow = asyncio.create_task(run(TAG, person=mama))
        await asyncio.sleep(0.2)
        await client.post(CAST.admin, f"/role-grants/{granted}/end")
        await other(TAG, person=mama)
        await slow
        assert hand.tags(CAST.mama) == mother, "taken off after it was put on"

        await given()
        await run(TAG, person=mama)
        assert hand.tags(CAST.mama) == both
        ended = "UPDATE role_grant SET ends_on = starts_on - 1 WHERE person_id = :p AND role = :r"
        await client.rows(ended, p=CAST.mama.id, r="unit_publisher")
        platform.fault(TAKE_OFF, delay_seconds=0.6)
        slow = asyncio.create_task(run(TAG, person=mama))
        await asyncio.sleep(0.2)
        await given()
        await other(TAG, person=mama)
        await slow
        assert hand.tags(CAST.mama) == both, "put on again after it was taken off"

        # A worker that died with its turn is waited for, and not for ever.
        await client.rows(ended, p=CAST.mama.id, r="unit_publisher")
        dead = "UPDATE channel_account SET tag_turn = gen_random_uuid(), tag_turn_until = now() + "
        await client.rows(f"{dead} interval '1 minute' WHERE appid = :a", a=APPID)
        await other(TAG, person=mama)
        assert hand.tags(CAST.mama) == both
        later = "SELECT count(*) FROM pgqueuer WHERE entrypoint = :e AND execute_after > now()"
        assert await client.value(later, e=TAG) == 3, "each that found a turn taken comes again"
        await client.rows(f"{dead} interval '-1 minute' WHERE appid = :a", a=APPID)
        await other(TAG, person=mama)
        assert hand.tags(CAST.mama) == mother
        await _a_used_up_quota_is_found_out_once(client, run, other, platform, given)
        assert hand.tags(CAST.mama) == both
    await other_engine.dispose()
    assert await client.value("SELECT count(tag_turn) FROM channel_account") == 0


async def _a_used_up_quota_is_found_out_once(
    client: Client, run: Run, other: Run, platform: Platform, given: Callable[[], Awaitable[str]]
) -> None:
    """One call for all workers, until tomorrow."""
    await given()
    platform.fault(PUT_ON, errcode=45009, times=None)
    before = len(platform.calls(PUT_ON))
    for teller in (run, other, run):
        await teller(TAG, person=str(CAST.mama.id))
    assert len(platform.calls(PUT_ON)) == before + 1
    midnight = "date_trunc('day', now() AT TIME ZONE 'Asia/Shanghai') + interval '1 day'"
    comes_again = "abs(extract(epoch FROM execute_after - (%s) AT TIME ZONE 'Asia/Shanghai')) < 60"
    later = f"SELECT count(*) FROM pgqueuer WHERE {comes_again % midnight}"
    assert await client.value(later) == 3
    platform.heal()
    await client.rows("UPDATE channel_account SET tag_turn_until = now() WHERE appid = :a", a=APPID)
    await run(TAG, person=str(CAST.mama.id))
