"""Wire shapes of notifications."""

from datetime import datetime
from uuid import UUID

from app.kit.bounds import Shape
from app.notifications.kinds import DeliveryState, Kind


class NotificationOut(Shape):
    id: UUID
    kind: Kind
    headline: str
    lines: list[tuple[str, str]]
    created_at: datetime
    read_at: datetime | None


class DeliveryOut(Shape):
    id: UUID
    notification_id: UUID
    channel: str
    state: DeliveryState
    reason: str | None
    attempts: int
    created_at: datetime
    settled_at: datetime | None


class DeliveryCount(Shape):
    state: DeliveryState
    count: int
