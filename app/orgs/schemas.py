"""Wire shapes of the district's registers."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.kit.bounds import Change, Count, Grade, Line, Name, Shape, Wire
from app.orgs.kinds import DayKind, OrgKind, OrgState

Year = Annotated[int, Field(ge=2000, le=2100, description="学年的起始年，2026 即 2026 学年")]


class DistrictOut(Shape):
    id: UUID
    code: str
    name: str


class OrganizationIn(Wire):
    kind: OrgKind
    name: Name
    address: Line = ""
    culture: Line = ""
    course_brand: Line = ""
    feature: Line = ""
    valid_until: date | None = None


class OrganizationChange(Change):
    may_be_null = frozenset({"valid_until"})

    name: Name | None = None
    state: OrgState | None = None
    address: Line | None = None
    culture: Line | None = None
    course_brand: Line | None = None
    feature: Line | None = None
    valid_until: date | None = None


class OrganizationOut(Shape):
    id: UUID
    kind: OrgKind
    name: str
    state: OrgState
    address: str
    culture: str
    course_brand: str
    feature: str
    valid_until: date | None
    version: int


Members = Annotated[list[UUID], Field(max_length=500)]


class GroupIn(Wire):
    name: Name
    lead_id: UUID | None = Field(None, description="组长单位，须是成员")
    member_ids: Members = Field(default_factory=list)


class GroupChange(Change):
    may_be_null = frozenset({"lead_id"})

    name: Name | None = None
    lead_id: UUID | None = None
    member_ids: Members | None = None


class GroupOut(Shape):
    id: UUID
    name: str
    lead_id: UUID | None
    member_ids: list[UUID]
    version: int


class ClassIn(Wire):
    organization_id: UUID
    school_year: Year
    grade: Grade
    name: Name


class ClassChange(Change):
    name: Name | None = None
    grade: Grade | None = None


class ClassOut(Shape):
    id: UUID
    organization_id: UUID
    school_year: int
    grade: int
    name: str
    version: int


class TermIn(Wire):
    school_year: Year
    name: Name
    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on >= self.ends_on:
            raise ValueError("ends_before_start")
        return self


class TermChange(Change):
    name: Name | None = None


class TermOut(Shape):
    id: UUID
    school_year: int
    name: str
    starts_on: date
    ends_on: date
    version: int


LONGEST_HOLIDAY = 31


class TermDaysIn(Wire):
    starts_on: date
    ends_on: date
    kind: DayKind
    name: Name

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.ends_on - self.starts_on).days < LONGEST_HOLIDAY:
            raise ValueError("span_of_days")
        return self


class TermDayOut(Shape):
    id: UUID
    day: date
    kind: DayKind
    name: str


class DayOut(Shape):
    day: date
    in_term: bool
    is_school: bool
    kind: DayKind | None
    name: str


class WeekOut(Shape):
    number: int
    school_days: int
    days: list[DayOut]


class HeadcountIn(Wire):
    organization_id: UUID
    school_year: Year
    pupils: Count
    teachers: Count
    local_pupils: Count | None = Field(None, description="其中沪籍学生数；不清楚则不填")

    @model_validator(mode="after")
    def _part_of_all(self) -> Self:
        if self.local_pupils is not None and self.local_pupils > self.pupils:
            raise ValueError("more_local_than_all")
        return self


class HeadcountLine(Shape):
    """An organization with its numbers, or with none yet."""

    id: UUID
    name: str
    kind: OrgKind
    pupils: int | None
    teachers: int | None
    local_pupils: int | None


class HeadcountOut(Shape):
    organization_id: UUID
    school_year: int
    pupils: Count
    teachers: Count
    local_pupils: Count | None
