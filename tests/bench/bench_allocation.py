"""How long does an allocation take, what memory, and how fair is it beside a race?

    python -m tests.bench.bench_allocation

Sizes of the district and of a city; a skewed round in which schools hear of it
at different speeds (invented delays), against first come first served.
"""

import math
import random
import resource
import statistics
import time
from collections import Counter

from app.activities.rules import reserves_of
from app.rounds.rules import Offer, Outcome, Wanter, allocate, equity

SIZES = ((4_568, 60, 30, 6), (45_680, 600, 30, 60))
SEEDS = range(7)


def market(
    pupils: int, sessions: int, seats: int, schools: int, seed: int
) -> tuple[list[Wanter[int]], dict[int, Offer]]:
    """Skewed popularity, schools of unequal size, five wishes each."""
    dice = random.Random(seed)
    popularity = [1 / (place + 1) ** 0.8 for place in range(sessions)]
    sizes = [dice.uniform(0.5, 2) for _ in range(schools)]
    wanters = []
    for index in range(pupils):
        wishes: list[int] = []
        while len(wishes) < 5:
            (one,) = dice.choices(range(sessions), popularity)
            if one not in wishes:
                wishes.append(one)
        (school,) = dice.choices(range(schools), sizes)
        wanters.append(Wanter(f"p{index}", f"s{school}", 0, tuple(wishes)))
    enrolled = Counter(wanter.school for wanter in wanters)
    reserves = reserves_of(seats, enrolled, 0.8) if schools <= seats else {}
    return wanters, {session: Offer(seats, reserves) for session in range(sessions)}


def race(wanters: list[Wanter[int]], offers: dict[int, Offer], seed: int) -> Outcome[int]:
    """First come first served, where each school hears of it with its own delay."""
    dice = random.Random(seed)
    delay = {school: dice.expovariate(1) for school in {wanter.school for wanter in wanters}}
    arrivals = sorted(wanters, key=lambda w: delay[w.school] + dice.expovariate(2))
    free = {session: offer.seats for session, offer in offers.items()}
    placed = {}
    for wanter in arrivals:
        for session in wanter.wishes:
            if free[session]:
                free[session] -= 1
                placed[wanter.code] = session
                break
    return Outcome(placed, {})


def two_rounds(pupils: int, sessions: int, seats: int, schools: int, seed: int) -> float:
    """Share of pupils with nothing after two rounds with memory; the floor is the seats."""
    wanters, offers = market(pupils, sessions, seats, schools, seed)
    first = allocate(wanters, offers, f"one{seed}").placed
    again, _ = market(pupils, sessions, seats, schools, seed + 1000)
    second = [
        Wanter(new.code, old.school, 0 if old.code in first else 1, new.wishes)
        for old, new in zip(wanters, again, strict=True)
    ]
    got = set(first) | set(allocate(second, offers, f"two{seed}").placed)
    return 1 - len(got) / pupils


def ratio_of(wanters: list[Wanter[int]], outcome: Outcome[int]) -> float:
    """Best to worst school; infinite when a school got nothing at all."""
    found = equity(wanters, outcome).ratio
    return math.inf if found is None else found


def main() -> None:
    for pupils, sessions, seats, schools in SIZES:
        wanters, offers = market(pupils, sessions, seats, schools, 1)
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            outcome = allocate(wanters, offers, "seed")
            times.append(time.perf_counter() - begin)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{pupils} pupils x {sessions * seats} places: {statistics.median(times):.2f} s, "
            f"{len(outcome.placed)} placed, peak {peak:.0f} MB"
        )
    size = SIZES[0]
    fair, raced, nothing = [], [], []
    for seed in SEEDS:
        wanters, offers = market(*size, seed)
        fair.append(ratio_of(wanters, allocate(wanters, offers, str(seed))))
        raced.append(ratio_of(wanters, race(wanters, offers, seed)))
        nothing.append(two_rounds(*size, seed))
    floor = max(0.0, 1 - 2 * size[1] * size[2] / size[0])
    print(f"best/worst school: {statistics.median(fair):.2f} (race {statistics.median(raced):.2f})")
    print(f"nothing in two rounds: {statistics.median(nothing):.1%} (floor {floor:.1%})")


if __name__ == "__main__":
    main()
