"""Pure rules of papers (what is missing, what has run out) and of schools' needs (which days fit)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from app.kit.clock import school_day
from app.resources.errors import NeedDatesWrong, OfferOutsideNeed
from app.resources.kinds import BINDING_PAPERS, PaperKind

ALARM_DAYS = (0, 7, 30)  # before the last day of a paper


class Dated(Protocol):
    """A paper, or anything else with a kind and a last day."""

    @property
    def kind(self) -> PaperKind: ...

    @property
    def valid_until(self) -> date | None: ...


def last_days(papers: Iterable[Dated]) -> dict[PaperKind, date]:
    """The last day of each kind of paper: a renewal counts, the old one no longer."""
    found: dict[PaperKind, date] = {}
    for paper in papers:
        if paper.valid_until is not None:
            kind = PaperKind(paper.kind)
            found[kind] = max(paper.valid_until, found.get(kind, paper.valid_until))
    return found


def expired(days: Mapping[PaperKind, date], today: date) -> list[PaperKind]:
    """Binding papers that ran out; the last day itself is still good."""
    return [kind for kind in BINDING_PAPERS if kind in days and days[kind] < today]


def missing(days: Mapping[PaperKind, date], today: date) -> list[PaperKind]:
    """Binding papers that were never entered or ran out."""
    return [kind for kind in BINDING_PAPERS if kind not in days or days[kind] < today]


def alarm_step(last_day: date, today: date) -> int | None:
    """30, 7 or 0: the nearest step that has been reached. A day on which nothing ran is caught up."""
    left = (last_day - today).days
    return next((step for step in ALARM_DAYS if left <= step), None)


FARTHEST = timedelta(days=183)
CHOOSING = timedelta(days=7)  # the school's time to choose after the last day for offers


class Wanted(Protocol):
    """A school's need, or anything else with its days."""

    @property
    def first_day(self) -> date: ...

    @property
    def last_day(self) -> date: ...

    @property
    def open_until(self) -> date: ...

    @property
    def weekdays(self) -> Collection[str]: ...


def check_need(need: Wanted, today: date) -> None:
    """Refuse days that contradict each other, are past, or lie more than half a year ahead."""
    in_order = need.first_day <= need.last_day <= today + FARTHEST
    if not (in_order and today <= need.open_until <= need.last_day):
        raise NeedDatesWrong


def check_visit(need: Wanted, starts: datetime, ends: datetime, now: datetime) -> None:
    """Refuse a time that is not on one of the days the school named."""
    day = school_day(starts)
    fits = need.first_day <= day <= need.last_day and school_day(ends) == day
    weekday = not need.weekdays or str(day.isoweekday()) in need.weekdays
    if not (now < starts < ends and fits and weekday):
        raise OfferOutsideNeed(span=say_days(need))


def say_days(need: Wanted) -> str:
    """`12月1日至12月31日（周二、周四）`."""
    span = f"{_say(need.first_day)}至{_say(need.last_day)}"
    days = "、".join(f"周{'一二三四五六日'[int(day) - 1]}" for day in sorted(need.weekdays))
    return f"{span}（{days}）" if days else span


def _say(day: date) -> str:
    return f"{day.month}月{day.day}日"


def choose_by(need: Wanted) -> date:
    """The last day on which the school can choose: a week after the offers, within its own days."""
    return min(need.open_until + CHOOSING, need.last_day)


def is_lapsed(need: Wanted, offers: int, today: date) -> bool:
    """Nobody offered in time, or the school did not choose in time."""
    return today > (choose_by(need) if offers else need.open_until)


def reminders_due(need: Wanted, today: date) -> int:
    """How many reminders a school with offers should have had: at the end of the offers, and on the
    day before the last."""
    return (today >= need.open_until) + (today >= choose_by(need) - timedelta(days=1))
