"""Logging in: right and wrong answers, limits by account, and the end of a session."""

from sqlalchemy import insert

from app.kit.ids import new_id
from app.people.models import Identity
from app.people.service.login import hash_password
from tests.cast import APPID, CAST, HERE, Somebody
from tests.client import Client


async def _with_password(client: Client, username: str, who: Somebody = CAST.secretary) -> None:
    async with client.engine.begin() as conn:
        await conn.execute(
            insert(Identity).values(
                district_id=HERE,
                id=new_id(),
                person_id=who.id,
                kind="password",
                subject=username,
                secret_hash=hash_password("right-password"),
            )
        )


async def _try(client: Client, username: str, password: str, district: str = "ND") -> int:
    body = {"district": district, "username": username, "password": password}
    return (await client.post(None, "/login-sessions", body)).status_code


async def test_the_right_password_opens_a_session_that_ends_at_log_out(client: Client) -> None:
    await _with_password(client, "mishu")
    body = {"district": "ND", "username": "mishu", "password": "right-password"}
    token = (await client.post(None, "/login-sessions", body)).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.http.get("/v1/me", headers=headers)).json()["name"] == "秘书处甲"
    assert (await client.http.delete("/v1/login-sessions/current", headers=headers)).is_success
    assert (await client.http.get("/v1/me", headers=headers)).status_code == 401


async def test_a_wrong_password_an_unknown_name_and_a_foreign_district_are_answered_alike(
    client: Client,
) -> None:
    await _with_password(client, "mishu")
    answers = []
    for district, username in (("ND", "mishu"), ("ND", "nobody"), ("WX", "mishu"), ("XX", "mishu")):
        body = {"district": district, "username": username, "password": "wrong"}
        answers.append(await client.post(None, "/login-sessions", body))
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (401, answers[0].text),
    }


async def test_ten_wrong_passwords_close_the_door_for_that_account_only(client: Client) -> None:
    await _with_password(client, "mishu")
    await _with_password(client, "other", CAST.second_secretary)
    for _ in range(10):
        assert await _try(client, "mishu", "wrong") == 401
    assert await _try(client, "mishu", "right-password") == 429
    assert await _try(client, "other", "right-password") == 201


async def test_no_token_or_password_is_stored_readable(client: Client) -> None:
    await _with_password(client, "mishu")
    body = {"district": "ND", "username": "mishu", "password": "right-password"}
    token = (await client.post(None, "/login-sessions", body)).json()["token"]
    digests = [row[0] for row in await client.rows("SELECT token_digest FROM login_session")]
    assert token not in digests
    hashes = await client.rows("SELECT secret_hash FROM identity WHERE subject = 'mishu'")
    assert hashes[0][0].startswith("$argon2id$")


async def test_an_openid_is_worth_nothing_to_another_account(client: Client) -> None:
    """Identities are tied to the account that issued them."""
    await client.rows("UPDATE identity SET issuer = 'wxother' WHERE issuer = :a", a=APPID)
    assert "还没有绑定" in await client.click(CAST.mama, "MY_PASSPORT")
