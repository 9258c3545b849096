"""A simulator and a callback receiver, both real servers on loopback."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from wechat.crypto import Cipher, signature
from wechat.simulator.config import AccountConfig, PhoneConfig, SimulatorConfig

TOKEN, AES_KEY = "pamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID, ACCOUNT = "wxb11529c136998cb6", "gh_nanyuan00001"
SECRET, MINI_APPID, MINI_SECRET = "test-secret", "wxminiprogram0001", "mini-secret"
MOM, STRANGER = "oXiaoNanMom0001", "oStranger000001"
REPLY_TIMEOUT_SECONDS = 0.2


@dataclass
class Arrival:
    """One callback as the receiver saw it."""

    query: dict[str, str]
    body: str
    event: Element

    def text(self, path: str) -> str:
        return self.event.findtext(path) or ""


@dataclass
class Receiver:
    """The account's side: opens pushes, answers with what the test laid out.

    `answers` is used up in order; the last one stays. An answer is a text to reply with,
    a raw body (bytes), a status, or a number of seconds to stay silent.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    answers: list[str | bytes | int | float] = field(default_factory=list)
    sealed: bool = True
    url: str = ""

    def events(self, name: str) -> list[Arrival]:
        return [a for a in self.arrivals if a.text("Event") == name]

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/callback")
        async def callback(request: Request) -> Response:
            body = (await request.body()).decode()
            query = dict(request.query_params)
            self.arrivals.append(Arrival(query, body, opened(query, body)))
            return await self._answer(self.arrivals[-1])

        return app

    async def _answer(self, arrival: Arrival) -> Response:
        if not self.answers:
            return Response("success")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, bytes):
            return Response(answer)
        if isinstance(answer, int):
            return Response("broken", status_code=answer)
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return Response("success")
        plain = text_reply(arrival.text("FromUserName"), answer)
        return Response(sealed(plain) if self.sealed else plain)


def opened(query: dict[str, str], body: str) -> Element:
    """Check the signatures as an account must, and decrypt in safe mode."""
    stamp, nonce = query["timestamp"], query["nonce"]
    assert query["signature"] == signature(TOKEN, stamp, nonce)
    root = fromstring(body)
    encrypted = root.findtext("Encrypt")
    if encrypted is None:
        assert "encrypt_type" not in query
        return root
    assert query["encrypt_type"] == "aes"
    assert query["msg_signature"] == signature(TOKEN, stamp, nonce, encrypted)
    return fromstring(Cipher(AES_KEY, APPID).decrypt(encrypted))


def text_reply(openid: str, text: str) -> str:
    return (
        f"<xml><ToUserName>{openid}</ToUserName><FromUserName>{ACCOUNT}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
        f"<Content><![CDATA[{text}]]></Content></xml>"
    )


def sealed(plain: str, *, sign_with: str = TOKEN) -> str:
    encrypted, stamp, nonce = Cipher(AES_KEY, APPID).encrypt(plain), "1700000000", "4242"
    return (
        f"<xml><Encrypt>{encrypted}</Encrypt>"
        f"<MsgSignature>{signature(sign_with, stamp, nonce, encrypted)}</MsgSignature>"
        f"<TimeStamp>{stamp}</TimeStamp><Nonce>{nonce}</Nonce></xml>"
    )


@dataclass
class Stage:
    """What a test holds: the platform's address, a client for it, and the receiver."""

    http: httpx.Client
    receiver: Receiver
    access_token: str = ""

    def sim(self, path: str, /, **body: object) -> Any:
        answer = self.http.post(f"/sim/api/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def advance(self, seconds: int) -> None:
        """Move the platform's clock; the next call fetches a token anew if it needs one."""
        self.sim("clock", advance_seconds=seconds)
        self.access_token = ""

    def look(self, path: str) -> Any:
        return self.http.get(f"/sim/api/{path}").raise_for_status().json()

    def messages(self, openid: str = MOM, kind: str = "") -> list[dict[str, Any]]:
        found = self.look(f"phones/{openid}/messages")
        return [message for message in found if not kind or message["kind"] == kind]

    def stable_token(self, **changes: object) -> Any:
        identity = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return self.http.post("/cgi-bin/stable_token", json={**identity, **changes}).json()

    def classic_token(self, **changes: str) -> Any:
        identity = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return self.http.get("/cgi-bin/token", params={**identity, **changes}).json()

    def call(self, path: str, body: object = None, **query: str) -> Any:
        """Call an API with this stage's token, or with the `access_token` given."""
        if not self.access_token and "access_token" not in query:
            self.access_token = self.stable_token()["access_token"]
        params = {"access_token": self.access_token, **query}
        method = "GET" if body is None else "POST"
        return self.http.request(method, path, params=params, json=body).json()

    def works(self, access_token: str) -> int:
        """The errcode a call with that token gets; 0 when it works."""
        answer = self.call("/cgi-bin/getcallbackip", access_token=access_token)
        return int(answer.get("errcode", 0))

    def send_template(self, openid: str = MOM, **changes: object) -> Any:
        message: dict[str, object] = {
            "touser": openid,
            "template_id": "tpl_booking",
            "data": {"thing1": {"value": "陶艺体验课"}, "time2": {"value": "2026年12月5日 14:00"}},
        }
        return self.call("/cgi-bin/message/template/send", {**message, **changes})

    def send_text(self, openid: str = MOM) -> int:
        message = {"touser": openid, "msgtype": "text", "text": {"content": "您好"}}
        return int(self.call("/cgi-bin/message/custom/send", message)["errcode"])

    def create_code(self, scene: str, **changes: object) -> Any:
        wanted: dict[str, object] = {
            "action_name": "QR_LIMIT_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        return self.call("/cgi-bin/qrcode/create", {**wanted, **changes})


def config_for(callback_url: str) -> SimulatorConfig:
    account = AccountConfig(
        account="nanyuan",
        callback_url=callback_url,
        token=TOKEN,
        aes_key=AES_KEY,
        appid=APPID,
        secret=SECRET,
        original_id=ACCOUNT,
        miniprogram_appid=MINI_APPID,
        miniprogram_secret=MINI_SECRET,
    )
    mom = PhoneConfig(name="小南妈妈", role="家长", openid=MOM, mp_openid="mXiaoNanMom")
    stranger = PhoneConfig(name="陌生人", openid=STRANGER, mp_openid="mOther", following=False)
    return SimulatorConfig(
        wechat=account,
        phones=[mom, stranger],
        scenes={"base_pottery": "陶艺工坊"},
        base_url="http://127.0.0.1:8000",
        reply_timeout_seconds=REPLY_TIMEOUT_SECONDS,
    )


def client_for(url: str) -> httpx.Client:
    """Plain HTTP only: without `verify=False` each client loads the certificate roots (50 ms)."""
    return httpx.Client(base_url=url, timeout=5, trust_env=False, verify=False)


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """A server on a free port, in a thread, stopped and joined at the end."""
    config = uvicorn.Config(
        app, port=0, log_level="warning", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
