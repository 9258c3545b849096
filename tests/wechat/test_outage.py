"""The database goes away in mid-use: honest sentences, nothing half-done, and on again by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.dev.postgres import Cluster, start_cluster
from app.kit.db import OUTAGES
from app.kit.settings import Settings
from tests.cast import CAST, POTTERY_SCENE, SECRET_KEY, Somebody
from tests.client import Client, opened, push_xml, sealed
from tests.conftest import _fill, running
from tests.wechat.stage import NOWHERE, Platform, sending
from wechat import replies
from wechat.inbound import BUDGET_SECONDS

HANGS_UP = 5.0  # the platform's patience


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of our own to stop, which keeps what it promised: the shared one does not."""
    cluster = start_cluster(tmp_path_factory.mktemp("outage") / "pg")
    _fill(cluster.create_database("template_outage"))
    yield cluster
    cluster.stop("immediate")


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> Iterator[Settings]:
    name = f"t_{tmp_path.name}"[:60].lower()
    yield Settings(
        database_url=cluster.create_database(name, template="template_outage"),
        secret_key=SECRET_KEY,
        demo=True,
        wechat_api_base=NOWHERE,
        log_level="CRITICAL",
        db_pool_size=3,
        db_pool_wait_seconds=0.2,
    )
    cluster.start()
    cluster.drop_database(name)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    async with running(settings) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield Client(http, app.state.engine)


@pytest.fixture
async def booked(client: Client) -> Client:
    session = await client.add_session()
    assert (await client.book(CAST.mama, CAST.xiaonan, session)).status_code == 201
    assert "小南" in await client.click(CAST.mama, "MY_CHILDREN")
    return client


async def stop(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.stop, "immediate")


async def start(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.start)


async def counted(client: Client) -> list[int]:
    tables = ("attendance", "scan", "stamp", "inbound_push")
    return [await client.value(f"SELECT count(*) FROM {table}") for table in tables]


async def test_a_stopped_database_is_said_to_be_busy_and_nothing_is_half_written(
    booked: Client, cluster: Cluster
) -> None:
    body = push_xml(CAST.mama, Event="SCAN", EventKey=POTTERY_SCENE)
    await stop(cluster)
    for _ in range(3):
        began = time.monotonic()
        assert opened(await booked.push(body)) == replies.BUSY
        assert time.monotonic() - began < HANGS_UP
    silent = await booked.push(push_xml(CAST.mama, Event="unsubscribe", EventKey=""))
    assert silent.status_code == 503, "to be repeated by the platform, not taken for done"
    await start(cluster)
    assert await counted(booked) == [0, 0, 0, 1]
    assert "小南签到成功" in opened(await booked.push(body)), "the same push, repeated, works now"
    assert await counted(booked) == [1, 1, 1, 2]


async def test_rest_answers_503_with_a_time_to_come_back_and_then_works(
    booked: Client, cluster: Cluster
) -> None:
    await stop(cluster)
    body = {"session_id": str(CAST.mama.id), "pupil_id": str(CAST.xiaonan.id)}
    for answer in (
        await booked.get(CAST.mama, "/bookings"),
        await booked.post(CAST.mama, "/bookings", body),
        await booked.http.get("/readyz"),
    ):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert (await booked.http.get("/healthz")).status_code == 200
    await start(cluster)
    listed = await booked.get(CAST.mama, "/bookings")
    assert [row["state"] for row in listed.json()["items"]] == ["confirmed"]
    assert (await booked.http.get("/readyz")).status_code == 200


async def test_a_crash_under_load_loses_no_acknowledged_scan(
    client: Client, cluster: Cluster
) -> None:
    """Who was told "签到成功" is in the book; who was told to try again is not half in it."""
    phones = {CAST.mama: CAST.xiaonan, CAST.beimama: CAST.xiaobei}
    session = await client.add_session()
    for who, pupil in phones.items():
        await client.book(who, pupil, session)
    await client.click(CAST.mama, "HELP")
    said: dict[str, set[str]] = {who.name: set() for who in phones}

    async def scan_on(who: Somebody) -> None:
        while replies.BUSY not in said[who.name]:
            body = push_xml(who, Event="SCAN", EventKey=POTTERY_SCENE)
            said[who.name].add(opened(await client.push(body)))
            await asyncio.sleep(0.01)

    async with asyncio.timeout(30):
        await asyncio.gather(*(scan_on(who) for who in phones), stop(cluster))
    await start(cluster)
    for who, pupil in phones.items():
        count = "SELECT count(*) FROM attendance WHERE pupil_id = :p"
        present = await client.value(count, p=pupil.id)
        stamps = await client.value("SELECT count(*) FROM stamp WHERE pupil_id = :p", p=pupil.id)
        assert present == stamps
        assert present or not any("签到" in sentence for sentence in said[who.name])
        assert all("签到" in s or s == replies.BUSY for s in said[who.name]), said
        assert "签到" in await client.scan(who, POTTERY_SCENE)


async def test_an_account_once_known_is_served_through_a_long_outage(
    booked: Client, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half a minute the account should be read anew; while that fails the old one signs."""
    monkeypatch.setattr("wechat.accounts.SECONDS_KEPT", 0.0)
    await stop(cluster)
    assert await booked.scan(CAST.mama, POTTERY_SCENE) == replies.BUSY
    forged = await booked.push_raw("<xml/>", {})
    assert forged.status_code == 403
    unknown = await booked.push_raw(*sealed("<xml/>"), account="unknown")
    assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "3")
    await start(cluster)


async def test_an_exhausted_pool_is_said_to_be_busy(
    booked: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time, and never a success: what shows no sentence is for the platform to send again."""
    assert Settings.model_fields["db_pool_wait_seconds"].default < BUDGET_SECONDS < 4.0
    monkeypatch.setattr("wechat.accounts.SECONDS_KEPT", 0.0)  # the account is to be read anew, too
    monkeypatch.setattr("wechat.accounts.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("wechat.inbound.BUDGET_SECONDS", 0.3)  # shorter than two waits for the pool
    others = [booked.engine.connect() for _ in range(3)]
    for connection in others:
        await connection.start()
    report = push_xml(CAST.mama, Event="TEMPLATESENDJOBFINISH", MsgID="7", Status="success")
    began = time.monotonic()
    said = await asyncio.gather(*(booked.scan(CAST.mama, POTTERY_SCENE) for _ in range(5)))
    assert set(said) == {replies.BUSY}
    silent = await booked.push(report)
    assert (silent.status_code, silent.headers["retry-after"]) == (503, "3")
    assert time.monotonic() - began < 2 * 0.3 + 0.3
    answer = await booked.get(CAST.mama, "/bookings")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    for connection in others:
        await connection.close()
    assert await counted(booked) == [0, 0, 0, 1]
    assert "小南签到成功" in await booked.scan(CAST.mama, POTTERY_SCENE)
    assert (await booked.push(report)).status_code == 200


async def test_a_lock_that_never_ends_is_answered_before_the_platform_hangs_up(
    booked: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The budget is four seconds; shortened here, the behaviour is the same."""
    assert BUDGET_SECONDS < HANGS_UP
    monkeypatch.setattr("wechat.inbound.BUDGET_SECONDS", 0.4)
    outside = create_async_engine(settings.database_url, poolclass=NullPool)
    async with outside.begin() as conn:
        await conn.execute(text("LOCK TABLE attendance IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(HANGS_UP):
            assert await booked.scan(CAST.mama, POTTERY_SCENE) == replies.BUSY
    await outside.dispose()
    assert await counted(booked) == [0, 0, 0, 1]
    assert "小南签到成功" in await booked.scan(CAST.mama, POTTERY_SCENE)


async def test_a_delivery_round_in_an_outage_loses_no_message(
    booked: Client, cluster: Cluster, platform: Platform
) -> None:
    async with sending(booked.engine, platform.url) as sender:
        await stop(cluster)
        with pytest.raises(OUTAGES):
            await sender.round()
        assert platform.cards(CAST.mama) == []
        await start(cluster)
        assert await sender.round() == 2
        assert len(platform.cards(CAST.mama)) == len(platform.cards(CAST.granny)) == 1
