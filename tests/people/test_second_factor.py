"""The second factor: enrolment, codes that work once, recovery codes, roles that must have one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pyotp
import pytest

from app.kit.settings import Settings
from tests.cast import CAST, SECRET_KEY
from tests.client import Client
from tests.conftest import running
from tests.people.desk import Desk, desk, now, refusal


async def test_once_confirmed_a_login_needs_a_code(client: Client) -> None:
    here = await (await desk(client)).log_in()
    secret, codes = await here.enrol()
    assert len(set(codes)) == 10
    assert refusal(await here.try_to()) == (401, "people.second_factor_needed")
    assert refusal(await here.try_to(totp="000000")) == (422, "people.wrong_code")
    wrong = await here.try_to(password="wrong-password", totp=now(secret))
    assert refusal(wrong) == (401, "people.wrong_login")
    assert (await here.try_to(totp=now(secret))).status_code == 201


async def test_an_unconfirmed_secret_changes_nothing(client: Client) -> None:
    here = await (await desk(client)).log_in()
    first = (await here.post("/me/second-factor")).json()["secret"]
    second = (await here.post("/me/second-factor")).json()["secret"]
    assert first != second
    assert (await here.try_to()).status_code == 201
    late = await here.post("/me/second-factor/confirm", {"totp": now(first)})
    assert refusal(late) == (422, "people.wrong_code")
    good = await here.post("/me/second-factor/confirm", {"totp": now(second)})
    assert good.status_code == 200
    again = await here.post("/me/second-factor")
    assert refusal(again) == (409, "people.second_factor_on")


async def test_a_code_works_once_even_when_used_twice_at_once(client: Client) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    code = now(secret)
    answers = await asyncio.gather(*(here.try_to(totp=code) for _ in range(4)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 3}
    assert refusal(await here.try_to(totp=code)) == (422, "people.wrong_code")


async def test_a_code_fits_one_step_either_way_and_no_more(client: Client) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    clock = pyotp.TOTP(secret)
    # The middle of a step two away is out of reach whatever the second; one away may become two.
    at = int(await client.value("SELECT extract(epoch FROM now())")) // 30 * 30
    for far in (-90, 90):
        assert refusal(await here.try_to(totp=clock.at(at + far)))[1] == "people.wrong_code", far
    assert (await here.try_to(totp=clock.at(at + 30))).status_code == 201
    earlier = await here.try_to(totp=clock.at(at))
    assert refusal(earlier) == (422, "people.wrong_code"), "no way back before a used code"


async def test_wrong_codes_close_the_door_like_wrong_passwords(client: Client) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    answers = await asyncio.gather(*(here.try_to(totp=f"{i:06}") for i in range(14)))
    codes = Counter(answer.status_code for answer in answers)
    assert codes[422] <= 10, "no more than ten are looked at"
    assert codes[429] >= 4
    assert refusal(await here.try_to(totp=now(secret))) == (429, "people.too_many_tries")


async def test_a_recovery_code_opens_once(client: Client) -> None:
    here = await (await desk(client)).log_in()
    _, codes = await here.enrol()
    spoken = f"{codes[0][:5].lower()} {codes[0][5:]}"
    assert (await here.try_to(totp=spoken)).status_code == 201
    assert refusal(await here.try_to(totp=codes[0])) == (422, "people.wrong_code")
    fresh = (await here.post("/me/recovery-codes")).json()["codes"]
    assert refusal(await here.try_to(totp=codes[1])) == (422, "people.wrong_code")
    assert (await here.try_to(totp=fresh[0])).status_code == 201


async def test_nothing_readable_is_stored(client: Client) -> None:
    here = await (await desk(client)).log_in()
    secret, codes = await here.enrol()
    row = str((await client.rows("SELECT * FROM second_factor"))[0])
    assert secret not in row
    assert not [code for code in codes if code in row]
    log = str(await client.rows("SELECT * FROM audit_entry"))
    assert secret not in log


async def test_switching_it_off_needs_a_fresh_proof_which_a_code_can_be(client: Client) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    await here.let_pass(11)
    for path in ("/me/second-factor/remove", "/me/recovery-codes"):
        assert refusal(await here.post(path)) == (403, "people.step_up_needed")
    proof = await here.post("/login-sessions/current/step-up", {"totp": now(secret)})
    here.token = proof.json()["token"]
    assert (await here.post("/me/second-factor/remove")).status_code == 204
    assert (await here.try_to()).status_code == 201


async def test_a_recovery_link_keeps_the_second_factor_unless_the_phone_is_lost(
    client: Client,
) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    for resets, needed in ((False, 401), (True, 201)):
        body = {"person_id": str(here.who.id), "resets_second_factor": resets}
        url = (await client.post(CAST.admin, "/invitations", body)).json()["url"]
        form = {"username": "", "password": "new-three-lakes", "again": "new-three-lakes"}
        path = "/console/invitation/" + url.rpartition("/")[2]
        used = await client.http.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
        assert used.status_code == 303
        assert ("login=" in str(used.headers.get_list("set-cookie"))) is resets
        assert (await here.try_to(password="new-three-lakes")).status_code == needed
    assert secret


@pytest.fixture
async def strict(database_url: str) -> AsyncIterator[Client]:
    """An installation that is no demonstration, behind https."""
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET_KEY,
        responsible_person="测试负责人",
        wechat_api_base="http://127.0.0.1:9",
        log_level="ERROR",
    )
    async with running(settings) as app:
        transport: Any = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://test") as http:
            yield Client(http, app.state.engine)


async def test_roles_that_see_a_district_do_nothing_before_they_have_one(strict: Client) -> None:
    for index, who in enumerate((CAST.secretary, CAST.admin, CAST.auditor)):
        here = await (await desk(strict, who, f"name{index}")).log_in()
        assert refusal(await here.get("/organizations")) == (403, "people.second_factor_first")
        assert (await here.get("/me")).json()["permissions"] == []
        await here.enrol()
        assert (await here.get("/organizations")).status_code == 200
        assert (await here.post("/me/second-factor/remove")).status_code == 204
        assert refusal(await here.get("/organizations")) == (403, "people.second_factor_first")
    school = await (await desk(strict, CAST.liaison, "xuexiao")).log_in()
    assert (await school.get("/organizations")).status_code == 200


async def test_the_console_leads_there_before_anything_else(strict: Client) -> None:
    here: Desk = await desk(strict)
    same = {"Sec-Fetch-Site": "same-origin"}
    entered = await strict.http.post("/console/login", data=here.body(), headers=same)
    assert entered.status_code == 303
    for path in ("/console", "/console/reviews", "/console/organizations"):
        answer = await strict.http.get(path)
        assert answer.headers["location"] == "/console/account/second-factor", path
    page = await strict.http.get("/console/account/second-factor")
    assert "请先设置动态验证码" in page.text
