"""One person in all accounts of an open platform: recognised, and never re-linked in silence."""

from functools import partial

import pytest

from app.kit.db import system_context
from app.wiring import WIRING
from tests.cast import CAST, HERE, Somebody
from tests.client import Client
from tests.wechat.fixtures import platform, sender, settings
from tests.wechat.stage import Platform, Sender
from tests.wechat.test_login import code_of, log_in
from wechat.jobs import learn_phone

__all__ = ["platform", "sender", "settings"]


async def learn(client: Client, sender: Sender, who: Somebody) -> None:
    """What the worker does after somebody has followed or bound."""
    unit = partial(system_context, client.engine, WIRING, HERE)
    await learn_phone(sender.gateway, await sender.account(), unit, {"openid": who.openid})


async def own(client: Client, who: Somebody) -> set[tuple[str, str, str | None]]:
    rows = await client.rows(
        "SELECT kind, subject, unionid FROM identity WHERE person_id = :p", p=who.id
    )
    return {(row.kind, row.subject, row.unionid) for row in rows}


async def strange(client: Client) -> int:
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    assert {one["kind"] for one in items} <= {"identity_changed"}
    assert all("妈妈" not in one["detail"] for one in items), "no names in the inbox"
    return len(items)


async def test_a_guardian_known_in_one_account_is_recognised_in_the_other(
    client: Client, sender: Sender, platform: Platform
) -> None:
    phones = platform.simulator.world.phones
    phones[CAST.mama.openid].unionid = "u-mama"
    await client.rows("DELETE FROM identity WHERE subject = :s", s=CAST.mama.mp_openid)
    assert (await log_in(client, code_of(platform, CAST.mama))).status_code == 403, "not yet known"
    await learn(client, sender, CAST.mama)
    first = await log_in(client, code_of(platform, CAST.mama))
    assert (first.status_code, first.json()["person_id"]) == (201, str(CAST.mama.id))
    both = {
        ("service_account", CAST.mama.openid, "u-mama"),
        ("miniprogram", CAST.mama.mp_openid, "u-mama"),
    }
    assert await own(client, CAST.mama) == both
    # The other way round: she left the account, follows again, and is known by the mini-program.
    await client.say(CAST.mama, Event="unsubscribe")
    assert await own(client, CAST.mama) == {("miniprogram", CAST.mama.mp_openid, "u-mama")}
    await client.say(CAST.mama, Event="subscribe")
    queued = await client.rows(
        "SELECT payload FROM pgqueuer WHERE entrypoint = :e", e="channels.learn_phone"
    )
    assert CAST.mama.openid in queued[-1].payload.decode()
    await learn(client, sender, CAST.mama)
    assert await own(client, CAST.mama) == both
    assert await client.rows("SELECT 1 FROM audit_entry WHERE action = 'identity:recognise'")
    assert await strange(client) == 0


@pytest.mark.parametrize("account", ["miniprogram", "service_account"])
async def test_another_owner_than_when_it_was_bound_is_refused_and_told(
    client: Client, sender: Sender, platform: Platform, account: str
) -> None:
    phone = platform.simulator.world.phones[CAST.mama.openid]
    phone.unionid = "u-mama"
    assert (await log_in(client, code_of(platform, CAST.mama))).status_code == 201
    await learn(client, sender, CAST.mama)
    before = await own(client, CAST.mama)
    phone.unionid = "u-somebody-else"
    for _ in range(2):
        if account == "miniprogram":
            refused = await log_in(client, code_of(platform, CAST.mama))
            assert (refused.status_code, refused.json()["code"]) == (403, "people.identity_changed")
        else:
            await learn(client, sender, CAST.mama)
    assert await own(client, CAST.mama) == before, "nothing was re-linked"
    assert await strange(client) == 1, "one line, counted up"
    # Two people behind one unionid: each keeps its own binding, and a person looks at it.
    other = platform.simulator.world.phones[CAST.beimama.openid]
    other.unionid = "u-mama"
    assert (await log_in(client, code_of(platform, CAST.beimama))).status_code == 201
    assert ("miniprogram", CAST.beimama.mp_openid, None) in await own(client, CAST.beimama)
    assert await strange(client) == 2
