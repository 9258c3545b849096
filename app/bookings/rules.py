"""Pure rules of booking."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.activities.kinds import Category, SessionMode
from app.bookings.errors import (
    BookingClash,
    BookingClosed,
    BookingNotOpen,
    GradeDoesNotFit,
    LimitReached,
    OtherMode,
    TooFewAdults,
)
from app.bookings.kinds import BookingState
from app.kit.clock import at_school, say_moment, school_day
from app.orgs.rules import say_grade


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
    SessionMode.NOMINATION: "由学校推荐",
    SessionMode.WISHES: "请在“选课”里填志愿",
}


def check_mode(mode: str, *, by_school: bool) -> None:
    """First come and draws are everybody's; what a school nominates is its staff's to book."""
    if mode in (SessionMode.FIRST_COME, SessionMode.LOTTERY) or (
        mode == SessionMode.NOMINATION and by_school
    ):
        return
    raise OtherMode(how=_HOW[SessionMode(mode)])


_CATEGORY_WORDS = {
    Category.CAREER: "职业体验",
    Category.LABOUR: "公益劳动",
    Category.NONE: "不计学时",
    Category.SAFETY: "安全实训",
    Category.SOCIAL: "社会考察",
}


def check_free(clash: str | None, reached: Mapping[str, Any] | None) -> None:
    """Refuse what overlaps with another booking (named), or goes beyond a limit of the term."""
    if clash is not None:
        raise BookingClash(title=clash)
    if reached is not None:
        category = reached["category"]
        what = f"“{_CATEGORY_WORDS[Category(category)]}”类活动" if category else "活动"
        raise LimitReached(what=what, most=reached["most"])


def say_reserved(schools: Sequence[str], until: datetime | None) -> str:
    """Why a free seat is not given to this child; empty when no reserve keeps one."""
    if not schools:
        return ""
    shown = "、".join(schools[:3]) + ("等学校" if len(schools) > 3 else "")
    later = f"，{say_moment(until)}后放开" if until else ""
    return f"空出的是{shown}的预留名额{later}。"


# Offers run out only while people are awake: a clock that stands still at night.
DAY_BEGINS, DAY_ENDS = 8, 21
OFFER_TIME = timedelta(hours=4)


def offer_until(moment: datetime, lasts: timedelta = OFFER_TIME) -> datetime:
    """When `lasts` of day time (08:00 to 21:00 at school) will have passed since `moment`.

    Always inside the day time, its end included: an offer at night begins at 08:00.
    """
    day, left = school_day(moment), lasts
    while True:
        begins = max(moment, at_school(day, DAY_BEGINS))
        today = max(at_school(day, DAY_ENDS) - begins, timedelta())
        if left <= today:
            return begins + left
        left -= today
        day += timedelta(days=1)


def say_placed(state: BookingState, position: int | None, note: str, *, again: bool) -> str:
    """What a family is told after pressing the button."""
    if state is BookingState.WAITLISTED:
        head = note or "名额已满，"
        return f"{head}已加入候补，当前第 {position} 位。有名额会自动递补并通知您。"
    if again:
        return "已经预约过了，不用重复提交。"
    if state is BookingState.APPLIED:
        return "已登记抽签。报名截止后抽签，结果会通知您。"
    if state is BookingState.OFFERED:
        return "为孩子保留了一个名额，请在“我的预约”里确认。"
    return "预约成功。"


def draw_order(seed: str, lots: Iterable[str]) -> list[str]:
    """The order of a draw: by SHA-256 of seed and lot, so that anybody can check it afterwards."""
    return sorted(lots, key=lambda lot: (hashlib.sha256(f"{seed}\n{lot}".encode()).digest(), lot))


FIRST_GRADE = 1


def adults_needed(pupils: int, grade: int) -> int:
    """One adult for every ten pupils begun; in kindergarten for every six."""
    return -(-pupils // (10 if grade >= FIRST_GRADE else 6))


def check_adults(adults: int, pupils: int, grade: int) -> None:
    least = adults_needed(pupils, grade)
    if adults < least:
        raise TooFewAdults(pupils=pupils, least=least)


def answer_limit(
    now: datetime, starts: datetime, usual: timedelta, before_start: timedelta
) -> datetime:
    """Until when a unit answers: `usual` from now and `before_start` at the latest.

    Asked later than that it has until the start.
    """
    limit = min(now + usual, starts - before_start)
    return limit if limit > now else starts


def reminders_due(left: timedelta) -> int:
    """How many reminders should have gone out: one from 3 days, two from 1 day before the limit."""
    return (left <= timedelta(days=3)) + (left <= timedelta(days=1))
