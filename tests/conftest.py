"""What every test may ask for: a database of its own, the application on it, the cast."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.dev.file_lock import exclusive
from app.dev.postgres import Cluster, find_installed, start_cluster
from app.dev.testing import DATA_VARIABLE
from app.kit.settings import Settings
from app.main import create_app
from tests.cast import SECRET_KEY, load_cast
from tests.client import Client

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get(DATA_VARIABLE) or ROOT / ".data" / "tests")
EMBEDDED = "embedded"


def installed_fifteen() -> list[str]:
    """A PostgreSQL 15 found on the machine: what we promise to run on at least."""
    return [str(folder) for folder in find_installed() if "/15/" in f"{folder}/"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `every_postgres` runs on each engine there is."""
    if "every_postgres" in metafunc.fixturenames:
        engines = [EMBEDDED, *installed_fifteen()]
        names = ["pg18", *("pg15" for _ in engines[1:])]
        metafunc.parametrize("every_postgres", engines, ids=names, indirect=True, scope="session")


def _template(cluster: Cluster) -> str:
    """A migrated database with the cast; made once per shape of the migrations."""
    shape = hashlib.sha256()
    for path in sorted((*ROOT.glob("migrations/versions/*.py"), ROOT / "tests" / "cast.py")):
        shape.update(path.read_bytes())
    name = f"template_{shape.hexdigest()[:12]}"
    if not cluster.has_database(name):
        making = f"{name}_making"
        cluster.drop_database(making)
        _fill(cluster.create_database(making))
        cluster.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def _fill(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    try:
        command.upgrade(config, "head")
    finally:
        if before is None:
            del os.environ["DATABASE_URL"]
        else:
            os.environ["DATABASE_URL"] = before

    async def load() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as conn:
            await load_cast(conn)
        await engine.dispose()

    asyncio.run(load())


_clusters: dict[str, tuple[Cluster, str]] = {}


def cluster_of(which: str) -> tuple[Cluster, str]:
    """The running cluster of an engine and its template's name; shared by all test workers."""
    if which not in _clusters:
        DATA.mkdir(parents=True, exist_ok=True)
        folder = "pg18" if which == EMBEDDED else "pg15"
        with exclusive(DATA / f"{folder}.lock", patience=120):
            bin_dir = None if which == EMBEDDED else Path(which)
            cluster = start_cluster(DATA / folder, durable=False, bin_dir=bin_dir)
            _clusters[which] = (cluster, _template(cluster))
    return _clusters[which]


@pytest.fixture(scope="session")
def every_postgres(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh copy of the template, dropped afterwards."""
    which = request.getfixturevalue("every_postgres") if _asks(request) else EMBEDDED
    cluster, template = cluster_of(which)
    name = f"t_{uuid4().hex[:16]}"
    # Files are copied in a fifth of the time that the log of a copy, or starting psql, takes.
    run_sql(cluster, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield cluster.url(name)
    run_sql(cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


def run_sql(cluster: Cluster, sql: str) -> None:
    """One statement as the superuser, over a connection of its own."""

    async def go() -> None:
        conn = await asyncpg.connect(cluster.url("postgres").replace("+asyncpg", ""))
        try:
            await conn.execute(sql)
        finally:
            await conn.close()

    asyncio.run(go())


def _asks(request: pytest.FixtureRequest) -> bool:
    return "every_postgres" in request.fixturenames


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key=SECRET_KEY,
        demo=True,
        wechat_api_base="http://127.0.0.1:9",
        log_level="INFO",
        worker_poll_seconds=0.05,
    )


_idle: dict[str, list[Any]] = {}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Any]:
    """The application on this database. One that a test has left serves the next, as a web process does.

    FastAPI builds each route at its first request; doing that anew for every test took a quarter
    of the suite's time. What a request may find (engine, tokens, accounts) is made at the start.
    """
    alike = _idle.setdefault(settings.model_dump_json(exclude={"database_url"}), [])
    app = alike.pop() if alike else create_app(settings)
    app.state.settings = settings
    async with app.router.lifespan_context(app):
        yield app
    alike.append(app)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Any]:
    async with running(settings) as app:
        yield app


@pytest.fixture
async def client(app: Any) -> AsyncIterator[Client]:
    """Speaks HTTP to the application in this process; a crash is a 500, as for a real client."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Client(http, app.state.engine)
