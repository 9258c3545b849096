"""Pure rules of activities: who needs a review, which dates a term gives, what schools reserve."""

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from app.activities.errors import (
    OptionsWrong,
    QuestionTwice,
    ReserveTooLarge,
    SensitiveQuestion,
)
from app.activities.kinds import ActivityKind, Category, FieldKind, Phase
from app.orgs.kinds import DayKind
from app.orgs.rules import SATURDAY, WEEK, Span, monday_of, week_of

# What a unit with a good record publishes by itself: open to all, little to go wrong.
DIRECT_KINDS = frozenset({ActivityKind.LECTURE, ActivityKind.VENUE_OPENING})
# Hours of these go into a pupil's record and are looked at every time.
REVIEWED_CATEGORIES = frozenset({Category.CAREER, Category.SAFETY})
Special = Mapping[date, tuple[DayKind, str]]


@dataclass(frozen=True)
class Standing:
    """What counts about the unit when it publishes."""

    approved_before: bool
    papers_complete: bool


def always_reviewed(kind: ActivityKind, category: Category) -> bool:
    return kind not in DIRECT_KINDS or category in REVIEWED_CATEGORIES


def review_reason(standing: Standing) -> str | None:
    """Why a kind that could go out directly still needs a review; None when it does not."""
    if not standing.approved_before:
        return "单位第一次发布活动要先审核"
    if not standing.papers_complete:
        return "单位的协议或保险还没有登记齐"
    return None


YEAR_BEGINS = 9


def school_year_of(day: date) -> int:
    """2026 from September 2026 to August 2027."""
    return day.year - (day.month < YEAR_BEGINS)


def say_hours(minutes: int) -> str:
    """`3 小时 20 分钟`; whole hours without minutes."""
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} 小时"] if hours else []
    return " ".join(said + ([f"{rest} 分钟"] if rest or not hours else []))


class Dated(Protocol):
    """A session, or anything else with a start and an end."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


def phase_of(sessions: Iterable[Dated], now: datetime) -> Phase:
    """即将开始 until the first begins, 进行中 until the last has ended, then 已结束."""
    spans = list(sessions)
    if not spans or all(now < one.starts_at for one in spans):
        return Phase.COMING
    return Phase.ENDED if all(one.ends_at <= now for one in spans) else Phase.RUNNING


@dataclass(frozen=True)
class Skipped:
    """A date that a pattern leaves out, and why."""

    day: date
    reason: str


def why_closed(day: date, special: Special) -> str | None:
    """放假 on any day; on a weekend also 补课, because the children sit in class. None: open."""
    kind, name = special.get(day, (None, ""))
    if kind == DayKind.HOLIDAY:
        return f"放假（{name}）"
    if kind == DayKind.MAKEUP and day.weekday() >= SATURDAY:
        return f"补课（{name}）"
    return None


def pattern_days(
    term: Span, first_week: int, last_week: int, weekdays: Collection[int], special: Special
) -> tuple[list[date], list[Skipped]]:
    """The dates of these weekdays (1 Monday … 7 Sunday) from week to week, without days off."""
    days, skipped = [], []
    for week in range(first_week, last_week + 1):
        monday = monday_of(term.starts_on) + (week - 1) * WEEK
        for weekday in sorted(set(weekdays)):
            day = monday + timedelta(days=weekday - 1)
            if week_of(term, day) is None:
                skipped.append(Skipped(day, "不在学期内"))
            elif reason := why_closed(day, special):
                skipped.append(Skipped(day, reason))
            else:
                days.append(day)
    return days, skipped


def moved_day(day: date, source: Span, target: Span) -> date | None:
    """The same weekday of the same week of another term; None when that term has no such day."""
    week = week_of(source, day)
    if week is None:
        return None
    moved = monday_of(target.starts_on) + (week - 1) * WEEK + timedelta(days=day.weekday())
    return moved if week_of(target, moved) is not None else None


def commitment(seed: str) -> str:
    """What is shown of a seed before it is used: nobody can choose another one afterwards."""
    return hashlib.sha256(seed.encode()).hexdigest()


def check_reserve(seats: int, schools: int, percent: int) -> None:
    """Every school with children in the grades gets at least one seat, so there must be enough."""
    if percent and schools > seats:
        raise ReserveTooLarge(schools=schools, seats=seats)


def reserves_of(seats: int, enrolled: Mapping[str, int], share: float) -> dict[str, int]:
    """How many of a session's seats each school has first call on.

    `share` of the seats (0 to 1) is divided by enrolment, largest remainders
    first, with at least one a school while seats last; ties go to the smaller
    school, then by name. Together never more than the seats.
    """
    schools = {school: number for school, number in enrolled.items() if number > 0}
    total = sum(schools.values())
    pot = min(seats, max(math.floor(seats * share), min(seats, len(schools)) if share > 0 else 0))
    if not schools or pot == 0:
        return {}
    exact = {school: pot * number / total for school, number in schools.items()}
    found = {school: max(1, math.floor(part)) for school, part in exact.items()}
    by_need = sorted(schools, key=lambda school: (schools[school], school))
    if sum(found.values()) > pot:
        return _squeezed(found, by_need, pot)
    rest = sorted(by_need, key=lambda school: found[school] - exact[school])
    for school in (rest * (pot // len(rest) + 1))[: pot - sum(found.values())]:
        found[school] += 1
    return found


def _squeezed(found: dict[str, int], by_need: list[str], pot: int) -> dict[str, int]:
    """Take back from those with most, the smaller school first, so that a larger never has less.

    Where each is down to one seat and there are still too few, the largest go without.
    """
    while sum(found.values()) > pot:
        most = max(found.values())
        order = by_need if most > 1 else by_need[::-1]
        found[next(school for school in order if found[school] == most)] -= 1
    return {school: number for school, number in found.items() if number}


# Health, documents, ways to reach a family, and what is nobody's business at a booking.
SENSITIVE_WORDS = tuple(
    "身份证 证件 护照号 户口 户籍 学籍号 病史 疾病 生病 过敏 用药 服药 残疾 疫苗 血型 体重 "
    "手机 电话 微信号 住址 地址 民族 宗教 收入 低保 单亲 离异 银行卡 密码 人脸 指纹".split()
)
LEAST_OPTIONS = 2


def check_questions(questions: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a question asked twice, a choice without options, and what must not be asked."""
    for number, one in enumerate(questions):
        label, options = one["label"], one["options"]
        if any(other["label"] == label for other in questions[:number]):
            raise QuestionTwice(label=label)
        choice = one["kind"] == FieldKind.CHOICE
        if (choice and len(set(options)) < max(LEAST_OPTIONS, len(options))) or (
            options and not choice
        ):
            raise OptionsWrong(label=label)
        written = "".join("".join((label, one["hint"], *options)).split())
        if word := next((word for word in SENSITIVE_WORDS if word in written), None):
            raise SensitiveQuestion(word=word)
