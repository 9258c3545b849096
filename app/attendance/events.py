"""What has happened at the door."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.activities.kinds import Category, EvidenceGrade
from app.kit.events import Fact


@dataclass(frozen=True)
class CheckedIn(Fact):
    """A child has arrived, for the first time at this session."""

    attendance_id: UUID
    session_id: UUID
    pupil_id: UUID
    pupil_name: str
    base_id: UUID
    base_name: str
    title: str
    category: Category
    minutes: int
    evidence: EvidenceGrade
    evidence_needed: EvidenceGrade
    arrived_at: datetime
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class CheckedOut(Fact):
    """A child was seen to leave."""

    attendance_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    base_name: str
    left_at: datetime
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class AttendanceVoided(Fact):
    """A correction says that the child was not there after all."""

    attendance_id: UUID
    session_id: UUID
    pupil_id: UUID
