"""Pure rules of the hash chain."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
FIELDS = (
    "id at person_id channel action object_type object_id pupil_id purpose before_digest "
    "after_digest detail"
).split()


def chained(previous: str, entry: Mapping[str, Any]) -> str:
    """The hash of an entry on top of the one before it; every field counts, in a fixed order."""
    values = [_plain(entry[name]) for name in FIELDS]
    dumped = json.dumps([previous, *values], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(dumped.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if value is None or isinstance(value, str | dict):
        return value
    return str(value)
