"""Wire shapes of passports and stamps."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.activities.kinds import Category, EvidenceGrade
from app.kit.bounds import Grade, Name, Shape, Wire
from app.passports.kinds import LevelState, NeedKind, PassportState, Period, PrintState, RuleState
from app.resources.kinds import BaseMark


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


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
CapMinutes = Annotated[int, Field(ge=1, le=100_000)]


class Need(Wire):
    """One thing a level asks for; `category` and `mark` narrow what counts."""

    kind: NeedKind
    at_least: int = Field(ge=1, le=10_000, description="学时、枚、个或份")
    category: Category | None = None
    mark: BaseMark | None = None


class Level(Wire):
    """`after` names the level that has to be reached before."""

    code: Slug
    name: Name
    after: Slug | None = None
    needs: list[Need] = Field(min_length=1, max_length=20)


class CategoryCap(Wire):
    category: Category
    minutes: CapMinutes


class RuleBody(Wire):
    """规则: what counts, how far, and what the levels need. All of it is data."""

    title: Name
    min_grade: Grade = -3
    max_grade: Grade = 9
    since_min_grade: bool = Field(False, description="只算进入最低年级那一学年起的活动")
    starts_on: date | None = None
    ends_on: date | None = None
    base_mark: BaseMark | None = Field(None, description="只算有这种认定的基地")
    sheet_needed: bool = Field(False, description="只算交了任务单的活动")
    minutes_per_hour: int = Field(60, ge=30, le=60)
    least_minutes: int = Field(0, ge=0, le=1440, description="少于这个时长的活动不计")
    visit_cap: CapMinutes | None = Field(None, description="一次活动最多计多少分钟")
    base_cap: CapMinutes | None = Field(None, description="同一基地同一类别在期间内最多计多少分钟")
    category_caps: list[CategoryCap] = Field(default_factory=list, max_length=5)
    period: Period = Period.ALL
    levels: list[Level] = Field(min_length=1, max_length=20)


class RuleSetIn(Wire):
    """A new draft; without `body` a copy of what is in force."""

    key: Slug
    body: RuleBody | None = None


class ApplyIn(Wire):
    from_on: date


class RuleSetOut(Shape):
    id: UUID
    key: str
    number: int
    title: str
    state: RuleState
    from_on: date | None
    body: RuleBody
    preview: dict[str, Any] | None
    version: int


class NeedOut(Shape):
    """How far one need is met: `words` says it, `missing` says what is still to do."""

    words: str
    have: float
    at_least: int
    met: bool
    missing: str


class LevelOut(Shape):
    code: str
    name: str
    reached: bool
    state: LevelState | None
    needs: list[NeedOut]
    sentence: str


class ProgressOut(Shape):
    """One rule set for one child; `sentence` answers 为什么还没有."""

    key: str
    title: str
    number: int
    levels: list[LevelOut]
    sentence: str


class PrintIn(Wire):
    """A class, or a school for all its classes."""

    place_id: UUID


class PrintsOrdered(Shape):
    files: int


class PrintOut(Shape):
    """One file of passports: `handwritten` names have a box, `left_out` children no passport yet."""

    id: UUID
    class_id: UUID
    part: int
    state: PrintState
    handwritten: int
    left_out: int
    size: int
    created_at: datetime
    drawn_at: datetime | None


class StampKeyOut(Shape):
    kid: str
    public: str
    created_at: datetime
    retired_at: datetime | None
    withdrawn_at: datetime | None
