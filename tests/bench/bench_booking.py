"""How many bookings does one process answer when all want one session? (closed loop)

500 families, 40 places, 32 requests in flight; the product beside the thin server.
"""

import asyncio
import json
import time
from collections import Counter
from uuid import UUID

from tests.bench.duel import PLACES, PUPILS, Families, duel, report
from tests.bookings.race import press_once

IN_FLIGHT = 32


async def press_in_turn(urls: list[str], session_id: UUID, families: Families) -> list[float]:
    """Everybody books once, `IN_FLIGHT` at a time; gives the seconds each waited."""
    left, spent, said = list(families), [], Counter[str]()

    async def keep_pressing() -> None:
        while left:
            pupil, token = left.pop()
            body = json.dumps({"session_id": str(session_id), "pupil_id": str(pupil)}).encode()
            began = time.perf_counter()
            answer = await press_once(urls[0], token, f"bench-{session_id}", body)
            spent.append(time.perf_counter() - began)
            said[answer.body["state"]] += 1

    await asyncio.gather(*(keep_pressing() for _ in range(IN_FLIGHT)))
    assert said == {"confirmed": PLACES, "waitlisted": PUPILS - PLACES}, said
    return spent


def main() -> None:
    rounds = duel("bench_booking", press_in_turn)
    report("closed loop, one hot session", rounds, "10 ms CPU, at least 0.3x")


if __name__ == "__main__":
    main()
