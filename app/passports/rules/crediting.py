"""Which visits count, and how much? Nested sums of minima, so order never matters and more is never less."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.passports.kinds import Period
from app.passports.schemas import RuleBody

FIRST_MONTH = 9


class Visited(NamedTuple):
    """One stamp as the rules see it; a tuple, because a recount makes a million of them."""

    base: Hashable
    theme: str
    category: str
    minutes: int
    day: date
    marks: frozenset[str] = frozenset()
    has_sheet: bool = False
    lacks_sheet: bool = False  # its activity asks for a sheet that nobody has passed yet


@dataclass(slots=True)
class Tally:
    """Everything levels may ask for, added up once a child and rule set."""

    stamps: int = 0
    sheets: int = 0
    waiting: int = 0  # visits that count as soon as their sheet is passed
    # (category, period, base) → minutes after the caps of a visit and of a base.
    minutes: dict[tuple[str, int, Hashable], int] = field(default_factory=dict)
    bases: dict[Hashable, set[str]] = field(default_factory=dict)  # base → its categories
    themes: set[str] = field(default_factory=set)
    marks: dict[Hashable, frozenset[str]] = field(default_factory=dict)  # base → its marks
    category_stamps: dict[tuple[str, Hashable], int] = field(
        default_factory=dict
    )  # (category, base)


def school_year(day: date) -> int:
    """2026 for all days from September 2026 to August 2027."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def counted_from(rules: RuleBody, grade: int | None, today: date) -> date | None:
    """The first day that counts for a child of this grade: an own date, or the entry into the lowest grade."""
    entered = None
    if rules.since_min_grade and grade is not None:
        entered = date(school_year(today) - max(grade - rules.min_grade, 0), FIRST_MONTH, 1)
    known = [day for day in (rules.starts_on, entered) if day is not None]
    return max(known) if known else None


def applies(rules: RuleBody, grade: int | None) -> bool:
    """Rules for everybody apply without a class, too."""
    if grade is None:
        return (rules.min_grade, rules.max_grade) == (-3, 9)
    return rules.min_grade <= grade <= rules.max_grade


def tally(rules: RuleBody, visits: Iterable[Visited], grade: int | None, today: date) -> Tally:
    """Add up what counts; a visit that is too short, too early or at another kind of base does not."""
    since, until = counted_from(rules, grade, today), rules.ends_on
    yearly = rules.period is Period.SCHOOL_YEAR
    found = Tally()
    for visit in visits:
        if visit.minutes < rules.least_minutes or (since is not None and visit.day < since):
            continue
        if until is not None and visit.day > until:
            continue
        if rules.base_mark is not None and rules.base_mark not in visit.marks:
            continue
        if visit.lacks_sheet or (rules.sheet_needed and not visit.has_sheet):
            found.waiting += 1
            continue
        _add(rules, found, visit, school_year(visit.day) if yearly else 0)
    return found


def _add(rules: RuleBody, found: Tally, visit: Visited, period: int) -> None:
    minutes = visit.minutes if rules.visit_cap is None else min(visit.minutes, rules.visit_cap)
    at = (visit.category, period, visit.base)
    total = found.minutes.get(at, 0) + minutes
    found.minutes[at] = total if rules.base_cap is None else min(total, rules.base_cap)
    found.stamps += 1
    found.sheets += visit.has_sheet
    found.bases.setdefault(visit.base, set()).add(visit.category)
    found.marks[visit.base] = visit.marks
    key = (visit.category, visit.base)
    found.category_stamps[key] = found.category_stamps.get(key, 0) + 1
    if visit.theme:
        found.themes.add(visit.theme)


def counted_minutes(rules: RuleBody, found: Tally, category: str | None, mark: str | None) -> int:
    """Minutes of a category (or all) at bases with a mark (or all), after the caps of the categories."""
    caps = {cap.category.value: cap.minutes for cap in rules.category_caps}
    sums: dict[tuple[str, int], int] = {}
    for (at, period, base), minutes in found.minutes.items():
        if category is not None and at != category:
            continue
        if mark is not None and mark not in found.marks[base]:
            continue
        sums[at, period] = sums.get((at, period), 0) + minutes
    return sum(min(minutes, caps.get(at, minutes)) for (at, _), minutes in sums.items())
