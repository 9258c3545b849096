"""Pure rules of the calendar: which week of the term is it, and is there school?"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from app.orgs.kinds import GRADE_NAMES, DayKind

WEEK = timedelta(days=7)
SATURDAY = 5


class Span(Protocol):
    """A term, or anything else with a first and a last day."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date: ...


@dataclass(frozen=True)
class Day:
    """One day of the calendar; `kind` and `name` only when it is not as its weekday says."""

    day: date
    in_term: bool
    is_school: bool
    kind: DayKind | None = None
    name: str = ""


@dataclass(frozen=True)
class Week:
    """第 n 周, Monday to Sunday."""

    number: int
    days: tuple[Day, ...]

    @property
    def school_days(self) -> int:
        return sum(day.is_school for day in self.days)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_of(term: Span, day: date) -> int | None:
    """第 n 周: week 1 is the calendar week (Monday to Sunday) of the first day; None outside the term."""
    if not term.starts_on <= day <= term.ends_on:
        return None
    return (monday_of(day) - monday_of(term.starts_on)) // WEEK + 1


def is_school_day(day: date, terms: Collection[Span], special: Mapping[date, DayKind]) -> bool:
    """Within a term: a weekday that is no 放假, or any day that is 补课."""
    if not any(term.starts_on <= day <= term.ends_on for term in terms):
        return False
    kind = special.get(day)
    if kind is not None:
        return kind == DayKind.MAKEUP
    return day.weekday() < SATURDAY


def weeks_of(term: Span, special: Mapping[date, tuple[DayKind, str]]) -> Iterator[Week]:
    """Every week of the term with its seven days, also those of the first week before the term."""
    kinds = {day: kind for day, (kind, _) in special.items()}
    first, last = monday_of(term.starts_on), monday_of(term.ends_on)
    for number in range((last - first) // WEEK + 1):
        monday = first + number * WEEK
        days = []
        for offset in range(7):
            day = monday + timedelta(days=offset)
            inside = term.starts_on <= day <= term.ends_on
            kind, name = special.get(day, (None, "")) if inside else (None, "")
            days.append(Day(day, inside, is_school_day(day, (term,), kinds), kind, name))
        yield Week(number + 1, tuple(days))


def say_grade(grade: int) -> str:
    """`大班`, `三年级`."""
    return GRADE_NAMES.get(grade, "托班")


def say_grades(least: int, most: int) -> str:
    """`三年级至五年级`, or the one grade."""
    return say_grade(least) if least == most else f"{say_grade(least)}至{say_grade(most)}"
