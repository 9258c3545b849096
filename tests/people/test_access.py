"""Who may see and do what: absent and forbidden are the same answer."""

from uuid import uuid4

import pytest

from tests.cast import CAST, CLASS_3, OFFICE, SCHOOL, Somebody
from tests.client import Client


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (CAST.mama, True),
        (CAST.granny, True),
        (CAST.xiaonan, True),
        (CAST.teacher, True),
        (CAST.liaison, True),
        (CAST.beimama, False),
        (CAST.publisher, False),
        (CAST.door, False),
        (CAST.secretary, False),
        (CAST.viewer, False),
        (CAST.auditor, False),
        (CAST.foreign_secretary, False),
        (CAST.foreign_mama, False),
    ],
    ids=lambda value: value.name if isinstance(value, Somebody) else str(value),
)
async def test_a_childs_passport_is_seen_by_family_class_and_school_only(
    client: Client, who: Somebody, sees: bool
) -> None:
    answer = await client.get(who, f"/pupils/{CAST.xiaonan.id}/passport")
    assert answer.status_code == (200 if sees else answer.status_code)
    if not sees:
        assert answer.status_code in (403, 404)
        assert CAST.xiaonan.name not in answer.text


async def test_another_familys_child_and_no_child_are_answered_alike(client: Client) -> None:
    other = await client.get(CAST.mama, f"/pupils/{CAST.xiaobei.id}/passport")
    none = await client.get(CAST.mama, f"/pupils/{uuid4()}/passport")
    assert (other.status_code, other.json()) == (none.status_code, none.json())


async def test_a_teacher_sees_the_own_class_and_no_other(client: Client) -> None:
    seen = {row["name"] for row in (await client.get(CAST.teacher, "/people")).json()["items"]}
    assert seen == {"小南", "小北"}


async def test_reading_a_named_child_is_logged_with_its_purpose(client: Client) -> None:
    await client.get(CAST.teacher, f"/people/{CAST.xiaonan.id}?purpose=核对名单")
    rows = await client.rows(
        "SELECT person_id, purpose FROM audit_entry WHERE pupil_id = :p", p=CAST.xiaonan.id
    )
    assert rows == [(CAST.teacher.id, "核对名单")]


async def test_a_family_reading_its_own_child_is_not_logged(client: Client) -> None:
    await client.get(CAST.mama, f"/pupils/{CAST.xiaonan.id}/passport")
    assert await client.value("SELECT count(*) FROM audit_entry") == 0


async def test_history_cannot_be_rewritten(client: Client) -> None:
    await client.get(CAST.teacher, f"/people/{CAST.xiaonan.id}")
    for sql in ("UPDATE audit_entry SET purpose = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(Exception, match="append-only"):
            await client.rows(sql)


async def test_a_role_that_ended_is_gone_with_the_next_request(client: Client) -> None:
    body = {"person_id": str(CAST.viewer.id), "organization_id": str(OFFICE), "role": "auditor"}
    before = await client.get(CAST.viewer, "/audit-entries")
    assert before.status_code == 403
    grant = await client.post(CAST.admin, "/role-grants", body)
    assert grant.status_code == 201, grant.text
    assert (await client.get(CAST.viewer, "/audit-entries")).status_code == 200
    ended = await client.post(CAST.admin, f"/role-grants/{grant.json()['id']}/end")
    assert ended.status_code == 200
    assert (await client.get(CAST.viewer, "/audit-entries")).status_code == 403


@pytest.mark.parametrize("role", ["guardian", "pupil", "class_teacher", "king"])
async def test_roles_that_follow_from_facts_are_not_granted(client: Client, role: str) -> None:
    body = {"person_id": str(CAST.viewer.id), "organization_id": str(SCHOOL), "role": role}
    answer = await client.post(CAST.admin, "/role-grants", body)
    assert answer.status_code == 422, answer.text


async def test_nobody_grants_roles_without_the_right(client: Client) -> None:
    body = {"person_id": str(CAST.viewer.id), "organization_id": str(OFFICE), "role": "secretariat"}
    assert (await client.post(CAST.secretary, "/role-grants", body)).status_code == 403
    assert (await client.post(CAST.liaison, "/role-grants", body)).status_code == 403


async def test_a_school_registers_pupils_in_its_own_classes_only(client: Client) -> None:
    own = await client.post(CAST.liaison, "/people", {"name": "新同学", "class_id": str(CLASS_3)})
    assert own.status_code == 201, own.text
    away = await client.post(CAST.liaison, "/people", {"name": "新同学", "class_id": str(uuid4())})
    assert away.status_code == 404


async def test_guardianship_is_tied_once_and_can_end(client: Client) -> None:
    body = {
        "guardian_id": str(CAST.beimama.id),
        "pupil_id": str(CAST.xiaonan.id),
        "relation": "other",
    }
    tie = await client.post(CAST.liaison, "/guardianships", body)
    assert tie.status_code == 201, tie.text
    again = await client.post(CAST.liaison, "/guardianships", body)
    assert again.json()["code"] == "people.already_bound"
    path = f"/pupils/{CAST.xiaonan.id}/passport"
    assert (await client.get(CAST.beimama, path)).status_code == 200
    await client.post(CAST.liaison, f"/guardianships/{tie.json()['id']}/end")
    assert (await client.get(CAST.beimama, path)).status_code == 404
