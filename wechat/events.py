"""What did WeChat push? One normalised event from XML or JSON, however odd.

Tolerant by measurement: keys come with stray blanks, numbers as strings, one
element lists as objects, third-party pushes without MsgType. What we cannot
name we still store and acknowledge.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

DEEPEST = 12  # real pushes nest four levels
# JSON can carry what neither XML nor the database takes; no honest push does.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SCENE_PREFIX = "qrscene_"
_IDENTIFYING = (
    "ToUserName FromUserName CreateTime MsgType Event EventKey MsgId MsgID Ticket trace_id "
    "InfoType Status OpenID RevokeInfo"
).split()


class MalformedPush(Exception):
    """Not a push: neither XML nor JSON of the platform's shape."""


@dataclass(frozen=True)
class Push:
    """A push with its common fields; `fields` holds everything, by the platform's own names.

    `is_json`: the account asked for JSON, and is answered in it.
    """

    fields: dict[str, Any] = field(repr=False)
    is_json: bool = False

    def text(self, name: str) -> str:
        """A field as text; empty when absent or not a plain value."""
        value = self.fields.get(name, "")
        return _UNSTORABLE.sub("", str(value)) if isinstance(value, str | int | float) else ""

    @property
    def openid(self) -> str:
        return self.text("FromUserName")

    @property
    def receiver(self) -> str:
        return self.text("ToUserName")

    @property
    def name(self) -> str:
        """`event.scan`, `text`, `info.component_verify_ticket`; lower case, since both occur."""
        kind = self.text("MsgType").lower()
        if kind == "event" or (not kind and self.text("Event")):
            return f"event.{self.text('Event').lower()}"
        if kind:
            return kind
        return f"info.{self.text('InfoType').lower()}" if self.text("InfoType") else "unknown"

    @property
    def scene(self) -> str:
        """The scene of a scanned code; empty when there is none (`last_trade_no_…` is none)."""
        key = self.text("EventKey")
        if self.name == "event.subscribe":
            return key.removeprefix(SCENE_PREFIX) if key.startswith(SCENE_PREFIX) else ""
        return key

    def nested(self, *path: str) -> Any:
        """A value inside nested objects, or None."""
        value: Any = self.fields
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def dedupe_key(self) -> str:
        """Wide on purpose: sender and second alone collide when two events share a second.

        Nested values count too: two codes scanned in one second differ only in there.
        """
        if self.text("MsgId"):
            parts = ["MsgId", self.receiver, self.openid, self.text("MsgType"), self.text("MsgId")]
        elif self.openid and self.text("CreateTime"):
            nested = {
                key: item for key, item in self.fields.items() if isinstance(item, dict | list)
            }
            parts = [*(self.text(name) for name in _IDENTIFYING), _canonical(nested)]
        else:
            parts = [_canonical(self.fields)]
        joined = "\x1f".join(parts)
        return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()


def moment_of(seconds: str) -> datetime | None:
    """A moment as the platform writes it, seconds since 1970; None when it is none."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def parse(body: str) -> Push:
    """Read a push; refuses (`MalformedPush`) what has no fields at all."""
    text = body.strip().lstrip("\ufeff")
    is_json = text.startswith("{")
    fields = _from_json(text) if is_json else _from_xml(text)
    if not fields:
        raise MalformedPush
    return Push(fields, is_json)


def _from_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise MalformedPush from exc
    return {key.strip(): _shallow(item, DEEPEST) for key, item in value.items()}


def _shallow(value: Any, levels: int) -> Any:
    """A JSON value with its keys stripped; what is nested deeper than any real push is dropped."""
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return None
    if isinstance(value, list):
        return [_shallow(item, levels - 1) for item in value]
    return {key.strip(): _shallow(item, levels - 1) for key, item in value.items()}


def _from_xml(text: str) -> dict[str, Any]:
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as exc:
        raise MalformedPush from exc
    value = _value(root, DEEPEST)
    return value if isinstance(value, dict) else {}


def _value(element: Element, levels: int) -> Any:
    """An element as text, object, or list where a name repeats."""
    children = list(element)
    if not children or levels == 0:
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in children:
        name = child.tag.strip() if isinstance(child.tag, str) else ""
        value = _value(child, levels - 1)
        if name in found:
            earlier = found[name]
            found[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            found[name] = value
    return found
