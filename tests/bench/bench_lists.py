"""What do lists and search cost with 1,000 and with 100,000 rows? (target: at most 1.3 times)

Two databases, one with a hundred times the other's activities, sessions, pupils and
bookings; each list is asked in both by turns, in this process. Both answers have the same
number of rows, so that the ratio is what the others cost: with half a page in the smaller
district it was 1.4 for drawing the other half. Prints the median cost in both, the ratio
and the statements; ends with an error when a list is beyond its bound or pages differ.
A word as argument: only the lists with that word in their title.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import event

from app.kit.paging import encode_cursor
from app.kit.settings import Settings
from tests.bench.long_lists import fill
from tests.cast import CAST, SECRET_KEY, Somebody
from tests.conftest import EMBEDDED, cluster_of, running

SMALL, LARGE = 1_000, 100_000
ROUNDS, STATEMENTS, RATIO = 15, 5, 1.3
ALIKE = 1.1  # the longer answer by the shorter: ids and titles grow by a few signs, a row by 5 %


@dataclass(frozen=True)
class Question:
    """One list as somebody asks for it; `{deep}` stands for a page far behind the first."""

    title: str
    who: Somebody
    path: str


QUESTIONS = tuple(
    Question(title, who, path)
    for title, who, path in (
        ("activities, first page", CAST.secretary, "/v1/activities"),
        ("activities, deep page", CAST.secretary, "/v1/activities?cursor={deep}"),
        ("activities, common word", CAST.secretary, "/v1/activities?title=陶艺"),
        ("activities, two words", CAST.mama, "/v1/activities?title=体验 陶艺"),
        ("activities, rare word", CAST.mama, "/v1/activities?title=一号窑"),
        ("activities, no such word", CAST.mama, "/v1/activities?title=滑雪"),
        ("activities of a unit", CAST.publisher, "/v1/activities?state=draft"),
        ("console activities", CAST.secretary, "/console/activities"),
        ("console activities, word", CAST.secretary, "/console/activities?title=陶艺"),
        ("console reviews", CAST.secretary, "/console/reviews"),
        ("bookings, first page", CAST.secretary, "/v1/bookings"),
        ("bookings, deep page", CAST.secretary, "/v1/bookings?cursor={deep}"),
        ("bookings of a class", CAST.teacher, "/v1/bookings"),
        ("bookings of a school", CAST.liaison, "/v1/bookings"),
        ("bookings of a unit", CAST.publisher, "/v1/bookings"),
        ("console bookings", CAST.secretary, "/console/bookings"),
        ("pupils, first page", CAST.admin, "/v1/people"),
        ("pupils, deep page", CAST.admin, "/v1/people?cursor={deep}"),
        ("pupils, surname", CAST.admin, "/v1/people?name=钱"),
        ("pupils, full name", CAST.admin, "/v1/people?name=司徒小雨"),
        ("pupils, no such name", CAST.admin, "/v1/people?name=欧阳"),
        ("pupils of a school", CAST.liaison, "/v1/people"),
        ("pupils of a school, name", CAST.liaison, "/v1/people?name=钱"),
        ("console pupils", CAST.admin, "/console/pupils"),
        ("phone list", CAST.mama, "/m"),
        ("phone list, deep page", CAST.mama, "/m?cursor={later}"),
        ("phone list, word", CAST.mama, "/m?q=陶艺"),
        ("phone list, no such word", CAST.mama, "/m?q=滑雪"),
        ("phone list, places left", CAST.mama, "/m?places=1"),
        ("phone list, next week", CAST.mama, "/m?when=next"),
        ("phone bookings", CAST.mama, "/m/bookings"),
    )
)


@dataclass
class District:
    """A served application with so many rows."""

    rows: int
    http: httpx.AsyncClient
    engine: Any
    cursors: dict[str, str]
    sent: int = 0
    length: int = 0

    async def ask(self, question: Question) -> float:
        """The seconds until the answer was there."""
        path = question.path.format(**self.cursors)
        self.http.cookies.set("login", question.who.token)
        self.http.cookies.set("purpose", "check")
        self.sent = 0
        began = time.perf_counter()
        answer = await self.http.get(path)
        spent = time.perf_counter() - began
        self.length = len(answer.text)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return spent


@asynccontextmanager
async def district(url: str, rows: int) -> AsyncIterator[District]:
    later = await fill(url, rows)
    settings = Settings(database_url=url, secret_key=SECRET_KEY, demo=True, log_level="ERROR")
    async with running(settings) as app:
        engine = app.state.engine
        deep = f"{rows // 2:08x}-0000-7000-8000-000000000000"
        cursors = {
            "deep": encode_cursor([deep]),
            "later": encode_cursor([later.starts_at.isoformat(), later.id]),
        }
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
            found = District(rows, http, engine, cursors)

            def note(*_: Any) -> None:
                found.sent += 1

            event.listen(engine.sync_engine, "before_cursor_execute", note)
            yield found


async def measure(small_url: str, large_url: str, questions: Sequence[Question]) -> list[str]:
    """Prints a line a list; gives those beyond a bound."""
    beyond = []
    async with district(small_url, SMALL) as small, district(large_url, LARGE) as large:
        for question in questions:
            spent: dict[int, list[float]] = {SMALL: [], LARGE: []}
            for _ in range(3):  # warm: statements are planned anew until they are known
                await small.ask(question)
                await large.ask(question)
            for number in range(ROUNDS):
                for one in (small, large) if number % 2 else (large, small):
                    spent[one.rows].append(await one.ask(question))
            lengths = sorted((small.length, large.length))
            assert lengths[1] <= ALIKE * lengths[0], (question.title, "other rows", lengths)
            ratios = [
                after / before for before, after in zip(spent[SMALL], spent[LARGE], strict=True)
            ]
            ratio = statistics.median(ratios)
            least, most = (statistics.median(spent[rows]) * 1000 for rows in (SMALL, LARGE))
            bad = ratio > RATIO or large.sent > STATEMENTS
            beyond += [question.title] if bad else []
            print(
                f"{question.title:28} {least:6.1f} ms {most:6.1f} ms  {ratio:4.2f}x  "
                f"{large.sent} statements{'  BEYOND' if bad else ''}",
                flush=True,
            )
    return beyond


def main(word: str = "") -> None:
    """All lists, or those with this word in their title."""
    questions = [question for question in QUESTIONS if word in question.title]
    cluster, template = cluster_of(EMBEDDED)
    names = ("bench_lists_small", "bench_lists_large")
    for name in names:
        cluster.drop_database(name)
    small, large = (cluster.create_database(name, template=template) for name in names)
    beyond = asyncio.run(measure(small, large, questions))
    for name in names:
        cluster.drop_database(name)
    print(f"{len(questions)} lists, targets {RATIO}x and {STATEMENTS} statements")
    if beyond:
        sys.exit(f"beyond: {', '.join(beyond)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
