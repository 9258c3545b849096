"""What exactly is signed of a stamp, and how does anybody check it without us?

Ed25519 (RFC 8032) over canonical JSON: keys sorted, no spaces, UTF-8, only strings and whole
numbers. The child is a salted commitment: whoever holds the salt can show whose stamp it is,
nobody can find it out.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.kit.clock import school_day
from app.passports.errors import StampFileUnreadable, StampForged, StampTakenBack

VERSION = 1
FIELDS = (
    "base", "category", "code", "date", "district", "evidence", "holder", "kid", "minutes", "title",
    "version",
)  # fmt: skip
CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]


@dataclass(frozen=True)
class KeyPair:
    """A pair as it lies in the table, the private part opened."""

    kid: str
    public: str
    private: bytes

    def sign(self, content: bytes) -> str:
        return to_text(Ed25519PrivateKey.from_private_bytes(self.private).sign(content))


def to_text(content: bytes) -> str:
    """base64url without padding, as in JOSE."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def new_pair() -> KeyPair:
    """The id of a key is the beginning of its own fingerprint."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    secret = private.private_bytes(
        serialization.Encoding.Raw,
        serialization.PrivateFormat.Raw,
        serialization.NoEncryption(),
    )
    return KeyPair(hashlib.sha256(public).hexdigest()[:16], to_text(public), secret)


def commitment(salt: str, pupil_id: UUID) -> str:
    """SHA-256 over 16 random bytes and the child's number."""
    return hashlib.sha256(bytes.fromhex(salt) + pupil_id.bytes).hexdigest()


def payload_of(row: Any, holder: str, kid: str) -> dict[str, Any]:
    """The statement a stamp makes; the day is the school's, not the server's."""
    return {
        "base": row.base_name,
        "category": str(row.category),
        "code": row.code,
        "date": school_day(row.awarded_at).isoformat(),
        "district": row.district,
        "evidence": str(row.evidence),
        "holder": holder,
        "kid": kid,
        "minutes": row.minutes,
        "title": row.title,
        "version": VERSION,
    }


def canonical(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of_code(code: str) -> str:
    """How a stamp stands in the revocation list: found by who has it, telling nothing else."""
    return hashlib.sha256(code.encode()).hexdigest()


def is_signed_by(public: str, content: bytes, signature: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(to_bytes(public)).verify(to_bytes(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_stamp(document: Any, published: Any) -> dict[str, Any]:
    """The payload of a downloaded stamp, checked against the published keys; needs no database.

    Refused: a file that is no stamp, a signature that does not fit, a withdrawn key, a revoked stamp.
    """
    try:
        payload, signature = dict(document["payload"]), str(document["signature"])
        keys = {str(key["kid"]): key for key in published["keys"]}
        revoked = {str(one) for one in published["revoked"]}
        content = canonical(payload)
    except (KeyError, TypeError, ValueError) as exc:
        raise StampFileUnreadable from exc
    if sorted(payload) != sorted(FIELDS) or payload["version"] != VERSION:
        raise StampFileUnreadable
    key = keys.get(str(payload["kid"]))
    trusted = isinstance(key, dict) and not key.get("withdrawn_at")
    if not (key and trusted and is_signed_by(str(key.get("x")), content, signature)):
        raise StampForged
    if digest_of_code(str(payload["code"])) in revoked:
        raise StampTakenBack
    return payload


def badge(
    key: KeyPair, payload: Mapping[str, Any], words: Mapping[str, str], ids: Mapping[str, str]
) -> str:
    """An Open Badges 3.0 credential as a signed JWT (VC-JWT, RFC 7515 with EdDSA).

    `ids`: `issuer` (our address), `credential` and `recipient` (random urns: no child is named),
    `issued` (RFC 3339) and `seconds` (the same as a number). `words`: what people read.
    """
    achievement = f"{ids['issuer']}/verify/{payload['code']}"
    credential = {
        "@context": CONTEXTS,
        "id": ids["credential"],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": payload["title"],
        "issuer": {"id": ids["issuer"], "type": ["Profile"], "name": payload["district"]},
        "validFrom": ids["issued"],
        "credentialSubject": {
            "id": ids["recipient"],
            "type": ["AchievementSubject"],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "name": payload["title"],
                "description": words["description"],
                "criteria": {"narrative": words["criteria"]},
            },
        },
    }
    header = {
        "alg": "EdDSA",
        "typ": "JWT",
        "kid": key.kid,
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": key.public},
    }
    claims = {
        **credential,
        "iss": ids["issuer"],
        "jti": ids["credential"],
        "sub": ids["recipient"],
        "nbf": int(ids["seconds"]),
    }
    signed = f"{to_text(canonical(header))}.{to_text(canonical(claims))}"
    return f"{signed}.{key.sign(signed.encode())}"
