"""Wire shapes of bookings."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.activities.kinds import Category
from app.bookings.kinds import BookingState, ClassBookingState
from app.kit.bounds import Line, Shape, Wire


class BookingIn(Wire):
    session_id: UUID
    pupil_id: UUID
    join_waitlist: bool = Field(True, description="满员时是否加入候补")


class BookingOut(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    position: int | None = Field(None, description="候补位次，从 1 开始")
    note: str = Field("", description="有空位却没有给的原因：那是其他学校的预留")
    message: str = ""


class BookingRow(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    state: BookingState
    offer_expires_at: datetime | None = Field(None, description="保留的名额等家长答复到什么时候")
    draw_no: int | None = Field(None, description="抽签的签号，从 1 开始")
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
