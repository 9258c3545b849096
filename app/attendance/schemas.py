"""Wire shapes of the door."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.activities.kinds import EvidenceGrade
from app.attendance.kinds import CorrectionWhat, DecisionState, Distance, Way, What
from app.kit.bounds import Code, Line, Shape, Wire

Direction = Literal["in", "out"]


class ScanIn(Wire):
    """What a phone read: the word of a base's poster or of a child's card."""

    scene: Code
    pupil_id: UUID | None = Field(None, description="家长名下有多个孩子时指定")
    device: Code | None = None
    nonce: Code | None = Field(None, description="离线队列的唯一编号，重复上传只算一次")
    scanned_at: AwareDatetime | None = Field(None, description="离线时的时间；只认工作人员的设备")
    direction: Direction = Field("in", description="in 签到，out 签退")
    distance: Distance | None = Field(None, description="手机自己算的远近；位置不上传")


class RosterIn(Wire):
    session_id: UUID
    pupil_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    device: Code | None = None
    nonce: Code | None = None
    scanned_at: AwareDatetime | None = None
    direction: Direction = "in"


class ScanOut(Shape):
    accepted: bool
    again: bool = False
    code: str | None = None
    message: str
    pupil_id: UUID | None = None
    session_id: UUID | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None


class RosterOut(Shape):
    outcomes: list[ScanOut]


class AttendanceOut(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    evidence: EvidenceGrade
    arrived_at: datetime
    left_at: datetime | None
    minutes: int | None
    is_late: bool
    left_early: bool


class LedgerLine(Shape):
    id: UUID
    base_id: UUID | None
    session_id: UUID | None
    pupil_id: UUID | None
    way: Way
    what: What
    accepted: bool
    evidence: EvidenceGrade | None
    risks: list[str] | None
    reason: str | None
    scanned_at: datetime
    received_at: datetime


class RollOut(Shape):
    """应到, 实到, 在场, 迟到, 早退, 请假, 缺席; the last count, and whether it is still unexplained."""

    session_id: UUID
    expected: int
    arrived: int
    inside: int
    late: int
    left_early: int
    excused: int
    absent: int
    counted: int | None
    open: bool | None


class HeadCountIn(Wire):
    counted: Annotated[int, Field(ge=0, le=5000)]
    note: Line = ""


class HeadCountOut(Shape):
    id: UUID
    session_id: UUID
    counted: int
    arrived: int
    note: str
    counted_at: datetime
    settled_at: datetime | None


class CorrectionIn(Wire):
    pupil_id: UUID
    what: CorrectionWhat
    at: AwareDatetime | None = Field(None, description="不写：到场算开始时间，离开算现在")
    reason: Annotated[Line, Field(min_length=2)]


class CorrectionOut(Shape):
    id: UUID
    session_id: UUID
    pupil_id: UUID
    what: CorrectionWhat
    at: datetime
    reason: str
    state: DecisionState
    asked_at: datetime
    decided_at: datetime | None


class LeaveIn(Wire):
    reason: Annotated[Line, Field(min_length=2)]


class LeaveOut(Shape):
    id: UUID
    booking_id: UUID
    pupil_id: UUID
    reason: str
    state: DecisionState
    asked_at: datetime
    decided_at: datetime | None


class CodeOut(Shape):
    """The word of the rotating code, and for how many seconds it is the newest."""

    word: str
    seconds: int
