"""What has happened to activities."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.activities.kinds import SheetVerdict
from app.kit.events import Fact


@dataclass(frozen=True)
class ActivityReviewed(Fact):
    activity_id: UUID
    author_id: UUID | None
    title: str
    approved: bool
    reason: str
    review_id: UUID


@dataclass(frozen=True)
class SeatsAdded(Fact):
    """Capacity grew: whoever waits may move up."""

    session_id: UUID


@dataclass(frozen=True)
class SessionCancelled(Fact):
    session_id: UUID
    title: str
    starts_at: datetime
    reason: str


@dataclass(frozen=True)
class VisitChanged(Fact):
    """Time, place or what to bring of something published is different: everyone booked is told.

    `change_id` names the change, so that it is told once.
    """

    session_ids: tuple[UUID, ...]
    title: str
    change: str
    change_id: str


@dataclass(frozen=True)
class ActivityPublished(Fact):
    """Families see it from now on."""

    activity_id: UUID


@dataclass(frozen=True)
class SheetReviewed(Fact):
    """A child's task sheet of a session was judged; `before` is the last judgement, if any."""

    review_id: UUID
    session_id: UUID
    pupil_id: UUID
    pupil_name: str
    title: str
    verdict: SheetVerdict
    comment: str
    before: SheetVerdict | None
    guardians: tuple[UUID, ...]


@dataclass(frozen=True)
class MentorInvited(Fact):
    """An organization asks a mentor to take part."""

    invitation_id: UUID
    mentor_id: UUID
    title: str
    asked_by_name: str
    message: str


@dataclass(frozen=True)
class MentorAnswered(Fact):
    invitation_id: UUID
    asked_by: UUID | None
    mentor_name: str
    title: str
    result: str
