"""What has happened around task sheets and evaluations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class ChildAsked:
    """One child's visit about which its family is asked for something until a moment."""

    session_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    until: str
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class SheetsDue(Fact):
    """Sheets are due within two days."""

    sheets: tuple[ChildAsked, ...]


@dataclass(frozen=True)
class EvaluationsAsked(Fact):
    """Visits are over that families have not said anything about; `until` is the last moment."""

    visits: tuple[ChildAsked, ...]


@dataclass(frozen=True)
class ScoredLow(Fact):
    """Somebody gave an activity a low score; who is not said."""

    alert_id: UUID
    title: str
    unit: str
    starts_at: datetime
    reason: str
    told: tuple[UUID, ...]
