"""The pages of logging in and of one's own account: fixation, second step, fresh proof, links, keys."""

import re
from html import unescape
from typing import Any

from tests.cast import CAST, SCHOOL
from tests.client import Client
from tests.people.desk import PASSWORD, Desk, desk, now
from tests.web.conftest import Browser

NEW = "new-three-lakes"


async def _enter(browser: Browser, here: Desk, target: str = "/console") -> Any:
    return await browser.post("/console/login", {**here.body(), "next": target})


def _hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page's form, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: unescape(value) for name, value in found if name != "form_token"}


async def test_a_login_brought_along_becomes_nobody_s(browser: Browser, client: Client) -> None:
    """Fixation: whoever planted a cookie does not know the one that is valid afterwards."""
    here = await desk(client)
    planted = "planted-by-somebody-else-0000000000000000000"
    given = set()
    for _ in range(3):
        browser.be(None).http.cookies.set("login", planted)
        entered = await _enter(browser, here)
        found = re.search(
            r"^login=([^;]+)", "\n".join(entered.headers.get_list("set-cookie")), re.MULTILINE
        )
        assert found
        given.add(found[1])
    assert len(given) == 3
    assert planted not in given
    browser.be(None).http.cookies.set("login", planted)
    assert (await browser.get("/console")).status_code == 303


async def test_the_second_step_holds_no_password_and_ends_with_its_browser(
    browser: Browser, client: Client
) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    browser.be(None)
    first = await _enter(browser, here, "/console/bases")
    assert first.headers["location"] == "/console/login/code?next=%2Fconsole%2Fbases"
    assert (await browser.get("/console")).status_code == 303, "not in yet"
    page = await browser.get(first.headers["location"])
    assert PASSWORD not in page.text
    assert PASSWORD not in str(browser.http.cookies)
    wrong = await browser.post("/console/login/code", {"totp": "000000", "next": "/console/bases"})
    assert (wrong.status_code, "验证码不正确" in wrong.text) == (422, True)
    assert "/console/bases" in wrong.text
    good = await browser.post(
        "/console/login/code", {"totp": now(secret), "next": "/console/bases"}
    )
    assert (good.status_code, good.headers["location"]) == (303, "/console/bases")
    assert (await browser.get("/console")).status_code == 200
    browser.be(None)
    other = await browser.post("/console/login/code", {"totp": now(secret)})
    assert other.headers["location"] == "/console/login", "another browser gave no password"


async def test_a_password_changed_between_the_steps_ends_the_first(
    browser: Browser, client: Client
) -> None:
    here = await (await desk(client)).log_in()
    secret, _ = await here.enrol()
    await _enter(browser.be(None), here)
    await here.post("/me/password", {"old": PASSWORD, "new": NEW})
    late = await browser.post("/console/login/code", {"totp": now(secret)})
    assert late.headers["location"] == "/console/login"


async def test_enrolment_shows_the_codes_once_and_the_list_shows_this_device(
    browser: Browser, client: Client
) -> None:
    here = await desk(client)
    await _enter(browser.be(None), here)
    assert "开始设置" in (await browser.get("/console/account/second-factor")).text
    assert (await browser.post("/console/account/second-factor")).status_code == 303
    page = await browser.get("/console/account/second-factor")
    assert "data:image/svg+xml;base64," in page.text
    secret = re.search(r'class="copied">([A-Z2-7]{32})<', page.text)
    assert secret
    wrong = await browser.post("/console/account/second-factor/confirm", {"totp": "000000"})
    assert (wrong.status_code, "验证码不正确" in wrong.text) == (422, True)
    done = await browser.post("/console/account/second-factor/confirm", {"totp": now(secret[1])})
    assert len(re.findall(r"<li>[A-Z2-9]{10}</li>", done.text)) == 10
    account = await browser.get("/console/account")
    assert "备用码还剩 10 个" in account.text
    assert account.text.count("这台设备</span>") == 1
    again = await browser.get("/console/account/second-factor")
    assert again.headers["location"] == "/console/account", "the secret is not shown again"


async def test_own_password_and_own_devices(browser: Browser, client: Client) -> None:
    here = await desk(client)
    there = await Desk(client, here.who, here.username).log_in()
    await _enter(browser.be(None), here)
    wrong = await browser.post("/console/account/password", {"old": "no", "new": NEW})
    assert (wrong.status_code, "密码或验证码不正确" in wrong.text) == (422, True)
    weak = await browser.post("/console/account/password", {"old": PASSWORD, "new": "short"})
    assert "至少要 10 位" in weak.text
    listed = await browser.get("/console/account")
    paths = re.findall(r'action="(/console/account/logins/[^"]+)"', listed.text)
    assert len(paths) == 2
    for path in paths:
        assert (await browser.post(path)).status_code == 303
    assert (await there.get("/me")).status_code == 401
    changed = await browser.post("/console/account/password", {"old": PASSWORD, "new": NEW})
    assert changed.headers["location"] == "/console/account"
    assert (await browser.get("/console")).status_code == 200


async def test_a_stale_proof_is_asked_on_a_page_and_the_form_goes_on(
    browser: Browser, client: Client
) -> None:
    here = await desk(client, CAST.admin, "guan")
    await _enter(browser.be(None), here)
    await here.let_pass(11)
    asked = await browser.get("/console/roles/new?name=小南")
    assert (asked.status_code, "确认是您本人" in asked.text) == (403, True)
    wrong = await browser.post("/console/account/proof", {**_hidden(asked.text), "password": "no"})
    assert (wrong.status_code, "密码或验证码不正确" in wrong.text) == (422, True)
    before = browser.http.cookies["login"]
    proof = {**_hidden(wrong.text), "password": PASSWORD}
    on = await browser.post("/console/account/proof", proof)
    assert on.headers["location"] == "/console/roles/new?name=%E5%B0%8F%E5%8D%97"
    browser.be(None).http.cookies.set("login", before)
    assert (await browser.get("/console")).status_code == 303, "the old token is dead"


async def test_a_form_whose_proof_ran_out_meanwhile_is_not_lost(
    browser: Browser, client: Client
) -> None:
    here = await desk(client, CAST.admin, "guan")
    await _enter(browser.be(None), here)
    await here.let_pass(11)
    grant = {
        "name": "小南妈妈", "person_id": str(CAST.mama.id), "role": "school_admin",
        "organization_id": str(SCHOOL),
    }  # fmt: skip
    asked = await browser.post("/console/roles", grant)
    assert (asked.status_code, "确认是您本人" in asked.text) == (403, True)
    proof = {**_hidden(asked.text), "password": PASSWORD}
    proved = await browser.post("/console/account/proof", proof)
    assert 'action="/console/roles"' in proved.text
    assert _hidden(proved.text) == grant
    done = await browser.post("/console/roles", _hidden(proved.text))
    assert (done.status_code, done.headers["location"]) == (303, "/console/roles")
    away = {**proof, "to": "https://evil.example/", "next": "//evil.example"}
    nowhere = await browser.post("/console/account/proof", away)
    assert nowhere.headers["location"] == "/console/account"


async def test_names_leave_as_a_file_only_after_a_fresh_proof(
    browser: Browser, client: Client
) -> None:
    here = await desk(client, CAST.admin, "guan")
    await _enter(browser.be(None), here)
    browser.http.cookies.set("purpose", "test")
    assert (await browser.get("/console/pupils.xlsx?named=1")).status_code == 200
    await here.let_pass(11)
    asked = await browser.get(
        "/console/pupils.xlsx?named=1", headers={"Referer": "http://test/console/pupils"}
    )
    assert asked.status_code == 403
    assert _hidden(asked.text)["next"] == "/console/pupils", "back to the list, not into a file"
    assert (await browser.get("/console/organizations.xlsx")).status_code == 200
    school = await desk(client, CAST.liaison, "xuexiao")
    await _enter(browser.be(None), school)
    browser.http.cookies.set("purpose", "test")
    assert (await browser.get("/console/bookings.xlsx?named=1")).status_code == 200
    await school.let_pass(11)
    assert (await browser.get("/console/bookings.xlsx?named=1")).status_code == 403
    assert (await browser.get("/console/bookings.xlsx")).status_code == 200, "masked names may go"


async def test_a_link_for_a_colleague_is_shown_once(browser: Browser, client: Client) -> None:
    browser.be(CAST.admin)
    listed = await browser.get("/console/staff?name=叶老师")
    path = f"/console/staff/{CAST.teacher.id}/invitation"
    assert path in listed.text
    assert "还没有账号" in listed.text
    assert (await browser.get(path)).status_code == 200
    made = await browser.post(path)
    link = re.search(r"http://127.0.0.1:8000(/console/invitation/[\w-]+)", made.text)
    assert link
    form = {"username": "ye", "password": NEW, "again": NEW}
    shown = await browser.be(None).get(link[1])
    assert CAST.teacher.name in shown.text
    assert (await browser.post(link[1], form)).status_code == 303
    assert "叶老师" in (await browser.get("/console")).text
    nobody = await browser.be(CAST.admin).get(f"/console/staff/{CAST.mama.id}/invitation")
    assert nobody.status_code == 404


async def test_a_key_is_made_shown_once_and_switched_off(browser: Browser, client: Client) -> None:
    browser.be(CAST.admin)
    assert "查看成员单位" in (await browser.get("/console/api-keys/new")).text
    empty = await browser.post("/console/api-keys", {"name": "", "expires_on": "soon"})
    assert empty.status_code == 422
    assert "请至少勾选一项" in empty.text
    day = await client.value("SELECT (now() + interval '9 days')::date::text")
    form = {"name": "区平台", "permissions": ["organization:read"], "expires_on": day}
    made = await browser.post("/console/api-keys", form)
    key = re.search(r"wck_[\w-]{43}", made.text)
    assert key
    headers = {"Authorization": f"Bearer {key[0]}"}
    browser.be(None)
    assert (await browser.get("/v1/organizations", headers=headers)).status_code == 200
    listed = await browser.be(CAST.admin).get("/console/api-keys")
    assert "区平台" in listed.text
    assert key[0] not in listed.text
    row = re.search(r'name="ids" value="([^"]+)"', listed.text)
    assert row
    await browser.post("/console/api-keys/revoke", {"ids": row[1]})
    assert "已停用" in (await browser.get("/console/api-keys")).text
    assert (await browser.be(None).get("/v1/organizations", headers=headers)).status_code == 401
