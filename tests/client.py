"""How tests talk to the product: REST as somebody, and WeChat pushes from somebody's phone."""

import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.ids import new_token
from tests.cast import ACCOUNT, AES_KEY, APPID, ORIGINAL_ID, TOKEN, Somebody, add_session
from wechat.crypto import Cipher, signature
from wechat.events import parse

_numbers = count(int(time.time() * 1000))


@dataclass
class Client:
    """One client of the application, with a door to its database for set-up and proof."""

    http: httpx.AsyncClient
    engine: AsyncEngine

    async def call(
        self, who: Somebody | None, method: str, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        signed = who.headers if who else {}
        return await self.http.request(method, f"/v1{path}", json=json, headers={**signed, **given})

    async def get(self, who: Somebody | None, path: str, **headers: str) -> httpx.Response:
        return await self.call(who, "GET", path, **headers)

    async def post(
        self, who: Somebody | None, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        return await self.call(who, "POST", path, json, **headers)

    async def patch(
        self, who: Somebody | None, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        return await self.call(who, "PATCH", path, json, **headers)

    async def add_session(self, **how: Any) -> UUID:
        async with self.engine.begin() as conn:
            return await add_session(conn, **how)

    async def rows(self, sql: str, **params: Any) -> list[Any]:
        async with self.engine.begin() as conn:
            result = await conn.execute(text(sql), params)
            return list(result.all()) if result.returns_rows else []

    async def value(self, sql: str, **params: Any) -> Any:
        return (await self.rows(sql, **params))[0][0]

    async def book(self, who: Somebody, pupil: Somebody, session_id: UUID, **more: Any) -> Any:
        body = {"session_id": str(session_id), "pupil_id": str(pupil.id), **more}
        return await self.post(who, "/bookings", body)

    async def move_session(self, session_id: UUID, by: timedelta) -> None:
        """Let time pass for one session: its times move, the clock stays the database's."""
        await self.rows(
            "UPDATE session SET starts_at = starts_at + :by, ends_at = ends_at + :by, "
            "booking_opens_at = booking_opens_at + :by, booking_closes_at = booking_closes_at + :by "
            "WHERE id = :id",
            by=by,
            id=session_id,
        )

    async def push(self, body: str, *, account: str = ACCOUNT, **query: str) -> httpx.Response:
        """A sealed push as the platform sends it; `query` overrides parts of the signature."""
        envelope, params = sealed(body)
        return await self.push_raw(envelope, params, account=account, **query)

    async def push_raw(
        self, envelope: str, params: dict[str, str], *, account: str = ACCOUNT, **query: str
    ) -> httpx.Response:
        return await self.http.post(
            f"/wechat/callback/{account}",
            params={**params, **query},
            content=envelope.encode(),
            headers={"Content-Type": "text/xml"},
        )

    async def say(self, who: Somebody | str, msg_type: str = "event", **fields: str) -> str:
        """What the phone of somebody shows after it did something."""
        return opened(await self.push(push_xml(who, msg_type, **fields)))

    async def scan(self, who: Somebody | str, scene: str) -> str:
        return await self.say(who, Event="SCAN", EventKey=scene, Ticket="ticket")

    async def write(self, who: Somebody | str, content: str) -> str:
        return await self.say(who, "text", Content=content)

    async def click(self, who: Somebody | str, key: str) -> str:
        return await self.say(who, Event="CLICK", EventKey=key)


def push_xml(who: Somebody | str, msg_type: str = "event", **fields: str) -> str:
    openid = who if isinstance(who, str) else who.openid
    inner = "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in fields.items())
    number = next(_numbers)
    ident = f"<MsgId>{number}</MsgId>" if msg_type != "event" else ""
    return (
        f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{number // 1000 + number % 1000}</CreateTime><MsgType>{msg_type}</MsgType>"
        f"{inner}{ident}</xml>"
    )


def sealed(body: str, *, stamp: int | None = None) -> tuple[str, dict[str, str]]:
    encrypted = Cipher(AES_KEY, APPID).encrypt(body)
    when, nonce = str(stamp or int(time.time())), new_token()[:12]
    query = {
        "signature": signature(TOKEN, when, nonce),
        "timestamp": when,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": signature(TOKEN, when, nonce, encrypted),
    }
    return f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>", query


def opened(response: httpx.Response) -> str:
    """The sentence inside a reply; empty for a bare acknowledgement."""
    assert response.status_code == 200, (response.status_code, response.text)
    if response.text in ("", "success"):
        return ""
    outer = parse(response.text)
    expected = signature(TOKEN, outer.text("TimeStamp"), outer.text("Nonce"), outer.text("Encrypt"))
    assert outer.text("MsgSignature") == expected
    return parse(Cipher(AES_KEY, APPID).decrypt(outer.text("Encrypt"))).text("Content")
