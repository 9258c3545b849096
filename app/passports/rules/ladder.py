"""Which levels has a child reached, and 为什么还没有 the next one, in words a child understands?"""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date

from app.passports.kinds import CATEGORY_WORDS, NeedKind
from app.passports.rules.crediting import Tally, Visited, counted_minutes, tally
from app.passports.schemas import Level, Need, RuleBody
from app.resources.kinds import MARK_NAMES

OUTSIDE = "none"


@dataclass(frozen=True)
class NeedProgress:
    need: Need
    have: float

    @property
    def met(self) -> bool:
        return self.have >= self.need.at_least

    @property
    def words(self) -> str:
        return say_need(self.need)

    @property
    def missing(self) -> str:
        return "" if self.met else say_missing(self.need, self.need.at_least - self.have)


@dataclass(frozen=True)
class LevelProgress:
    level: Level
    needs: tuple[NeedProgress, ...]
    reached: bool
    waits_for: str = ""

    @property
    def sentence(self) -> str:
        """`再去 2 个没去过的基地，就到银章。`, or that it is reached."""
        if self.reached:
            return f"已达到{self.level.name}。"
        missing = [need.missing for need in self.needs if not need.met]
        if self.waits_for:
            missing.insert(0, f"先达到{self.waits_for}")
        return f"{'，'.join(missing)}，就到{self.level.name}。"

    @property
    def explanation(self) -> str:
        """What it was reached with, for the record: `不同基地 3 个，印章 5 枚`."""
        parts = [f"{need.words} {say_number(need.have)} {_unit(need.need)}" for need in self.needs]
        return "，".join(parts)[:400]

    @property
    def percent(self) -> int:
        """How full the bar is: the mean of the needs, each at most full."""
        shares = [min(need.have / need.need.at_least, 1.0) for need in self.needs]
        return int(100 * sum(shares) / len(shares))


@dataclass(frozen=True)
class Progress:
    """All levels in their order; `upcoming` is the first that is not reached.

    `waiting`: visits that are not counted before their task sheet is passed.
    """

    levels: tuple[LevelProgress, ...]
    waiting: int = 0

    @property
    def reached(self) -> tuple[str, ...]:
        return tuple(one.level.code for one in self.levels if one.reached)

    @property
    def upcoming(self) -> LevelProgress | None:
        return next((one for one in self.levels if not one.reached), None)

    @property
    def sentence(self) -> str:
        if self.upcoming is None:
            return "全部等级都已达到，真了不起！"
        waits = f"有 {self.waiting} 次活动要等任务单通过才算。" if self.waiting else ""
        return self.upcoming.sentence + waits


def progress(
    rules: RuleBody, visits: Iterable[Visited], grade: int | None, today: date
) -> Progress:
    """Everything about one child under one rule set; the order of the visits does not matter."""
    found = tally(rules, visits, grade, today)
    names = {level.code: level.name for level in rules.levels}
    reached: set[str] = set()
    levels: list[LevelProgress] = []
    for level in in_order(rules.levels):
        needs = tuple(NeedProgress(need, _have(rules, found, need)) for need in level.needs)
        waits = level.after is not None and level.after not in reached
        done = not waits and all(need.met for need in needs)
        if done:
            reached.add(level.code)
        levels.append(
            LevelProgress(level, needs, done, names[level.after] if waits and level.after else "")
        )
    return Progress(tuple(levels), found.waiting)


def in_order(levels: list[Level]) -> list[Level]:
    """Each level behind the one it comes after; checked rule sets have no loops."""
    ordered: list[Level] = []
    waiting = list(levels)
    while waiting:
        known = {level.code for level in ordered}
        ready = [level for level in waiting if level.after is None or level.after in known]
        if not ready:
            return ordered + waiting
        ordered += ready
        waiting = [level for level in waiting if level not in ready]
    return ordered


def _have(rules: RuleBody, found: Tally, need: Need) -> float:
    match need.kind:
        case NeedKind.HOURS:
            minutes = counted_minutes(rules, found, need.category, need.mark)
            return math.floor(10 * minutes / rules.minutes_per_hour) / 10
        case NeedKind.BASES:
            return sum(_fits(found, base, need) for base in found.bases)
        case NeedKind.STAMPS:
            return sum(
                number
                for (category, base), number in found.category_stamps.items()
                if need.category in (None, category)
                and (need.mark is None or need.mark in found.marks[base])
            )
        case NeedKind.THEMES:
            return len(found.themes)
        case NeedKind.CATEGORIES:
            return len({at for at, _ in found.category_stamps} - {OUTSIDE})
        case NeedKind.SHEETS:
            return found.sheets


def _fits(found: Tally, base: Hashable, need: Need) -> bool:
    if need.mark is not None and need.mark not in found.marks[base]:
        return False
    return need.category is None or need.category in found.bases[base]


def _where(need: Need) -> str:
    """`职业院校的职业体验`, `社会考察`, or nothing."""
    category = CATEGORY_WORDS[need.category] if need.category else ""
    mark = MARK_NAMES[need.mark] if need.mark else ""
    return f"{mark}的{category}" if mark and category else mark or category


def say_need(need: Need) -> str:
    where = _where(need)
    match need.kind:
        case NeedKind.HOURS:
            return f"{where}学时" if where else "学时"
        case NeedKind.BASES:
            return where or "不同基地"
        case NeedKind.STAMPS:
            return f"{where}印章" if where else "印章"
        case NeedKind.THEMES:
            return "不同主题"
        case NeedKind.CATEGORIES:
            return "不同类别"
        case NeedKind.SHEETS:
            return "任务单"


def _unit(need: Need) -> str:
    units = {NeedKind.STAMPS: "枚", NeedKind.SHEETS: "份", NeedKind.HOURS: "学时"}
    return units.get(need.kind, "个")


def say_missing(need: Need, number: float) -> str:
    """What is still to do, as one would tell a child."""
    where, count = _where(need), say_number(number)
    match need.kind:
        case NeedKind.HOURS:
            return f"再参加 {count} 学时{where or '活动'}"
        case NeedKind.BASES:
            return f"再去 {count} 个没去过的{where or '基地'}"
        case NeedKind.STAMPS:
            return f"再盖 {count} 枚{where}印章"
        case NeedKind.THEMES:
            return f"再体验 {count} 个新主题"
        case NeedKind.CATEGORIES:
            return f"再参加 {count} 类没参加过的活动"
        case NeedKind.SHEETS:
            return f"再交 {count} 份任务单"


def say_number(number: float) -> str:
    """`3` and `2.5`; what is missing is rounded up to a tenth, never to nothing."""
    rounded = math.ceil(number * 10 - 1e-6) / 10
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.1f}"
