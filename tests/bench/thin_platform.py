"""The least a platform can do: every call is granted after 80 ± 40 ms. It must cost the machine nothing.

Run in a process of its own (`granting`); `GET /log` tells when each call arrived. With callback
addresses it reports every message as delivered, as the platform does, to one after the other.
"""

import asyncio
import json
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.bench.pushes import Sent, request_of, send
from tests.bench.stage import wait_for
from tests.cast import ORIGINAL_ID

ANSWER_SECONDS, SPREAD_SECONDS = 0.08, 0.04
SEND = "/cgi-bin/message/template/send"
DRAFT, MASS = "/cgi-bin/draft/add", "/cgi-bin/message/mass/send"
SLOW_SECONDS = {DRAFT: 3.0}  # long enough for somebody to press stop meanwhile
GRANTED: dict[str, dict[str, Any]] = {
    "/cgi-bin/stable_token": {"access_token": "t" * 64, "expires_in": 7200},
    "/cgi-bin/openapi/quota/get": {"errcode": 0, "quota": {"daily_limit": 100_000, "used": 0}},
    DRAFT: {"media_id": "draft"},
    "/cgi-bin/material/add_material": {"media_id": "cover"},
}
Calls = list[tuple[float, str]]


class ThinPlatform:
    def __init__(self, callbacks: list[str]) -> None:
        self.calls: Calls = []
        self._callbacks, self._reports = cycle(callbacks), bool(callbacks)
        self._reporting: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One kept connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                _, _, length = head.lower().partition("content-length: ")
                body = await reader.readexactly(int(length.partition("\r\n")[0] or 0))
                answer = await self._answer(urlsplit(head.split()[1]).path, body)
                sized = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
                writer.write(sized + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: str, body: bytes) -> bytes:
        if path == "/log":
            return json.dumps(self.calls).encode()
        self.calls.append((time.time(), path))
        await asyncio.sleep(SLOW_SECONDS.get(path, 0.0))
        await asyncio.sleep(random.uniform(-SPREAD_SECONDS, SPREAD_SECONDS) + ANSWER_SECONDS)
        granted = GRANTED.get(path) or {"errcode": 0, "msgid": 10**9 + len(self.calls)}
        if path == SEND and self._reports:
            task = asyncio.create_task(self._report(json.loads(body)["touser"], granted["msgid"]))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)
        return json.dumps(granted).encode()

    async def _report(self, openid: str, msgid: int) -> None:
        body = (
            f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><FromUserName>{openid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>event</MsgType>"
            f"<Event>TEMPLATESENDJOBFINISH</Event><MsgID>{msgid}</MsgID><Status>success</Status></xml>"
        )
        callback = next(self._callbacks)
        push = Sent(request_of(body, callback))
        await send(callback, push, asyncio.get_running_loop().time() + ANSWER_SECONDS)


def _run(port: int, callbacks: list[str]) -> None:
    async def serve() -> None:
        platform = ThinPlatform(callbacks)
        server = await asyncio.start_server(platform.serve, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def granting(port: int, callbacks: Sequence[str] = ()) -> Iterator[str]:
    """The platform, in a process of its own; gives its address."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(port, [*callbacks]))
    process.start()
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


def calls_of(platform: str) -> Calls:
    answer = httpx.get(f"{platform}/log", trust_env=False, timeout=30)
    return [(at, path) for at, path in answer.json()]
