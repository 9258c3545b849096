"""Keys for programs: what they reach, how they end, and that they do nothing dangerous."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.cast import CAST, CLASS_3, JUNIOR, OFFICE, SCHOOL, Somebody
from tests.client import Client
from tests.people.desk import refusal

RIGHTS = ["organization:read", "person:read"]


def _day(days: int) -> str:
    return str((datetime.now(UTC) + timedelta(hours=8, days=days)).date())


def _body(**more: Any) -> dict[str, Any]:
    return {"name": "区平台对接", "permissions": RIGHTS, "expires_on": _day(30), **more}


async def _key(client: Client, by: Somebody = CAST.admin, **more: Any) -> str:
    answer = await client.post(by, "/api-keys", _body(**more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def _as(
    client: Client, key: str, path: str, method: str = "GET", json: Any = None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return await client.http.request(method, f"/v1{path}", json=json, headers=headers)


async def test_a_key_does_what_it_was_made_for_and_no_more(client: Client) -> None:
    key = await _key(client)
    assert key.startswith("wck_")
    assert (await _as(client, key, "/organizations")).status_code == 200
    assert (await _as(client, key, f"/people/{CAST.xiaonan.id}")).status_code == 200
    assert refusal(await _as(client, key, "/audit-entries")) == (403, "kit.forbidden")
    reads = await client.rows("SELECT channel, detail FROM audit_entry WHERE action = 'pupil:read'")
    made = await client.value("SELECT id FROM api_key")
    assert [tuple(row) for row in reads] == [("api_key", {"api_key": str(made)})]
    digests = await client.value("SELECT key_digest FROM api_key")
    assert key not in digests


async def test_a_key_of_one_school_sees_that_school(client: Client) -> None:
    key = await _key(client, organization_id=str(SCHOOL))
    people = (await _as(client, key, f"/people?class_id={CLASS_3}")).json()["items"]
    assert {person["name"] for person in people} == {"小南", "小北"}
    foreign = await _as(client, key, f"/people/{CAST.xing.id}")
    nothing = await _as(client, key, f"/people/{OFFICE}")
    assert refusal(foreign) == (404, "kit.not_found")
    assert foreign.text == nothing.text
    assert (await client.get(CAST.admin, f"/people/{CAST.xing.id}")).status_code == 200
    other = await _key(client, organization_id=str(JUNIOR))
    assert (await _as(client, other, f"/people/{CAST.xing.id}")).status_code == 200


async def test_unknown_expired_and_revoked_are_answered_alike(client: Client) -> None:
    expired, revoked = await _key(client), await _key(client)
    await client.rows(
        "UPDATE api_key SET expires_at = now() WHERE id = (SELECT min(id::text)::uuid FROM api_key)"
    )
    rows = (await client.get(CAST.admin, "/api-keys")).json()["items"]
    last = rows[0]["id"]
    for _ in range(2):
        ended = await client.post(CAST.admin, f"/api-keys/{last}/revoke")
        assert ended.json()["revoked_at"]
    answers = [await _as(client, key, "/me") for key in (expired, revoked, "wck_" + "x" * 43)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    acts = await client.rows("SELECT action FROM audit_entry WHERE object_type = 'api_key'")
    assert [row[0] for row in acts] == ["api_key:create", "api_key:create", "api_key:revoke"]


async def test_a_key_cannot_reach_beyond_its_issuer(client: Client) -> None:
    for rights in (
        ["passport:edit"],
        ["role:edit"],
        ["account:edit"],
        ["api_key:edit"],
        ["no:such"],
    ):
        refused = await client.post(CAST.admin, "/api-keys", _body(permissions=rights))
        assert refusal(refused) == (403, "people.beyond_issuer"), rights
    for end in (-1, 367):
        refused = await client.post(CAST.admin, "/api-keys", _body(expires_on=_day(end)))
        assert refusal(refused) == (422, "people.broken_term"), end
    nowhere = await client.post(
        CAST.admin, "/api-keys", _body(organization_id=str(CAST.xiaonan.id))
    )
    assert refusal(nowhere) == (404, "kit.not_found")
    for body in (_body(permissions=[]), _body(permissions=["x"]), _body(name="")):
        assert refusal(await client.post(CAST.admin, "/api-keys", body)) == (422, "http.invalid")
    for who in (CAST.liaison, CAST.teacher, CAST.mama, CAST.auditor):
        assert refusal(await client.post(who, "/api-keys", _body())) == (403, "kit.forbidden")
    assert await client.value("SELECT count(*) FROM api_key") == 0


async def test_a_key_dies_with_the_rights_of_whoever_issued_it(client: Client) -> None:
    key = await _key(client)
    await client.rows(
        "UPDATE role_grant SET ends_on = current_date - 7 WHERE person_id = :p", p=CAST.admin.id
    )
    assert refusal(await _as(client, key, "/organizations")) == (403, "kit.forbidden")


async def test_a_program_neither_grants_roles_nor_has_an_account_nor_pages(client: Client) -> None:
    key = await _key(client, permissions=["organization:read", "person:edit"])
    for path, body in (
        (
            "/role-grants",
            {"person_id": str(OFFICE), "organization_id": str(OFFICE), "role": "auditor"},
        ),
        ("/invitations", {"person_id": str(CAST.teacher.id)}),
        ("/api-keys", _body()),
        ("/me/second-factor", {}),
        ("/me/password", {"old": "x", "new": "y"}),
        ("/login-sessions/current/step-up", {"password": "x"}),
    ):
        answer = await _as(client, key, path, "POST", body)
        assert refusal(answer) == (403, "kit.forbidden"), path
    assert refusal(await _as(client, key, "/login-sessions"))[0] == 403
    page = await client.http.get("/console", headers={"Authorization": f"Bearer {key}"})
    assert page.status_code == 403


async def test_the_last_use_is_noted_to_the_minute(client: Client) -> None:
    key = await _key(client)
    assert await client.value("SELECT last_used_at FROM api_key") is None
    await _as(client, key, "/organizations")
    first = await client.value("SELECT last_used_at FROM api_key")
    await _as(client, key, "/organizations")
    assert await client.value("SELECT last_used_at FROM api_key") == first
    await client.rows("UPDATE api_key SET last_used_at = last_used_at - interval '2 minutes'")
    await _as(client, key, "/organizations")
    assert await client.value("SELECT last_used_at FROM api_key") > first
