"""What has happened to resources."""

from dataclasses import dataclass
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class BaseRegistered(Fact):
    base_id: UUID
    scene: str
