"""联系人: one a member, with a deputy; a hand-over is one act and keeps the past."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.kit.db import system_context
from app.kit.ids import new_id
from app.people.models import RoleGrant
from app.people.queries import current_contacts
from app.wiring import WIRING
from tests.cast import CAST, HERE, JUNIOR, SCHOOL, TERM_START, UNIT, Somebody
from tests.client import Client


async def appoint(
    client: Client, who: Somebody, person: Somebody, deputy: Somebody | None = None, **more: Any
) -> Any:
    body = {
        "organization_id": str(SCHOOL),
        "person_id": str(person.id),
        "deputy_id": str(deputy.id) if deputy else None,
        "position": "副校长",
        **more,
    }
    return await client.post(who, "/contacts", body)


async def history(client: Client) -> list[Any]:
    answer = await client.get(CAST.secretary, f"/organizations/{SCHOOL}/contacts")
    items: list[Any] = answer.json()["items"]
    return items


async def test_a_hand_over_ends_the_old_one_and_keeps_it(client: Client) -> None:
    first = await appoint(client, CAST.liaison, CAST.liaison, CAST.teacher)
    assert first.status_code == 201, first.text
    again = await appoint(client, CAST.liaison, CAST.liaison, CAST.teacher)
    assert again.json()["id"] == first.json()["id"], "naming who is named changes nothing"
    await client.rows("UPDATE contact SET starts_on = '2026-09-01'")
    second = await appoint(client, CAST.secretary, CAST.teacher, None, position="教导主任")
    kept = await history(client)
    assert [row["id"] for row in kept] == [second.json()["id"], first.json()["id"]]
    assert kept[0]["ends_on"] is None
    assert kept[1]["ends_on"] < kept[0]["starts_on"]
    acts = await client.rows("SELECT action FROM audit_entry WHERE object_type = 'contact'")
    assert [row.action for row in acts] == ["contact:appoint", "contact:hand_over"]


async def test_at_once_there_is_one_contact(client: Client) -> None:
    people = (CAST.liaison, CAST.teacher)
    answers = await asyncio.gather(
        *(appoint(client, CAST.liaison, people[n % 2]) for n in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    still = await client.value("SELECT count(*) FROM contact WHERE ends_on IS NULL")
    assert still == 1


async def test_contacts_are_two_people_who_work_there(client: Client) -> None:
    same = await appoint(client, CAST.liaison, CAST.liaison, CAST.liaison)
    assert same.json()["code"] == "people.same_person"
    for person in (CAST.mama, CAST.publisher, CAST.xiaonan):
        refused = await appoint(client, CAST.liaison, person)
        assert (refused.status_code, refused.json()["code"]) == (422, "people.not_staff")
    refused = await appoint(client, CAST.liaison, CAST.liaison, CAST.publisher)
    assert refused.json()["code"] == "people.not_staff"
    assert await history(client) == []


async def test_a_school_names_its_own_contact_only(client: Client) -> None:
    other = await appoint(client, CAST.liaison, CAST.liaison, organization_id=str(JUNIOR))
    assert (other.status_code, other.json()["code"]) == (404, "kit.not_found")
    assert (await client.get(CAST.liaison, f"/organizations/{JUNIOR}/contacts")).status_code == 404
    assert (await appoint(client, CAST.teacher, CAST.teacher)).status_code == 403
    made = await appoint(client, CAST.liaison, CAST.liaison)
    path = f"/contacts/{made.json()['id']}/end"
    assert (await client.post(CAST.publisher, path)).status_code == 403


async def test_a_gap_is_left_only_knowingly(client: Client) -> None:
    made = (await appoint(client, CAST.liaison, CAST.liaison)).json()
    ended = await client.post(CAST.secretary, f"/contacts/{made['id']}/end")
    again = await client.post(CAST.secretary, f"/contacts/{made['id']}/end")
    assert ended.json()["ends_on"] == again.json()["ends_on"] is not None
    assert (await client.get(CAST.secretary, "/contacts")).json()["items"] == []
    acts = "SELECT count(*) FROM audit_entry WHERE action = 'contact:end'"
    assert await client.value(acts) == 1


async def test_reminders_find_the_current_contact(client: Client) -> None:
    await appoint(client, CAST.liaison, CAST.liaison, CAST.teacher)
    async with system_context(client.engine, WIRING, HERE) as ctx:
        found = await current_contacts(ctx, [SCHOOL, UNIT])
    assert {place: row.person_id for place, row in found.items()} == {SCHOOL: CAST.liaison.id}
    assert found[SCHOOL].deputy_id == CAST.teacher.id


async def test_staff_are_whoever_holds_a_role_today(client: Client) -> None:
    await grant(client, CAST.viewer.id, "2026-09-01", "2026-09-02")
    answer = await client.get(CAST.liaison, f"/organizations/{SCHOOL}/staff")
    assert {one["name"] for one in answer.json()["items"]} == {CAST.liaison.name, CAST.teacher.name}
    elsewhere = await client.get(CAST.liaison, f"/organizations/{UNIT}/staff")
    assert elsewhere.status_code == 404


async def grant(client: Client, person: UUID, starts_on: str, ends_on: str) -> None:
    async with client.engine.begin() as conn:
        row = {
            "district_id": HERE,
            "id": new_id(),
            "person_id": person,
            "organization_id": SCHOOL,
            "role": "door_staff",
            "starts_on": TERM_START.fromisoformat(starts_on),
            "ends_on": TERM_START.fromisoformat(ends_on),
        }
        await conn.execute(insert(RoleGrant), [row])
