"""Wire shapes of notifications."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.kit.bounds import Shape, Wire
from app.notifications.kinds import DeliveryState, Kind, Tap


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
    rid: str | None
    burst: int
    attempts: int
    created_at: datetime
    settled_at: datetime | None


class DeliveryCount(Shape):
    state: DeliveryState
    count: int


class UnreachedOut(Shape):
    """A family that one message did not reach: whom to ring up, about what, and why."""

    id: UUID
    pupil_id: UUID
    pupil_name: str = Field(description="默认只显示姓；写明查看目的并有权限时为全名")
    class_id: UUID
    class_name: str
    school_id: UUID
    school: str
    kind: Kind
    words: str
    why: str
    since: datetime
    told_at: datetime | None
    told_by: str


class TapsIn(Wire):
    """What the phone's popup answered, kind by kind; `account` is whose subscription it is."""

    taps: dict[Kind, Tap] = Field(min_length=1, max_length=20)
    account: Literal["service_account", "miniprogram"] = "service_account"


class TapsOut(Shape):
    """How many messages of each kind may still be sent."""

    left: dict[str, int]


class PreferencesIn(Wire):
    muted: set[Kind] = Field(max_length=60)
    quiet: bool


class PreferencesOut(Shape):
    muted: list[str]
    quiet: bool
    version: int
