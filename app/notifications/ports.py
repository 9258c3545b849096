"""What a channel must be able to do. Implemented outside, by `wechat.channel`."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.notifications.kinds import DeliveryState


@dataclass(frozen=True)
class Message:
    """One delivery, ready to go. `delivery_id` is what the platform de-duplicates by."""

    delivery_id: UUID
    district_id: UUID
    address: str
    kind: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """How an attempt ended. With `retry_in_seconds` the delivery goes back to waiting."""

    state: DeliveryState
    reason: str | None = None
    platform_id: str | None = None
    retry_in_seconds: float | None = None


class Channel(Protocol):
    """Sends one message; never raises for what the platform says, only for our own bugs."""

    async def send(self, message: Message) -> Verdict: ...
