"""Every callback that strangers collected is survived, stored once and acknowledged."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cast import ACCOUNT, TOKEN, key
from tests.client import Client, opened, push_xml, sealed
from tests.wechat.test_vectors import SAMPLES
from wechat.crypto import signature


@dataclass(frozen=True)
class Sample:
    name: str
    body: str
    event: str


def expected_name(msg_type: str, event: str) -> str:
    return f"event.{event.lower()}" if msg_type == "event" else msg_type.lower()


def found_samples() -> Iterator[Sample]:
    for entry in json.loads((SAMPLES / "manifest.json").read_text("utf-8")):
        path = SAMPLES / entry["file"]
        event = expected_name(entry["msg_type"], entry["event"])
        yield Sample(Path(entry["file"]).stem, path.read_text("utf-8"), event)


def made_samples() -> Iterator[Sample]:
    """Where the collection is absent: one of each shape, written at test time."""
    pictures = "<Count>1</Count><PicList><item><PicMd5Sum>1b5f</PicMd5Sum></item></PicList>"
    scanned = "<ScanType>qrcode</ScanType><ScanResult>http://qq.com</ScanResult>"
    shapes = {
        "subscribe": "",
        "unsubscribe": "",
        "SCAN": "<EventKey>123</EventKey><Ticket>T</Ticket>",
        "CLICK": "<EventKey>OLD</EventKey>",
        "VIEW": "<EventKey>http://qq.com</EventKey>",
        "LOCATION": "<Latitude>23.1</Latitude><Longitude>113.3</Longitude>",
        "scancode_push": f"<EventKey>6</EventKey><ScanCodeInfo>{scanned}</ScanCodeInfo>",
        "scancode_waitmsg": f"<EventKey>6</EventKey><ScanCodeInfo>{scanned}</ScanCodeInfo>",
        "pic_sysphoto": f"<EventKey>6</EventKey><SendPicsInfo>{pictures}</SendPicsInfo>",
        "TEMPLATESENDJOBFINISH": "<MsgID>200163836</MsgID><Status>success</Status>",
        "card_pass_check": "<CardId>c</CardId>",
    }
    for number, (event, inner) in enumerate(shapes.items()):
        body = (
            f"<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>"
            f"<CreateTime>{number}</CreateTime><MsgType>event</MsgType><Event>{event}</Event>"
            f"{inner}</xml>"
        )
        yield Sample(event, body, f"event.{event.lower()}")
    for kind in ("text", "image", "voice", "video", "location", "link", "notsure"):
        yield Sample(kind, push_xml("o1", kind, Content="你好", MediaId="m"), kind)


SAMPLE_SET = list(found_samples() if SAMPLES.exists() else made_samples())


def in_the_open(body: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    nonce = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()[:10]
    return {"signature": signature(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce}


async def push_sealed(client: Client, body: str) -> tuple[str, str]:
    """The raw body that went over the wire and the sentence that came back."""
    envelope, query = sealed(body)
    return envelope, opened(await client.push_raw(envelope, query))


async def push_plain(client: Client, body: str) -> tuple[str, str]:
    answer: httpx.Response = await client.push_raw(body, in_the_open(body))
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return body, answer.text


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
async def test_every_sample_is_answered_stored_once_and_repeated_alike(
    client: Client, mode: str, every_postgres: str
) -> None:
    await client.rows(
        "UPDATE channel_account SET mode = :mode WHERE id = :id", mode=mode, id=key("account")
    )
    push = push_plain if mode == "plain" else push_sealed
    for sample in SAMPLE_SET:
        await client.rows("DELETE FROM inbound_push")
        raw, first = await push(client, sample.body)
        _, second = await push(client, sample.body)
        assert first == second, sample.name
        stored: list[Any] = await client.rows(
            "SELECT event, raw, outcome, account FROM inbound_push"
        )
        assert [(row.event, row.account) for row in stored] == [(sample.event, ACCOUNT)], (
            sample.name
        )
        assert stored[0].raw == raw.encode(), sample.name
        assert stored[0].outcome, sample.name


async def test_the_collection_is_worth_the_name(client: Client) -> None:
    """An empty folder must not pass for a survived collection."""
    names = {sample.event for sample in SAMPLE_SET}
    assert len(SAMPLE_SET) >= 18
    assert names >= {"event.subscribe", "event.scan", "event.templatesendjobfinish", "text"}
