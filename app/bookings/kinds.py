"""Closed lists of the booking tables."""

from app.kit.states import StoredEnum


class BookingState(StoredEnum):
    """已录取, 候补, 已取消, 已参加, 缺席; 待接受 (a seat is held for the family's answer),
    待抽签 (no seat yet), 整班待确认 (a seat is held for the class), 请假 (no seat, and no blame).
    """

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"
    OFFERED = "offered"
    APPLIED = "applied"
    HELD = "held"
    EXCUSED = "excused"


# Not yet come and not given up: what a family can give back.
AHEAD = (
    BookingState.CONFIRMED,
    BookingState.WAITLISTED,
    BookingState.OFFERED,
    BookingState.APPLIED,
    BookingState.HELD,
)
# A pupil has at most one of these per session.
ACTIVE = (*AHEAD, BookingState.ATTENDED)
STATE_WORDS = {
    BookingState.CONFIRMED: "已录取",
    BookingState.WAITLISTED: "候补",
    BookingState.CANCELLED: "已取消",
    BookingState.ATTENDED: "已参加",
    BookingState.ABSENT: "缺席",
    BookingState.OFFERED: "待确认",
    BookingState.APPLIED: "待抽签",
    BookingState.HELD: "整班待确认",
    BookingState.EXCUSED: "请假",
}


class ClassBookingState(StoredEnum):
    """草拟 (waits for the school) → 学校已确认 → 单位已接受; 单位谢绝, 已释放."""

    DRAFTED = "drafted"
    HEAD_CONFIRMED = "head_confirmed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RELEASED = "released"


CLASS_STATE_WORDS = {
    ClassBookingState.DRAFTED: "等学校确认",
    ClassBookingState.HEAD_CONFIRMED: "等单位接受",
    ClassBookingState.ACCEPTED: "已约好",
    ClassBookingState.DECLINED: "单位谢绝",
    ClassBookingState.RELEASED: "已取消",
}
# A class has at most one of these per session.
STANDING = (
    ClassBookingState.DRAFTED,
    ClassBookingState.HEAD_CONFIRMED,
    ClassBookingState.ACCEPTED,
)


class Said(StoredEnum):
    """What a guardian answered when asked whether the child may come."""

    NO = "no"
    YES = "yes"
