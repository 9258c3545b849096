"""Wire shapes of the district's registers."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.kit.bounds import Change, Count, Grade, Line, Name, Shape, Wire
from app.orgs.kinds import OrgKind, OrgState

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


class GroupOut(Shape):
    id: UUID
    name: str
    lead_id: UUID | None
    member_ids: list[UUID]


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


class HeadcountOut(Shape):
    organization_id: UUID
    school_year: int
    pupils: Count
    teachers: Count
