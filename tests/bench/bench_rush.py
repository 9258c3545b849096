"""How long does a family wait at 12:00? W1: 500 families over 10 s; W1s: within 1 s; 40 places.

Open loop: a wait counts from the moment a family was due to press, so a queue cannot hide.
Real log-in tokens, rules, audit and messages; the product beside the thin server.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from app.kit import cookies
from tests.bench.duel import PLACES, PUPILS, Families, Play, duel, report
from tests.bookings.race import press_once

Way = tuple[Callable[[str, str, UUID, UUID], Awaitable[str]], Mapping[str, int]]
CORES = 2  # one web process a core, as the README deploys it


async def press_button(url: str, token: str, session_id: UUID, pupil: UUID) -> str:
    """What the mini-program sends; gives the state it was told."""
    body = json.dumps({"session_id": str(session_id), "pupil_id": str(pupil)}).encode()
    answer = await press_once(url, token, f"bench-{session_id}", body)
    return str(answer.body["state"])


async def press_on_page(url: str, token: str, session_id: UUID, pupil: UUID) -> str:
    """What the family's page sends; gives the status, 303 for a place or a place in the queue."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    form = f"pupil_id={pupil}&wait=1"
    writer.write(
        f"POST /m/sessions/{session_id}/book HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Connection: close\r\nCookie: {cookies.LOGIN}={token}\r\nSec-Fetch-Site: same-origin\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\n\r\n{form}".encode()
    )
    raw = await reader.read()
    writer.close()
    return raw.split()[1].decode()


WAITING = PUPILS - PLACES
BUTTON = (press_button, {"confirmed": PLACES, "waitlisted": WAITING})
PAGE = (press_on_page, {"303": PUPILS})


def presses_over(seconds: float, way: Way = BUTTON) -> Play:
    """All families press once, evenly spread over so many seconds, and are told what is expected."""
    press, expected = way

    async def play(urls: list[str], session_id: UUID, families: Families) -> list[float]:
        loop = asyncio.get_running_loop()
        start, said = loop.time() + 0.1, Counter[str]()

        async def press_when_due(index: int, pupil: UUID, token: str) -> float:
            due = start + seconds * index / len(families)
            await asyncio.sleep(due - loop.time())
            said[await press(urls[index % len(urls)], token, session_id, pupil)] += 1
            return loop.time() - due

        waits = await asyncio.gather(
            *(press_when_due(index, *family) for index, family in enumerate(families))
        )
        assert said == expected, said
        return waits

    return play


def main() -> None:
    for processes in (1, CORES):
        said = f"{processes} web process{'es' if processes > 1 else ''}"
        calm = duel("bench_rush", presses_over(10), processes=processes)
        report(f"W1, 500 over 10 s, {said}", calm, "p99 60 ms, 10 ms CPU")
        sharp = duel("bench_rush", presses_over(1), processes=processes)
        report(f"W1s, 500 within 1 s, {said}", sharp, "p99 300 ms, 10 ms CPU")
    pages = duel("bench_rush", presses_over(1, PAGE), processes=CORES)
    report(
        f"500 within 1 s on their pages, {CORES} web processes", pages, "none set; nobody refused"
    )


if __name__ == "__main__":
    main()
