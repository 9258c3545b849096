"""Getting pending deliveries out: a steady stream of claimed, flying and recorded messages.

At most a hundred messages of a process are claimed and not yet recorded, at most twenty calls are
under way; a slow answer holds up nobody else. A lease of 60 seconds covers a killed worker. The
platform remembers a `client_msg_id` for ten minutes; an attempt with unknown outcome older than
nine becomes 待核实 and is never sent again by itself.
"""

import asyncio
from collections import deque
from dataclasses import replace
from functools import partial
from types import TracebackType
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.channels.kinds import ONCE, SERVICE_ACCOUNT, Way
from app.channels.service.meter import Key, calls_left, learn_meter
from app.kit.db import transaction
from app.kit.metrics import DELIVERIES
from app.notifications.kinds import URGENT, DeliveryState
from app.notifications.ports import Channel, Halt, Verdict
from app.notifications.rules import Quiet, next_size
from app.notifications.service.claiming import (
    BATCH,
    LEASE_SECONDS,
    Outgoing,
    choose,
    claim,
    flying,
    give_up,
)
from app.notifications.service.recording import (
    match_early,
    note_calls,
    note_consequences,
    record,
    verdict_of,
)
from app.notifications.service.turns import in_turn

log = structlog.get_logger()

AT_ONCE = 20  # as many as the platform's client has connections
UNKNOWN_METER = 4  # under way in all processes while nobody knows what is left of the day's calls
NEARLY_USED = 300  # so few calls left: one after the other, so that the first refusal is the last
REFUSED_SECONDS = 5.0  # an account that was refused is not asked again for so long
STEP = 40  # claimed and recorded in portions of at least so many
RECORD_SECONDS = 0.2
GIVE_UP_SECONDS = 1.0
LAST_START_SECONDS = LEASE_SECONDS - 20.0  # later nothing claimed is begun: the answer may take 15
MOST_ATTEMPTS = 30  # with pauses doubling up to ten minutes: four hours of a dead platform
LONGEST_PAUSE_SECONDS = 600.0
UNMADE = frozenset({"platform_down", "no_token", "no_account"})  # said without asking the platform
_GIVEN_BACK = Verdict(DeliveryState.PENDING, "given_back", retry_in_seconds=0.0)


class Gate:
    """How many calls of one way are under way: one at first, more with each good answer.

    `shared`: so many in all processes together, which take turns then.
    """

    def __init__(self) -> None:
        self.most, self.size, self.flying = UNKNOWN_METER, 1, 0
        self.shared: int | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        while self.flying >= min(self.size, self.most):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self.flying += 1

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.flying -= 1
        for _place in range(min(self.size, self.most) - self.flying):
            if not self._waiting:
                return
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)


class Post:
    """The outgoing post of one process."""

    def __init__(self, engine: AsyncEngine, channel: Channel, quiet: Quiet | None = None) -> None:
        self._engine, self._channel, self._quiet = engine, channel, quiet
        self._flying: set[asyncio.Task[None]] = set()
        self._done: list[Outgoing] = []
        self._fallen: list[Outgoing] = []
        self._halted: dict[tuple[UUID, str, str], tuple[float, Verdict]] = {}
        self._gates: dict[tuple[UUID, str, Way], Gate] = {}
        self._asked: dict[Key, float] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._news = asyncio.Event()
        self._closing = False
        self._give_up_at = 0.0

    async def round(self) -> int:
        """At most a hundred messages, to their end; says how many were claimed."""
        claimed = await self._take(BATCH)
        try:
            await self._settle()
        finally:
            await self._drop()
        return claimed

    async def drain(self) -> int:
        """Until nothing is due any more; says how many were claimed."""
        whole = 0
        while claimed := await self._take(BATCH - self._held):
            whole += claimed
            while self._held > BATCH - STEP:
                await self._look()
        await self._settle()
        return whole

    async def run(self, stopping: asyncio.Event, pause: float) -> None:
        """Until told to stop: what is under way then is finished, what is only claimed given back."""
        loop = asyncio.get_running_loop()
        look_at = 0.0
        self._closing = False
        while not stopping.is_set():
            room = BATCH - self._held
            if room >= STEP and loop.time() >= look_at:
                claimed = await self._take(room)
                look_at = 0.0 if claimed == room else loop.time() + pause
            if self._held:
                await self._look()
            else:
                await _at_most(stopping, pause)
        self._closing = True
        await self._settle()

    @property
    def _held(self) -> int:
        return len(self._flying) + len(self._done) + len(self._fallen)

    async def _take(self, room: int) -> int:
        now = asyncio.get_running_loop().time()
        async with transaction(self._engine) as conn:
            await match_early(conn)
            if now >= self._give_up_at:
                await give_up(conn)
                self._give_up_at = now + GIVE_UP_SECONDS
            todo = await claim(conn, self._channel, self._quiet, room)
        if todo:
            await self._learn(todo)
            self._begin(todo)
        return len(todo)

    async def _learn(self, todo: list[Outgoing]) -> None:
        """How wide each way is open; a meter nobody has read today is asked for, now and then."""
        async with transaction(self._engine) as conn:
            left = await calls_left(conn)
            claimed = await flying(conn, todo)
        now = asyncio.get_running_loop().time()
        for key, way in {_meter(self._channel, one): one.message.way for one in todo}.items():
            if key is None:
                continue
            if key not in left and now - self._asked.get(key, -1e9) > LONGEST_PAUSE_SECONDS:
                self._asked[key] = now
                if quota := await self._channel.quota(key[0], way):
                    left[key] = quota[0] - quota[1]
                    async with transaction(self._engine) as conn:
                        await learn_meter(conn, key, *quota)
            gate = self._gate(key[0], SERVICE_ACCOUNT, way)
            gate.most = gate.shared = UNKNOWN_METER
            if key in left:
                wide = left[key] - claimed.get((key[0], way), 0) > NEARLY_USED
                gate.most, gate.shared = (AT_ONCE, None) if wide else (1, 1)

    def _gate(self, district_id: UUID, account: str, way: Way) -> Gate:
        return self._gates.setdefault((district_id, account, way), Gate())

    def _begin(self, todo: list[Outgoing]) -> None:
        started = asyncio.get_running_loop().time()
        for one in todo:
            if one.verdict is not None:
                self._done.append(one)
                continue
            task = asyncio.create_task(self._send(one, started))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        self._look_up()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._look_up()

    def _look_up(self) -> None:
        """There is enough to write down, or nothing else to wait for."""
        if not self._flying or len(self._done) + len(self._fallen) >= STEP:
            self._news.set()

    async def _send(self, one: Outgoing, started: float) -> None:
        """One message on the way it has now; what is halted meanwhile is not asked for again."""
        gate = self._gate(one.row.district_id, one.message.account, one.message.way)
        async with gate, self._turns:
            verdict = self._halt_of(one, started)
            called = verdict is None
            if verdict is None:
                verdict = await self._call(one, gate, started)
                if verdict is None:
                    self._done.append(replace(one, verdict=_GIVEN_BACK))
                    return
                called = verdict.reason not in UNMADE
                gate.size = next_size(gate.size, verdict.reason, AT_ONCE)
                self._note_halt(one, verdict)
        one = replace(one, verdict=_judged(one, verdict), called=called)
        (self._fallen if one.verdict and one.verdict.falls else self._done).append(one)
        if verdict.halt is not None:
            self._news.set()  # the other processes learn of it at once

    async def _call(self, one: Outgoing, gate: Gate, started: float) -> Verdict | None:
        """What the platform said; None when it is too late to ask, or another process's turn."""

        def is_late() -> bool:
            late = asyncio.get_running_loop().time() - started > LAST_START_SECONDS
            return late or self._closing

        if is_late():
            return None
        key = _meter(self._channel, one)
        if key is None or gate.shared is None:
            return await self._ask(one)
        return await in_turn(self._engine, key, one, gate.shared, partial(self._ask, one), is_late)

    async def _ask(self, one: Outgoing) -> Verdict:
        try:
            return await self._channel.send(one.message)
        except Exception as exc:
            log.error("send_crashed", error=type(exc).__name__, exc_info=exc)
            return Verdict(DeliveryState.FAILED, "internal_error")

    def _halt_of(self, one: Outgoing, started: float) -> Verdict | None:
        """A halt holds for what was claimed before it; whoever was claimed later knows the database's
        word. A refused account has none there, and is left alone for a moment."""
        district, way = one.row.district_id, one.message.way
        now = asyncio.get_running_loop().time()
        for key in ((district, "", ""), (district, way, ""), (district, way, one.facts.kind)):
            at, verdict = self._halted.get(key, (0.0, None))
            if verdict and (started <= at or (not key[1] and now - at < REFUSED_SECONDS)):
                return verdict
        return None

    def _note_halt(self, one: Outgoing, verdict: Verdict) -> None:
        if verdict.halt is not None:
            way = "" if verdict.halt is Halt.ACCOUNT else one.message.way
            kind = one.facts.kind if verdict.halt is Halt.KIND else ""
            now = asyncio.get_running_loop().time()
            self._halted[one.row.district_id, way, kind] = now, verdict

    async def _settle(self) -> None:
        while self._held:
            await self._look()

    async def _look(self) -> None:
        """Wait until there is something to write down, and write it."""
        await _at_most(self._news, RECORD_SECONDS)
        self._news.clear()
        if not self._done and not self._fallen:
            return
        done, self._done = self._done, []
        fallen, self._fallen = self._fallen, []
        try:
            async with transaction(self._engine) as conn:
                await note_calls(conn, self._channel, [*done, *fallen])
                again: list[Outgoing] = []
                if done:
                    await record(conn, done)
                if fallen:
                    await note_consequences(conn, fallen)
                    again = await choose(conn, fallen, after=None)
        except BaseException:
            self._done, self._fallen = done + self._done, fallen + self._fallen
            raise
        for one in done:
            DELIVERIES.labels(verdict_of(one).state).inc()
        if again:
            await self._learn(again)
        self._begin(again)

    async def _drop(self) -> None:
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)


def _meter(channel: Channel, one: Outgoing) -> Key | None:
    """Under which meter a message is counted; the mini-program's own calls are not."""
    if one.verdict is not None or one.message.account != SERVICE_ACCOUNT or not one.row.appid:
        return None
    return one.row.district_id, one.row.appid, channel.meter(one.message.way)


async def _at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _judged(one: Outgoing, verdict: Verdict) -> Verdict:
    """No certain answer on a way without memory ends it; a used-up quota sends only the urgent on."""
    once = one.message.way in ONCE
    if verdict.reason == "no_answer" and once:
        return Verdict(DeliveryState.UNKNOWN, "no_answer")
    if verdict.halt is Halt.TODAY and one.facts.kind in URGENT and not one.facts.doubt:
        return replace(verdict, falls=True, state=DeliveryState.FAILED, retry_in_seconds=None)
    return _with_patience(verdict, one.row.attempts)


def _with_patience(verdict: Verdict, attempts: int) -> Verdict:
    """Wait twice as long after each failed attempt; after thirty, give up with the reason."""
    if verdict.state is not DeliveryState.PENDING:
        return verdict
    if attempts >= MOST_ATTEMPTS:
        return Verdict(DeliveryState.FAILED, verdict.reason)
    pause = (verdict.retry_in_seconds or 1.0) * 2.0 ** min(attempts - 1, 10)
    longest = max(LONGEST_PAUSE_SECONDS, verdict.retry_in_seconds or 0.0)
    return replace(verdict, retry_in_seconds=min(pause, longest))


async def deliver_due(engine: AsyncEngine, channel: Channel, quiet: Quiet | None = None) -> int:
    """One round by itself: at most a hundred messages; says how many were claimed."""
    return await Post(engine, channel, quiet).round()
