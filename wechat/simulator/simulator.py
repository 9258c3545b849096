"""What do the API, the phones and the control panel share?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import httpx
from pydantic import BaseModel

from wechat.simulator.clock import VirtualClock
from wechat.simulator.config import SimulatorConfig
from wechat.simulator.faults import Faults
from wechat.simulator.store import Store
from wechat.simulator.world import Direction, Kind, Message, Phone, World

LOG_LENGTH = 5_000  # calls kept for the control API; older ones fall out
FIRST_MSGID = 2**62  # real ids are 64-bit: beyond what a JavaScript number can hold


class LoggedCall(BaseModel):
    """One API call as the platform saw it; never a token or a secret."""

    method: str
    path: str
    openid: str
    errcode: int
    at: int
    fault: bool = False


class Simulator:
    """One platform with one service account, its followers and its clock."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.account = config.wechat
        self.store = Store(config.state_path)
        self.world = self.store.load() or World(mode=config.mode)
        self.clock = VirtualClock(self.world.clock_offset)
        self.faults = Faults()
        self.calls: list[LoggedCall] = []
        # No kept connections: one the account has just closed would cost a try.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.AsyncClient(
            timeout=config.reply_timeout_seconds,
            trust_env=False,
            limits=limits,
            verify=self.account.callback_url.startswith("https:"),  # loading roots takes 40 ms
        )
        self._background: set[asyncio.Task[object]] = set()
        for person in config.phones:
            known = self.world.phones.get(person.openid)
            if known is None:
                since = self.clock.now() if person.following else 0
                fresh = Phone(**person.model_dump(), subscribe_time=since)
                self.world.phones[person.openid] = fresh
            else:
                known.name, known.role, known.note = person.name, person.role, person.note

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Save while running and once more at the end; no push outlives the simulator."""
        saving = asyncio.create_task(self.store.save_regularly(self.world))
        try:
            yield
        finally:
            for task in (saving, *self._background):
                task.cancel()
            await asyncio.gather(saving, *self._background, return_exceptions=True)
            await self.client.aclose()
            self.store.save(self.world)

    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.world.clock_offset = self.clock.offset

    def next_msgid(self) -> int:
        return FIRST_MSGID + self.clock.now() * 1000 + self.world.next_id()

    def show(self, phone: Phone, message: Message) -> Message:
        """Put a message on the phone's screen."""
        message.id = self.world.next_id()
        message.at = self.clock.now()
        phone.messages.append(message)
        return message

    def notice(self, phone: Phone, text: str) -> Message:
        """The small grey line a client shows by itself."""
        return self.show(phone, Message(direction=Direction.NOTICE, kind=Kind.NOTICE, text=text))

    def scene_label(self, scene: str) -> str:
        return self.config.scenes.get(scene, "")

    def log(self, call: LoggedCall) -> None:
        self.calls.append(call)
        del self.calls[:-LOG_LENGTH]

    def later(self, work: Coroutine[Any, Any, object]) -> None:
        """Run after the answer has gone out, as the platform's own notices do."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    @property
    def pending(self) -> int:
        return len(self._background)

    async def settle(self) -> None:
        """Wait until everything started by `later` has ended."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
