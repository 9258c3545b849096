"""W3: 7,000 people are told one thing. How fast is it taken, how fast is it sent, at what cost?

The platform is the thin one, in a process of its own; the sender is the worker's own stream in this
one, so that its processor time is the sender's alone. Targets: a message and an announcement to 7,000
taken in 0.5 s each, sent within 1.15 times what twenty calls at once and the platform's answer time
allow, 2.5 ms of processor a message. PROFILE=1 says where the time goes.
"""

import asyncio
import cProfile
import os
import pstats
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from uvicorn.loops.auto import auto_loop_factory

from app.announcements.permissions import P
from app.announcements.queries import preview
from app.announcements.service.releasing import approve_announcement, submit_announcement
from app.announcements.service.writing import draft_announcement
from app.kit.context import Actor, Ctx, Reach
from app.kit.db import make_engine, system_context
from app.kit.settings import Settings
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.notifications.service.sending import AT_ONCE
from app.wiring import WIRING
from tests.bench.stage import add_guardians
from tests.bench.thin_platform import ANSWER_SECONDS, granting
from tests.cast import CAST, HERE, SECRET_KEY, Somebody
from tests.conftest import EMBEDDED, cluster_of, run_sql
from tests.ports import free_port
from tests.wechat.stage import sending

RECIPIENTS = int(os.environ.get("RECIPIENTS", "7000"))
FIELDS = {"pupil": "小南", "title": "活动改期", "place": "陶艺工坊", "time": "2026年12月5日 14:00"}
FIELDS["change"] = "改到下午三点"


@asynccontextmanager
async def acting(engine: AsyncEngine, who: Somebody) -> AsyncIterator[Ctx]:
    """A request of somebody of the secretariat, without HTTP."""
    rights = {str(right): Reach(district=True) for right in P}
    async with system_context(engine, WIRING, HERE) as ctx:
        ctx.actor = Actor(HERE, who.id, "console", rights)
        yield ctx


async def announce(engine: AsyncEngine) -> None:
    """Written and submitted by one, approved by another: the approval is what 7,000 people cost."""
    audience = {"roles": ["guardian"], "schools": [], "grades": [], "classes": [], "sessions": []}
    words = {"title": "周五提前放学", "body": "请到校门口接孩子。", "urgent": True}
    async with acting(engine, CAST.secretary) as ctx:
        row = await draft_announcement(ctx, {**words, "audience": audience, "send_at": None})
        await submit_announcement(ctx, row.id)
    async with acting(engine, CAST.council) as ctx:
        digest = (await preview(ctx, row.id)).digest
    began = time.perf_counter()
    async with acting(engine, CAST.council) as ctx:
        done = await approve_announcement(ctx, row.id, digest)
    took = time.perf_counter() - began
    print(f"公告批准给 {done.people} 人：{took:.2f} 秒（目标 0.5）")


async def measure(url: str, platform: str) -> None:
    settings = Settings(database_url=url, secret_key=SECRET_KEY, demo=True, log_level="CRITICAL")
    engine = make_engine(settings, "bench")
    people = await add_guardians(engine, RECIPIENTS)
    began = time.perf_counter()
    async with system_context(engine, WIRING, HERE) as ctx:
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, "bench", FIELDS)
    print(f"{RECIPIENTS} 条通知写入：{time.perf_counter() - began:.2f} 秒（目标 0.5）")
    await announce(engine)
    profile = cProfile.Profile() if os.environ.get("PROFILE") else None
    async with sending(engine, platform) as sender:
        began, spent = time.perf_counter(), time.process_time()
        if profile:
            profile.enable()
        await sender.drain()
        if profile:
            profile.disable()
        lasted, spent = time.perf_counter() - began, time.process_time() - spent
    bound = RECIPIENTS * ANSWER_SECONDS / AT_ONCE
    print(
        f"发完：{lasted:.1f} 秒，每秒 {RECIPIENTS / lasted:.0f} 条，"
        f"是平台所限 {bound:.1f} 秒的 {lasted / bound:.2f} 倍（目标 1.15）"
    )
    print(f"发送方每条 {spent / RECIPIENTS * 1000:.2f} 毫秒处理器时间（目标 2.5）")
    if profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    async with engine.begin() as conn:
        rows = await conn.execute(text("SELECT state, count(*) FROM delivery GROUP BY 1"))
        print("状态：", {row.state: row.count for row in rows})
    await engine.dispose()


def main() -> None:
    """One mailing; prints its figures."""
    cluster, template = cluster_of(EMBEDDED)
    name, port = f"b_{uuid4().hex[:12]}", free_port()
    run_sql(cluster, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        loop = asyncio.Runner(loop_factory=auto_loop_factory())  # as the worker has
        with granting(port) as platform, loop as runner:
            runner.run(measure(cluster.url(name), platform))
    finally:
        run_sql(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    main()
