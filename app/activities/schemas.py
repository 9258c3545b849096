"""Wire shapes of activities and sessions."""

from datetime import date, datetime, time
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator, model_validator

from app.activities.kinds import (
    ActivityKind,
    ActivityState,
    Category,
    EvidenceGrade,
    FieldKind,
    InvitationState,
    Phase,
    QuestionKind,
    SessionMode,
    SessionState,
)
from app.kit.bounds import Change, Grade, Line, LongText, Minutes, Name, Shape, Wire
from app.people.kinds import Purpose


class Stall(Wire):
    """A stall of a 嘉年华; `capacity` is a hint for the visitors, no limit."""

    name: Annotated[Name, Field(max_length=30)]
    capacity: Annotated[int, Field(ge=1, le=5000)] | None = None


Stalls = Annotated[list[Stall], Field(max_length=40, description="只用于嘉年华")]
Capacity = Annotated[int, Field(ge=1, le=5000)]


class ActivityIn(Wire):
    organization_id: UUID
    base_id: UUID
    course_id: UUID | None = None
    kind: ActivityKind
    category: Category = Category.NONE
    title: Annotated[Name, Field(max_length=20, description="不超过 20 字，与微信通知一致")]
    summary: LongText = ""
    what_to_bring: Line = ""
    min_grade: Grade
    max_grade: Grade
    credited_minutes: Minutes = 0
    evidence_needed: EvidenceGrade = EvidenceGrade.C
    mentor_id: UUID | None = None
    consent_needed: Purpose | None = Field(None, description="参加前家长要先同意的事项")
    stalls: Stalls = Field(default_factory=list)

    @model_validator(mode="after")
    def _grades(self) -> Self:
        if self.min_grade > self.max_grade:
            raise ValueError("min_grade_above_max_grade")
        return self


class ActivityChange(Change):
    may_be_null = frozenset({"course_id", "mentor_id", "consent_needed"})

    course_id: UUID | None = None
    category: Category | None = None
    title: Annotated[Name, Field(max_length=20)] | None = None
    summary: LongText | None = None
    what_to_bring: Line | None = None
    min_grade: Grade | None = None
    max_grade: Grade | None = None
    credited_minutes: Minutes | None = None
    evidence_needed: EvidenceGrade | None = None
    mentor_id: UUID | None = None
    consent_needed: Purpose | None = None
    stalls: Stalls | None = None


class ActivityOut(Shape):
    id: UUID
    organization_id: UUID
    base_id: UUID
    course_id: UUID | None
    kind: ActivityKind
    category: Category
    title: str
    summary: str
    what_to_bring: str
    min_grade: int
    max_grade: int
    credited_minutes: int
    evidence_needed: EvidenceGrade
    mentor_id: UUID | None
    consent_needed: Purpose | None
    stalls: list[Stall]
    copied_from: UUID | None
    state: ActivityState
    version: int


class ActivityPhaseOut(ActivityOut):
    """With where it stands now by its sessions; only for what is published."""

    phase: Phase | None


class AdjustIn(Wire):
    what_to_bring: Line


class ReturnIn(Wire):
    reason: Line


class CancelIn(Wire):
    reason: Line = ""


class SessionIn(Wire):
    activity_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    booking_opens_at: AwareDatetime | None = Field(None, description="不填则立即开放")
    booking_closes_at: AwareDatetime | None = Field(None, description="不填则到活动开始为止")
    capacity: Capacity
    mode: SessionMode = SessionMode.FIRST_COME
    reserve_percent: int = Field(
        0, ge=0, le=100, description="多少比例的名额先留给各校，按在校人数分"
    )
    reserve_until: AwareDatetime | None = Field(None, description="预留到什么时候，之后放开")
    cancel_until: AwareDatetime | None = Field(None, description="最晚取消时间；不填则到开始为止")


class SessionChange(Change):
    may_be_null = frozenset({"cancel_until"})

    capacity: Capacity | None = None
    booking_closes_at: AwareDatetime | None = None
    reserve_until: AwareDatetime | None = None
    cancel_until: AwareDatetime | None = None


class SessionOut(Shape):
    id: UUID
    activity_id: UUID
    base_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    booking_opens_at: AwareDatetime
    booking_closes_at: AwareDatetime
    capacity: int
    state: SessionState
    mode: SessionMode
    reserve_percent: int
    reserve_until: AwareDatetime | None
    cancel_until: AwareDatetime | None
    draw_digest: str | None = Field(description="抽签种子的摘要，建场次时就公开")
    drawn_at: AwareDatetime | None
    version: int


class SessionSeatsOut(SessionOut):
    seats_left: int


class SessionMove(Change):
    """Another time or place; what is not sent stays."""

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    base_id: UUID | None = None


Week = Annotated[int, Field(ge=1, le=60)]
Weekday = Annotated[int, Field(ge=1, le=7)]
DaysBefore = Annotated[int, Field(ge=1, le=60)]


class PatternIn(Wire):
    """Every week on these weekdays, from week to week of a term. Times are Shanghai's."""

    term_id: UUID
    first_week: Week
    last_week: Week
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    starts: Annotated[time, Field(description="例如 14:00")]
    ends: time
    capacity: Annotated[int, Field(ge=1, le=500)]
    mode: SessionMode = SessionMode.FIRST_COME
    reserve_percent: int = Field(0, ge=0, le=100)
    reserve_days: DaysBefore = Field(3, description="各校预留到每场开始前几天")
    cancel_days: DaysBefore | None = Field(None, description="每场开始前几天截止取消")
    booking_opens_at: AwareDatetime | None = Field(None, description="不填则立即开放")


class CopyIn(Wire):
    term_id: UUID


class SlotOut(Shape):
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class SkippedOut(Shape):
    day: date
    reason: str


class PlanOut(Shape):
    """The dates that are made (or would be), and those that are left out."""

    slots: list[SlotOut]
    skipped: list[SkippedOut]


class CopyOut(Shape):
    activity: ActivityOut
    plan: PlanOut


Option = Annotated[Name, Field(max_length=30)]


class FieldIn(Wire):
    """A question to families; `options` only for a choice."""

    label: Annotated[Name, Field(max_length=20, description="例如 T恤尺码")]
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    hint: Annotated[Line, Field(max_length=60)] = ""
    options: Annotated[list[Option], Field(max_length=12)] = Field(default_factory=list)


class FieldsIn(Wire):
    items: Annotated[list[FieldIn], Field(max_length=8, description="家长预约时要回答的问题")]


class FieldOut(Shape):
    id: UUID
    label: str
    kind: FieldKind
    required: bool
    hint: str
    options: list[str]


class FieldsOut(Shape):
    items: list[FieldOut]


class VisitAcceptIn(Wire):
    class_ids: Annotated[list[UUID], Field(min_length=1, max_length=60, description="邀请的班级")]


class CallOffIn(Wire):
    reason: Annotated[Line, Field(min_length=1)]


class InvitationIn(Wire):
    mentor_id: UUID
    activity_id: UUID
    message: Line = ""


class InvitationAnswer(Wire):
    answer: Line = ""


class InvitationOut(Shape):
    id: UUID
    mentor_id: UUID
    activity_id: UUID
    organization_id: UUID
    message: str
    state: InvitationState
    answer: str
    version: int


SchoolYear = Annotated[int, Field(ge=2000, le=2100, description="起始年，2026 即 2026 学年")]


class HoursCorrectionIn(Wire):
    school_year: SchoolYear
    minutes: Annotated[int, Field(ge=-6000, le=6000, description="多记为正，少记为负")]
    reason: Annotated[Line, Field(min_length=2)]

    @field_validator("minutes")
    @classmethod
    def _something(cls, value: int) -> int:
        if value == 0:
            raise ValueError("no_minutes")
        return value


class HoursCorrectionOut(Shape):
    id: UUID
    school_year: int
    minutes: int
    reason: str
    at: datetime


class ServedOut(Shape):
    id: UUID
    title: str
    starts_at: datetime
    minutes: int


class ServiceOut(Shape):
    """Visits that took place and corrections of a school year; `minutes` in all."""

    visits: list[ServedOut]
    corrections: list[HoursCorrectionOut]
    minutes: int


class Question(Wire):
    """One question of a task sheet; only choices have options."""

    kind: QuestionKind
    label: Name
    options: list[Annotated[Name, Field(max_length=30)]] = Field(
        default_factory=list, max_length=12
    )
    required: bool = False


class SheetIn(Wire):
    """A task sheet as the unit writes it."""

    title: Name
    instructions: Annotated[LongText, Field(max_length=1000)] = ""
    questions: list[Question] = Field(default_factory=list, max_length=12)
    due_days: Annotated[int, Field(ge=0, le=60, description="活动当天起几天内交")] = 7
    needed: bool = Field(False, description="任务单通过后，这次活动才计入护照等级")


class SheetOut(Shape):
    id: UUID
    activity_id: UUID
    title: str
    instructions: str
    questions: list[Question]
    due_days: int
    needed: bool
    file_id: UUID | None
    version: int
