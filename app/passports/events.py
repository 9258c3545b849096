"""What has happened to passports."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class ArrivedWithoutStamp(Fact):
    """The child is there, but this activity asks for better evidence before it stamps."""

    attendance_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    base_name: str
    arrived_at: datetime
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class NewLevel:
    """One level that a child reached for the first time, in words."""

    id: UUID
    pupil_name: str
    level: str
    rules: str
    following: str
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class LevelsReached(Fact):
    """Children have reached levels."""

    levels: tuple[NewLevel, ...]
