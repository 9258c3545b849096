"""Wire shapes of resources."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from app.kit.bounds import Change, Count, Grade, Line, LongText, Name, Shape, Wire
from app.resources.kinds import VenueKind


class BaseIn(Wire):
    organization_id: UUID
    name: Name
    theme: Line = ""
    address: Line = ""


class BaseChange(Change):
    name: Name | None = None
    theme: Line | None = None
    address: Line | None = None


class BaseOut(Shape):
    id: UUID
    organization_id: UUID
    name: str
    theme: str
    address: str
    version: int


class PosterOut(Shape):
    """What a poster's QR code holds."""

    scene: str
    qr_url: str | None = Field(description="平台二维码地址；生成前为空")
    check_in_url: str


class VenueIn(Wire):
    organization_id: UUID
    kind: VenueKind
    name: Name
    capacity: Count = 40


class VenueChange(Change):
    name: Name | None = None
    capacity: Count | None = None


class VenueOut(Shape):
    id: UUID
    organization_id: UUID
    kind: VenueKind
    name: str
    capacity: int
    version: int


class CourseIn(Wire):
    organization_id: UUID
    title: Name
    summary: LongText = ""
    min_grade: Grade = -3
    max_grade: Grade = 9

    @model_validator(mode="after")
    def _grades(self) -> Self:
        if self.min_grade > self.max_grade:
            raise ValueError("min_grade_above_max_grade")
        return self


class CourseChange(Change):
    title: Name | None = None
    summary: LongText | None = None
    min_grade: Grade | None = None
    max_grade: Grade | None = None


class CourseOut(Shape):
    id: UUID
    organization_id: UUID
    title: str
    summary: str
    min_grade: int
    max_grade: int
    version: int
