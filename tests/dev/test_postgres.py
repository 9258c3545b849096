"""Does the private PostgreSQL start, survive, and stop?"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.dev.instance import clear
from app.dev.postgres import Cluster, find_installed, find_running, start_cluster
from app.dev.refusals import RefusalError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets and signals of POSIX")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a short folder that other users may pass through."""
    with tempfile.TemporaryDirectory(prefix="pgt-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    """Give a running cluster."""
    made = start_cluster(folder / "pg", durable=False)
    yield made
    made.stop("immediate")


def setting(url: str, name: str) -> str:
    """Read a setting over the driver that the product uses."""

    async def read() -> str:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return str(
                    await connection.scalar(text("SELECT current_setting(:name)"), {"name": name})
                )
        finally:
            await engine.dispose()

    return asyncio.run(read())


def test_databases_over_the_drivers_address(cluster: Cluster) -> None:
    url = cluster.create_database("one")
    assert setting(url, "TimeZone") == "UTC"
    assert setting(url, "server_encoding") == "UTF8"
    assert setting(url, "listen_addresses") == ""
    assert setting(url, "fsync") == "off"
    cluster.execute("CREATE TABLE t AS SELECT 7 AS n", "one")
    cluster.create_database("two", template="one")
    assert cluster.execute("SELECT n FROM t", "two") == "7"
    cluster.drop_database("two")
    cluster.drop_database("two")
    assert cluster.has_database("one")
    assert not cluster.has_database("two")
    with pytest.raises(RefusalError, match="already exists"):
        cluster.create_database("one")


def test_adopted_restarted_killed_and_confused(cluster: Cluster) -> None:
    cluster.create_database("kept")
    assert start_cluster(cluster.data_dir, durable=False).pid == cluster.pid
    address = cluster.url("kept")
    cluster.restart()
    assert setting(address, "port") == "5432"

    os.kill(cluster.pid, signal.SIGKILL)
    again = start_cluster(cluster.data_dir, durable=False)
    assert again.pid != cluster.pid
    assert again.has_database("kept")

    again.stop()
    again.stop()
    assert find_running(again.data_dir) is None
    stale = again.data_dir / "postmaster.pid"
    stale.write_text(
        f"{os.getpid()}\n{again.data_dir}\n1\n5432\n{again.socket_dir}\n\n1 1\nready\n"
    )
    again.account.own(stale)
    again.start()
    assert again.has_database("kept")


def test_long_and_odd_folder_names(folder: Path) -> None:
    deep = folder / ("学区 'a'," * 9)
    cluster = start_cluster(deep / "pg", durable=False)
    try:
        assert cluster.socket_dir != str(cluster.data_dir)
        assert Path(cluster.socket_dir).stat().st_mode & 0o077 == 0
        assert setting(cluster.url("postgres"), "fsync") == "off"
        os.kill(cluster.pid, signal.SIGKILL)
        again = start_cluster(deep / "pg", durable=False)
        assert again.socket_dir == cluster.socket_dir
        again.stop("immediate")
    finally:
        cluster.stop("immediate")
    assert not Path(cluster.socket_dir).exists()


def test_durable_by_default_and_reset_stops_it(folder: Path) -> None:
    cluster = start_cluster(folder / "pg")
    assert setting(cluster.url("postgres"), "fsync") == "on"
    assert clear(folder)
    assert not folder.exists()
    assert not cluster.is_running()
    folder.mkdir()


def test_foreign_files_and_other_versions_are_refused(folder: Path) -> None:
    (folder / "pg").mkdir()
    (folder / "pg" / "letter.txt").touch()
    with pytest.raises(RefusalError, match="不属于数据库"):
        start_cluster(folder / "pg", durable=False)
    (folder / "pg" / "PG_VERSION").write_text("12\n")
    with pytest.raises(RefusalError, match="PostgreSQL 12"):
        start_cluster(folder / "pg", durable=False)


def test_interrupted_first_start(folder: Path) -> None:
    (folder / "pg.new").mkdir()
    (folder / "pg.new" / "PG_VERSION").write_text("18\n")
    cluster = start_cluster(folder / "pg", durable=False)
    try:
        assert cluster.has_database("postgres")
    finally:
        cluster.stop("immediate")


def test_server_that_does_not_start_gives_one_sentence(folder: Path) -> None:
    cluster = start_cluster(folder / "pg", durable=False)
    cluster.stop()
    (cluster.data_dir / "global" / "pg_control").unlink()
    with pytest.raises(RefusalError, match=r"没有启动成功.*server\.log.*reset") as refusal:
        cluster.start()
    assert "\n" not in str(refusal.value)


def test_postgresql_of_the_machine(folder: Path) -> None:
    for bin_dir in find_installed():
        cluster = start_cluster(folder / bin_dir.parent.name, durable=False, bin_dir=bin_dir)
        try:
            version = setting(cluster.url("postgres"), "server_version_num")
            assert int(version) >= 150_000
        finally:
            cluster.stop("immediate")
