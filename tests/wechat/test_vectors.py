"""Known answers: strangers' vectors where they are present, else some made here independently."""

import base64
import hashlib
import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from wechat.crypto import Cipher, CryptoRefused, same, signature

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("WECHAT_SAMPLES", ROOT.parent / "shared" / "wechat-samples"))
KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"


def sha1(parts: list[str]) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def seal(text: str, appid: str, *, random16: str, pad_with: int | None = None) -> str:
    """The platform's scheme written a second time; `pad_with` spoils the padding."""
    key = base64.b64decode(KEY + "=")
    frame = random16.encode() + struct.pack(">I", len(text.encode())) + text.encode()
    frame += appid.encode()
    missing = 32 - len(frame) % 32
    padding = bytearray([missing]) * missing
    if pad_with is not None:
        padding[0], padding[-1] = pad_with, max(missing, 2)
    encryptor = Aes(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(
        encryptor.update(frame + bytes(padding)) + encryptor.finalize()
    ).decode()


def made_vector(name: str, kind: str, text: str, **changes: Any) -> dict[str, Any]:
    spoilt = changes.pop("pad_with", None)
    receiver = changes.pop("receiver_id", "wxmade000000000001")
    sealed = seal(text, receiver, random16="aaaabbbbccccdddd", pad_with=spoilt)
    vector = {
        "name": name,
        "kind": kind,
        "token": "madetoken",
        "encoding_aes_key": KEY,
        "appid": "wxmade000000000001",
        "timestamp": "1700000000",
        "nonce": "n0nce",
        "encrypt": sealed,
        "msg_signature": sha1(["madetoken", "1700000000", "n0nce", sealed]),
        "plaintext": text,
        "random16": "aaaabbbbccccdddd",
        "padding_consistent": spoilt is None,
        "signature_ok": True,
        "appid_ok": receiver == "wxmade000000000001",
    }
    return {**vector, **changes}


def made_aes() -> list[dict[str, Any]]:
    return [
        made_vector("short", "encrypt", "我是中文abcd123"),
        made_vector("whole blocks", "encrypt", "x" * 90),
        made_vector("xml", "decrypt", "<xml><Content>你好</Content></xml>"),
        made_vector("empty", "decrypt", ""),
        made_vector("another receiver", "decrypt", "<xml/>", receiver_id="wxother"),
        made_vector("bad padding", "decrypt", "<xml/>", pad_with=7),
        made_vector(
            "bad signature", "decrypt", "<xml/>", msg_signature="0" * 40, signature_ok=False
        ),
    ]


def made_sha1() -> list[dict[str, Any]]:
    inputs = {"token": "T", "timestamp": "1700000000", "nonce": "42"}
    return [{"name": "push", "inputs": inputs, "expected": sha1(list(inputs.values()))}]


def vectors(file: str, made: list[dict[str, Any]]) -> list[Any]:
    path = SAMPLES / file
    found = json.loads(path.read_text("utf-8")) if path.exists() else made
    return [pytest.param(vector, id=vector["name"]) for vector in found]


AES = vectors("aes_vectors.json", made_aes())


@pytest.mark.parametrize("vector", AES)
def test_a_frame_opens_only_when_signature_padding_and_receiver_are_right(
    vector: dict[str, Any],
) -> None:
    cipher = Cipher(vector["encoding_aes_key"], vector["appid"])
    if vector["msg_signature"]:
        parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
        assert same(signature(*parts), vector["msg_signature"]) is vector["signature_ok"]
    if vector["padding_consistent"] and vector["appid_ok"] is not False:
        assert cipher.decrypt(vector["encrypt"]) == vector["plaintext"]
    else:
        with pytest.raises(CryptoRefused):
            cipher.decrypt(vector["encrypt"])


@pytest.mark.parametrize("vector", [case for case in AES if case.values[0]["kind"] == "encrypt"])
def test_the_same_random_bytes_give_the_same_frame(vector: dict[str, Any]) -> None:
    cipher = Cipher(vector["encoding_aes_key"], vector["appid"])
    sealed = cipher.encrypt(vector["plaintext"], vector["random16"].encode())
    assert sealed == vector["encrypt"]


@pytest.mark.parametrize("vector", vectors("sha1_vectors.json", made_sha1()))
def test_signatures_are_those_of_the_platform(vector: dict[str, Any]) -> None:
    inputs = dict(vector["inputs"])
    inputs.pop("echostr", None)
    if set(inputs) == {"token", "timestamp", "nonce"}:
        assert signature(*inputs.values()) == vector["expected"]
    else:  # JS-SDK and raw data: one text or one concatenation, nothing to sort
        assert signature("".join(inputs.values())) == vector["expected"]


def test_the_second_implementation_agrees_with_ours() -> None:
    """So that the made vectors prove something on a machine without the strangers' ones."""
    for text in ("", "一", "x" * 1000):
        made = seal(text, "wxmade000000000001", random16="aaaabbbbccccdddd")
        ours = Cipher(KEY, "wxmade000000000001")
        assert ours.encrypt(text, b"aaaabbbbccccdddd") == made
        assert ours.decrypt(made) == text


@pytest.mark.parametrize(
    "sealed",
    ["", "=", "a", "YQ==", "あ", "\udcff", base64.b64encode(b"\0" * 16).decode(), "A" * 43],
)
def test_what_is_no_frame_is_refused_with_one_type(sealed: str) -> None:
    with pytest.raises(CryptoRefused):
        Cipher(KEY, "wxmade000000000001").decrypt(sealed)


@pytest.mark.parametrize("key", ["", "short", "#" * 43, "A" * 44])
def test_a_key_that_is_none_is_refused_with_one_type(key: str) -> None:
    sealed = seal("<xml/>", "wxmade000000000001", random16="aaaabbbbccccdddd")
    with pytest.raises(CryptoRefused):
        Cipher(key, "wxmade000000000001").decrypt(sealed)
