"""Deferred acceptance with school reserves: what it promises, tried on small markets of every shape.

The markets are small on purpose: every deviation of every pupil can be tried.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.activities.rules import commitment, reserves_of
from app.rounds.rules import (
    OFTEN,
    Offer,
    Outcome,
    Wanter,
    Why,
    allocate,
    equity,
    explain,
    lottery_number,
    ranked,
)

SCHOOLS, SESSIONS = "xyz", "ABCD"
Market = tuple[list[Wanter[str]], dict[str, Offer]]


@st.composite
def markets(draw: st.DrawFn, most: int = 8) -> Market:
    number = draw(st.integers(1, most))
    wanters = [
        Wanter(
            code=f"p{index}",
            school=draw(st.sampled_from(SCHOOLS)),
            unlucky=draw(st.integers(0, 2)),
            wishes=tuple(draw(st.lists(st.sampled_from(SESSIONS), max_size=4, unique=True))),
            missed=draw(st.integers(0, 3)),
        )
        for index in range(number)
    ]
    offers = {}
    for session in draw(st.lists(st.sampled_from(SESSIONS), min_size=1, unique=True)):
        reserves = {school: draw(st.integers(0, 1)) for school in SCHOOLS}
        seats = draw(st.integers(sum(reserves.values()), 4))
        offers[session] = Offer(seats, reserves)
    return wanters, offers


SEEDS = st.text("abc", min_size=1, max_size=3)
some = settings(max_examples=150, deadline=None)
# p0, before p2 by lot and of the same school, asks for B only after A was taken from it: by then B has
# turned away p1, who stands between the two, and p2 holds the seat of their school.
LATE = (
    [
        Wanter("p0", "x", 2, ("A", "B")),
        Wanter("p1", "z", 2, ("B", "A")),
        Wanter("p2", "x", 2, ("B",)),
    ],
    {"A": Offer(1, {"z": 1}), "B": Offer(1, {"x": 1})},
)


def chosen(offer: Offer, applicants: Sequence[tuple[int, Wanter[str]]]) -> set[str]:
    """A session's choice by its definition: reserves first, then the open seats, best first."""
    best_first = sorted(applicants, key=lambda pair: pair[0])
    taken: set[str] = set()
    for school, reserve in offer.reserves.items():
        own = [wanter.code for _, wanter in best_first if wanter.school == school]
        taken |= set(own[:reserve])
    for _, wanter in best_first:
        if len(taken) < offer.seats:
            taken.add(wanter.code)
    return taken


def by_definition(
    wanters: Sequence[Wanter[str]], offers: Mapping[str, Offer], seed: str
) -> dict[str, str]:
    """All propose at once, every session chooses from all it ever held: the textbook's rounds."""
    rank = dict(zip((w.code for w in wanters), ranked(wanters, seed), strict=True))
    refused: dict[str, set[str]] = {wanter.code: set() for wanter in wanters}
    while True:
        asking: dict[str, list[Wanter[str]]] = {session: [] for session in offers}
        for wanter in wanters:
            left = [s for s in wanter.wishes if s in offers and s not in refused[wanter.code]]
            if left:
                asking[left[0]].append(wanter)
        placed, again = {}, False
        for session, applicants in asking.items():
            taken = chosen(offers[session], [(rank[w.code], w) for w in applicants])
            for wanter in applicants:
                if wanter.code in taken:
                    placed[wanter.code] = session
                else:
                    refused[wanter.code].add(session)
                    again = True
        if not again:
            return placed


@settings(max_examples=300, deadline=None)
@example(LATE, "a")
@given(markets(), SEEDS)
def test_it_is_the_textbooks_procedure(market: Market, seed: str) -> None:
    assert allocate(*market, seed).placed == by_definition(*market, seed)


@some
@given(markets(), SEEDS)
def test_nobody_is_placed_where_they_did_not_ask_and_no_session_is_overfull(
    market: Market, seed: str
) -> None:
    wanters, offers = market
    outcome = allocate(wanters, offers, seed)
    for wanter in wanters:
        assert outcome.placed.get(wanter.code) in (None, *wanter.wishes)
    assert sorted(outcome.rolls) == sorted(offers)
    for session, roll in outcome.rolls.items():
        assert len(roll) == len(set(roll)) <= offers[session].seats
    assert sum(len(roll) for roll in outcome.rolls.values()) == len(outcome.placed)


def better(wanter: Wanter[str], outcome: Outcome[str]) -> list[str]:
    """The sessions a pupil would rather have had."""
    got = outcome.placed.get(wanter.code)
    wishes = wanter.wishes
    return list(wishes if got is None else wishes[: wishes.index(got)])


@some
@example(LATE, "a")
@given(markets(), SEEDS)
def test_stable_under_reserves(market: Market, seed: str) -> None:
    """Envy is justified by nothing but a reserve; reserves are filled first; no seat is wasted."""
    wanters, offers = market
    outcome = allocate(wanters, offers, seed)
    rank = dict(zip((w.code for w in wanters), ranked(wanters, seed), strict=True))
    school = {wanter.code: wanter.school for wanter in wanters}
    for wanter in wanters:
        for session in better(wanter, outcome):
            if session not in offers:
                continue
            offer, roll = offers[session], outcome.rolls[session]
            assert len(roll) == offer.seats, "a free seat and somebody who wants it"
            own = [code for code in roll if school[code] == wanter.school]
            assert len(own) >= offer.reserves.get(wanter.school, 0), "the reserve was not filled"
            for code in roll:
                if rank[code] > rank[wanter.code]:
                    others = [c for c in roll if school[c] == school[code]]
                    assert school[code] != wanter.school
                    assert len(others) <= offer.reserves.get(school[code], 0)


@settings(max_examples=60, deadline=None)
@given(markets(most=5), SEEDS)
def test_no_other_order_and_no_shorter_list_is_better(market: Market, seed: str) -> None:
    """Strategy-proof with the listed sessions: every reordering of every subset is tried."""
    wanters, offers = market
    truth = allocate(wanters, offers, seed)
    for index, wanter in enumerate(wanters):
        gains = set(better(wanter, truth))
        for length in range(len(wanter.wishes) + 1):
            for wishes in permutations(wanter.wishes, length):
                lied = [*wanters]
                lied[index] = replace(wanter, wishes=wishes)
                got = allocate(lied, offers, seed).placed.get(wanter.code)
                assert got not in gains, (wanter, wishes)


def test_which_five_to_list_can_matter() -> None:
    """What does not hold, shown: a less popular session on a full list can save a pupil."""
    strong = [Wanter(f"a{n}", "x", 1, (s,)) for n, s in enumerate("AB")]
    offers = {session: Offer(1) for session in "ABC"}
    bold = Wanter("me", "y", 0, ("A", "B"))  # a list of two at most
    assert "me" not in allocate([*strong, bold], offers, "s").placed
    assert allocate([*strong, replace(bold, wishes=("A", "C"))], offers, "s").placed["me"] == "C"


@some
@given(markets(), SEEDS, st.randoms())
def test_the_order_of_the_input_means_nothing(market: Market, seed: str, dice: object) -> None:
    wanters, offers = market
    shuffled = [*wanters]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    mixed = dict(sorted(offers.items(), reverse=True))
    first, second = allocate(wanters, offers, seed), allocate(shuffled, mixed, seed)
    assert first.placed == second.placed
    assert first.rolls == second.rolls


@some
@given(markets(), SEEDS)
def test_unlucky_pupils_stand_before_all_others_and_often_missing_ones_behind(
    market: Market, seed: str
) -> None:
    wanters, _ = market
    ranks = ranked(wanters, seed)
    for one, mine in zip(wanters, ranks, strict=True):
        for other, theirs in zip(wanters, ranks, strict=True):
            if one.unlucky > other.unlucky:
                assert mine < theirs
            if one.unlucky == other.unlucky and one.missed < OFTEN <= other.missed:
                assert mine < theirs
    assert sorted(ranks) == list(range(len(wanters)))


@some
@given(markets(), SEEDS)
def test_every_wish_is_explained_and_the_words_are_true(market: Market, seed: str) -> None:
    wanters, offers = market
    outcome = allocate(wanters, offers, seed)
    verdicts = explain(wanters, offers, outcome, seed)
    for wanter in wanters:
        got = outcome.placed.get(wanter.code)
        answers = verdicts[wanter.code]
        assert tuple(answer.session for answer in answers) == wanter.wishes
        for answer in answers:
            if answer.session not in offers:
                assert answer.why is Why.LEFT_OUT
            elif answer.session == got:
                assert answer.why is Why.GOT
            elif answer.session not in better(wanter, outcome):
                assert answer.why is Why.NOT_NEEDED
            else:
                assert len(outcome.rolls[answer.session]) == answer.seats
                assert (answer.why is Why.RESERVED) == (answer.last > answer.place)
            assert 0 <= answer.place <= answer.asked


@some
@given(markets(), SEEDS)
def test_the_figures_add_up(market: Market, seed: str) -> None:
    wanters, offers = market
    outcome = allocate(wanters, offers, seed)
    found = equity(wanters, outcome)
    assert sum(found.by_wish) == found.placed == len(outcome.placed)
    assert sum(asked for _, asked, _ in found.schools) == found.took_part == len(wanters)
    assert sum(placed for _, _, placed in found.schools) == found.placed
    assert 0 <= found.nothing <= 1
    assert found.ratio is None or found.ratio >= 1


@some
@given(
    st.integers(0, 200),
    st.dictionaries(st.sampled_from("abcdefghijklmn"), st.integers(0, 900)),
    st.floats(0, 1),
)
@example(8, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 2, "f": 3}, 1.0)
@example(7, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 9, "f": 10}, 1.0)
def test_reserves_fit_and_leave_no_school_out_while_seats_last(
    seats: int, enrolled: dict[str, int], share: float
) -> None:
    found = reserves_of(seats, enrolled, share)
    schools = [school for school, number in enrolled.items() if number]
    assert sum(found.values()) <= seats
    assert all(number >= 1 for number in found.values())
    assert set(found) <= set(schools)
    if share > 0 and seats >= len(schools):
        assert set(found) == set(schools)
    for one in found:
        for other in found:
            if enrolled[one] > enrolled[other]:
                assert found[one] >= found[other], "a larger school never has less"


def test_reserves_of_a_real_size() -> None:
    enrolled = {"南苑中学": 792, "叶城小学": 736, "东片幼儿看护点": 162}
    assert reserves_of(40, enrolled, 0.8) == {"南苑中学": 15, "叶城小学": 14, "东片幼儿看护点": 3}
    assert reserves_of(2, enrolled, 0.8) == {"东片幼儿看护点": 1, "叶城小学": 1}
    assert reserves_of(40, enrolled, 0) == {}
    assert reserves_of(40, {}, 0.8) == {}


def test_a_reserve_larger_than_the_session_is_refused() -> None:
    with pytest.raises(ValueError, match="A"):
        allocate([Wanter("p", "x", 0, ("A",))], {"A": Offer(1, {"x": 1, "y": 1})}, "s")


def test_the_seed_is_bound_before_and_gives_the_same_numbers_to_everybody() -> None:
    assert commitment("2026-11") == commitment("2026-11") != commitment("2026-12")
    assert lottery_number("seed", "p1") == hashlib.sha256(b"seed\np1").hexdigest()
