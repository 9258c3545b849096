"""Wire shapes of resources."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from app.kit.art import Look
from app.kit.bounds import Change, Count, Grade, Line, LongText, Name, Shape, Wire
from app.resources.kinds import (
    ApplicantKind,
    ApplicationState,
    BaseMark,
    NeedState,
    OfferState,
    PaperKind,
    VenueKind,
    Vetting,
)


def _each_once(marks: list[BaseMark]) -> list[BaseMark]:
    return sorted(set(marks))


Marks = Annotated[list[BaseMark], Field(max_length=10), AfterValidator(_each_once)]


def _place(given: str) -> str:
    """As it is kept; a comma of a Chinese keyboard is a comma."""
    written = given.replace("，", ",").replace(" ", "")
    if not written:
        return ""
    north, _, east = written.partition(",")
    found = float(north), float(east)
    if not (-90 <= found[0] <= 90 and -180 <= found[1] <= 180):
        raise ValueError("place")
    return f"{found[0]:.6f},{found[1]:.6f}"


def _look(given: str) -> str:
    if Look.read(given).stored() != given:
        raise ValueError("stamp_look")
    return given


Place = Annotated[
    str, Field(max_length=40, description="纬度,经度；空为不说"), AfterValidator(_place)
]
StampLook = Annotated[
    str,
    Field(max_length=40, description="图案.外框.颜色，某一项空着就自动生成；全空为自动生成"),
    AfterValidator(_look),
]


class BaseIn(Wire):
    organization_id: UUID
    name: Name
    theme: Line = ""
    address: Line = ""
    place: Place = ""
    stamp_look: StampLook = ""
    marks: Marks = Field(default_factory=list, description="基地的认定，护照规则据此计算")


class BaseChange(Change):
    name: Name | None = None
    theme: Line | None = None
    address: Line | None = None
    place: Place | None = None
    stamp_look: StampLook | None = None
    marks: Marks | None = None


class BaseOut(Shape):
    id: UUID
    organization_id: UUID
    name: str
    theme: str
    address: str
    place: str
    stamp_look: str
    marks: list[BaseMark]
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


Brand = Annotated[Line, Field(max_length=60)]
BrandLine = Annotated[Line, Field(max_length=120)]


class CourseIn(Wire):
    organization_id: UUID
    title: Name
    summary: LongText = ""
    min_grade: Grade = -3
    max_grade: Grade = 9
    culture: Brand = ""
    feature: BrandLine = ""
    theme: Brand = ""
    place: Brand = ""
    leader: Brand = ""

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
    culture: Brand | None = None
    feature: BrandLine | None = None
    theme: Brand | None = None
    place: Brand | None = None
    leader: Brand | None = None


class CourseOut(Shape):
    id: UUID
    organization_id: UUID
    title: str
    summary: str
    min_grade: int
    max_grade: int
    culture: str
    feature: str
    theme: str
    place: str
    leader: str
    version: int


_PHONE = re.compile(r"[0-9+() -]{5,40}")


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise ValueError("phone_number")
    return value


Phone = Annotated[Line, AfterValidator(_phone)]


class ApplicationIn(Wire):
    """What the public page asks: who, which kind, how to reach them, what they offer."""

    name: Name
    kind: ApplicantKind
    address: Line = ""
    contact_name: Name
    contact_phone: Phone
    offer: Annotated[LongText, Field(min_length=10, max_length=1000)]


class ApplicationOut(Shape):
    id: UUID
    name: str
    kind: ApplicantKind
    address: str
    contact_name: str
    contact_phone: str
    offer: str
    state: ApplicationState
    reason: str
    organization_id: UUID | None
    created_at: datetime
    version: int


class ReasonIn(Wire):
    reason: Line


class PaperIn(Wire):
    organization_id: UUID
    kind: PaperKind
    number: Annotated[Line, Field(max_length=60)] = ""
    valid_until: date | None = None
    note: Line = ""


class PaperChange(Change):
    may_be_null = frozenset({"valid_until"})

    number: Annotated[Line, Field(max_length=60)] | None = None
    valid_until: date | None = None
    note: Line | None = None


class PaperOut(Shape):
    id: UUID
    organization_id: UUID
    kind: PaperKind
    number: str
    valid_until: date | None
    note: str
    file_id: UUID | None
    version: int


Weekdays = Annotated[list[Literal["1", "2", "3", "4", "5", "6", "7"]], Field(max_length=7)]


class MentorIn(Wire):
    """`person_id` names a colleague; without it `name` is somebody from outside."""

    organization_id: UUID
    person_id: UUID | None = None
    name: Name
    skills: Line = ""
    weekdays: Weekdays = Field(default_factory=list, description="1 是周一，7 是周日")
    availability: Line = ""


class MentorChange(Change):
    name: Name | None = None
    skills: Line | None = None
    weekdays: Weekdays | None = None
    availability: Line | None = None


class VettingIn(Wire):
    passed: bool
    note: Line = ""


class MentorOut(Shape):
    id: UUID
    organization_id: UUID
    person_id: UUID | None
    name: str
    skills: str
    weekdays: list[str]
    availability: str
    vetting: Vetting
    vetting_note: str
    vetted_on: date | None
    version: int


class EditionIn(Wire):
    year: Annotated[int, Field(ge=2000, le=2100)]


class EditionOut(Shape):
    id: UUID
    year: int
    title: str
    digest: str
    frozen_at: datetime


class EditionFullOut(EditionOut):
    entries: list[dict[str, Any]]


class NeedIn(Wire):
    """Whom a school would like to have come. No child is named here."""

    organization_id: UUID
    title: Annotated[Name, Field(max_length=20, description="不超过 20 字，会成为活动名称")]
    topic: Annotated[Line, Field(min_length=1, description="想请谁、讲什么")]
    min_grade: Grade
    max_grade: Grade
    headcount: Annotated[int, Field(ge=1, le=5000)]
    first_day: date
    last_day: date
    weekdays: Weekdays = Field(default_factory=list, description="1 是周一，7 是周日；空为都可以")
    place: Line = ""
    note: Annotated[LongText, Field(max_length=1000)] = ""
    open_until: Annotated[date, Field(description="征集截止，当天有效")]

    @model_validator(mode="after")
    def _grades(self) -> Self:
        if self.min_grade > self.max_grade:
            raise ValueError("min_grade_above_max_grade")
        return self


class OfferIn(Wire):
    mentor_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    brings: Annotated[LongText, Field(max_length=1000, description="带来什么、讲什么")] = ""


class OfferOut(Shape):
    id: UUID
    need_id: UUID
    organization_id: UUID
    mentor_id: UUID
    starts_at: datetime
    ends_at: datetime
    brings: str
    state: OfferState
    reason: str
    activity_id: UUID | None
    session_id: UUID | None
    version: int


class NeedOut(Shape):
    id: UUID
    organization_id: UUID
    title: str
    topic: str
    min_grade: int
    max_grade: int
    headcount: int
    first_day: date
    last_day: date
    weekdays: list[str]
    place: str
    note: str
    open_until: date
    state: NeedState
    reason: str
    class_ids: list[UUID]
    version: int


class NeedFullOut(NeedOut):
    """With the offers the reader may see: the school all, others their own."""

    offers: list[OfferOut]
