"""The background process: deliveries, queued jobs, schedules, heartbeat."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob
from pgqueuer.models import Schedule
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.channels.service.health import keep_pulse
from app.channels.tokens import TokenStore
from app.jobs.service import Arguments, InstallationJob, Job, read_payload, spread
from app.kit import logging
from app.kit.context import Ctx
from app.kit.db import OUTAGES, driver_arguments, make_engine, system_context, transaction
from app.kit.sealing import Sealer
from app.kit.settings import Settings
from app.notifications.rules import Quiet
from app.notifications.service.sending import Post
from app.orgs.queries import all_district_ids
from app.wiring import INSTALLATION_JOBS, JOBS, WIRING
from wechat.accounts import AccountBook
from wechat.channel import WechatChannel
from wechat.gateway import Gateway
from wechat.jobs import edge_jobs
from wechat.picture_links import PictureLinks
from wechat.templates import chosen

log = structlog.get_logger()

MOST_ATTEMPTS = 8
BEAT_SECONDS = 10.0
NICE = 10
_BEAT = text(
    "INSERT INTO heartbeat (name, beat_at) VALUES (:name, now()) "
    "ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at"
)


@dataclass(frozen=True)
class Worker:
    """The loops of one background process; several may run side by side."""

    engine: AsyncEngine
    settings: Settings
    channel: WechatChannel
    jobs: tuple[Job, ...]
    stopping: asyncio.Event
    installation_jobs: tuple[InstallationJob, ...] = ()
    gateway: Gateway | None = None

    @cached_property
    def post(self) -> Post:
        return Post(self.engine, self.channel, self.quiet)

    @property
    def quiet(self) -> Quiet | None:
        """A demonstration speaks at night, too."""
        return None if self.settings.demo else Quiet.of(self.settings.quiet_hours)

    def unit(self, district_id: UUID) -> Callable[[], AbstractAsyncContextManager[Ctx]]:
        return partial(system_context, self.engine, WIRING, district_id)

    async def deliver(self) -> None:
        """Send what is due, in a steady stream; an outage loses no answer that was already here."""
        await self.post.run(self.stopping, self.settings.worker_poll_seconds)

    async def beat(self) -> None:
        while not self.stopping.is_set():
            async with transaction(self.engine) as conn:
                await conn.execute(_BEAT, {"name": "worker"})
                for pulse in self.gateway.take_pulses() if self.gateway else ():
                    await keep_pulse(conn, pulse)
            await self._pause(BEAT_SECONDS)

    async def run_queue(self) -> None:
        """Queued jobs and schedules, on a connection of their own."""
        connection = await asyncpg.connect(
            **driver_arguments(self.settings.database_url, "wuchuang-queue")
        )
        try:
            queue = PgQueuer.from_asyncpg_connection(connection)
            crons = spread((*self.jobs, *self.installation_jobs))
            for job in self.jobs:
                self._register(queue, job, crons.get(job.name))
            for whole in self.installation_jobs:
                self._register_installation(queue, whole, crons[whole.name])
            stop = asyncio.create_task(self._stop_queue(queue))
            await queue.run(dequeue_timeout=timedelta(seconds=5))
            stop.cancel()
        finally:
            await connection.close()

    async def _stop_queue(self, queue: PgQueuer) -> None:
        await self.stopping.wait()
        queue.shutdown.set()

    def _register(self, queue: PgQueuer, job: Job, cron: str | None) -> None:
        @queue.entrypoint(job.name, on_failure="hold")
        async def run_queued(queued: QueuedJob) -> None:
            await self._attempt(job, read_payload(queued.payload), queued.attempts)

        if cron is not None:

            @queue.schedule(f"every.{job.name}", cron, clean_old=True)
            async def run_scheduled(_: Schedule) -> None:
                for district_id in await all_district_ids(self.engine):
                    await self._attempt_scheduled(job, district_id)

    def _register_installation(self, queue: PgQueuer, job: InstallationJob, cron: str) -> None:
        @queue.schedule(f"every.{job.name}", cron, clean_old=True)
        async def run_scheduled(_: Schedule) -> None:
            try:
                await job.run(self.engine, self.settings)
            except Exception as exc:
                log.error("schedule_failed", job=job.name, error=type(exc).__name__, exc_info=exc)

    async def _attempt(self, job: Job, arguments: Arguments, attempts: int) -> None:
        """Run a queued job; a failure is tried again with doubling pauses, then parked and shown."""
        try:
            await job.run(self.unit(UUID(arguments["district"])), arguments)
        except Exception as exc:
            log.error("job_failed", job=job.name, attempt=attempts, error=type(exc).__name__)
            if attempts + 1 >= MOST_ATTEMPTS:
                raise
            raise RetryRequested(timedelta(seconds=2.0**attempts)) from exc

    async def _attempt_scheduled(self, job: Job, district_id: UUID) -> None:
        """One district's failure must not keep the others from their turn."""
        try:
            await job.run(self.unit(district_id), {"district": str(district_id)})
        except Exception as exc:
            log.error("schedule_failed", job=job.name, error=type(exc).__name__, exc_info=exc)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run a loop again after an outage: a dead database must not need a person to restart us."""
        while not self.stopping.is_set():
            try:
                await loop()
            except (*OUTAGES, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
                log.error("loop_interrupted", loop=name, error=type(exc).__name__)
                await self._pause(1.0)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for name, loop in (
                ("deliver", self.deliver),
                ("beat", self.beat),
                ("queue", self.run_queue),
            ):
                group.create_task(self.keep(name, loop))


def give_way() -> None:
    """The door and the phones go before the post: of a full machine we take what others leave.

    Linux shares processors out between sessions first, where that is switched on, and only then by
    what is nice; the session is made nice only where it is ours alone. Each answer of the platform
    wakes us, and as a batch we interrupt nobody then (measured: of bookings beside a mailing the
    slowest waited 1.2 instead of 1.6 times as long as alone).
    """
    if sys.platform == "win32":
        return
    os.nice(NICE)
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    group = Path("/proc/self/autogroup")
    if os.getsid(0) == os.getpid() and group.exists():
        with suppress(OSError):
            group.write_text(str(NICE))


async def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; what is in flight is finished, leases cover the rest."""
    give_way()
    logging.configure(settings.log_level)
    engine = make_engine(settings, "wuchuang-worker")
    sealer = Sealer(settings.secret_key.get_secret_value())
    book = AccountBook(engine, sealer)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with Gateway(settings.wechat_api_base, TokenStore(engine, sealer)) as gateway:
        ours = chosen(
            settings.wechat_template_ids, settings.wechat_subscribe_ids, demo=settings.demo
        )
        channel = WechatChannel(gateway, book, ours.told, ours.tapped, settings.base_url)
        links = PictureLinks(sealer, settings.base_url)
        jobs = (*JOBS, *edge_jobs(gateway, book, links, ours))
        await Worker(engine, settings, channel, jobs, stopping, INSTALLATION_JOBS, gateway).run()
    await engine.dispose()
