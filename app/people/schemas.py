"""Wire shapes of people."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from app.kit.bounds import Change, Code, LongText, Name, Secret, Shape, Wire
from app.people.kinds import Act, ImportState, PersonState, Purpose, Relation
from app.people.roles import Role

Right = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,30}:[a-z_]{2,30}$")]
OneTimeCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{6,20}$")]


class LoginIn(Wire):
    district: Code = Field(description="学区代码")
    username: Code
    password: Secret
    totp: OneTimeCode | None = Field(None, description="动态验证码，开启了第二步验证的账号必填")


class StepUpIn(Wire):
    """One of the two is enough."""

    password: Secret | None = None
    totp: OneTimeCode | None = None


class LoginOut(Shape):
    token: str
    expires_at: datetime
    person_id: UUID


class PupilBrief(Shape):
    id: UUID
    name: str
    class_name: str | None = None
    organization_name: str | None = None
    was_pupil: bool = Field(False, description="在学区里有过学籍；工作人员没有")


class MeOut(Shape):
    person_id: UUID
    name: str
    district_id: UUID
    permissions: list[str]
    pupils: list[PupilBrief]


class PersonIn(Wire):
    name: Name
    class_id: UUID | None = Field(None, description="学生所在班级；不填则不是学生")
    student_no: Code | None = None


class PersonChange(Change):
    name: Name | None = None
    state: PersonState | None = None


class PupilChange(Change):
    """What staff correct of a pupil; an empty student number means: none is known."""

    may_be_null = frozenset({"student_no"})

    name: Name | None = None
    student_no: Annotated[Code | None, BeforeValidator(lambda given: given or None)] = None


class PersonOut(Shape):
    id: UUID
    name: str
    state: PersonState
    version: int


class GuardianshipIn(Wire):
    guardian_id: UUID
    pupil_id: UUID
    relation: Relation


class GuardianshipOut(Shape):
    id: UUID
    guardian_id: UUID
    pupil_id: UUID
    relation: Relation
    starts_on: date
    ends_on: date | None
    version: int


class BindingCodeIn(Wire):
    pupil_id: UUID
    relation: Relation = Relation.OTHER


class BindingCodeOut(Shape):
    id: UUID
    code: str = Field(description="只显示这一次")
    expires_at: datetime


class RoleGrantIn(Wire):
    person_id: UUID
    organization_id: UUID
    class_id: UUID | None = None
    role: Role
    starts_on: date | None = None
    ends_on: date | None = None


class RoleGrantOut(Shape):
    id: UUID
    person_id: UUID
    organization_id: UUID
    class_id: UUID | None
    role: str
    starts_on: date
    ends_on: date | None
    granted_by: UUID | None
    version: int


class DelegationIn(Wire):
    """Either somebody who works there already, or the name of somebody new."""

    person_id: UUID | None = None
    name: Name | None = Field(None, description="新老师的姓名；已有角色的填 person_id")
    organization_id: UUID
    class_id: UUID | None = None
    role: Role
    starts_on: date | None = None
    ends_on: date = Field(description="最长一年")

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if (self.person_id is None) == (self.name is None):
            raise ValueError("person_or_name")
        return self


class StaffOut(Shape):
    id: UUID
    name: str
    roles: list[str]


class ContactIn(Wire):
    organization_id: UUID
    person_id: UUID
    deputy_id: UUID | None = None
    position: Name = Field(description="职务，如 副校长")


class ContactOut(Shape):
    id: UUID
    organization_id: UUID
    person_id: UUID
    deputy_id: UUID | None
    position: str
    starts_on: date
    ends_on: date | None


class PromotionIn(Wire):
    organization_id: UUID
    school_year: int = Field(ge=2000, le=2099, description="结束的学年")
    pupils: int = Field(ge=0, le=100_000, description="预览时的在册人数；有变动则拒绝")


class ClassMove(Shape):
    """What becomes of a class; without `next_name` its pupils leave the school."""

    class_id: UUID
    name: str
    grade: int
    pupils: int
    next_name: str | None
    next_grade: int | None


class PromotionPreview(Shape):
    organization_id: UUID
    school_year: int
    opens_on: date
    applied_id: UUID | None
    moving: int
    leaving: int
    classes: list[ClassMove]


class PromotionOut(Shape):
    id: UUID
    organization_id: UUID
    school_year: int
    state: ImportState
    total: int
    counts: dict[Act, int]
    created_at: datetime


class RowReport(Shape):
    row: int
    act: Act
    reasons: list[str]


class RosterImportOut(Shape):
    id: UUID
    organization_id: UUID
    school_year: int
    state: ImportState
    problem: str | None
    total: int
    counts: dict[Act, int]
    created_at: datetime
    version: int


class RosterReportOut(RosterImportOut):
    rows: list[RowReport] | None


class ConsentTextIn(Wire):
    purpose: Purpose
    title: Name
    body: Annotated[LongText, Field(min_length=10)]


class ConsentTextOut(Shape):
    id: UUID
    purpose: Purpose
    number: int
    title: str
    body: str
    hash: str
    published_at: datetime


class ConsentIn(Wire):
    text_id: UUID
    pupil_id: UUID
    text_hash: Code = Field(description="所读同意书的校验值，防止读后被改")


class ConsentOut(Shape):
    id: UUID
    text_id: UUID
    pupil_id: UUID
    guardian_id: UUID
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None


class ConsentLine(ConsentOut):
    purpose: Purpose
    title: str
    number: int
    hash: str


class OwnLoginOut(Shape):
    id: UUID
    channel: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class PasswordChange(Wire):
    old: Secret
    new: Secret


class EnrolmentOut(Shape):
    """The secret for the authenticator app; not in force before its first code."""

    secret: str
    uri: str


class CodeIn(Wire):
    totp: OneTimeCode


class RecoveryCodesOut(Shape):
    codes: list[str] = Field(description="每个只能用一次，只显示这一次")


class StaffAccountOut(Shape):
    person_id: UUID
    name: str
    username: str | None
    has_second_factor: bool
    last_login_at: datetime | None


class InvitationIn(Wire):
    person_id: UUID
    resets_second_factor: bool = Field(False, description="手机丢了：同时停用对方的动态验证码")


class InvitationOut(Shape):
    id: UUID
    url: str = Field(description="一次性链接，72 小时内有效，只显示这一次")
    expires_at: datetime


class ApiKeyIn(Wire):
    name: Name
    permissions: list[Right] = Field(min_length=1, max_length=60)
    organization_id: UUID | None = Field(None, description="只限一个单位；不填则与本人范围相同")
    expires_on: date = Field(description="最后有效的一天，最长一年")


class ApiKeyOut(Shape):
    id: UUID
    name: str
    permissions: list[str]
    organization_id: UUID | None
    person_id: UUID
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyMade(ApiKeyOut):
    key: str = Field(description="只显示这一次")
