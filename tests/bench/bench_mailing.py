"""W3: 7,000 people are told one thing. How fast is it taken, how fast is it sent, at what cost?

The simulator runs in a process of its own; the sender is the worker's own loop in this one, so
that its processor time is the sender's alone. Target: taken in 0.5 s, 2.5 ms of processor a message.
"""

import asyncio
import multiprocessing
import os
import socket
import time
from uuid import uuid4

import uvicorn
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import make_engine, system_context
from app.kit.ids import new_id
from app.kit.settings import Settings
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.models import Identity, Person
from app.wiring import WIRING
from tests.cast import APPID, HERE, SECRET_KEY
from tests.conftest import EMBEDDED, cluster_of, run_sql
from tests.ports import free_port
from tests.wechat.stage import _config, sending
from wechat.simulator.app import create_simulator
from wechat.simulator.config import PhoneConfig

RECIPIENTS = int(os.environ.get("RECIPIENTS", "7000"))
FIELDS = {"pupil": "小南", "title": "活动改期", "place": "陶艺工坊", "time": "2026年12月5日 14:00"}
FIELDS["change"] = "改到下午三点"


def openid(number: int) -> str:
    return f"o{number:027}"


def serve_platform(port: int) -> None:
    """The platform with a phone for everybody, in a process of its own."""
    config = _config()
    config.phones += [PhoneConfig(name="家长", openid=openid(n)) for n in range(RECIPIENTS)]
    app = create_simulator(config)
    uvicorn.run(app, port=port, log_level="critical", access_log=False, ws="none")


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("模拟平台没有启动。")


async def audience(engine: AsyncEngine) -> list[object]:
    people = [new_id() for _ in range(RECIPIENTS)]
    async with engine.begin() as conn:
        rows = [{"district_id": HERE, "id": p, "kind": "guardian", "name": "家长"} for p in people]
        await conn.execute(insert(Person), rows)
        bound = [
            {
                "district_id": HERE,
                "id": new_id(),
                "person_id": person,
                "kind": "service_account",
                "issuer": APPID,
                "subject": openid(number),
            }
            for number, person in enumerate(people)
        ]
        await conn.execute(insert(Identity), bound)
        await conn.execute(text("ANALYZE"))
    return list(people)


async def measure(url: str, platform: str) -> None:
    settings = Settings(database_url=url, secret_key=SECRET_KEY, demo=True, log_level="CRITICAL")
    engine = make_engine(settings, "bench")
    people = await audience(engine)
    began = time.perf_counter()
    async with system_context(engine, WIRING, HERE) as ctx:
        await notify(ctx, Kind.ACTIVITY_CHANGED, people, "bench", FIELDS)  # type: ignore[arg-type]
    print(f"{RECIPIENTS} 条通知写入：{time.perf_counter() - began:.2f} 秒（目标 0.5）")
    async with sending(engine, platform) as sender:
        began, spent = time.perf_counter(), time.process_time()
        while await sender.round():
            pass
        lasted, spent = time.perf_counter() - began, time.process_time() - spent
    print(f"发完：{lasted:.1f} 秒，每秒 {RECIPIENTS / lasted:.0f} 条")
    print(f"发送方每条 {spent / RECIPIENTS * 1000:.2f} 毫秒处理器时间（目标 2.5）")
    async with engine.begin() as conn:
        rows = await conn.execute(text("SELECT state, count(*) FROM delivery GROUP BY 1"))
        print("状态：", {row.state: row.count for row in rows})
    await engine.dispose()


def main() -> None:
    """One mailing; prints its figures."""
    cluster, template = cluster_of(EMBEDDED)
    name, port = f"b_{uuid4().hex[:12]}", free_port()
    run_sql(cluster, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    process = multiprocessing.get_context("spawn").Process(target=serve_platform, args=(port,))
    process.start()
    try:
        wait_for(port)
        asyncio.run(measure(cluster.url(name), f"http://127.0.0.1:{port}"))
    finally:
        process.terminate()
        process.join()
        run_sql(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    main()
