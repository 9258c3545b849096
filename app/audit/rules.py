"""Pure rules of the hash chain."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


def chained(previous: str, entry: Sequence[Any]) -> str:
    """The hash of an entry (its values in the order of FIELDS) on top of the one before it."""
    dumped = json.dumps([previous, *entry], ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.sha256(dumped.encode()).hexdigest()


def _plain(value: Any) -> str:
    """Times as UTC whatever the session's zone; ids as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
