"""What has happened around task sheets and evaluations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class SheetDue:
    """One child's sheet that nobody has handed in."""

    session_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    until: str
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class SheetsDue(Fact):
    """Sheets are due within two days."""

    sheets: tuple[SheetDue, ...]


@dataclass(frozen=True)
class ScoredLow(Fact):
    """Somebody gave an activity a low score; who is not said."""

    alert_id: UUID
    title: str
    unit: str
    starts_at: datetime
    reason: str
    told: tuple[UUID, ...]
