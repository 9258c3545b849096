"""Pure rules of activities: who needs a review, where one stands, which dates a term gives."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from app.activities.kinds import ActivityKind, Category, Phase
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
