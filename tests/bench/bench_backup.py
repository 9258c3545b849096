"""How long do backup and restore of a 100 MB database take? (target: by a person in 30 minutes)"""

import asyncio
import resource
import tempfile
import time
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.kit.settings import Settings
from app.upkeep.service.backup import write_backup
from app.upkeep.service.restore import restore_backup
from tests.cast import CLASS_3, HERE, SECRET_KEY, add_session
from tests.conftest import EMBEDDED, cluster_of

PUPILS, SESSIONS, ENTRIES = 28_000, 3, 180_000
PEOPLE = """
WITH born AS (INSERT INTO person (district_id, id, name, state)
  SELECT :d, gen_random_uuid(), '学生' || n, 'active' FROM generate_series(1, :n) n RETURNING id)
INSERT INTO enrollment (district_id, id, pupil_id, class_id, student_no, starts_on)
SELECT :d, gen_random_uuid(), id, :c, left(replace(id::text, '-', ''), 20), '2026-09-01' FROM born
"""
BOOK = """
INSERT INTO booking (district_id, id, session_id, pupil_id, state)
SELECT :d, gen_random_uuid(), :s, pupil_id, 'waitlisted' FROM enrollment WHERE district_id = :d
"""
LOG = """
INSERT INTO audit_entry (district_id, id, at, channel, action, object_type, detail)
SELECT :d, gen_random_uuid(), now() - interval '30 days' + n * interval '1 second', 'console',
  'person:read', 'person', '{"role": "class_teacher"}'::jsonb FROM generate_series(1, :n) n
"""


async def fill(url: str) -> int:
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(text(PEOPLE), {"d": HERE, "n": PUPILS, "c": CLASS_3})
        for _ in range(SESSIONS):
            session_id = await add_session(conn, seats=1)
            await conn.execute(text(BOOK), {"d": HERE, "s": session_id})
        await conn.execute(text(LOG), {"d": HERE, "n": ENTRIES})
        size = await conn.execute(text("SELECT pg_database_size(current_database())"))
        found = int(size.scalar_one())
    await engine.dispose()
    return found


async def measure(url: str, empty: str, folder: Path, key: str) -> tuple[float, float, int, int]:
    settings = Settings(
        database_url=url,
        secret_key=SecretStr(SECRET_KEY),
        demo=True,
        backup_dir=folder,
        backup_key=SecretStr(key),
    )
    began = time.monotonic()
    path, manifest = await write_backup(settings)
    writing = time.monotonic() - began
    began = time.monotonic()
    await restore_backup(empty, path, key or None)
    return writing, time.monotonic() - began, path.stat().st_size, manifest.rows


def main() -> None:
    cluster, template = cluster_of(EMBEDDED)
    for name in ("bench_backup", "bench_restore"):
        cluster.drop_database(name)
    url = cluster.create_database("bench_backup", template=template)
    size = asyncio.run(fill(url))
    print(f"database {size / 1e6:.0f} MB")
    for word, key in (("plain", ""), ("encrypted", "sixteen-or-more-characters")):
        empty = cluster.create_database("bench_restore")
        with tempfile.TemporaryDirectory() as folder:
            writing, restoring, length, rows = asyncio.run(measure(url, empty, Path(folder), key))
        print(
            f"{word}: {rows} rows written in {writing:.1f} s ({length / 1e6:.1f} MB), "
            f"restored and compared in {restoring:.1f} s"
        )
        cluster.drop_database("bench_restore")
    cluster.drop_database("bench_backup")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory of this process {memory:.0f} MB")


if __name__ == "__main__":
    main()
