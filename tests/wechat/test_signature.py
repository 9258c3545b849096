"""Only the platform may speak to the callback address; anybody else changes nothing."""

import random
import time
from typing import Any

import pytest

from tests.cast import ACCOUNT, AES_KEY, APPID, CAST, HERE, POTTERY_SCENE, TOKEN, key
from tests.client import Client, opened, push_xml, sealed
from tests.wechat.proof import row_counts
from wechat.crypto import Cipher, signature

OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
FLIPS = 300


def scan_body() -> str:
    return push_xml(CAST.mama, Event="SCAN", EventKey=POTTERY_SCENE)


def sealed_with(aes_key: str, appid: str, token: str = TOKEN) -> tuple[str, dict[str, str]]:
    encrypted, stamp = Cipher(aes_key, appid).encrypt(scan_body()), str(int(time.time()))
    query = {
        "signature": signature(token, stamp, "n"),
        "timestamp": stamp,
        "nonce": "n",
        "msg_signature": signature(token, stamp, "n", encrypted),
    }
    return f"<xml><Encrypt>{encrypted}</Encrypt></xml>", query


@pytest.fixture
async def booked(client: Client) -> Client:
    """小南 is expected at the pottery now: a genuine scan would check him in."""
    session = await client.add_session()
    assert (await client.book(CAST.mama, CAST.xiaonan, session)).status_code == 201
    return client


async def refused(client: Client, envelope: str, query: dict[str, str], **where: str) -> None:
    before = await row_counts(client)
    answer = await client.push_raw(envelope, query, **where)
    assert (answer.status_code, answer.text) == (403, "forbidden")
    assert await row_counts(client) == before


async def test_a_genuine_push_is_heard(booked: Client) -> None:
    """The control of this file: the very same push, unspoilt, checks the child in."""
    assert "签到成功" in opened(await booked.push_raw(*sealed(scan_body())))
    assert "已经签到过了" in opened(await booked.push_raw(*sealed_with(AES_KEY, APPID)))


@pytest.mark.parametrize("part", ["timestamp", "nonce", "msg_signature"])
async def test_a_missing_or_wrong_part_is_forbidden(booked: Client, part: str) -> None:
    envelope, query = sealed(scan_body())
    for wrong in ("", "1700000000", "9" * 5000, "\x00\ufffd", "甲"):
        await refused(booked, envelope, {**query, part: wrong})
    del query[part]
    await refused(booked, envelope, query)
    await refused(booked, envelope, {})


async def test_the_signature_of_plain_mode_does_not_open_a_sealed_account(booked: Client) -> None:
    envelope, query = sealed(scan_body())
    await refused(booked, envelope, {**query, "msg_signature": query["signature"]})
    await refused(booked, scan_body(), query)
    await refused(booked, scan_body(), {**query, "encrypt_type": "raw"})


async def test_another_key_appid_or_token_is_forbidden(booked: Client) -> None:
    await refused(booked, *sealed_with(OTHER_KEY, APPID))
    await refused(booked, *sealed_with(AES_KEY, "wxsomebodyelse001"))
    await refused(booked, *sealed_with(AES_KEY, APPID, token="othertoken"))


async def test_a_push_for_one_account_is_forbidden_at_another(booked: Client) -> None:
    envelope, query = sealed(scan_body())
    await refused(booked, envelope, query, account=f"{ACCOUNT}-mp")


async def test_an_unknown_account_is_forbidden(booked: Client) -> None:
    envelope, query = sealed(scan_body())
    for name in ("nobody", "a", "%00", "%ED%A0%80", "A" * 300, f"{ACCOUNT}%00", ACCOUNT.upper()):
        await refused(booked, envelope, query, account=name)
        looked = await booked.http.get(f"/wechat/callback/{name}", params=query)
        assert looked.status_code == 403, name


async def test_a_stale_or_future_push_is_forbidden(booked: Client) -> None:
    for seconds in (-660, 660, -(10**9), 10**9):
        await refused(booked, *sealed(scan_body(), stamp=int(time.time()) + seconds))


async def test_nine_minutes_of_delay_or_skew_are_forgiven(booked: Client) -> None:
    for seconds, sentence in ((-540, "签到成功"), (540, "已经签到过了")):
        envelope, query = sealed(scan_body(), stamp=int(time.time()) + seconds)
        assert sentence in opened(await booked.push_raw(envelope, query))


async def test_no_flipped_bit_gets_through(booked: Client) -> None:
    """300 pushes with one bit wrong in the sealed text, a signature, the time or the nonce."""
    dice, before = random.Random(20261121), await row_counts(booked)
    for number in range(FLIPS):
        envelope, query = sealed(scan_body())
        spoilt: dict[str, Any] = dict(query)
        part = ("envelope", "msg_signature", "timestamp", "nonce")[number % 4]
        if part == "envelope":
            inside = envelope.index("<Encrypt>") + len("<Encrypt>")
            envelope = flipped(envelope, dice.randrange(inside, envelope.index("</Encrypt>")), dice)
        else:
            spoilt[part] = flipped(query[part], dice.randrange(len(query[part])), dice)
        answer = await booked.push_raw(envelope, spoilt)
        assert answer.status_code == 403, (part, spoilt, envelope)
    assert await row_counts(booked) == before


def flipped(text: str, at: int, dice: random.Random) -> str:
    return text[:at] + chr(ord(text[at]) ^ 1 << dice.randrange(7)) + text[at + 1 :]


async def test_refusals_do_not_grow_with_their_number(client: Client) -> None:
    """Each refusal carries its own request id and nothing of those before it."""
    for _ in range(3):
        answer = await client.push_raw("<xml/>", {})
        assert len(answer.headers.get_list("x-request-id")) == 1


async def test_one_byte_too_many_is_too_large(client: Client) -> None:
    before = await row_counts(client)
    fits = await client.push_raw(" " * 64 * 1024, {})
    large = await client.push_raw(" " * (64 * 1024 + 1), {})
    assert (fits.status_code, large.status_code) == (403, 413)
    assert await row_counts(client) == before


async def test_address_verification_echoes_exactly_or_not_at_all(client: Client) -> None:
    query = {**sealed("<xml/>")[1], "echostr": "4375120948345356249"}
    path = f"/wechat/callback/{ACCOUNT}"
    right = await client.http.get(path, params=query)
    assert (right.status_code, right.text) == (200, "4375120948345356249")
    assert right.headers["content-type"].startswith("text/plain")
    for wrong in ({"signature": "0" * 40}, {"nonce": "x"}, {"timestamp": ""}):
        answer = await client.http.get(path, params={**query, **wrong})
        assert (answer.status_code, answer.text) == (403, "forbidden")


async def test_while_keys_are_changed_both_open_and_the_third_does_not(booked: Client) -> None:
    path = f"/channel-accounts/{key('account')}"
    changed = await booked.patch(CAST.admin, path, {"aes_key": OTHER_KEY})
    assert changed.status_code == 200, changed.text
    for aes_key in (OTHER_KEY, AES_KEY):
        answer = await booked.push_raw(*sealed_with(aes_key, APPID))
        assert answer.status_code == 200
    await refused(booked, *sealed_with("Z" + OTHER_KEY[1:], APPID))
    assert (
        await booked.value("SELECT count(*) FROM inbound_push WHERE district_id = :d", d=HERE) == 2
    )
