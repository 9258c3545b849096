"""The engine: order never matters, caps hold, more visits never lower a level, nonsense is refused."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kit.errors import DomainError
from app.passports.rules.builtin import BUILT_IN, CITY, DREAM
from app.passports.rules.crediting import Visited, applies, counted_minutes, tally
from app.passports.rules.ladder import progress
from app.passports.rules.sanity import check_rules
from app.passports.schemas import RuleBody

TODAY = date(2026, 11, 20)
MARKS = ("labour_post", "patriotic", "recognised", "vocational_school")
CATEGORIES = ("social", "labour", "career", "safety", "none")


def visit(base: str = "a", minutes: int = 90, category: str = "social", **more: Any) -> Visited:
    given_ = {"theme": "陶艺", "day": TODAY - timedelta(days=5), **more}
    return Visited(base=base, category=category, minutes=minutes, **given_)


def need(kind: str, at_least: int, **more: str) -> dict[str, Any]:
    return {"kind": kind, "at_least": at_least, **more}


def rules(*needs: dict[str, Any], **more: Any) -> RuleBody:
    level = {"code": "one", "name": "一级", "needs": list(needs) or [need("stamps", 1)]}
    return RuleBody.model_validate({"title": "规则", "levels": [level], **more})


VISITS = st.lists(
    st.builds(
        # What a base is recognised as, and its theme, belong to the base.
        lambda base, minutes, category, ago, sheet: Visited(
            base=str(base),
            theme=f"主题{base % 4}",
            category=category,
            minutes=minutes,
            day=TODAY - timedelta(days=ago),
            marks=frozenset(mark for place, mark in enumerate(MARKS) if base >> place & 1),
            has_sheet=sheet,
        ),
        st.integers(0, 15),
        st.integers(0, 600),
        st.sampled_from(CATEGORIES),
        st.integers(0, 900),
        st.booleans(),
    ),
    max_size=40,
)
NEEDS = st.one_of(
    st.builds(
        lambda kind, number, category, mark: {
            "kind": kind,
            "at_least": number,
            **({"category": category} if category else {}),
            **({"mark": mark} if mark else {}),
        },
        st.sampled_from(["hours", "bases", "stamps"]),
        st.integers(1, 12),
        st.sampled_from([None, *CATEGORIES]),
        st.sampled_from([None, *MARKS]),
    ),
    st.builds(need, st.sampled_from(["themes", "categories", "sheets"]), st.integers(1, 4)),
)
BODIES = st.builds(
    lambda needs, caps, least, period, since: rules(
        *needs,
        visit_cap=caps[0],
        base_cap=caps[1],
        category_caps=[{"category": "social", "minutes": caps[2]}] if caps[2] else [],
        least_minutes=least,
        period=period,
        since_min_grade=since,
        min_grade=6 if since else -3,
    ),
    st.lists(NEEDS, min_size=1, max_size=4),
    st.tuples(*[st.one_of(st.none(), st.integers(30, 900))] * 3),
    st.integers(0, 120),
    st.sampled_from(["all", "school_year"]),
    st.booleans(),
)


@given(BODIES, VISITS, VISITS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_more_visits_never_lower_a_level(
    body: RuleBody, visits: list[Visited], more: list[Visited], chance: Any
) -> None:
    for one in (body, *BUILT_IN.values()):
        found = progress(one, visits, 8, TODAY)
        shuffled = visits.copy()
        chance.shuffle(shuffled)
        assert progress(one, shuffled, 8, TODAY) == found
        wider = progress(one, [*more, *visits], 8, TODAY)
        assert set(found.reached) <= set(wider.reached)
        for before, after in zip(found.levels, wider.levels, strict=True):
            for had, has in zip(before.needs, after.needs, strict=True):
                assert had.have <= has.have


@given(BODIES, VISITS)
def test_caps_hold(body: RuleBody, visits: list[Visited]) -> None:
    found = tally(body, visits, 8, TODAY)
    years = 4 if body.period == "school_year" else 1  # nine hundred days touch four
    for base in {one.base for one in visits}:
        minutes = sum(spent for (_, _, at), spent in found.minutes.items() if at == base)
        if body.base_cap is not None:
            assert minutes <= body.base_cap * len(CATEGORIES) * years
        assert minutes <= sum(one.minutes for one in visits if one.base == base)
    for cap in body.category_caps:
        assert counted_minutes(body, found, cap.category, None) <= cap.minutes * years
    if body.visit_cap is not None:
        assert sum(found.minutes.values()) <= body.visit_cap * len(visits)


def test_the_reason_is_said_in_plain_words() -> None:
    dream = BUILT_IN[DREAM]
    nothing = progress(dream, [], 3, TODAY)
    assert nothing.sentence == "再盖 2 枚印章，再去 2 个没去过的基地，就到铜章。"
    five = [visit("a"), visit("a"), visit("a"), visit("b"), visit("b")]
    assert progress(dream, five, 3, TODAY).sentence == "再去 2 个没去过的基地，就到银章。"
    city = progress(BUILT_IN[CITY], [visit(minutes=100, category="career")], 7, TODAY)
    assert "再参加 29.8 学时职业体验，再参加 16 学时职业院校的职业体验" in city.sentence
    assert "再去 3 个没去过的劳动岗位，再去 1 个没去过的爱国主义教育基地" in city.sentence
    sheet = progress(rules(need("sheets", 1)), [visit()], 3, TODAY)
    assert sheet.sentence == "再交 1 份任务单，就到一级。"


def test_the_city_counts_from_the_sixth_grade_on_and_for_junior_highs_only() -> None:
    city = BUILT_IN[CITY]
    assert [applies(city, grade) for grade in (5, 6, 9, None)] == [False, True, True, False]
    visits = [visit(day=date(2025, 8, 31)), visit(day=date(2025, 9, 1))]
    seventh = progress(city, visits, 7, TODAY)
    assert seventh.levels[0].needs[0].have == 2.0, "90 minutes are two lessons; August was primary"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"levels": [{"code": "a", "name": "甲", "after": "a", "needs": [need("stamps", 1)]}]}, "loop"),
        ({"levels": [{"code": "a", "name": "甲", "after": "b", "needs": [need("stamps", 1)]},
                     {"code": "b", "name": "乙", "after": "a", "needs": [need("stamps", 1)]}]}, "loop"),
        ({"levels": [{"code": "a", "name": "甲", "after": "x", "needs": [need("stamps", 1)]}]},
         "unknown_level"),
        ({"levels": [{"code": "a", "name": "甲", "needs": [need("stamps", 1)]}] * 2}, "level_twice"),
        ({"levels": [{"code": "a", "name": "甲", "needs": [need("hours", 20, category="social")]}],
          "category_caps": [{"category": "social", "minutes": 600}]}, "cap_below_need"),
        ({"levels": [{"code": "a", "name": "甲", "needs": [need("categories", 5)]}]}, "out_of_reach"),
        ({"starts_on": "2027-01-01", "ends_on": "2026-01-01"}, "reversed"),
    ],
)  # fmt: skip
def test_a_rule_set_that_contradicts_itself_is_refused(change: dict[str, Any], code: str) -> None:
    good = rules().model_dump(mode="json")
    check_rules(RuleBody.model_validate(good))
    with pytest.raises(DomainError) as refused:
        check_rules(RuleBody.model_validate(good | change))
    assert refused.value.code == f"passport.rules_{code}"
    assert "{" not in refused.value.text()


@pytest.mark.parametrize(
    "wrong", [{"category": "fun"}, {"at_least": -1}, {"at_least": 0}, {"kind": "luck"}]
)
def test_unknown_words_and_negative_numbers_are_no_rules(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rules({**need("hours", 3), **wrong})


def test_the_built_in_rules_are_sane() -> None:
    for body in BUILT_IN.values():
        check_rules(body)
