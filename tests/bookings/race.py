"""How is a rush played? Real clients against real web processes on one database."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.ids import digest, new_id
from app.people.models import Enrollment, Guardianship, LoginSession, Person
from tests.cast import CLASS_3, HERE, SECRET_KEY, TERM_START
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def web_processes(
    database_url: str, number: int, factory: str = "app.main:create_app"
) -> Iterator[list[tuple[str, subprocess.Popen[bytes]]]]:
    """Web processes of their own, each with its own pool; ends them whatever happens."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DEMO": "1",
        "SECRET_KEY": SECRET_KEY,
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }
    found = []
    try:
        for _ in range(number):
            port = free_port()
            command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--port", str(port)]
            command += ["--log-level", "error", "--no-access-log"]
            # A session each, as the launcher gives it: Linux shares processors out by sessions.
            process = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)
            found.append((f"http://127.0.0.1:{port}", process))
        for url, process in found:
            _wait_ready(url, process)
        yield found
    finally:
        for _, process in found:
            process.kill()
            process.wait()


def _wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Patient: a machine with other work on it takes long to start Python, and asking costs too."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the web process did not become ready")


async def add_families(engine: AsyncEngine, number: int) -> list[tuple[UUID, str]]:
    """Pupils of one class, each with a logged-in guardian: gives pupil and token."""
    pupils = [new_id() for _ in range(number)]
    guardians = [new_id() for _ in range(number)]
    tokens = [f"token-{guardian.hex}" for guardian in guardians]
    everybody = [(row, f"孩子{index}") for index, row in enumerate(pupils)]
    everybody += [(row, f"家长{index}") for index, row in enumerate(guardians)]
    pairs = list(zip(guardians, pupils, strict=True))
    later = datetime.now(UTC) + timedelta(days=1)
    async with engine.begin() as conn:

        async def add(model: Any, rows: list[dict[str, Any]]) -> None:
            await conn.execute(insert(model), [{"district_id": HERE, **row} for row in rows])

        await add(Person, [{"id": i, "name": n} for i, n in everybody])
        await add(
            Enrollment,
            [
                {"id": new_id(), "pupil_id": p, "class_id": CLASS_3, "starts_on": TERM_START}
                for p in pupils
            ],
        )
        await add(Guardianship, [_tie(g, p) for g, p in pairs])
        await add(
            LoginSession,
            [
                {
                    "id": new_id(),
                    "person_id": g,
                    "token_digest": digest(token),
                    "channel": "miniprogram",
                    "expires_at": later,
                }
                for g, token in zip(guardians, tokens, strict=True)
            ],
        )
    return list(zip(pupils, tokens, strict=True))


def _tie(guardian: UUID, pupil: UUID) -> dict[str, Any]:
    return {
        "id": new_id(),
        "guardian_id": guardian,
        "pupil_id": pupil,
        "relation": "mother",
        "verified_by": "staff",
        "starts_on": TERM_START,
    }


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


async def press_once(
    url: str, token: str, key: str, body: bytes, path: str = "/v1/bookings"
) -> Answer:
    """One request on a connection of its own: 500 of them really are open at once."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            f"Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        raw = await reader.read()
    finally:
        writer.close()
    head_part, _, payload = raw.partition(b"\r\n\r\n")
    if not payload:
        raise ConnectionResetError
    return Answer(int(head_part.split()[1]), json.loads(payload))


async def rush(
    urls: list[str], families: list[tuple[UUID, str]], session_id: UUID, *, copies: int = 1
) -> list[list[Answer | None]]:
    """Everybody presses at once, each `copies` times with one key; retries what got no answer."""

    async def press(index: int, pupil: UUID, token: str, copy: int) -> Answer | None:
        body = json.dumps({"session_id": str(session_id), "pupil_id": str(pupil)}).encode()
        for attempt in range(60):
            url = urls[(index + copy + attempt) % len(urls)]
            try:
                answer = await press_once(url, token, f"press-{index}", body)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            if answer.status != 503:
                return answer
            await asyncio.sleep(0.3)
        return None

    presses = [
        [asyncio.create_task(press(index, pupil, token, copy)) for copy in range(copies)]
        for index, (pupil, token) in enumerate(families)
    ]
    return [list(await asyncio.gather(*group)) for group in presses]


def kill_hard(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
