"""What has happened to resources."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.kit.events import Fact


@dataclass(frozen=True)
class BaseRegistered(Fact):
    base_id: UUID
    scene: str


@dataclass(frozen=True)
class PaperRunsOut(Fact):
    """A paper reaches its 30th, 7th or last day; `days_left` may be negative when nothing ran."""

    paper_id: UUID
    organization_id: UUID
    unit_name: str
    paper: str
    valid_until: date
    days_left: int
    step: int


@dataclass(frozen=True)
class VisitNews(Fact):
    """Something new about an offer to visit: told to the school, or to whoever offered. `step` names it."""

    offer_id: UUID
    to_school: bool
    result: str
    step: str


@dataclass(frozen=True)
class NeedDue(Fact):
    """The school has offers and has not chosen; `number` tells reminders apart."""

    need_id: UUID
    organization_id: UUID
    posted_by: UUID | None
    title: str
    what: str
    until: date
    number: int
