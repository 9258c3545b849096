"""Wire shapes of bookings."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.activities.kinds import Category
from app.activities.schemas import FieldOut
from app.bookings.kinds import BookingState, ClassBookingState, Said
from app.kit.bounds import Line, Shape, Wire


class AnswerIn(Wire):
    field_id: UUID
    value: Line = Field(description="选择题填选项原文，是非题填 yes 或 no，数字题填整数")


Answers = Annotated[list[AnswerIn], Field(max_length=8)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BookingIn(Wire):
    session_id: UUID
    pupil_id: UUID
    join_waitlist: bool = Field(True, description="满员时是否加入候补")
    consent: Digest | None = Field(
        None, description="家长同意孩子参加：所读文字的摘要，见 /sessions/{id}/form"
    )
    answers: Answers = Field(default_factory=list)


class AnswersIn(Wire):
    answers: Answers


class SiblingIn(Wire):
    pupil_id: UUID
    answers: Answers = Field(default_factory=list)


class SiblingsIn(Wire):
    """Two to four own children at one date: places for all or for none."""

    session_id: UUID
    children: list[SiblingIn] = Field(min_length=2, max_length=4)
    join_waitlist: bool = Field(False, description="名额不够时一起候补")
    consent: Digest | None = None

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len({child.pupil_id for child in self.children}) < len(self.children):
            raise ValueError("child_twice")
        return self


class ConsentAnswerIn(Wire):
    said: Said = Field(description="no 即取消这个预约")
    consent: Digest = Field(description="所读文字的摘要，见 /sessions/{id}/form")


class BookingOut(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    position: int | None = Field(None, description="候补位次，从 1 开始")
    note: str = Field("", description="有空位却没有给的原因：那是其他学校的预留")
    consent_until: datetime | None = Field(None, description="还要家长在此之前同意")
    message: str = ""


class SiblingsOut(Shape):
    items: list[BookingOut]
    message: str


class WordsOut(Shape):
    """What a guardian says yes to; send `hash` back as `consent`."""

    said: str
    title: str
    body: str
    hash: str


class FormOut(Shape):
    consent: WordsOut | None = Field(description="为空则不需要家长同意")
    fields: list[FieldOut]


class AnswerOut(Shape):
    field_id: UUID
    label: str
    value: str


class BookingRow(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    offer_expires_at: datetime | None = Field(None, description="保留的名额等家长答复到什么时候")
    draw_no: int | None = Field(None, description="抽签的签号，从 1 开始")
    group_id: UUID | None = Field(None, description="和兄弟姐妹一起预约的编号")
    consent_asked_at: datetime | None = Field(None, description="从这时起等家长同意")
    created_at: datetime
    version: int


class LimitIn(Wire):
    category: Category | None = Field(None, description="不填则是全部活动合计")
    most: int = Field(ge=1, le=100, description="每名学生每学期最多几次")


class BookingRulesIn(Wire):
    gap_minutes: int = Field(ge=0, le=240, description="两个活动之间至少留多少分钟路上时间")
    limits: list[LimitIn] = Field(max_length=10)

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len({limit.category for limit in self.limits}) < len(self.limits):
            raise ValueError("category_twice")
        return self


class LimitOut(Shape):
    category: Category | None
    most: int


class BookingRulesOut(Shape):
    gap_minutes: int
    limits: list[LimitOut]


class LotOut(Shape):
    booking_id: UUID
    number: int


class DrawOut(Shape):
    """Sort the booking ids by SHA-256 of seed, line feed, id: the numbers must come out again."""

    digest: str | None
    seed: str | None = Field(description="抽签之后才公开；它的 SHA-256 等于 digest")
    drawn_at: datetime | None
    lots: list[LotOut]


class ClassBookingIn(Wire):
    session_id: UUID
    class_id: UUID
    adults: Annotated[int, Field(ge=1, le=100, description="带队的成人人数，每 10 名学生至少 1 名")]
    bus_note: Line = Field("", description="用车说明，例如 大巴一辆，8:30 校门口出发")
    confirm_by: AwareDatetime | None = Field(None, description="学校最晚确认；不填为一周内")
    pupil_ids: list[UUID] | None = Field(None, max_length=100, description="不填则全班")


class DeclineIn(Wire):
    reason: Annotated[Line, Field(min_length=1)]


class ClassBookingOut(Shape):
    id: UUID
    session_id: UUID
    class_id: UUID
    teacher_id: UUID | None
    adults: int
    bus_note: str
    state: ClassBookingState
    confirm_by: datetime
    answer_by: datetime | None = Field(description="单位最晚答复；学校确认后才有")
    reason: str
    version: int


class ClassBookingDetail(ClassBookingOut):
    pupil_ids: list[UUID]
