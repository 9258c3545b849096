"""Staff accounts: invitation and recovery, passwords, idle and ended logins, fresh proofs, limits."""

import asyncio
from collections import Counter

import httpx

from tests.cast import CAST, OFFICE, SCHOOL, Somebody
from tests.client import Client
from tests.people.desk import PASSWORD, SAME, Desk, desk, refusal

NEW = "new-three-lakes"


async def _invite(client: Client, who: Somebody, by: Somebody = CAST.admin, **more: bool) -> str:
    body = {"person_id": str(who.id), **more}
    answer = await client.post(by, "/invitations", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).rpartition("/")[2]


async def _use(
    client: Client, token: str, username: str = "ye.laoshi", password: str = NEW
) -> httpx.Response:
    form = {"username": username, "password": password, "again": password}
    return await client.http.post(f"/console/invitation/{token}", data=form, headers=SAME)


async def _may_enter(client: Client, username: str, password: str) -> int:
    body = {"district": "ND", "username": username, "password": password}
    client.http.cookies.clear()
    return (await client.post(None, "/login-sessions", body)).status_code


async def test_an_invited_colleague_chooses_name_and_password_and_is_in(client: Client) -> None:
    token = await _invite(client, CAST.teacher)
    shown = await client.http.get(f"/console/invitation/{token}")
    assert CAST.teacher.name in shown.text
    entered = await _use(client, token)
    assert (entered.status_code, entered.headers["location"]) == (
        303,
        "/console/account/second-factor",
    )
    assert (await client.http.get("/console")).status_code == 200
    assert await _may_enter(client, "ye.laoshi", NEW) == 201
    acts = [row[0] for row in await client.rows("SELECT action FROM audit_entry ORDER BY id")]
    assert {"invitation:create", "invitation:use", "password:change"} <= set(acts)
    stored = await client.value("SELECT token_digest FROM invitation")
    assert token not in stored


async def test_a_used_late_replaced_or_forged_link_is_answered_alike(client: Client) -> None:
    used = await _invite(client, CAST.teacher)
    assert (await _use(client, used)).status_code == 303
    replaced = await _invite(client, CAST.teacher)
    late = await _invite(client, CAST.teacher)
    await client.rows("UPDATE invitation SET expires_at = now() - interval '1 second' "
                      "WHERE used_at IS NULL AND expires_at > now()")  # fmt: skip
    answers = []
    for token in (used, replaced, late, "x" * 43, "x", "%00", "x" * 3000):
        ways = (await client.http.get(f"/console/invitation/{token}"), await _use(client, token))
        answers += [(way.status_code, way.text) for way in ways]
    assert set(answers) == {(422, answers[0][1])}
    assert "无效或已经用过" in answers[0][1]


async def test_of_two_who_use_a_link_at_once_one_gets_in(client: Client) -> None:
    token = await _invite(client, CAST.teacher)
    both = await asyncio.gather(
        _use(client, token, password=NEW), _use(client, token, password=NEW + "-b")
    )
    assert sorted(answer.status_code for answer in both) == [303, 422]
    opened = await client.value("SELECT count(*) FROM invitation WHERE used_at IS NOT NULL")
    assert opened == 1


async def test_recovery_ends_every_login_and_keeps_the_phone(client: Client) -> None:
    teacher = await (await desk(client, CAST.teacher, "ye")).log_in()
    token = await _invite(client, CAST.teacher)
    assert (await teacher.get("/me")).status_code == 200, "not before it is used"
    assert "ye" in (await client.http.get(f"/console/invitation/{token}")).text
    assert (await _use(client, token, "another")).status_code == 303
    assert (await teacher.get("/me")).status_code == 401
    assert (await client.get(CAST.teacher, "/me")).status_code == 401
    assert await _may_enter(client, "ye", PASSWORD) == 401
    assert await _may_enter(client, "another", NEW) == 401, "the login name stays"
    assert await _may_enter(client, "ye", NEW) == 201
    kept = await client.value(
        "SELECT count(*) FROM identity WHERE person_id = :p AND kind <> 'password'",
        p=CAST.teacher.id,
    )
    assert kept == 2


async def test_a_school_lets_in_its_own_people_and_nobody_who_reaches_further(
    client: Client,
) -> None:
    assert await _invite(client, CAST.teacher, CAST.liaison)
    for who in (CAST.publisher, CAST.secretary, CAST.admin, CAST.mama, CAST.foreign_secretary):
        answer = await client.post(CAST.liaison, "/invitations", {"person_id": str(who.id)})
        assert refusal(answer) == (404, "kit.not_found"), who
    role = {
        "person_id": str(CAST.teacher.id), "organization_id": str(OFFICE), "role": "bureau_viewer",
    }  # fmt: skip
    assert (await client.post(CAST.admin, "/role-grants", role)).status_code == 201
    answer = await client.post(CAST.liaison, "/invitations", {"person_id": str(CAST.teacher.id)})
    assert refusal(answer) == (404, "kit.not_found"), "one of the roles lies outside the school"
    names = {
        row["name"] for row in (await client.get(CAST.liaison, "/staff-accounts")).json()["items"]
    }
    assert names == {CAST.liaison.name}
    family = await client.post(CAST.admin, "/invitations", {"person_id": str(CAST.mama.id)})
    assert refusal(family) == (404, "kit.not_found"), "families have no password"


async def test_weak_passwords_and_taken_names_are_refused_and_use_nothing_up(
    client: Client,
) -> None:
    await desk(client, CAST.secretary, "taken")
    token = await _invite(client, CAST.teacher)
    for password in (
        "short-one", "1234567890", "92837465019", "Password2026!", "aaaaaaaaaaaa", "qwertyuiop",
        "my-YE.laoshi-1", "with\nnewline-2",
    ):  # fmt: skip
        assert "不够安全" in (await _use(client, token, password=password)).text, password
    for name in ("叶老师", "y", "a b", "x" * 33, "<b>"):
        assert "用户名请用" in (await _use(client, token, name)).text, name
    assert "已经有人用了" in (await _use(client, token, "taken")).text
    different = {"username": "ye", "password": NEW, "again": NEW + "x"}
    answer = await client.http.post(f"/console/invitation/{token}", data=different, headers=SAME)
    assert "两次输入的密码不一样" in answer.text
    assert (await _use(client, token)).status_code == 303


async def test_a_changed_password_ends_the_other_logins(client: Client) -> None:
    here = await (await desk(client)).log_in()
    there = await Desk(client, here.who, here.username).log_in()
    wrong = await here.post("/me/password", {"old": "guess-guess", "new": NEW})
    assert refusal(wrong) == (422, "people.wrong_proof")
    weak = await here.post("/me/password", {"old": PASSWORD, "new": "mishu-mishu"})
    assert refusal(weak) == (422, "people.weak_password")
    changed = await here.post("/me/password", {"old": PASSWORD, "new": NEW})
    assert changed.status_code == 204
    assert (await there.get("/me")).status_code == 401
    assert (await here.get("/me")).status_code == 200
    assert (await here.try_to()).status_code == 401
    assert (await here.try_to(password=NEW)).status_code == 201


async def test_guesses_are_counted_by_account_wherever_they_are_made(client: Client) -> None:
    """Log-in, change of password and fresh proof share the ten; a wrong guess counts though refused."""
    here = await (await desk(client)).log_in()
    other = await desk(client, CAST.second_secretary, "other")
    for _ in range(4):
        assert (await here.try_to(password="wrong")).status_code == 401
        assert (await here.post("/me/password", {"old": "wrong", "new": NEW})).status_code == 422
    for _ in range(2):
        proof = await here.post("/login-sessions/current/step-up", {"password": "wrong"})
        assert refusal(proof) == (422, "people.wrong_proof")
    for answer in (
        await here.try_to(),
        await here.post("/me/password", {"old": PASSWORD, "new": NEW}),
        await here.post("/login-sessions/current/step-up", {"password": PASSWORD}),
    ):
        assert refusal(answer) == (429, "people.too_many_tries")
    assert (await other.try_to()).status_code == 201, "behind the same address"
    assert (await here.get("/me")).status_code == 200, "whoever is in stays in"


async def test_guesses_made_at_once_do_not_slip_past_the_count(client: Client) -> None:
    here = await desk(client)
    answers = await asyncio.gather(*(here.try_to(password=f"wrong-{i}") for i in range(25)))
    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 15}


async def test_half_an_hour_without_use_ends_a_console_login_only(client: Client) -> None:
    here = await (await desk(client)).log_in()
    await here.let_pass(29)
    assert (await here.get("/me")).status_code == 200
    await here.let_pass(29)
    assert (await here.get("/me")).status_code == 200, "use counts from the last time"
    await here.let_pass(31)
    assert (await here.get("/me")).status_code == 401
    await client.rows(
        "UPDATE login_session SET channel = 'h5', seen_at = now() - interval '9 days' "
        "WHERE person_id = :p",
        p=CAST.mama.id,
    )
    assert (await client.get(CAST.mama, "/me")).status_code == 200
    again = await Desk(client, here.who, here.username).log_in()
    await client.rows(
        "UPDATE login_session SET expires_at = now() WHERE person_id = :p", p=here.who.id
    )
    assert (await again.get("/me")).status_code == 401, "eight hours are over, used or not"


async def test_the_mark_of_use_is_written_once_a_minute(client: Client) -> None:
    here = await (await desk(client)).log_in()
    sql = "SELECT seen_at FROM login_session WHERE person_id = :p ORDER BY id DESC LIMIT 1"
    first = await client.value(sql, p=here.who.id)
    await here.get("/me")
    assert await client.value(sql, p=here.who.id) == first
    await here.let_pass(2)
    assert (await here.get("/me")).status_code == 200
    assert await client.value(sql, p=here.who.id) > first


async def test_a_stolen_token_is_worth_nothing_after_log_out(client: Client) -> None:
    here = await (await desk(client)).log_in()
    stolen = Desk(client, here.who, here.username)
    stolen.token = here.token
    assert (await stolen.get("/me")).status_code == 200
    assert (await here.call("DELETE", "/login-sessions/current")).status_code == 204
    assert (await stolen.get("/me")).status_code == 401


async def test_one_device_can_log_the_other_out_and_nobody_else_s(client: Client) -> None:
    here = await (await desk(client)).log_in()
    there = await Desk(client, here.who, here.username).log_in()
    stranger = await (await desk(client, CAST.second_secretary, "other")).log_in()
    listed = (await there.get("/login-sessions")).json()["items"]
    assert len(listed) == 3, "the two, and the one of the cast"
    mine = listed[1]["id"]
    assert refusal(await stranger.post(f"/login-sessions/{mine}/end")) == (404, "kit.not_found")
    for _ in range(2):
        assert (await there.post(f"/login-sessions/{mine}/end")).status_code == 204
    assert (await here.get("/me")).status_code == 401
    assert (await there.get("/me")).status_code == 200


async def test_a_role_taken_back_is_gone_with_the_next_request(client: Client) -> None:
    here = await (await desk(client)).log_in()
    assert (await here.get("/jobs")).status_code == 200
    grant = await client.value("SELECT id FROM role_grant WHERE person_id = :p", p=here.who.id)
    assert (await client.post(CAST.admin, f"/role-grants/{grant}/end")).is_success
    assert refusal(await here.get("/jobs")) == (403, "kit.forbidden")


def _role(who: Somebody) -> dict[str, str]:
    return {"person_id": str(who.id), "organization_id": str(SCHOOL), "role": "school_admin"}


async def test_dangerous_acts_ask_for_a_fresh_proof(client: Client) -> None:
    here = await (await desk(client, CAST.admin, "guan")).log_in()
    assert (await here.post("/role-grants", _role(CAST.door))).status_code == 201
    await here.let_pass(11)
    key = {"name": "x", "permissions": ["audit:read"], "expires_on": "2099-01-01"}
    account = {
        "name": "another", "kind": "miniprogram", "appid": "wx", "original_id": "gh",
        "secret": "s", "token": "tok", "aes_key": "a" * 43,
    }  # fmt: skip
    for path, body in (
        ("/role-grants", _role(CAST.viewer)),
        ("/invitations", {"person_id": str(CAST.teacher.id)}),
        ("/api-keys", key),
        ("/channel-accounts", account),
        ("/me/second-factor", {}),
    ):
        assert refusal(await here.post(path, body)) == (403, "people.step_up_needed"), path
    assert (await here.get("/people")).status_code == 200, "everything else goes on"
    old = Desk(client, here.who, here.username)
    old.token = here.token
    proof = await here.post("/login-sessions/current/step-up", {"password": PASSWORD})
    here.token = proof.json()["token"]
    assert (await old.get("/me")).status_code == 401, "the login has a new token"
    assert (await here.post("/role-grants", _role(CAST.viewer))).status_code == 201
    for nothing in ({}, {"totp": "000000"}):
        assert (await here.post("/login-sessions/current/step-up", nothing)).status_code == 422


async def test_families_have_no_account_to_change(client: Client) -> None:
    for path, body in (
        ("/me/password", {"old": "x", "new": NEW}),
        ("/me/second-factor", {}),
        ("/login-sessions/current/step-up", {"password": "x"}),
    ):
        assert refusal(await client.post(CAST.mama, path, body)) == (403, "kit.forbidden"), path
