"""Pure rules of the city pack: columns from the rule set, a child's amounts, digests, differences."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from app.activities.kinds import Category
from app.citypack.kinds import Measure
from app.passports.kinds import CATEGORY_WORDS, NeedKind
from app.passports.rules.crediting import Tally, Visited, counted_minutes, tally
from app.passports.rules.ladder import say_need
from app.passports.schemas import Need, RuleBody

LEAST_DAYS, MOST_DAYS = 5, 30
Amounts = dict[str, int]


class Column(NamedTuple):
    """Something the city counts; what it needs and how it is called come from the rule set."""

    key: str
    measure: Measure
    category: str | None
    mark: str | None
    words: str
    needed: int


class Counter(NamedTuple):
    """A correction as the rules see it."""

    measure: str
    category: str | None
    mark: str | None
    amount: int


def columns_of(body: RuleBody) -> list[Column]:
    """One column a need of hours or bases, in the order of the rule set, each once."""
    found: dict[str, Column] = {}
    for level in body.levels:
        for need in level.needs:
            if need.kind in (NeedKind.HOURS, NeedKind.BASES):
                column = _column(need)
                found.setdefault(column.key, column)
    return list(found.values())


def _column(need: Need) -> Column:
    measure = Measure.HOURS if need.kind is NeedKind.HOURS else Measure.BASES
    category = need.category.value if need.category else None
    mark = need.mark.value if need.mark else None
    key = f"{measure.value}:{category or ''}:{mark or ''}"
    return Column(key, measure, category, mark, say_need(need), need.at_least)


def amounts_of(body: RuleBody, visits: Iterable[Visited], grade: int, today: date) -> Amounts:
    """Minutes and bases a column, under the caps of the rule set."""
    found = tally(body, visits, grade, today)
    return {column.key: _amount(body, found, column) for column in columns_of(body)}


def _amount(body: RuleBody, found: Tally, column: Column) -> int:
    if column.measure is Measure.HOURS:
        return counted_minutes(body, found, column.category, column.mark)
    return sum(
        (column.mark is None or column.mark in found.marks[base])
        and (column.category is None or column.category in categories)
        for base, categories in found.bases.items()
    )


def corrected(columns: Sequence[Column], amounts: Amounts, counters: Iterable[Counter]) -> Amounts:
    """Hours at a kind of base count in the category as a whole, too."""
    found = dict(amounts)
    for one in counters:
        for column in columns:
            if (
                column.measure == one.measure
                and column.category in (None, one.category)
                and column.mark in (None, one.mark)
            ):
                found[column.key] = found.get(column.key, 0) + one.amount
    return found


def within(visits: Iterable[Visited], starts_on: date, ends_on: date) -> list[Visited]:
    return [one for one in visits if starts_on <= one.day <= ends_on]


def say_amount(measure: str, amount: int, minutes_per_hour: int) -> str:
    """`12.5` lessons, rounded down to a tenth as levels do; bases as they are."""
    if measure == Measure.BASES:
        return str(amount)
    tenths = 10 * amount // minutes_per_hour
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def on_the_wall(columns: Sequence[Column]) -> tuple[list[Column], list[Column]]:
    """The four columns beside the name, and what stands small under them."""
    main = [one for one in columns if one.measure is Measure.HOURS and one.mark is None]
    return main, [one for one in columns if one not in main]


def unit_of(column: Column) -> str:
    return "课时" if column.measure is Measure.HOURS else "个"


def category_words(category: Category | str | None) -> str:
    return CATEGORY_WORDS[category] if category else ""


def allowed_deadline(today: date, closes_on: date) -> bool:
    """Five full days and a month at most."""
    return timedelta(LEAST_DAYS) <= closes_on - today <= timedelta(MOST_DAYS)


def digest_of(lines: Sequence[Any]) -> str:
    """SHA-256 over canonical JSON: the same numbers give the same digest anywhere."""
    plain = json.dumps(lines, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def differing(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[Any]:
    """Lines whose amounts are others than before, in their order."""
    known = {one["pupil"]: one["amounts"] for one in before}
    return [one for one in after if known.get(one["pupil"]) != one["amounts"]]
