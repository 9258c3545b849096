"""Handing a role on: inside the own organization, not wider than one's own, dated, taken back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from app.people.handbook import roles_page
from app.people.roles import DELEGABLE, ROLES, Scope
from tests.cast import CAST, CLASS_1, CLASS_8, JUNIOR, SCHOOL, UNIT, Somebody
from tests.client import Client

WIDTH = {Scope.SELF: 0, Scope.CLASS: 1, Scope.ORGANIZATION: 2, Scope.DISTRICT: 3}


def on(days: int) -> str:
    """That many days from today, on the school's calendar."""
    return ((datetime.now(UTC) + timedelta(hours=8)).date() + timedelta(days=days)).isoformat()


async def delegate(client: Client, who: Somebody, **more: Any) -> Any:
    body = {"organization_id": str(SCHOOL), "role": "door_staff", "ends_on": on(30), **more}
    if "person_id" not in more:
        body.setdefault("name", "新来的老师")
    return await client.post(who, "/delegations", body)


def test_nobody_hands_on_more_than_they_hold() -> None:
    for own, given in DELEGABLE.items():
        for role in given:
            assert ROLES[role].permissions <= ROLES[own].permissions, (own, role)
            assert WIDTH[ROLES[role].scope] <= WIDTH[ROLES[own].scope]
        assert "role:delegate" in ROLES[own].permissions
    holders = {role for role, row in ROLES.items() if "role:delegate" in row.permissions}
    assert holders == set(DELEGABLE), "the right without a row would grant nothing"
    assert "谁可以再授权" in roles_page()


async def test_a_school_makes_a_class_teacher_who_then_sees_that_class(client: Client) -> None:
    made = await delegate(client, CAST.liaison, role="class_teacher", class_id=str(CLASS_1))
    assert made.status_code == 201, made.text
    assert made.json()["granted_by"] == str(CAST.liaison.id)
    for who, count in ((CAST.liaison, 3), (CAST.admin, 11)):
        rows = (await client.get(who, "/role-grants")).json()["items"]
        assert len(rows) >= count
        if who is CAST.liaison:
            assert {row["organization_id"] for row in rows} == {str(SCHOOL)}, "own school only"
    seen = await client.get(CAST.teacher, f"/people?class_id={CLASS_1}")
    assert seen.json()["items"] == []
    body = {"person_id": str(CAST.teacher.id), "role": "class_teacher", "class_id": str(CLASS_1)}
    assert (await delegate(client, CAST.liaison, **body)).status_code == 201
    seen = await client.get(CAST.teacher, f"/people?class_id={CLASS_1}")
    assert {one["name"] for one in seen.json()["items"]} == {"双双", "对对"}


async def test_a_role_beyond_the_own_is_refused_alike_and_logged(client: Client) -> None:
    beyond = [
        {"role": "school_admin"},
        {"role": "district_admin"},
        {"role": "guardian"},
        {"role": "class_teacher", "class_id": str(CLASS_8)},
        {"role": "class_teacher"},
        {"role": "door_staff", "class_id": str(CLASS_1)},
    ]
    for more in beyond:
        answer = await delegate(client, CAST.liaison, **more)
        assert (answer.status_code, answer.json()["code"]) == (403, "people.beyond_delegation"), (
            more
        )
    unit = await delegate(
        client,
        CAST.publisher,
        organization_id=str(UNIT),
        role="class_teacher",
        class_id=str(CLASS_1),
    )
    assert unit.json()["code"] == "people.beyond_delegation"
    elsewhere = await delegate(client, CAST.liaison, organization_id=str(JUNIOR))
    nowhere = await delegate(client, CAST.liaison, organization_id=str(CAST.mama.id))
    assert elsewhere.status_code == nowhere.status_code == 404
    assert elsewhere.text == nowhere.text
    assert (await delegate(client, CAST.teacher)).status_code == 403
    logged = await client.rows(
        "SELECT person_id, detail FROM audit_entry WHERE action = 'role:refused' ORDER BY id"
    )
    assert len(logged) == len(beyond) + 4
    assert logged[0].detail == {"role": "school_admin", "code": "people.beyond_delegation"}
    assert logged[-1].person_id == CAST.teacher.id
    assert await client.value("SELECT count(*) FROM role_grant WHERE granted_by IS NOT NULL") == 0
    assert await client.value("SELECT count(*) FROM person WHERE name = '新来的老师'") == 0


async def test_a_year_at_most_and_not_in_the_past(client: Client) -> None:
    for more in ({"ends_on": on(367)}, {"ends_on": on(-1)}, {"starts_on": on(-3)}):
        refused = await delegate(client, CAST.liaison, **more)
        assert (refused.status_code, refused.json()["code"]) == (422, "people.delegation_too_long")
    assert (await delegate(client, CAST.liaison, ends_on=on(366))).status_code == 201


async def test_the_same_form_twice_is_one_person_and_one_grant(client: Client) -> None:
    answers = await asyncio.gather(*(delegate(client, CAST.liaison) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await client.value("SELECT count(*) FROM person WHERE name = '新来的老师'") == 1


async def test_what_was_handed_on_stays_when_the_grantor_s_role_ends(client: Client) -> None:
    body = {"person_id": str(CAST.teacher.id)}
    made = (await delegate(client, CAST.liaison, **body)).json()
    sql = "SELECT id FROM role_grant WHERE role = 'school_admin' AND organization_id = :o"
    own = await client.value(sql, o=SCHOOL)
    assert (await client.post(CAST.admin, f"/role-grants/{own}/end")).status_code == 200
    assert (await delegate(client, CAST.liaison)).status_code == 403, "effective at once"
    assert made["role"] in await roles_of_teacher(client), "until its own date"
    await client.rows("UPDATE role_grant SET ends_on = NULL WHERE id = :id", id=own)
    await client.rows("UPDATE role_grant SET granted_by = NULL WHERE id = :id", id=made["id"])
    ended = await client.post(CAST.liaison, f"/delegations/{made['id']}/end")
    assert ended.status_code == 200, "whoever follows may take it back, whoever granted it"
    assert made["role"] not in await roles_of_teacher(client)


async def roles_of_teacher(client: Client) -> set[str]:
    staff = await client.get(CAST.admin, f"/organizations/{SCHOOL}/staff")
    return {
        role
        for one in staff.json()["items"]
        if one["name"] == CAST.teacher.name
        for role in one["roles"]
    }


async def test_only_delegable_roles_of_the_own_place_are_taken_back(client: Client) -> None:
    rows = await client.rows("SELECT id, role, organization_id FROM role_grant")
    for row in rows:
        mine = row.role in ("class_teacher", "door_staff") and row.organization_id == SCHOOL
        answer = await client.post(CAST.liaison, f"/delegations/{row.id}/end")
        assert answer.status_code == (200 if mine else 404), row.role


async def test_a_grant_that_ran_out_gives_nothing_and_one_of_tomorrow_not_yet(
    client: Client,
) -> None:
    path = f"/people?class_id={CLASS_1}"
    for starts, ends, sees in ((-9, -1, False), (-9, 0, True), (1, 9, False), (0, 9, True)):
        await client.rows(
            "UPDATE role_grant SET class_id = :c, starts_on = cast(:s AS date), "
            "ends_on = cast(:e AS date) WHERE role = 'class_teacher'",
            c=CLASS_1,
            s=datetime.fromisoformat(on(starts)),
            e=datetime.fromisoformat(on(ends)),
        )
        assert ((await client.get(CAST.teacher, path)).status_code == 200) is sees, (starts, ends)


async def test_a_dated_role_can_be_ended_before_its_date(client: Client) -> None:
    made = (await delegate(client, CAST.liaison)).json()
    ended = await client.post(CAST.admin, f"/role-grants/{made['id']}/end")
    assert ended.json()["ends_on"] == on(-1)
