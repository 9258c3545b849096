"""A worked-in database, an empty one beside it, and settings that write into a folder of the test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.kit.db import system_context
from app.kit.settings import Settings
from app.wiring import JOBS, WIRING
from tests.bookings.race import add_families
from tests.cast import HERE, add_session
from tests.conftest import EMBEDDED, cluster_of

KEY = "sixteen-or-more-characters"
LOG = """
INSERT INTO audit_entry (district_id, id, at, channel, action, object_type)
SELECT :d, gen_random_uuid(), now() - interval '2 days' + n * interval '1 second', 'test',
  'person:read', 'person' FROM generate_series(1, 300) n
"""
BOOK = """
WITH pupils AS (SELECT DISTINCT pupil_id FROM enrollment WHERE district_id = :d)
INSERT INTO booking (district_id, id, session_id, pupil_id, state)
SELECT :d, gen_random_uuid(), :s, pupil_id, 'waitlisted' FROM pupils
"""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_url, poolclass=NullPool)
    yield engine
    await engine.dispose()


async def run(engine: AsyncEngine, sql: str, **params: Any) -> list[Any]:
    async with engine.begin() as conn:
        result = await conn.execute(text(sql), params)
        return list(result.all()) if result.returns_rows else []


@pytest.fixture
async def worked(engine: AsyncEngine) -> AsyncEngine:
    """Bookings with their own numbering, and a sealed audit log."""
    async with engine.begin() as conn:
        session_id = await add_session(conn, seats=20)
    await add_families(engine, 50)
    await run(engine, BOOK, d=HERE, s=session_id)
    await run(engine, LOG, d=HERE)
    job = next(job for job in JOBS if job.name == "audit.seal")
    await job.run(lambda: system_context(engine, WIRING, HERE), {})
    return engine


@pytest.fixture
def keeping(settings: Settings, tmp_path: Path) -> Settings:
    """An encrypted installation whose backups lie in the test's own folder."""
    return settings.model_copy(
        update={"backup_dir": tmp_path / "backups", "backup_key": SecretStr(KEY)}
    )


@pytest.fixture
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without a single table, on the same engine as `database_url`."""
    asked = "every_postgres" in request.fixturenames
    which = request.getfixturevalue("every_postgres") if asked else EMBEDDED
    cluster, _ = cluster_of(which)
    name = f"t_{uuid4().hex[:16]}"
    yield cluster.create_database(name)
    cluster.drop_database(name)
