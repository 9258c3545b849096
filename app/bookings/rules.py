"""Pure rules of booking."""

from datetime import datetime

from app.activities.kinds import SessionMode
from app.bookings.errors import BookingClosed, BookingNotOpen, GradeDoesNotFit, OtherMode
from app.kit.clock import say_moment

_GRADES = {-3: "小班", -2: "中班", -1: "大班", 0: "托班"}
_DIGITS = "零一二三四五六七八九"


def say_grade(grade: int) -> str:
    """`大班`, `三年级`."""
    return _GRADES.get(grade) or f"{_DIGITS[grade]}年级"


def check_window(now: datetime, opens: datetime, closes: datetime) -> None:
    """Open from `opens` inclusive until `closes` exclusive, by the database's clock."""
    if now < opens:
        raise BookingNotOpen(opens=say_moment(opens))
    if now >= closes:
        raise BookingClosed


def check_grade(grade: int | None, least: int, most: int) -> None:
    """Inclusive bounds; a child without a class fits no grade."""
    if grade is None or not least <= grade <= most:
        raise GradeDoesNotFit(least=say_grade(least), most=say_grade(most))


_HOW = {
    SessionMode.CLASS: "由班主任整班报名",
    SessionMode.LOTTERY: "报名截止后统一抽签",
    SessionMode.NOMINATION: "由学校推荐",
    SessionMode.WISHES: "请在“选课”里填志愿",
}


def check_mode(mode: str, *, by_school: bool) -> None:
    """First come first served is everybody's; what a school nominates is its staff's to book."""
    if mode == SessionMode.FIRST_COME or (mode == SessionMode.NOMINATION and by_school):
        return
    raise OtherMode(how=_HOW[SessionMode(mode)])
