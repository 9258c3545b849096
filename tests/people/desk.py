"""What tests of accounts do at a desk: get a password, log in, hold an authenticator."""

from typing import Any

import httpx
import pyotp
from sqlalchemy import insert

from app.kit.ids import new_id
from app.people.models import Identity
from app.people.service.login import hash_password
from tests.cast import CAST, HERE, Somebody
from tests.client import Client

PASSWORD = "three-lakes-2026"
SAME = {"Sec-Fetch-Site": "same-origin"}
_HASH = hash_password(PASSWORD)


class Desk:
    """Somebody with a login name and a password, and perhaps a login."""

    def __init__(self, client: Client, who: Somebody, username: str) -> None:
        self.client, self.who, self.username, self.token = client, who, username, ""

    def body(self, **more: str) -> dict[str, str]:
        return {"district": "ND", "username": self.username, "password": PASSWORD, **more}

    async def try_to(self, **more: str) -> httpx.Response:
        self.client.http.cookies.clear()
        return await self.client.post(None, "/login-sessions", self.body(**more))

    async def log_in(self, **more: str) -> "Desk":
        answer = await self.try_to(**more)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return self

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, json: Any = None) -> httpx.Response:
        return await self.client.http.request(method, f"/v1{path}", json=json, headers=self.headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.call("GET", path)

    async def post(self, path: str, json: Any = None) -> httpx.Response:
        return await self.call("POST", path, json or {})

    async def enrol(self) -> tuple[str, list[str]]:
        """Set up the second factor; gives the secret and the recovery codes."""
        secret = (await self.post("/me/second-factor")).json()["secret"]
        done = await self.post("/me/second-factor/confirm", {"totp": now(secret)})
        assert done.status_code == 200, done.text
        await self.next_step()
        return secret, done.json()["codes"]

    async def next_step(self) -> None:
        """Half a minute goes by: the app's code counts as new again."""
        await self.client.rows("UPDATE second_factor SET last_step = 0")

    async def let_pass(self, minutes: int) -> None:
        """Time goes by for this person's logins: their marks move, the clock stays the database's."""
        await self.client.rows(
            "UPDATE login_session SET seen_at = seen_at - make_interval(mins => :m), "
            "proved_at = proved_at - make_interval(mins => :m), "
            "expires_at = expires_at - make_interval(mins => :m) WHERE person_id = :p",
            m=minutes,
            p=self.who.id,
        )


async def desk(client: Client, who: Somebody = CAST.secretary, username: str = "mishu") -> Desk:
    """A password, and nothing else yet."""
    async with client.engine.begin() as conn:
        await conn.execute(
            insert(Identity).values(
                district_id=HERE,
                id=new_id(),
                person_id=who.id,
                kind="password",
                subject=username,
                secret_hash=_HASH,
            )
        )
    return Desk(client, who, username)


def now(secret: str) -> str:
    return pyotp.TOTP(secret).now()


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
