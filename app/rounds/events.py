"""What has happened in rounds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class PupilResult:
    """One pupil's result, as its family is told."""

    pupil_id: UUID
    pupil_name: str
    result: str
    reason: str


@dataclass(frozen=True)
class RoundPublished(Fact):
    """A round has its result: everybody who took part is told, all at once."""

    round_id: UUID
    name: str
    results: tuple[PupilResult, ...]


@dataclass(frozen=True)
class SwapDone(Fact):
    """Two families exchanged."""

    swap_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    starts_at: datetime
