"""Is this request WeChat's, and what is inside? Seals the answer the same way."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.channels.accounts import Account
from wechat.crypto import Cipher, CryptoRefused, same, signature
from wechat.events import MalformedPush, Push, parse

PLAIN = "plain"
LONGEST_FIELD = 128


@dataclass(frozen=True)
class Signed:
    """The query of a callback; missing parts are empty and fail the comparison."""

    signature: str
    timestamp: str
    nonce: str
    msg_signature: str
    echostr: str

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Signed":
        names = ("signature", "timestamp", "nonce", "msg_signature")
        found = {name: query.get(name, "")[:LONGEST_FIELD] for name in names}
        return cls(**found, echostr=query.get("echostr", "")[:1024])

    def age_seconds(self, now: float) -> float:
        """How old the push says it is; a missing or absurd time is infinitely old."""
        digits = self.timestamp
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 11):
            return float("inf")
        return abs(now - int(digits))


def verify_address(account: Account, signed: Signed) -> bool:
    """The check of the plain signature: address verification, and pushes in plain mode."""
    expected = signature(account.token, signed.timestamp, signed.nonce)
    return bool(signed.timestamp) and same(expected, signed.signature)


def open_push(account: Account, signed: Signed, body: bytes) -> Push:
    """The push inside, or `CryptoRefused` / `MalformedPush`.

    A safe or compatible account accepts only what carries a right msg_signature
    over an Encrypt element; a plain body is refused there. Both AES keys are
    tried while one is being rotated.
    """
    text = body.decode("utf-8", "strict") if _is_utf8(body) else ""
    if account.mode == PLAIN:
        if not verify_address(account, signed):
            raise CryptoRefused
        return parse(text)
    try:
        encrypted = parse(text).text("Encrypt")
    except MalformedPush as exc:
        raise CryptoRefused from exc
    expected = signature(account.token, signed.timestamp, signed.nonce, encrypted)
    if not encrypted or not same(expected, signed.msg_signature):
        raise CryptoRefused
    for number, key in enumerate(account.aes_keys, start=1):
        try:
            return parse(Cipher(key, account.appid).decrypt(encrypted))
        except CryptoRefused:
            if number == len(account.aes_keys):
                raise
    raise CryptoRefused


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_json(reply: str) -> bool:
    return reply.startswith("{")


def seal_reply(account: Account, reply: str) -> str:
    """The reply as the account's mode wants it; an empty reply stays empty in every mode."""
    if account.mode == PLAIN or not reply:
        return reply
    encrypted = Cipher(account.aes_keys[0], account.appid).encrypt(reply)
    stamp, nonce = str(int(time.time())), secrets.token_hex(8)
    signed = signature(account.token, stamp, nonce, encrypted)
    if is_json(reply):
        sealed = {
            "Encrypt": encrypted,
            "MsgSignature": signed,
            "TimeStamp": int(stamp),
            "Nonce": nonce,
        }
        return json.dumps(sealed)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signed}]]></MsgSignature>"
        f"<TimeStamp>{stamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )
