"""What a channel must be able to do. Implemented outside, by `wechat.channel`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from app.channels.kinds import ItemKind, Way
from app.notifications.kinds import DeliveryState


class Halt(StrEnum):
    """What is used no more after a refusal: this kind of message on this way, or the whole way."""

    ACCOUNT = "account"  # every way, for the rest of this round only
    KIND = "kind"
    WAY = "way"
    TODAY = "today"  # the whole way, until Chinese midnight


@dataclass(frozen=True)
class Message:
    """One delivery, ready to go. `delivery_id` is what the platform de-duplicates by."""

    delivery_id: UUID
    district_id: UUID
    address: str
    kind: str
    fields: dict[str, Any]
    way: Way = Way.TEMPLATE
    account: str = "service_account"
    burst: int = 1


@dataclass(frozen=True)
class Verdict:
    """How an attempt ended. With `retry_in_seconds` the delivery goes back to waiting.

    `falls`: not this way, but perhaps the next. The rest is what follows for others: a halt, a line
    for the operations inbox, a closed window, taps that are worth nothing, an openid that is none.
    """

    state: DeliveryState
    reason: str | None = None
    platform_id: str | None = None
    retry_in_seconds: float | None = None
    falls: bool = False
    errcode: int = 0
    rid: str | None = None
    halt: Halt | None = None
    item: ItemKind | None = None
    window_closed: bool = False
    taps_void: bool = False
    link_broken: bool = False


class Channel(Protocol):
    """Sends one message; never raises for what the platform says, only for our own bugs."""

    def carries(self, kind: str) -> frozenset[Way]: ...

    def meter(self, way: Way) -> str:
        """The name under which the calls of a way are counted."""

    async def quota(self, district_id: UUID, way: Way) -> tuple[int, int] | None:
        """(limit, used) of today, as the platform says; None where it does not."""

    async def send(self, message: Message) -> Verdict: ...
