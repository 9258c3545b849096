"""A served platform that knows the cast, and the product's own sender connected to it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from app.channels.accounts import Account
from app.channels.tokens import TokenStore
from app.kit.sealing import Sealer
from app.notifications.service.sending import Post, deliver_due
from tests.cast import (
    ACCOUNT,
    AES_KEY,
    APPID,
    CAST,
    MINI_APPID,
    MINI_SECRET,
    ORIGINAL_ID,
    SECRET,
    SECRET_KEY,
    TOKEN,
    Somebody,
)
from tests.simulator.stage import client_for, served
from wechat.accounts import AccountBook
from wechat.channel import WechatChannel
from wechat.gateway import Gateway
from wechat.simulator.app import create_simulator
from wechat.simulator.config import AccountConfig, PhoneConfig, SimulatorConfig, TemplateConfig
from wechat.simulator.simulator import Simulator
from wechat.templates import demo_templates, subscribe_ids, template_ids

NOWHERE = "http://127.0.0.1:9/callback"
SEND = "/cgi-bin/message/template/send"
STABLE_TOKEN = "/cgi-bin/stable_token"
ADDRESSES = "/cgi-bin/getcallbackip"


@dataclass
class Platform:
    """The platform as a test steers it: its address, its log, the phones of the cast."""

    url: str
    http: httpx.Client
    simulator: Simulator

    def sim(self, path: str, /, **body: object) -> Any:
        answer = self.http.post(f"/sim/api/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def fault(self, path: str, **how: object) -> None:
        self.sim("faults", path=path, **how)

    def heal(self) -> None:
        assert self.http.delete("/sim/api/faults").is_success

    def calls(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(
            "/sim/api/requests", params={"path": path}
        ).json()
        return found

    def cards(self, who: Somebody) -> list[dict[str, Any]]:
        """The template messages somebody's phone shows, oldest first."""
        found = self.http.get(f"/sim/api/phones/{who.openid}/messages").json()
        return [message for message in found if message["kind"] == "template"]

    def token_of_another_program(self, *, force: bool) -> str:
        """What a second program with the same secret gets; forced, it kills ours."""
        wanted = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        answer = self.http.post(STABLE_TOKEN, json={**wanted, "force_refresh": force}).json()
        return str(answer["access_token"])


def _config() -> SimulatorConfig:
    account = AccountConfig(
        account=ACCOUNT,
        callback_url=NOWHERE,
        token=TOKEN,
        aes_key=AES_KEY,
        appid=APPID,
        secret=SECRET,
        original_id=ORIGINAL_ID,
        miniprogram_appid=MINI_APPID,
        miniprogram_secret=MINI_SECRET,
    )
    phones = [
        PhoneConfig(name=person.name, openid=person.openid, mp_openid=person.mp_openid)
        for person in CAST.all()
        if person.wechat
    ]
    templates = {
        key: TemplateConfig.model_validate(template) for key, template in demo_templates().items()
    }
    return SimulatorConfig(wechat=account, phones=phones, templates=templates)


@contextmanager
def serving_platform() -> Iterator[Platform]:
    app = create_simulator(_config())
    with served(app) as url, client_for(url) as http:
        yield Platform(url, http, app.state.simulator)


@dataclass
class Sender:
    """The delivering side of a worker, without its loop."""

    engine: AsyncEngine
    gateway: Gateway
    channel: WechatChannel
    book: AccountBook

    async def account(self) -> Account:
        account = await self.book.by_name(ACCOUNT)
        assert account is not None
        return account

    async def round(self) -> int:
        """What the worker does each half second; says how many messages it took."""
        return await deliver_due(self.engine, self.channel)

    async def drain(self) -> int:
        """As the worker's loop does it: a steady stream until nothing is due."""
        return await Post(self.engine, self.channel).drain()


def demo_channel(gateway: Gateway, book: AccountBook, site: str = "") -> WechatChannel:
    """Connected as the demonstration is: a template, and for families a tap, for every kind."""
    templates, taps = template_ids({}, demo=True), subscribe_ids({}, demo=True)
    return WechatChannel(gateway, book, templates, taps, site)


@asynccontextmanager
async def sending(engine: AsyncEngine, url: str, site: str = "") -> AsyncIterator[Sender]:
    sealer = Sealer(SECRET_KEY)
    book = AccountBook(engine, sealer)
    async with Gateway(url, TokenStore(engine, sealer)) as gateway:
        yield Sender(engine, gateway, demo_channel(gateway, book, site), book)
