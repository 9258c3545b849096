"""A mailing through a bad hour: nobody is lost, nobody sees it twice, everybody ends somewhere."""

import asyncio
import time
from collections import Counter
from typing import Any

from sqlalchemy import insert

from app.kit.db import system_context
from app.kit.ids import new_id
from app.kit.settings import Settings
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.service.notify import notify
from app.people.models import Identity, Person
from app.wiring import WIRING
from tests.cast import APPID, HERE
from tests.client import Client
from tests.notifications.test_delivery import time_passes
from tests.notifications.test_unknown_outcome import start_worker
from tests.wechat.stage import SEND, Platform
from wechat.channel import CUSTOMER
from wechat.simulator.world import Phone, Window

RECIPIENTS, LEFT, UNBOUND, CHATTING = 240, 10, 10, 20
FIELDS = {"pupil": "小南", "title": "活动改期", "place": "陶艺工坊", "time": "2026年12月5日 14:00"}
FIELDS["change"] = "改到下午三点"
FINAL = set(DeliveryState) - {DeliveryState.PENDING, DeliveryState.LEASED}


async def audience(client: Client, platform: Platform) -> None:
    """Some hundreds of people: some left the account, some never came, some have just written."""
    people = [new_id() for _ in range(RECIPIENTS)]
    rows = [{"district_id": HERE, "id": one, "kind": "guardian", "name": "家长"} for one in people]
    bound = people[UNBOUND:]
    openids = {one: f"o{number:027}" for number, one in enumerate(bound)}
    async with client.engine.begin() as conn:
        await conn.execute(insert(Person), rows)
        await conn.execute(
            insert(Identity),
            [
                {
                    "district_id": HERE,
                    "id": new_id(),
                    "person_id": person,
                    "kind": "service_account",
                    "issuer": APPID,
                    "subject": openid,
                }
                for person, openid in openids.items()
            ],
        )
    now = platform.simulator.clock.now()
    for number, openid in enumerate(openids.values()):
        phone = Phone(name="家长", openid=openid, following=number >= LEFT)
        if LEFT <= number < LEFT + CHATTING:
            phone.after_text = Window(opened_at=now)
            await client.rows(
                "INSERT INTO chat_window (district_id, appid, openid, text_at) "
                "VALUES (:d, :a, :o, now())",
                d=HERE,
                a=APPID,
                o=openid,
            )
        platform.simulator.world.phones[openid] = phone
    async with system_context(client.engine, WIRING, HERE) as ctx:
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, "the change", FIELDS)


async def counted(client: Client) -> Counter[tuple[str, str]]:
    rows = await client.rows("SELECT channel, state FROM delivery")
    return Counter((row.channel, row.state) for row in rows)


async def until(client: Client, enough: Any, seconds: float) -> Counter[tuple[str, str]]:
    deadline = time.monotonic() + seconds
    while not enough(found := await counted(client)):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)
    return found


def settled(found: Counter[tuple[str, str]]) -> int:
    return sum(number for (_, state), number in found.items() if state in FINAL)


async def test_a_mailing_survives_a_killed_worker_a_busy_platform_and_lost_answers(
    client: Client, platform: Platform, settings: Settings
) -> None:
    await audience(client, platform)
    platform.fault(SEND, errcode=-1, every=20, times=None)
    platform.fault(SEND, http_status=502, after=True, every=33, times=None)
    platform.fault(SEND, delay_seconds=6, after=True, errcode=0, every=97)
    platform.fault(CUSTOMER, http_status=502, after=True, every=10, times=None)
    worker = start_worker(settings)
    try:
        await until(client, lambda found: settled(found) >= RECIPIENTS // 3, 60)
    finally:
        worker.kill()
        worker.wait()
    await time_passes(client, 61)
    worker = start_worker(settings)
    try:
        found = await until(client, lambda found: settled(found) == RECIPIENTS, 90)
    finally:
        worker.kill()
        worker.wait()
    shown = [
        sum(message.via in ("template", "customer") for message in phone.messages)
        for phone in platform.simulator.world.phones.values()
    ]
    assert max(shown) == 1, "no visible duplicate"
    reached = found["template", "sent"] + found["customer", "sent"]
    unsure = found["customer", "unknown"]
    assert found["inbox", "not_following"] == LEFT + UNBOUND, found
    assert reached + unsure == RECIPIENTS - LEFT - UNBOUND, found
    assert sum(shown) >= reached, "whoever counts as told has it on the phone"
    assert 0 < unsure <= CHATTING, "a lost answer without a memory waits for a person"
