"""The platform says that somebody withdrew: what ties us to that phone goes, the passport stays."""

import asyncio
from typing import Any

from tests.cast import APPID, CAST, MINI_APPID, POTTERY_SCENE
from tests.client import Client, push_xml

SYSTEM = "o_platform_system"  # FromUserName of these pushes is not the person


async def says(client: Client, event: str, openid: str, **more: str) -> None:
    body = push_xml(SYSTEM, Event=event, OpenID=openid, AppID=more.pop("appid", APPID), **more)
    answer = await client.push(body)
    assert (answer.status_code, answer.text) == (200, "success")


async def identities(client: Client, person: Any) -> int:
    sql = "SELECT count(*) FROM identity WHERE person_id = :p"
    return int(await client.value(sql, p=person.id))


async def audited(client: Client, action: str) -> list[Any]:
    return await client.rows(
        "SELECT object_id, detail FROM audit_entry WHERE action = :a", a=action
    )


async def test_a_closed_wechat_account_is_forgotten_whole(client: Client) -> None:
    await client.book(CAST.mama, CAST.xiaonan, await client.add_session())
    await client.scan(CAST.mama, POTTERY_SCENE)
    stamps = await client.value("SELECT count(*) FROM stamp")
    assert (await identities(client, CAST.mama), stamps) == (2, 1)
    for _ in range(2):
        await says(client, "user_authorization_cancellation", CAST.mama.openid)
    assert await identities(client, CAST.mama) == 0
    assert len(await audited(client, "identity:cancel")) == 2
    assert "还没有绑定" in await client.click(CAST.mama, "MY_PASSPORT")
    assert await client.value("SELECT count(*) FROM stamp") == stamps
    ties = "SELECT count(*) FROM guardianship WHERE guardian_id = :p AND ends_on IS NULL"
    assert await client.value(ties, p=CAST.mama.id) == 1
    assert await identities(client, CAST.granny) == 2


async def test_the_mini_programs_closing_comes_with_its_own_appid(client: Client) -> None:
    event = "user_authorization_cancellation"
    await says(client, event, CAST.mama.mp_openid, appid=MINI_APPID)
    assert await identities(client, CAST.mama) == 0


async def test_a_strangers_closing_changes_nothing(client: Client) -> None:
    await says(client, "user_authorization_cancellation", "o_nobody")
    assert await client.value("SELECT count(*) FROM identity WHERE person_id = :p", p=CAST.mama.id)
    assert await audited(client, "identity:cancel") == []


async def test_a_revocation_is_logged_and_the_phone_stays_bound(client: Client) -> None:
    """We hold none of what it names (nickname, picture, place …); that is said in the log."""
    await says(client, "user_authorization_revoke", CAST.mama.openid, RevokeInfo="205")
    assert await identities(client, CAST.mama) == 2
    (line,) = await audited(client, "identity:revoke")
    assert line.detail == {"items": "205", "deleted": 0}
    assert line.object_id is not None


async def test_two_people_in_one_second_are_two_events(client: Client) -> None:
    """FromUserName and CreateTime are the same for both: only OpenID tells them apart."""
    bodies = []
    for who in (CAST.mama, CAST.granny):
        body = push_xml(SYSTEM, Event="user_authorization_revoke", OpenID=who.openid)
        start, end = body.index("<CreateTime>"), body.index("</CreateTime>")
        bodies.append(f"{body[:start]}<CreateTime>1795000000{body[end:]}")
    await asyncio.gather(*(client.push(body) for body in [*bodies, *bodies]))
    assert len(await audited(client, "identity:revoke")) == 2
