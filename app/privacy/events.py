"""What has happened to families' requests and to children's records."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.kit.events import Fact
from app.privacy.kinds import DataRequestKind


@dataclass(frozen=True)
class DataRequested(Fact):
    """A guardian asked for a correction or for erasure; due by then."""

    request_id: UUID
    pupil_id: UUID
    pupil_name: str
    kind: DataRequestKind
    due_at: datetime


@dataclass(frozen=True)
class DataSettled(Fact):
    """The school answered a correction."""

    request_id: UUID
    asked_by: UUID
    pupil_name: str
    result: str


@dataclass(frozen=True)
class AccessReviewed(Fact):
    """The week's summary of who looked at a school's children is ready."""

    organization_id: UUID
    monday: date
    readers: int
    children: int
    reads: int
