"""How do we know a callback is WeChat's, and how do we read and seal it?

The scheme is the platform's: SHA-1 over sorted parts, AES-256-CBC with 32-byte
PKCS#7 blocks, the receiver's id at the end of the frame. Every refusal is one
type, so that nobody can tell from our answer which check failed.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

BLOCK = 32  # the platform pads to 32 bytes, not to AES's 16


class CryptoRefused(Exception):
    """The envelope is not genuine, not for us, or not whole."""


def signature(*parts: str) -> str:
    """SHA-1 of the sorted parts joined, in lower-case hex (platform rule)."""
    # A lone surrogate from a broken query string must end as a wrong signature, not as a crash.
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def same(expected: str, given: str) -> bool:
    """Compare in constant time; any text may be given."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=64)
def _block_cipher(aes_key: str) -> BlockCipher[modes.CBC]:
    """Kept, because an account has the same key for years; each message gets a context of its own."""
    try:
        key = base64.b64decode(aes_key + "=", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise CryptoRefused from exc
    if len(key) != BLOCK:
        raise CryptoRefused
    return BlockCipher(algorithms.AES(key), modes.CBC(key[:16]))


@dataclass(frozen=True)
class Cipher:
    """Seals and opens frames for one account; `receiver_id` is its appid."""

    aes_key: str
    receiver_id: str

    def encrypt(self, plain: str, random16: bytes | None = None) -> str:
        """Seal a message; `random16` is given only to reproduce known answers."""
        message = plain.encode()
        frame = (random16 or secrets.token_bytes(16)) + struct.pack("!I", len(message))
        frame += message + self.receiver_id.encode()
        pad = BLOCK - len(frame) % BLOCK
        encryptor = _block_cipher(self.aes_key).encryptor()
        sealed = encryptor.update(frame + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted: str) -> str:
        """Open a frame, or refuse: base64, length, padding, inner length, receiver, UTF-8."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as exc:
            raise CryptoRefused from exc
        if not sealed or len(sealed) % 16:
            raise CryptoRefused
        decryptor = _block_cipher(self.aes_key).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or len(padded) < pad + 20 or padded[-pad:] != bytes([pad]) * pad:
            raise CryptoRefused
        frame = padded[:-pad]
        (length,) = struct.unpack("!I", frame[16:20])
        message, receiver = frame[20 : 20 + length], frame[20 + length :]
        if len(message) != length or not hmac.compare_digest(receiver, self.receiver_id.encode()):
            raise CryptoRefused
        try:
            return message.decode()
        except UnicodeDecodeError as exc:
            raise CryptoRefused from exc
