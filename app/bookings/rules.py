"""Pure rules of booking."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.activities.kinds import Category, FieldKind, SessionMode
from app.bookings.errors import (
    AnswerMissing,
    AnswerWrong,
    BookingClash,
    BookingClosed,
    BookingNotOpen,
    GradeDoesNotFit,
    LimitReached,
    OtherMode,
    TooFewAdults,
    UnknownQuestion,
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


# What a guardian says yes to, oldest first; the last one is shown. Rows name them by number, so
# sentences are added and never changed.
SENTENCES = ("我同意孩子参加这次活动，并已阅读安全须知和活动要求。",)


def words_hash(sentence: int, text_hash: str | None) -> str:
    """The digest of one of our sentences together with the district's own text under it."""
    return hashlib.sha256(f"{SENTENCES[sentence]}\n{text_hash or ''}".encode()).hexdigest()


def consent_until(asked: datetime, cancel_until: datetime | None, starts: datetime) -> datetime:
    """Until when a guardian may answer: the session's limit, but four hours of day time at least.

    Without a limit, and never beyond, the start.
    """
    return min(starts, max(cancel_until or starts, offer_until(asked)))


def reminder_due(now: datetime, asked: datetime, until: datetime) -> bool:
    """On the last day, unless the question itself came on that day."""
    last_day = until - timedelta(days=1)
    return asked < last_day <= now


MOST_LETTERS, MOST_NUMBER = 100, 1_000_000
YES_NO_WORDS = {"yes": "是", "no": "否"}


def check_answers(
    questions: Sequence[Mapping[str, Any]], given: Mapping[UUID, str], *, family: bool
) -> list[tuple[UUID, str]]:
    """The answers as they are kept: (question, value), empty ones left out.

    A family must answer what is required; who books for others may leave it open.
    """
    asked = {UUID(one["id"]): one for one in questions}
    if set(given) - set(asked):
        raise UnknownQuestion
    found = []
    for key, one in asked.items():
        if value := given.get(key, "").strip():
            found.append((key, _checked(one, value)))
        elif one["required"] and family:
            raise AnswerMissing(label=one["label"])
    return found


def _checked(question: Mapping[str, Any], value: str) -> str:
    kind, label = question["kind"], question["label"]
    if kind == FieldKind.CHOICE and value not in question["options"]:
        raise AnswerWrong(label=label, why="请从给出的选项里选")
    if kind == FieldKind.YES_NO and value not in YES_NO_WORDS:
        raise AnswerWrong(label=label, why="请选“是”或“否”")
    if kind == FieldKind.NUMBER and not (
        value.isdecimal() and len(value) <= len(str(MOST_NUMBER)) and int(value) <= MOST_NUMBER
    ):
        raise AnswerWrong(label=label, why=f"请填 0 到 {MOST_NUMBER} 的整数")
    if len(value) > MOST_LETTERS:
        raise AnswerWrong(label=label, why=f"最多 {MOST_LETTERS} 个字")
    return str(int(value)) if kind == FieldKind.NUMBER else value


def say_answer(kind: str, value: str) -> str:
    return YES_NO_WORDS.get(value, value) if kind == FieldKind.YES_NO else value


def say_asked(until: datetime) -> str:
    """What whoever booked for a child is told while its guardian has not said yes."""
    return f"名额已留好，还要家长同意：已通知家长在 {say_moment(until)} 前答复，过时名额会让出。"


def say_together(state: BookingState, children: int, position: int | None, *, again: bool) -> str:
    """What a family is told that booked several children at once."""
    if state is BookingState.WAITLISTED:
        return (
            f"已一起加入候补，从第 {position} 位起。同时空出 {children} 个名额时轮到，会通知您；"
            "也可以让一个孩子单独退出。"
        )
    return "已经预约过了，不用重复提交。" if again else f"{children} 个孩子都预约成功。"
