"""The mini-program's login: a code of the platform becomes a session of whoever is bound."""

import httpx

from tests.cast import ACCOUNT, APPID, CAST, Somebody
from tests.client import Client
from tests.wechat.stage import Platform
from wechat.jssdk import signed

EXCHANGE = "/sns/jscode2session"


async def log_in(client: Client, code: str, account: str = f"{ACCOUNT}-mp") -> httpx.Response:
    return await client.http.post(f"/wechat/login/{account}", json={"code": code})


def code_of(platform: Platform, who: Somebody) -> str:
    return str(platform.sim(f"phones/{who.openid}/login-code")["code"])


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_bound_family_gets_a_session_that_works(client: Client, platform: Platform) -> None:
    answer = await log_in(client, code_of(platform, CAST.mama))
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    page = await client.http.get(f"/v1/pupils/{CAST.xiaonan.id}/passport", headers=headers)
    assert page.status_code == 200
    assert answer.json()["person_id"] == str(CAST.mama.id)


async def test_an_unbound_phone_is_told_how_to_bind(client: Client, platform: Platform) -> None:
    await client.rows("DELETE FROM identity WHERE subject = :s", s=CAST.mama.mp_openid)
    answer = await log_in(client, code_of(platform, CAST.mama))
    assert refusal(answer) == (403, "people.unbound")
    assert "绑定码" in answer.json()["detail"]


async def test_a_used_late_or_invented_code_opens_nothing(
    client: Client, platform: Platform
) -> None:
    code = code_of(platform, CAST.mama)
    assert (await log_in(client, code)).status_code == 201
    assert refusal(await log_in(client, code)) == (422, "wechat.bad_login_code")
    late = code_of(platform, CAST.mama)
    platform.sim("clock", advance_seconds=301)
    assert refusal(await log_in(client, late)) == (422, "wechat.bad_login_code")
    assert refusal(await log_in(client, "invented-code")) == (422, "wechat.bad_login_code")
    for nonsense in ("", "short", "x" * 129, "a b c d e f g", "中文中文中文中文", "\x00" * 9):
        assert refusal(await log_in(client, nonsense)) == (422, "http.invalid"), nonsense
    assert (
        await client.value("SELECT count(*) FROM login_session WHERE channel = 'miniprogram'") == 1
    )


async def test_only_a_mini_program_logs_in(client: Client, platform: Platform) -> None:
    """A service account has no such codes; an unknown account does not exist."""
    for account in (ACCOUNT, "nobody", "%00", f"{ACCOUNT}-mp%00"):
        answer = await log_in(client, code_of(platform, CAST.mama), account)
        assert answer.status_code == 404, account
    assert platform.calls(EXCHANGE) == []


async def test_a_sick_platform_is_our_trouble_not_the_family_s(
    client: Client, platform: Platform
) -> None:
    """Busy, broken, or our own secret is wrong: a new code would not help. 503, then it works."""
    for fault in ({"http_status": 502}, {"errcode": -1}, {"errcode": 45011}, {"errcode": 40125}):
        platform.fault(EXCHANGE, **fault)
        answer = await log_in(client, code_of(platform, CAST.mama))
        assert refusal(answer) == (503, "kit.unavailable"), fault
        assert int(answer.headers["retry-after"]) > 0
    assert (await log_in(client, code_of(platform, CAST.mama))).status_code == 201


async def test_no_platform_at_all_is_503(client: Client) -> None:
    assert refusal(await log_in(client, "any-code-at-all")) == (503, "kit.unavailable")


async def test_a_page_of_ours_may_use_the_phones_scanner(
    client: Client, platform: Platform
) -> None:
    """Signed as the platform's own appendix does it; for our host only; one ticket for everybody."""
    official = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    made = signed(official, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")
    assert made == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"

    async def ask(url: str, account: str = ACCOUNT) -> httpx.Response:
        return await client.http.get("/wechat/js-sdk", params={"url": url, "account": account})

    page = "http://127.0.0.1:8000/m/check-in?scene=b1"
    answers = [await ask(f"{page}#top") for _ in range(3)]
    for answer in answers:
        said = answer.json()
        ticket = platform.simulator.world.jsapi_ticket
        assert ticket is not None
        assert said["signature"] == signed(ticket.value, said["nonceStr"], said["timestamp"], page)
        assert said["appId"] == APPID
    tickets = "SELECT count(*) FROM access_token WHERE appid LIKE '%#jsapi'"
    assert await client.value(tickets) == 1
    for foreign in (
        "http://127.0.0.1:8000.evil.example/m",
        "http://127.0.0.1:8000@evil.example/m",
        "https://127.0.0.1:8000/m",
        "//evil.example",
        "",
    ):
        assert refusal(await ask(foreign)) == (403, "wechat.foreign_page"), foreign
    assert (await ask(page, f"{ACCOUNT}-mp")).status_code == 404
