"""What has happened in the city pack."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class Listed:
    """One child of a 公示 with its guardians."""

    pupil_id: UUID
    pupil_name: str
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class PublicityOpened(Fact):
    """A school's list is open for objections."""

    publicity_id: UUID
    title: str
    closes_at: datetime
    listed: tuple[Listed, ...]


@dataclass(frozen=True)
class ObjectionSettled(Fact):
    """The school has answered; both outcomes are told."""

    objection_id: UUID
    title: str
    result: str
    listed: Listed
