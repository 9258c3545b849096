"""What tests of pages may ask for: a browser's session of anybody, without a browser."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.dev.assets import ensure_assets
from app.kit.sealing import Sealer
from tests.cast import APPID, CAST, HERE, SECRET_KEY, Somebody
from tests.client import Client
from tests.web.stage import chromium, context, site

__all__ = ["chromium", "context", "site"]  # fixtures of the browser tests
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="session", autouse=True)
def assets() -> None:
    """Pages are tested with the style sheets they ship with."""
    ensure_assets()


def phone_cookie(openid: str) -> str:
    """What the browser holds after WeChat has recognised a phone."""
    phone = {"district": str(HERE), "issuer": APPID, "openid": openid}
    return Sealer(SECRET_KEY).seal(json.dumps(phone))


async def letter_code(client: Client, pupil: Somebody) -> str:
    """A fresh code for this child, as on a letter."""
    answer = await client.post(CAST.teacher, "/binding-codes", {"pupil_id": str(pupil.id)})
    return str(answer.json()["code"])


class Browser:
    """Cookies, same-origin posts, no scripts."""

    def __init__(self, http: httpx.AsyncClient, client: Client) -> None:
        self.http, self.client = http, client

    def be(self, who: Somebody | None) -> "Browser":
        self.http.cookies.clear()
        if who is not None:
            self.http.cookies.set("login", who.token)
        return self

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def post(self, path: str, data: Any = None, **headers: str) -> httpx.Response:
        return await self.http.post(path, data=data or {}, headers={**SAME, **headers})


@pytest.fixture
async def browser(app: Any, client: Client) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Browser(http, client)
