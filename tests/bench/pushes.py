"""How are WeChat's pushes sent, cheaply enough that the sender is no part of what is measured?"""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tests.cast import ACCOUNT, AES_KEY, APPID, ORIGINAL_ID, TOKEN
from tests.client import sealed
from wechat.crypto import Cipher, signature
from wechat.events import parse
from wechat.replies import BUSY

# What phones do, in turn: four times a tap or a word, once the platform's report about a message.
SAID = (
    ("event", {"Event": "CLICK", "EventKey": "MY_PASSPORT"}),
    ("text", {"Content": "帮助"}),
    ("event", {"Event": "CLICK", "EventKey": "ACTIVITIES"}),
    ("event", {"Event": "TEMPLATESENDJOBFINISH", "Status": "success"}),
    ("event", {"Event": "CLICK", "EventKey": "MY_BOOKINGS"}),
)


@dataclass
class Sent:
    """One push as it went out, and what came back."""

    request: bytes
    status: int = 0
    body: bytes = b""
    seconds: float = field(default=0.0)

    def reply(self) -> str:
        """The sentence inside the sealed answer, whose signature is right; empty for none."""
        if self.status == 503:
            return BUSY
        assert self.status == 200, (self.status, self.body)
        if self.body in (b"", b"success"):
            return ""
        outer = parse(self.body.decode())
        parts = (outer.text("TimeStamp"), outer.text("Nonce"), outer.text("Encrypt"))
        assert outer.text("MsgSignature") == signature(TOKEN, *parts)
        return parse(Cipher(AES_KEY, APPID).decrypt(outer.text("Encrypt"))).text("Content")


def body_of(number: int, openid: str) -> str:
    """Push `number`, different from every other; most of them need an answer in words."""
    kind, fields = SAID[number % len(SAID)]
    inner = "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in fields.items())
    ident = f"<MsgId>{number + 1}</MsgId>" if kind == "text" else ""
    if fields.get("Status"):
        ident = f"<MsgID>{number + 1}</MsgID>"
    return (
        f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(time.time()) - number % 300}</CreateTime><MsgType>{kind}</MsgType>"
        f"{inner}{ident}</xml>"
    )


def asking_help(number: int, openid: str) -> str:
    """The word 帮助: answered from what we always know."""
    return (
        f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
        f"<Content>帮助</Content><MsgId>{number + 1}</MsgId></xml>"
    )


def request_of(body: str, url: str, connection: str = "close") -> bytes:
    """The sealed push as it goes over the wire; the platform opens a connection for each."""
    envelope, query = sealed(body)
    content = envelope.encode()
    head = (
        f"POST /wechat/callback/{ACCOUNT}?{urlencode(query)} HTTP/1.1\r\n"
        f"Host: {urlsplit(url).netloc}\r\nConnection: {connection}\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def send(url: str, push: Sent, due: float) -> None:
    """Once its moment has come; what it waited counts from that moment."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(due - loop.time())
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write(push.request)
        raw = await reader.read()
    finally:
        writer.close()
    head, _, push.body = raw.partition(b"\r\n\r\n")
    push.status = int(head.split()[1]) if head else 0
    push.seconds = loop.time() - due


async def send_in_turn(url: str, pushes: list[Sent], in_flight: int) -> None:
    """Closed loop: so many connections, each sends the next as soon as it has its answer."""
    where, left = urlsplit(url), pushes[::-1]

    async def keep_sending() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        while left:
            push = left.pop()
            began = time.perf_counter()
            writer.write(push.request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            push.body = await reader.readexactly(length)
            push.status, push.seconds = int(head.split()[1]), time.perf_counter() - began
        writer.close()

    await asyncio.gather(*(keep_sending() for _ in range(in_flight)))
