"""How many pushes does one process take, beside a server that only stores and answers?

Closed loop, 16 in flight: the word 帮助 from people who are bound. Product and thin server take
turns on one durable database. Target: 0.4 times the thin server's rate.
"""

import asyncio
import os
import subprocess
import time
from itertools import count

from sqlalchemy.ext.asyncio import create_async_engine

from tests.bench.duel import PRODUCT, THIN, Turn, cpu_of, report
from tests.bench.pushes import Sent, asking_help, request_of, send_in_turn
from tests.bench.stage import add_guardians, durable_database, openid
from tests.bookings.race import web_processes
from tests.cast import HERE

IN_FLIGHT, PUSHES, PEOPLE, ROUNDS = 16, 3000, 500, 5
_numbers = count()


def take_turn(url: str, process: subprocess.Popen[bytes]) -> Turn:
    """All pushes, sealed before and opened after the time that counts."""
    bodies = [asking_help(next(_numbers), openid(n % PEOPLE)) for n in range(PUSHES)]
    pushes = [Sent(request_of(body, url, "keep-alive")) for body in bodies]
    before, began = cpu_of(process.pid), time.perf_counter()
    asyncio.run(send_in_turn(url, pushes, IN_FLIGHT))
    lasted = time.perf_counter() - began
    spent = (cpu_of(process.pid) - before) / PUSHES
    assert all("您可以这样用" in push.reply() for push in pushes)
    waits = sorted(push.seconds * 1000 for push in pushes)
    return Turn(waits[int(PUSHES * 0.99)], waits[PUSHES // 2], spent * 1000, PUSHES / lasted)


async def add_people(database: str) -> None:
    engine = create_async_engine(database)
    await add_guardians(engine, PEOPLE)
    await engine.dispose()


def main() -> None:
    os.environ["BENCH_DISTRICT"] = str(HERE)
    with durable_database() as database:
        asyncio.run(add_people(database))
        with (
            web_processes(database, 1, PRODUCT) as (ours,),
            web_processes(database, 1, THIN) as (thin,),
        ):
            rounds = [(take_turn(*ours), take_turn(*thin)) for _ in range(ROUNDS + 1)]
    report("pushes at saturation", rounds[1:], "at least 0.4x the thin server's rate")


if __name__ == "__main__":
    main()
