"""Pure rules of booking."""

from datetime import datetime

from app.bookings.errors import BookingClosed, BookingNotOpen, GradeDoesNotFit
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
