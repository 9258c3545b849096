"""Where do identifiers come from?"""

import hashlib
import os
import secrets
import time
import uuid

_BASE32 = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no I, L, O, 0, 1: it is read aloud and typed


def new_id() -> uuid.UUID:
    """UUID version 7: random, but rows made together lie together in an index (RFC 9562)."""
    millis = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = millis << 80 | 0x7 << 76 | (chance >> 68) << 64 | 0b10 << 62
    return uuid.UUID(int=value | chance & (1 << 62) - 1)


def new_token() -> str:
    """An opaque secret of 256 bits, for cookies and bearer headers."""
    return secrets.token_urlsafe(32)


def new_scene() -> str:
    """An opaque name of 130 bits for a QR code; fits WeChat's 64 (and mini-program's 32) characters."""
    return secrets.token_hex(13)


def spoken_code(length: int = 8) -> str:
    """A code that survives handwriting and a phone call."""
    return "".join(secrets.choice(_BASE32) for _ in range(length))


def digest(secret: str) -> str:
    """What we store of a secret that is itself random: SHA-256 suffices, no salt needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
