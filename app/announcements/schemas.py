"""Wire shapes of announcements and the column."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from app.announcements.kinds import (
    AnnouncementState,
    ArticleState,
    AudienceRole,
    ColumnState,
    ReachState,
    Rubric,
)
from app.kit.bounds import Grade, Line, LongText, Name, Shape, Wire

Ids = Annotated[list[UUID], Field(max_length=200)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("string_too_short")
    return value


Said = Annotated[LongText, Field(min_length=1), AfterValidator(_said)]
Reason = Annotated[Line, Field(min_length=2)]


class AudienceIn(Wire):
    """Whom it is for. Empty lists narrow nothing; grades, classes and sessions mean children."""

    roles: Annotated[list[AudienceRole], Field(min_length=1, max_length=4)]
    schools: Ids = Field(default_factory=list)
    grades: Annotated[list[Grade], Field(max_length=12)] = Field(default_factory=list)
    classes: Ids = Field(default_factory=list)
    sessions: Ids = Field(default_factory=list)


class AnnouncementIn(Wire):
    title: Name
    body: Said
    urgent: bool = False
    audience: AudienceIn
    send_at: AwareDatetime | None = None


class CountOut(Shape):
    """How many people an audience means now, in how many schools and units."""

    people: int
    places: int
    needs_second: bool


class ApprovalIn(Wire):
    """`digest`: what the approver saw."""

    digest: Digest


class ReturnIn(Wire):
    reason: Reason


class AnnouncementOut(Shape):
    id: UUID
    title: str
    body: str
    urgent: bool
    audience: AudienceIn
    send_at: datetime | None
    state: AnnouncementState
    submitted_at: datetime | None
    approved_at: datetime | None
    people: int | None
    cool_until: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    reason: str
    article_state: ArticleState
    article_counts: dict[str, int] | None
    version: int


class PreviewOut(Shape):
    """What would be approved now: to how many, and the digest that an approval names."""

    people: int
    places: int
    needs_second: bool
    digest: str


class PlaceOut(Shape):
    """One school or unit in the receipts."""

    organization_id: UUID | None
    name: str | None
    people: int
    sent: int
    read: int
    unread: int
    not_following: int
    unbound: int


class UnreadOut(Shape):
    name: str
    child: str | None
    reach: ReachState | None


class NudgeOut(Shape):
    day: date
    number: int
    people: int
    created_at: datetime


class NudgeIn(Wire):
    """Without an organization: everybody who has not read it."""

    organization_id: UUID | None = None


class ReceivedOut(Shape):
    """A line of the own inbox."""

    id: UUID
    title: str
    urgent: bool
    sent_at: datetime
    read_at: datetime | None
    nudged_at: datetime | None


class FileOut(Shape):
    number: int
    name: str
    media: str
    size: int


class LetterOut(ReceivedOut):
    """An announcement as its recipient reads it."""

    body: str
    files: list[FileOut]


class HostIn(Wire):
    host: Annotated[Name, Field(max_length=120)]


class HostOut(Shape):
    id: UUID
    host: str


class ArticleIn(Wire):
    rubric: Rubric
    title: Name
    content: Said
    organization_id: UUID


class ArticleOut(Shape):
    id: UUID
    number: int
    rubric: Rubric
    title: str
    content: str
    organization_id: UUID
    published_on: date | None
    state: ColumnState
    reason: str
    article_state: ArticleState
    article_url: str
    version: int
