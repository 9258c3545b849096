"""How long does it take to seal and to verify half a million log entries? (target: verify 60 s)"""

import asyncio
import resource
import time

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.audit.queries import verify_chain
from app.audit.service import seal_entries
from app.kit.db import system_context, transaction
from app.wiring import WIRING
from tests.cast import HERE
from tests.conftest import EMBEDDED, cluster_of

ENTRIES = 500_000
FILL = """
INSERT INTO audit_entry (district_id, id, at, channel, action, object_type, detail)
SELECT :d, gen_random_uuid(), now() - interval '30 days' + n * interval '1 second', 'console',
  'person:read', 'person', '{"role": "class_teacher"}'::jsonb FROM generate_series(1, :n) n
"""


async def measure(url: str) -> tuple[float, float]:
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(text(FILL), {"d": HERE, "n": ENTRIES})
    began = time.monotonic()
    sealed = 1
    while sealed:
        async with system_context(engine, WIRING, HERE) as ctx:
            sealed = await seal_entries(ctx)
    sealing = time.monotonic() - began
    began = time.monotonic()
    async with transaction(engine) as conn:
        verdict = await verify_chain(conn, HERE)
    assert verdict.sealed == ENTRIES
    assert verdict.wrong is None
    await engine.dispose()
    return sealing, time.monotonic() - began


def main() -> None:
    cluster, template = cluster_of(EMBEDDED)
    cluster.drop_database("bench_audit")
    url = cluster.create_database("bench_audit", template=template)
    sealing, verifying = asyncio.run(measure(url))
    cluster.drop_database("bench_audit")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{ENTRIES} entries: sealed in {sealing:.1f} s, verified in {verifying:.1f} s (target 60)"
    )
    print(f"largest memory of this process {memory:.0f} MB")


if __name__ == "__main__":
    main()
