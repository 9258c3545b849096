"""Wire shapes of the city pack."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.citypack.kinds import ObjectionState, PublicityState
from app.kit.bounds import Grade, Name, Shape, Wire, has_control


def _one_line(value: str) -> str:
    if has_control(value):
        raise ValueError("control_characters")
    return value


Reason = Annotated[
    str,
    StringConstraints(min_length=2, max_length=200, strip_whitespace=True),
    AfterValidator(_one_line),
]
ColumnKey = Annotated[str, StringConstraints(pattern=r"^(hours|bases):[a-z]*:[a-z_]*$")]
Amount = Annotated[int, Field(ge=-100_000, le=100_000)]


class PublicityIn(Wire):
    """A draft; grades are those of the city's rule unless narrowed."""

    organization_id: UUID
    title: Name
    starts_on: date
    ends_on: date
    min_grade: Grade = 6
    max_grade: Grade = 9

    @model_validator(mode="after")
    def _spans(self) -> Self:
        if self.starts_on > self.ends_on:
            raise ValueError("ends_before_start")
        if self.min_grade > self.max_grade:
            raise ValueError("min_grade")
        return self


class OpenIn(Wire):
    """The last day on which objections are heard."""

    closes_on: date


class WithdrawIn(Wire):
    reason: Reason


class PublicityOut(Shape):
    id: UUID
    organization_id: UUID
    title: str
    starts_on: date
    ends_on: date
    min_grade: int
    max_grade: int
    state: PublicityState
    digest: str | None
    opened_at: datetime | None
    closes_at: datetime | None
    reason: str
    version: int


class Cell(Shape):
    """One column of a line: `words` name it, `said` is the number as people read it."""

    key: str
    words: str
    amount: int
    said: str


class LineOut(Shape):
    """`name` is masked unless asked otherwise with a purpose; `corrected` since it was published."""

    pupil_id: UUID
    name: str
    class_name: str
    cells: list[Cell]
    corrected: bool


class ObjectionIn(Wire):
    publicity_id: UUID
    pupil_id: UUID
    reason: Reason


class CorrectionPart(Wire):
    """Which column and how much: minutes for hours, a number for bases."""

    column: ColumnKey
    amount: Amount


class DecisionIn(Wire):
    accept: bool
    answer: Reason
    correction: CorrectionPart | None = None


class ObjectionOut(Shape):
    id: UUID
    publicity_id: UUID
    pupil_id: UUID
    by_school: bool
    reason: str
    state: ObjectionState
    answer: str
    created_at: datetime
    decided_at: datetime | None


class CorrectionIn(CorrectionPart):
    pupil_id: UUID
    day: date
    reason: Reason


class CorrectionOut(Shape):
    id: UUID
    pupil_id: UUID
    publicity_id: UUID | None
    day: date
    amount: int
    reason: str
    created_at: datetime


class ExportOut(Shape):
    id: UUID
    publicity_id: UUID
    number: int
    digest: str
    created_at: datetime


class EntryOut(Shape):
    """A line of the ledger: a stamp, or a correction with its reason."""

    day: date
    words: str
    category: str
    said: str


class OwnListed(Shape):
    """A 公示 the child stands in; `may_object` until the deadline."""

    publicity_id: UUID
    title: str
    state: PublicityState
    closes_at: datetime | None
    cells: list[Cell]
    may_object: bool
    objections: list[ObjectionOut]


class RecordOut(Shape):
    """A child's hours so far against what the city asks, its entries, and where it was published."""

    pupil_id: UUID
    pupil_name: str
    rules: str
    cells: list[Cell]
    needed: dict[str, int]
    entries: list[EntryOut]
    listed: list[OwnListed]


class OverviewOut(Shape):
    """One school: where its newest 公示 stands, and how many objections wait. No child is named."""

    organization_id: UUID
    school: str
    title: str | None
    state: PublicityState | None
    closes_at: datetime | None
    listed: int
    objections_open: int
