"""W6: is a push acknowledged in time while WeChat itself is slow and the worker has much to send?

50 AES pushes a second for 60 s, each sent twice, every other pair at once. Meanwhile the simulator
takes 3 s for every call and hangs for one in ten, and the worker has thousands of messages to send.
The two of a pair meet different web processes (CORES=1: the same one).
Open loop: a wait counts from the moment a push was due. Targets: p99 100 ms, max 1 s, every push
stored once, both answers of a pair valid and alike.
"""

import asyncio
import os
import statistics
from collections import Counter

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.kit.db import system_context
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.wiring import WIRING
from tests.bench.duel import cpu_of
from tests.bench.pushes import Sent, body_of, request_of, send
from tests.bench.stage import (
    add_guardians,
    busy_seconds,
    durable_database,
    openid,
    simulating,
    working,
)
from tests.bookings.race import web_processes
from tests.cast import HERE
from tests.ports import free_port
from wechat.replies import BUSY

A_SECOND, SECONDS, GUARDIANS = 50, int(os.environ.get("SECONDS", "60")), 4000
CORES = int(os.environ.get("CORES", "2"))  # one web process a core, as the README deploys it
WARMING = 100
LATER = 0.2  # the second of a pair that is not sent at once: after the first one's answer
FIELDS = {"pupil": "小南", "title": "活动改期", "place": "陶艺工坊", "time": "2026年12月5日 14:00"}
FIELDS["change"] = "改到下午三点"
STORED = text(
    "SELECT count(*) AS n, count(*) FILTER (WHERE outcome = 'done') AS done FROM inbound_push"
)
STATES = text("SELECT state, count(*) AS n FROM delivery GROUP BY state")


async def prepare(database: str) -> None:
    """Everybody of the guardians is to be told something."""
    engine = create_async_engine(database)
    people = await add_guardians(engine, GUARDIANS)
    async with system_context(engine, WIRING, HERE) as ctx:
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, "bench", FIELDS)
    await engine.dispose()


def make_ill(platform: str) -> None:
    """Hangs for one call in ten, takes three seconds for the others."""
    for how in ({"hang": True, "every": 10}, {"delay_seconds": 3.0}):
        body = {"path": "*", "times": None, **how}
        answer = httpx.post(f"{platform}/sim/api/faults", json=body, trust_env=False)
        answer.raise_for_status()


async def push_all(urls: list[str]) -> list[tuple[Sent, Sent]]:
    """The pushes of the whole time, in pairs; a few before, because no morning begins cold."""
    bodies = [body_of(n, openid(n % GUARDIANS)) for n in range(WARMING + A_SECOND * SECONDS)]
    pairs = [(Sent(request_of(one, urls[0])), Sent(request_of(one, urls[0]))) for one in bodies]
    loop = asyncio.get_running_loop()
    for number, pair in enumerate(pairs[:WARMING]):
        for copy, push in enumerate(pair):
            await send(urls[(number + copy) % len(urls)], push, loop.time())
    start = loop.time() + 0.5
    await asyncio.gather(
        *(
            send(
                urls[(number + copy) % len(urls)],
                push,
                start + number / A_SECOND + copy * (number % 2) * LATER,
            )
            for number, pair in enumerate(pairs[WARMING:])
            for copy, push in enumerate(pair)
        )
    )
    return pairs


async def check(database: str, pairs: list[tuple[Sent, Sent]]) -> tuple[int, Counter[str]]:
    """Stored once each, done, and answered twice alike; gives how many answers put the platform off
    (it would send those again), and what became of the messages."""
    said = [{first.reply(), second.reply()} for first, second in pairs]
    answered = [one - {BUSY} for one in said]
    assert all(len(one) <= 1 for one in answered), said
    engine = create_async_engine(database)
    async with engine.begin() as conn:
        stored = (await conn.execute(STORED)).one()
        found = Counter({row.state: row.n for row in await conn.execute(STATES)})
    await engine.dispose()
    done = sum(map(bool, answered))
    # What was put off may have been stored all the same; what was answered is stored, once.
    assert done <= stored.n == stored.done <= len(pairs), (done, stored)
    assert stored.n == len(pairs) or done < len(pairs), (done, stored)
    return sum(push.reply() == BUSY for pair in pairs for push in pair), found


def main() -> None:
    port = free_port()
    platform = f"http://127.0.0.1:{port}"
    with durable_database() as database, simulating(port, GUARDIANS):
        asyncio.run(prepare(database))
        make_ill(platform)
        with web_processes(database, CORES) as webs, working(database, platform) as worker:
            urls, programs = zip(*webs, strict=True)
            before = [sum(cpu_of(web.pid) for web in programs), cpu_of(worker.pid)]
            busy = busy_seconds()
            pairs = asyncio.run(push_all(list(urls)))
            after = [sum(cpu_of(web.pid) for web in programs), cpu_of(worker.pid)]
            spent = [one - other for one, other in zip(after, before, strict=True)]
            busy = (busy_seconds() - busy) / SECONDS
            put_off, states = asyncio.run(check(database, pairs))
    waits = sorted(push.seconds * 1000 for pair in pairs[WARMING:] for push in pair)
    print(
        f"W6: {len(waits)} pushes in {SECONDS} s on {CORES} web processes: p50 {statistics.median(waits):.1f} ms, "
        f"p99 {waits[int(len(waits) * 0.99)]:.0f} ms, max {waits[-1]:.0f} ms (targets: p99 100, max "
        f"1000), {put_off} put off; {len(pairs)} different ones, each stored once, answered twice alike\n"
        f"{spent[0] / len(waits) * 1000:.2f} ms CPU a push; the worker used {spent[1]:.1f} s, all "
        f"programs of this machine {busy:.1f} cores; deliveries: {dict(states)}"
    )


if __name__ == "__main__":
    main()
