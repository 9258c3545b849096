"""Does a rule set contradict itself? Refused with the reason before anybody is measured by it."""

from collections import Counter

from app.passports.errors import (
    RulesCapBelowNeed,
    RulesDatesReversed,
    RulesLevelTwice,
    RulesLoop,
    RulesOutOfReach,
    RulesUnknownLevel,
)
from app.passports.kinds import CATEGORY_WORDS, NeedKind, Period
from app.passports.rules.ladder import OUTSIDE
from app.passports.schemas import Level, Need, RuleBody

CITY_CATEGORIES = 4


def check_rules(rules: RuleBody) -> None:
    """Refuse loops, unknown or doubled levels, and needs that the caps or filters forbid for ever."""
    if rules.min_grade > rules.max_grade:
        raise RulesDatesReversed
    if (
        rules.starts_on is not None
        and rules.ends_on is not None
        and rules.starts_on > rules.ends_on
    ):
        raise RulesDatesReversed
    _check_chain(rules.levels)
    for level in rules.levels:
        for need in level.needs:
            _check_need(rules, level, need)


def _check_chain(levels: list[Level]) -> None:
    after = {level.code: level.after for level in levels}
    twice = [code for code, number in Counter(level.code for level in levels).items() if number > 1]
    if twice:
        raise RulesLevelTwice(level=twice[0])
    for level in levels:
        if level.after is not None and level.after not in after:
            raise RulesUnknownLevel(level=level.name, after=level.after)
        seen = {level.code}
        following = level.after
        while following is not None:
            if following in seen:
                raise RulesLoop(level=level.name)
            seen.add(following)
            following = after.get(following)


def _check_need(rules: RuleBody, level: Level, need: Need) -> None:
    if need.kind is NeedKind.CATEGORIES and need.at_least > CITY_CATEGORIES:
        raise RulesOutOfReach(level=level.name)
    narrowed = need.category is not None or need.mark is not None
    if need.kind in (NeedKind.CATEGORIES, NeedKind.THEMES, NeedKind.SHEETS) and narrowed:
        raise RulesOutOfReach(level=level.name)
    if need.kind is not NeedKind.HOURS:
        return
    caps = {cap.category.value: cap.minutes for cap in rules.category_caps}
    wanted = [need.category] if need.category else [*CATEGORY_WORDS]
    if any(word not in caps for word in wanted):
        return
    most = sum(caps[word] for word in wanted) * _periods(rules)
    if most < need.at_least * rules.minutes_per_hour:
        where = CATEGORY_WORDS[need.category or OUTSIDE] if need.category else "全部类别"
        raise RulesCapBelowNeed(
            level=level.name, where=where, cap=most // rules.minutes_per_hour, need=need.at_least
        )


def _periods(rules: RuleBody) -> int:
    """How many times a cap begins anew for one child."""
    years = rules.max_grade - rules.min_grade + 1
    return years if rules.period is Period.SCHOOL_YEAR else 1
