"""How long does a family wait at 12:00? W1: 500 families over 10 s; W1s: within 1 s; 40 places.

Open loop: a wait counts from the moment a family was due to press, so a queue cannot hide.
Real log-in tokens, rules, audit and messages; the product beside the thin server.
"""

import asyncio
import json
from collections import Counter
from uuid import UUID

from tests.bench.duel import PLACES, Families, Play, duel, report
from tests.bookings.race import press_once

CORES = 2  # one web process a core, as the README deploys it


def presses_over(seconds: float) -> Play:
    """All families press once, evenly spread over so many seconds."""

    async def play(urls: list[str], session_id: UUID, families: Families) -> list[float]:
        loop = asyncio.get_running_loop()
        start, said = loop.time() + 0.1, Counter[str]()

        async def press(index: int, pupil: UUID, token: str) -> float:
            due = start + seconds * index / len(families)
            body = json.dumps({"session_id": str(session_id), "pupil_id": str(pupil)}).encode()
            await asyncio.sleep(due - loop.time())
            answer = await press_once(urls[index % len(urls)], token, f"bench-{session_id}", body)
            said[answer.body["state"]] += 1
            return loop.time() - due

        waits = await asyncio.gather(
            *(press(index, *family) for index, family in enumerate(families))
        )
        assert said == {"confirmed": PLACES, "waitlisted": len(families) - PLACES}, said
        return waits

    return play


def main() -> None:
    for processes in (1, CORES):
        said = f"{processes} web process{'es' if processes > 1 else ''}"
        calm = duel("bench_rush", presses_over(10), processes=processes)
        report(f"W1, 500 over 10 s, {said}", calm, "p99 60 ms, 10 ms CPU")
        sharp = duel("bench_rush", presses_over(1), processes=processes)
        report(f"W1s, 500 within 1 s, {said}", sharp, "p99 300 ms, 10 ms CPU")


if __name__ == "__main__":
    main()
