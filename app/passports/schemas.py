"""Wire shapes of passports and stamps."""

from datetime import datetime
from uuid import UUID

from app.activities.kinds import Category, EvidenceGrade
from app.kit.bounds import Shape, Wire
from app.passports.kinds import PassportState


class PassportIn(Wire):
    pupil_id: UUID


class PassportOut(Shape):
    id: UUID
    pupil_id: UUID
    number: str
    state: PassportState
    version: int


class StampOut(Shape):
    id: UUID
    title: str
    base_name: str
    category: Category
    minutes: int
    evidence: EvidenceGrade
    awarded_at: datetime


class PassportPage(PassportOut):
    pupil_name: str
    stamps: list[StampOut]
    total_minutes: int


class CardOut(Shape):
    """What the paper card's QR code holds."""

    number: str
    scene: str
