"""Who gets which session? Deferred acceptance with school reserves, decided without a database.

The procedure is the pupil-proposing deferred acceptance of Gale and Shapley
(1962) with soft reserves a school (Hafalir, Yenmez and Yildirim 2013). Every
session orders pupils alike: who got nothing in more rounds comes first
("unlucky first"), then who did not stay away without excuse twice or more in
half a year, then a lottery number that follows from the published seed.

What holds, and what does not:

* *Stable*: nobody who ranked a session higher was turned away while a seat of
  it went to somebody behind them, except on a seat reserved for that other
  pupil's school (fair under reserves).
* *Nothing is wasted*: a seat stays free only if nobody who wants it is without
  something better; a reserve that its school does not use goes to the others.
* *Strategy-proof in the order*: with the sessions one has listed, no other
  order and no shorter list can do better (Dubins and Freedman 1981, Roth
  1982; the reserves keep substitutability and the law of aggregate demand, so
  it carries over).
* It is **not** strategy-proof in *which* sessions to list, since a list holds
  five at most: whoever fears to be turned away everywhere may do better with a
  less popular fifth wish (constrained school choice, Haeringer and Klijn 2009).
* It is not Pareto-efficient for pupils: two may wish to exchange afterwards,
  which the swap is for.
"""

import hashlib
import heapq
import json
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

S = TypeVar("S", bound=Hashable)  # a session
# Smaller is better: (minus the unlucky rounds, whether often missing, lottery number).
Priority = tuple[int, bool, str]
OFTEN = 2  # absences without excuse in half a year, from which on a child stands behind the others


@dataclass(frozen=True)
class Wanter(Generic[S]):
    """A pupil of the round, by its published code. `wishes` are best first, without repeats.

    `missed`: absences without excuse in the half year before, see `OFTEN`.
    """

    code: str
    school: str
    unlucky: int
    wishes: tuple[S, ...]
    missed: int = 0

    def published(self) -> dict[str, Any]:
        """As the proof shows it; without absences as proofs were before they counted."""
        shown = {
            "code": self.code,
            "school": self.school,
            "unlucky": self.unlucky,
            "wishes": list(self.wishes),
        }
        return {**shown, "missed": self.missed} if self.missed else shown


@dataclass(frozen=True)
class Offer:
    """A session's seats, and how many of them each school has first call on."""

    seats: int
    reserves: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome(Generic[S]):
    """Pupil code → session, for those who got one; and each session's pupils, best first."""

    placed: dict[str, S]
    rolls: dict[S, list[str]]


def lottery_number(seed: str, code: str) -> str:
    """A pupil's number: anybody can compute it again from the published seed and code."""
    return hashlib.sha256(f"{seed}\n{code}".encode()).hexdigest()


class _Held:
    """Whom a session holds: one worst-first heap a school, so that the next to go is found fast."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self.count = 0
        self.cutoff = math.inf
        self.heaps: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def is_hopeless(self, school: str, rank: int) -> bool:
        """Behind somebody who was turned away, and no use for the reserve: the school fills it with
        pupils before this one.

        After a refusal everybody held beyond a reserve stands before the one
        refused, for good: so the answer is known without trying.
        """
        reserve, own = self.offer.reserves.get(school, 0), self.heaps[school]
        return rank > self.cutoff and len(own) >= reserve and (not own or rank > -own[0][0])

    def take(self, school: str, rank: int, pupil: int) -> int | None:
        """Hold a pupil; answers who has to go for it, perhaps the same one, or nobody."""
        heapq.heappush(self.heaps[school], (-rank, pupil))
        self.count += 1
        return self._drop_worst() if self.count > self.offer.seats else None

    def _drop_worst(self) -> int:
        """Turn away the last of all whose school holds more than its reserve here."""
        reserves = self.offer.reserves
        _, school = min(
            (heap[0], school)
            for school, heap in self.heaps.items()
            if len(heap) > reserves.get(school, 0)
        )
        self.count -= 1
        rank, pupil = heapq.heappop(self.heaps[school])
        self.cutoff = min(self.cutoff, -rank)
        return pupil

    def pupils(self) -> list[int]:
        """Whom it holds, best first."""
        held = sorted((-rank, pupil) for heap in self.heaps.values() for rank, pupil in heap)
        return [pupil for _, pupil in held]


def ranked(wanters: Sequence[Wanter[S]], seed: str) -> list[int]:
    """Positions of the pupils in the one common order: unlucky first, often missing behind, then by lot."""
    keys: list[tuple[Priority, int]] = sorted(
        ((-wanter.unlucky, wanter.missed >= OFTEN, lottery_number(seed, wanter.code)), index)
        for index, wanter in enumerate(wanters)
    )
    ranks = [0] * len(wanters)
    for rank, (_, index) in enumerate(keys):
        ranks[index] = rank
    return ranks


def allocate(wanters: Sequence[Wanter[S]], offers: Mapping[S, Offer], seed: str) -> Outcome[S]:
    """Place every pupil in at most one of its wished sessions.

    The same input and seed give the same result, whatever the order of the
    input. Wishes for sessions that are not offered are passed over. Reserves
    of a session above its seats are refused (ValueError): who may shrink which
    is the caller's decision.
    """
    for session, offer in offers.items():
        if sum(offer.reserves.values()) > offer.seats:
            raise ValueError(session)
    ranks = ranked(wanters, seed)
    held = {session: _Held(offer) for session, offer in offers.items()}
    following = [0] * len(wanters)
    # Best first: almost nobody is turned away again, except for reserves.
    waiting = sorted(range(len(wanters)), key=ranks.__getitem__, reverse=True)
    while waiting:
        pupil = waiting.pop()
        turned_away = _propose(pupil, wanters[pupil], ranks[pupil], following, held)
        if turned_away is not None:
            waiting.append(turned_away)
    rolls = {
        session: [wanters[pupil].code for pupil in place.pupils()]
        for session, place in held.items()
    }
    placed = {code: session for session, codes in rolls.items() for code in codes}
    return Outcome(placed, rolls)


def _propose(
    pupil: int, wanter: Wanter[S], rank: int, following: list[int], held: Mapping[S, _Held]
) -> int | None:
    """Ask down the pupil's list until a session holds it; answers who lost a place by that."""
    while following[pupil] < len(wanter.wishes):
        place = held.get(wanter.wishes[following[pupil]])
        following[pupil] += 1
        if place is None or place.is_hopeless(wanter.school, rank):
            continue
        turned_away = place.take(wanter.school, rank, pupil)
        if turned_away != pupil:
            return turned_away
    return None


class Why(StrEnum):
    """What became of one wish."""

    GOT = "got"
    NOT_NEEDED = "not_needed"  # a better wish was fulfilled
    BEHIND = "behind"  # all seats went to pupils before this one
    RESERVED = "reserved"  # somebody behind got a seat that their school had first call on
    LEFT_OUT = "left_out"  # not offered to this pupil: grade, overlap, called off


@dataclass(frozen=True)
class Verdict(Generic[S]):
    """One wish and its answer. `place` of `asked` who listed it; `last` is the last place taken."""

    session: S
    number: int
    why: Why
    place: int = 0
    asked: int = 0
    last: int = 0
    seats: int = 0
    reserve: int = 0


def explain(
    wanters: Sequence[Wanter[S]], offers: Mapping[S, Offer], outcome: Outcome[S], seed: str
) -> dict[str, list[Verdict[S]]]:
    """For every pupil, why each wish was or was not fulfilled, in figures anybody can check."""
    ranks = ranked(wanters, seed)
    order = sorted(range(len(wanters)), key=ranks.__getitem__)
    asked: dict[S, list[str]] = defaultdict(list)
    for index in order:
        for session in wanters[index].wishes:
            asked[session].append(wanters[index].code)
    places = {
        session: {code: place for place, code in enumerate(codes, start=1)}
        for session, codes in asked.items()
    }
    return {
        wanter.code: [
            _verdict(wanter, session, number, offers, outcome, places)
            for number, session in enumerate(wanter.wishes, start=1)
        ]
        for wanter in wanters
    }


def _verdict(
    wanter: Wanter[S],
    session: S,
    number: int,
    offers: Mapping[S, Offer],
    outcome: Outcome[S],
    places: Mapping[S, Mapping[str, int]],
) -> Verdict[S]:
    got = outcome.placed.get(wanter.code)
    offer = offers.get(session)
    if offer is None:
        return Verdict(session, number, Why.LEFT_OUT)
    mine = places[session][wanter.code]
    roll = outcome.rolls[session]
    last = max((places[session][code] for code in roll), default=0)
    if got == session:
        why = Why.GOT
    elif got is not None and wanter.wishes.index(got) < number - 1:
        why = Why.NOT_NEEDED
    else:
        why = Why.RESERVED if last > mine else Why.BEHIND
    return Verdict(
        session,
        number,
        why,
        place=mine,
        asked=len(places[session]),
        last=last,
        seats=offer.seats,
        reserve=offer.reserves.get(wanter.school, 0),
    )


@dataclass(frozen=True)
class Equity:
    """How fair a result is. Shares are of those who took part; the ratio is best to worst school."""

    took_part: int
    placed: int
    by_wish: tuple[int, ...]
    schools: tuple[tuple[str, int, int], ...]  # school, took part, placed

    @property
    def nothing(self) -> float:
        return 1 - self.placed / self.took_part if self.took_part else 0.0

    @property
    def ratio(self) -> float | None:
        """None when some school with participants got nothing at all, or nobody took part."""
        rates = [placed / asked for _, asked, placed in self.schools if asked]
        return max(rates) / min(rates) if rates and min(rates) > 0 else None


def equity(wanters: Sequence[Wanter[S]], outcome: Outcome[S]) -> Equity:
    """The figures that are shown beside every result."""
    asked: Counter[str] = Counter(wanter.school for wanter in wanters)
    got: Counter[str] = Counter()
    by_wish: Counter[int] = Counter()
    for wanter in wanters:
        session = outcome.placed.get(wanter.code)
        if session is not None:
            got[wanter.school] += 1
            by_wish[wanter.wishes.index(session)] += 1
    return Equity(
        took_part=len(wanters),
        placed=len(outcome.placed),
        by_wish=tuple(by_wish[number] for number in range(max(by_wish, default=-1) + 1)),
        schools=tuple((school, asked[school], got[school]) for school in sorted(asked)),
    )


def say_verdict(verdict: Mapping[str, Any]) -> str:
    """One wish's answer in plain words; `verdict` as it is stored, with the title and a note."""
    when = f"（{verdict['when']}）" if "when" in verdict else ""
    head = f"第 {verdict['number']} 志愿“{verdict['title']}”{when}"
    why = Why(verdict["why"])
    if why is Why.LEFT_OUT:
        return f"{head}：没有参加排队，{verdict['note']}。"
    if why is Why.NOT_NEEDED:
        return f"{head}：已录取更靠前的志愿，没有用到。"
    crowd = f"{verdict['asked']} 人填报，{verdict['seats']} 个名额"
    if why is Why.GOT:
        return f"{head}：录取。{crowd}，孩子排第 {verdict['place']}。"
    queue = "按“以前没选上的优先，两次以上无故缺席的靠后，再按公开的抽签号”排队"
    said = f"{head}：没有录取。{crowd}，{queue}，孩子排第 {verdict['place']}，录取到第 {verdict['last']}。"
    if why is Why.RESERVED:
        said += f"排在后面录取的用的是他们学校的预留名额；本校预留 {verdict['reserve']} 个，已由本校排在前面的同学用完。"
    return said


def overlaps(
    begin: datetime, end: datetime, other_begin: datetime, other_end: datetime, gap: timedelta
) -> bool:
    """Whether one cannot be at both, with the way between them counted in."""
    return begin < other_end + gap and other_begin < end + gap


def canonical_digest(value: object) -> str:
    """SHA-256 of a value as JSON with sorted keys: the same content, the same digest."""
    dumped = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(dumped.encode()).hexdigest()


def recomputed(document: Mapping[str, Any]) -> dict[str, str]:
    """The result that follows from a published proof: pupil code → session id."""
    wanters = [
        Wanter(
            one["code"],
            one["school"],
            int(one["unlucky"]),
            tuple(one["wishes"]),
            int(one.get("missed", 0)),
        )
        for one in document["wanters"]
    ]
    offers = {
        session: Offer(int(one["seats"]), {k: int(v) for k, v in one["reserves"].items()})
        for session, one in document["offers"].items()
    }
    return allocate(wanters, offers, document["seed"]).placed
