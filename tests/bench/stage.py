"""What do the benches of the WeChat side play on? A durable database, real processes, families on phones."""

import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import uvicorn
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.dev.postgres import start_cluster
from app.kit.ids import new_id
from app.people.models import Enrollment, Guardianship, Identity, Person
from tests.bookings.race import ROOT
from tests.cast import APPID, CLASS_3, HERE, SECRET_KEY, TERM_START
from tests.conftest import _fill
from tests.wechat.stage import _config
from wechat.simulator.app import create_simulator
from wechat.simulator.config import PhoneConfig

PATIENCE_SECONDS = 60.0
TICK = os.sysconf("SC_CLK_TCK")


def openid(number: int) -> str:
    return f"o{number:027}"


def serve_simulator(port: int, phones: int) -> None:
    """The simulator with a phone for everybody; run it in a process of its own."""
    config = _config()
    config.phones += [PhoneConfig(name="家长", openid=openid(n)) for n in range(phones)]
    app = create_simulator(config)
    uvicorn.run(app, port=port, log_level="critical", access_log=False, ws="none")


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("模拟平台没有启动。")


@contextmanager
def simulating(port: int, phones: int) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(
        target=serve_simulator, args=(port, phones)
    )
    process.start()
    try:
        wait_for(port)
        yield
    finally:
        process.terminate()
        process.join()


def busy_seconds() -> float:
    """Processor time that everybody on this machine has used."""
    user, nice, system, _idle, _wait, *rest = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(rest)) / TICK


@contextmanager
def durable_database() -> Iterator[str]:
    """With the cast, on a server that waits for the disk: the one of the tests does not."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = start_cluster(Path(folder) / "pg")
        try:
            url = cluster.create_database("bench")
            _fill(url)
            yield url
        finally:
            cluster.stop("immediate")


@contextmanager
def working(database_url: str, platform: str) -> Iterator[subprocess.Popen[bytes]]:
    """The worker as it is deployed, sending to this platform."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "WECHAT_API_BASE": platform,
        "SECRET_KEY": SECRET_KEY,
        "DEMO": "1",
        "LOG_LEVEL": "CRITICAL",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def add_guardians(engine: AsyncEngine, number: int) -> list[UUID]:
    """So many guardians, each with a phone (`openid` by number) and a child."""
    people = [new_id() for _ in range(number)]
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
        await _add_children(conn, people)
        await conn.execute(text("ANALYZE"))
    return people


async def _add_children(conn: AsyncConnection, people: list[UUID]) -> None:
    """A child for everybody, so that an announcement to all families means them."""
    pupils = [new_id() for _ in people]
    born = [{"district_id": HERE, "id": one, "name": "孩子"} for one in pupils]
    await conn.execute(insert(Person), born)
    since = {"starts_on": TERM_START, "district_id": HERE}
    await conn.execute(
        insert(Enrollment),
        [{**since, "id": new_id(), "pupil_id": one, "class_id": CLASS_3} for one in pupils],
    )
    tie = {**since, "relation": "mother", "verified_by": "staff"}
    await conn.execute(
        insert(Guardianship),
        [
            {**tie, "id": new_id(), "guardian_id": guardian, "pupil_id": pupil}
            for guardian, pupil in zip(people, pupils, strict=True)
        ],
    )
