"""Periods and figures of rights and duties, decided without a database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.kit.clock import at_school

ERASE_AFTER_DAYS = 7  # time to think again, and longer than the platform's pushes are kept
ANSWER_WITHIN_DAYS = 15
GONE_AFTER_DAYS = 365  # a child without a class for a year is erased by itself
FIRST_YEAR = 2020


def week_before(today: date) -> tuple[date, date]:
    """Monday and Sunday of the last whole week."""
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def span_of(first: date, last: date) -> tuple[datetime, datetime]:
    """From midnight of the first day to midnight after the last, at school."""
    return at_school(first, 0), at_school(last + timedelta(days=1), 0)


def year_span(year: int, now: datetime) -> tuple[datetime, datetime]:
    """A calendar year at school; the running one ends now."""
    begin, end = span_of(date(year, 1, 1), date(year, 12, 31))
    return begin, min(end, now.astimezone(UTC))


def differences(kept: dict[str, Any], fresh: dict[str, Any]) -> list[str]:
    """The chapters whose figures are not the same."""
    names = [*kept, *(name for name in fresh if name not in kept)]
    return [name for name in names if kept.get(name) != fresh.get(name)]
