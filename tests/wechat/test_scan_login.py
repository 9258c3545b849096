"""A computer logs in with the phone: compared digits, one use, one browser, three minutes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.cast import ACCOUNT, CAST, Somebody
from tests.client import Client
from tests.wechat.stage import Platform

PLACE, ENTER = "/console/login/wechat", "/console/login/wechat/enter"
SAME = {"Sec-Fetch-Site": "same-origin"}


@asynccontextmanager
async def _browser(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=SAME) as http:
        yield http


@pytest.fixture
async def computer(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with _browser(app) as http:
        yield http


@pytest.fixture
async def phone(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with _browser(app) as http:
        yield http


async def _begin(computer: httpx.AsyncClient) -> str:
    """Show the code; gives the digits."""
    form = {"district": "ND", "next": "/console/activities"}
    begun = await computer.post(PLACE, data=form)
    assert begun.headers["location"] == PLACE, begun.text
    shown = await computer.get(PLACE)
    digits = re.search(r'class="digits">(\d{4})<', shown.text)
    assert digits
    return digits[1]


async def _scene(client: Client, computer: httpx.AsyncClient) -> str:
    """What the QR code leads to; the page has it as a picture only."""
    app: Any = computer._transport.app  # type: ignore[attr-defined]
    sealed = computer.cookies["scan"]
    found = re.search(r'"scene": "([0-9a-f]{26})"', app.state.sealer.unseal(sealed))
    assert found
    return found[1]


async def _scan(
    platform: Platform, phone: httpx.AsyncClient, who: Somebody, scene: str
) -> httpx.Response:
    """WeChat opens the address of the code, says whose phone it is, and shows our page."""
    target = f"/m/login?account={ACCOUNT}&next=/m/computer/{scene}"
    out = await phone.get(target)
    state = parse_qs(urlsplit(out.headers["location"]).query)["state"][0]
    code = platform.sim(f"phones/{who.openid}/oauth-code")["code"]
    back = await phone.get("/m/oauth", params={"code": code, "state": state})
    return await phone.get(back.headers["location"], follow_redirects=True)


async def test_a_bound_member_of_staff_lets_the_computer_in_once(
    client: Client, platform: Platform, computer: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    digits = await _begin(computer)
    scene = await _scene(client, computer)
    assert (await computer.post(ENTER)).headers["location"] == PLACE, "nobody has said yes"
    waiting = await computer.post(ENTER, headers={"HX-Request": "true"})
    assert (waiting.status_code, "hx-redirect" in waiting.headers) == (204, False)
    asked = await _scan(platform, phone, CAST.teacher, scene)
    assert digits in asked.text
    assert "登录电脑端" in asked.text
    for _ in range(2):
        assert "已确认" in (await phone.post(f"/m/computer/{scene}")).text
    entered = await computer.post(ENTER)
    assert entered.headers["location"] == "/console/activities"
    assert "叶老师" in (await computer.get("/console")).text
    assert (await phone.get(f"/m/computer/{scene}")).status_code == 422, "one use"
    proof = await client.value("SELECT proof FROM login_session ORDER BY created_at DESC LIMIT 1")
    assert proof == "wechat"


async def test_the_login_goes_to_the_browser_that_asked_and_to_no_other(
    client: Client, app: Any, platform: Platform, computer: httpx.AsyncClient,
    phone: httpx.AsyncClient,
) -> None:  # fmt: skip
    await _begin(computer)
    scene = await _scene(client, computer)
    async with _browser(app) as other:
        await _begin(other)
        await _scan(platform, phone, CAST.teacher, scene)
        await phone.post(f"/m/computer/{scene}")
        assert (await other.post(ENTER)).headers["location"] == PLACE, "its own code waits"
        other.cookies.clear()
        assert (await other.post(ENTER)).headers["location"] == "/console/login"
        script = await computer.post(ENTER, headers={"HX-Request": "true"})
        assert script.headers["hx-redirect"] == "/console/activities"
        kept = {"scan": computer.cookies.get("scan", "")}
        assert kept == {"scan": ""}, "the note is gone"


async def test_after_three_minutes_nothing_happens(
    client: Client, platform: Platform, computer: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    await _begin(computer)
    scene = await _scene(client, computer)
    await _scan(platform, phone, CAST.teacher, scene)
    await client.rows("UPDATE scan_login SET expires_at = now()")
    late = await phone.post(f"/m/computer/{scene}")
    assert (late.status_code, "二维码已失效" in late.text) == (422, True)
    assert (await computer.post(ENTER)).headers["location"] == "/console/login"
    assert (await computer.get(PLACE)).headers["location"] == "/console/login"


async def test_families_strangers_and_computers_cannot_say_yes(
    client: Client, platform: Platform, computer: httpx.AsyncClient, phone: httpx.AsyncClient
) -> None:
    await _begin(computer)
    scene = await _scene(client, computer)
    family = await _scan(platform, phone, CAST.mama, scene)
    assert family.status_code == 403
    assert (await phone.post(f"/m/computer/{scene}")).status_code == 403
    phone.cookies.clear()
    phone.cookies.set("login", CAST.secretary.token)
    refused = await phone.post(f"/m/computer/{scene}")
    assert refused.status_code == 403, "a stolen console login makes no second one"
    phone.cookies.clear()
    assert (await phone.get(f"/m/computer/{scene}")).status_code == 303
    assert (await computer.post(ENTER)).headers["location"] == PLACE
    for district in ("XX", "WX", "", "N\x00D", "学区"):
        unknown = await computer.post(PLACE, data={"district": district})
        assert (unknown.status_code, "还没有接入微信服务号" in unknown.text) == (422, True)
