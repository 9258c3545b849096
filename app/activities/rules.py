"""Pure rules of sessions."""

import hashlib
import math
from collections.abc import Mapping

from app.activities.errors import ReserveTooLarge


def commitment(seed: str) -> str:
    """What is shown of a seed before it is used: nobody can choose another one afterwards."""
    return hashlib.sha256(seed.encode()).hexdigest()


def check_reserve(seats: int, schools: int, percent: int) -> None:
    """Every school with children in the grades gets at least one seat, so there must be enough."""
    if percent and schools > seats:
        raise ReserveTooLarge(schools=schools, seats=seats)


def reserves_of(seats: int, enrolled: Mapping[str, int], share: float) -> dict[str, int]:
    """How many of a session's seats each school has first call on.

    `share` of the seats (0 to 1) is divided by enrolment, largest remainders
    first, with at least one a school while seats last; ties go to the smaller
    school, then by name. Together never more than the seats.
    """
    schools = {school: number for school, number in enrolled.items() if number > 0}
    total = sum(schools.values())
    pot = min(seats, max(math.floor(seats * share), min(seats, len(schools)) if share > 0 else 0))
    if not schools or pot == 0:
        return {}
    exact = {school: pot * number / total for school, number in schools.items()}
    found = {school: max(1, math.floor(part)) for school, part in exact.items()}
    by_need = sorted(schools, key=lambda school: (schools[school], school))
    if sum(found.values()) > pot:
        return _squeezed(found, by_need, pot)
    rest = sorted(by_need, key=lambda school: found[school] - exact[school])
    for school in (rest * (pot // len(rest) + 1))[: pot - sum(found.values())]:
        found[school] += 1
    return found


def _squeezed(found: dict[str, int], by_need: list[str], pot: int) -> dict[str, int]:
    """Take back from the largest until it fits; then from the end, when seats are too few for all."""
    while sum(found.values()) > pot:
        largest = max(reversed(by_need), key=found.__getitem__)
        found[largest] -= 1
    return {school: number for school, number in found.items() if number}
