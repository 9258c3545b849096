"""When nobody knows whether a message went out, it is sent again only while that is safe."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit.settings import Settings
from tests.cast import CAST, SECRET_KEY
from tests.client import Client
from tests.notifications.test_delivery import booked, fates, time_passes
from tests.wechat.stage import ADDRESSES, SEND, STABLE_TOKEN, Platform, Sender
from wechat import gateway as gateway_module

ROOT = Path(__file__).resolve().parents[2]
MINUTE = 60


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our patience with a silent platform is five seconds; here a fraction of one."""
    monkeypatch.setattr(gateway_module, "READ_SECONDS", 0.3)


async def test_a_lost_answer_is_asked_for_again_and_shown_once(
    impatient: None, client: Client, sender: Sender, platform: Platform
) -> None:
    platform.fault(SEND, hang=True, after=True)
    await booked(client)
    assert await sender.round() == 1
    platform.heal()
    assert len(platform.cards(CAST.beimama)) == 1, "it had gone out"
    assert await fates(client) == [("pending", "no_answer")]
    await time_passes(client, 6)
    assert await sender.round() == 1
    assert await fates(client) == [("sent", None)]
    assert len(platform.cards(CAST.beimama)) == 1


@pytest.mark.parametrize("fault", [{"http_status": 502}, {"errcode": -1}])
async def test_an_answer_spoilt_after_the_effect_is_no_second_message(
    client: Client, sender: Sender, platform: Platform, fault: dict[str, object]
) -> None:
    platform.fault(SEND, after=True, **fault)
    await booked(client)
    for _ in range(2):
        assert await sender.round() == 1
        await time_passes(client, 6)
    assert await fates(client) == [("sent", None)]
    assert len(platform.cards(CAST.beimama)) == 1
    assert len(platform.calls(SEND)) == 2


async def test_an_unknown_outcome_older_than_nine_minutes_waits_for_a_person(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """The platform forgets our message's id after ten: sent again it would show twice."""
    platform.fault(SEND, http_status=502, after=True, times=None)
    await booked(client)
    assert await sender.round() == 1
    await time_passes(client, 8 * MINUTE)
    assert await sender.round() == 1, "still safe"
    await time_passes(client, 2 * MINUTE)
    platform.heal()
    for _ in range(3):
        assert await sender.round() == 0
        await time_passes(client, 60 * MINUTE)
    assert await fates(client) == [("unknown", "outcome_unknown")]
    assert len(platform.cards(CAST.beimama)) == 1


async def test_what_certainly_was_not_sent_may_wait_for_hours(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """A busy platform, or one that gives no token: there is no unknown outcome in that."""
    platform.fault(SEND, errcode=-1)
    platform.fault(STABLE_TOKEN, http_status=502, times=2)  # asked for the day's quota, and to send
    await booked(client)
    for _ in range(2):
        assert await sender.round() == 1
        assert (await fates(client))[0][0] == "pending"
        await time_passes(client, 20 * MINUTE)
    assert await sender.round() == 1
    assert await fates(client) == [("sent", None)]


async def test_a_certain_failure_does_not_wipe_out_an_earlier_doubt(
    client: Client, sender: Sender, platform: Platform
) -> None:
    """Perhaps sent, then certainly not: the first attempt still decides what is safe."""
    platform.fault(SEND, http_status=502, after=True)
    await booked(client)
    assert await sender.round() == 1
    await time_passes(client, 6)
    platform.fault(SEND, errcode=45011)
    assert await sender.round() == 1
    await time_passes(client, 15 * MINUTE)
    assert await sender.round() == 0
    assert await fates(client) == [("unknown", "outcome_unknown")]
    assert len(platform.cards(CAST.beimama)) == 1


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    """The worker as it is deployed: a process of its own."""
    environment = {
        "DATABASE_URL": settings.database_url,
        "WECHAT_API_BASE": settings.wechat_api_base,
        "SECRET_KEY": SECRET_KEY,
        "DEMO": "1",
        "LOG_LEVEL": "CRITICAL",
        "WORKER_POLL_SECONDS": "0.05",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-m", "app.cli", "worker"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


async def until(client: Client, state: str) -> None:
    deadline = time.monotonic() + 60
    while [found for found, _ in await fates(client)] != [state]:
        assert time.monotonic() < deadline, await fates(client)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("after", [False, True], ids=["not sent", "sent"])
async def test_a_killed_worker_loses_nothing(
    client: Client,
    sender: Sender,
    platform: Platform,
    settings: Settings,
    workers: list[subprocess.Popen[bytes]],
    after: bool,
) -> None:
    """SIGKILL between booking and message; another worker delivers, and the phone shows it once."""
    await sender.gateway.get(await sender.account(), ADDRESSES)  # a token is there
    platform.fault(SEND, hang=True, after=after)
    await booked(client)
    workers.append(start_worker(settings))
    await until(client, "leased")
    if after:
        while not platform.cards(CAST.beimama):  # noqa: ASYNC110 - a foreign process has no event
            await asyncio.sleep(0.05)
    workers[0].send_signal(signal.SIGKILL)
    workers[0].wait()
    platform.heal()
    assert len(platform.cards(CAST.beimama)) == int(after)
    assert await sender.round() == 0, "its lease still runs"
    await time_passes(client, 61)
    assert await sender.round() == 1
    assert await fates(client) == [("sent", None)]
    assert len(platform.cards(CAST.beimama)) == 1


async def test_a_worker_stopped_politely_finishes_and_ends(
    client: Client,
    platform: Platform,
    settings: Settings,
    workers: list[subprocess.Popen[bytes]],
) -> None:
    await booked(client)
    workers.append(start_worker(settings))
    await until(client, "sent")
    workers[0].send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(workers[0].wait, 30) == 0
    assert len(platform.cards(CAST.beimama)) == 1
