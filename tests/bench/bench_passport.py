"""What does the passport page of a child with 143 stamps cost with 10^4 and with 10^6 stamps in the
table (target: p99 at most 40 ms, at most 1.3 times), and how fast are all levels computed again
(target: a million stamps in 60 s)?

Two databases, asked by turns in this process. Prints medians, p99, the ratio and the throughput.
`--rows N` makes the large one smaller, to look at the program only.
"""

import argparse
import asyncio
import statistics
import sys
import time

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.kit.db import make_engine, system_context
from app.kit.settings import Settings
from app.passports.service.levels import recompute
from app.passports.service.rule_sets import ensured_rules
from app.wiring import WIRING
from tests.cast import CAST, HERE, SECRET_KEY, UNIT
from tests.conftest import EMBEDDED, cluster_of, running

SMALL, LARGE, EACH, ROUNDS = 10_000, 1_000_000, 143, 300
PAGE_MS, RATIO, SECONDS = 40.0, 1.3, 60.0
FILL = """
SET session_replication_role = replica;
INSERT INTO learning_base (district_id, id, organization_id, name, scene, address, theme)
SELECT {d}, md5('base' || n)::uuid, '{unit}', '基地' || n, 'scene' || n, '', '主题' || n % 7
FROM generate_series(0, 39) n;
INSERT INTO person (district_id, id, name, state)
SELECT {d}, md5('pupil' || n)::uuid, '学生' || n, 'active' FROM generate_series(1, {n} / {each}) n;
INSERT INTO stamp (district_id, id, pupil_id, session_id, base_id, title, base_name, category,
  minutes, evidence, code, awarded_at, counted_at)
SELECT {d}, (lpad(to_hex(n), 12, '0') || '-7000-8000-000000000000')::uuid, p.id,
  md5('session' || n % {each})::uuid, md5('base' || n % 40)::uuid, '体验' || n % 90,
  '基地' || n % 40, (ARRAY['social', 'labour', 'career', 'safety'])[1 + n % 4], 90, 'A',
  'CODE' || n, now() - make_interval(hours => n % 5000), now()
FROM generate_series(0, {n} - 1) n
JOIN LATERAL (SELECT CASE n / {each} WHEN 0 THEN '{child}'::uuid
  ELSE md5('pupil' || n / {each})::uuid END AS id) p ON true;
SET session_replication_role = origin;
ANALYZE"""


async def fill(url: str, rows: int) -> None:
    words = {"d": f"cast('{HERE}' AS uuid)", "n": rows, "each": EACH, "unit": UNIT,
             "child": CAST.xiaonan.id}  # fmt: skip
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        for statement in FILL.format(**words).split(";\n"):
            await conn.exec_driver_sql(statement)
    await engine.dispose()


async def ask(http: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    answer = await http.get("/m/passport")
    spent = time.perf_counter() - began
    assert answer.status_code == 200, answer.text[:300]
    assert f"<dd>{EACH}</dd>" in answer.text
    return spent * 1000


async def pages(urls: dict[int, str]) -> dict[int, list[float]]:
    """By turns, so that the machine's mood hits both alike."""
    spent: dict[int, list[float]] = {rows: [] for rows in urls}
    for rows, url in urls.items():
        await fill(url, rows)
    small, large = (
        Settings(database_url=url, secret_key=SECRET_KEY, demo=True, log_level="ERROR")
        for url in urls.values()
    )
    async with running(small) as one, running(large) as other:
        clients = {}
        for rows, app in zip(urls, (one, other), strict=True):
            clients[rows] = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://bench",
                cookies={"login": CAST.mama.token},
            )
        for number in range(ROUNDS + 10):
            for rows, http in clients.items():
                took = await ask(http)
                if number >= 10:  # warm: statements are planned anew until they are known
                    spent[rows].append(took)
        for http in clients.values():
            await http.aclose()
    return spent


async def recomputed(url: str) -> float:
    """Seconds for all children of the large district under the ladder, written."""
    engine = make_engine(Settings(database_url=url, secret_key=SECRET_KEY, demo=True), "bench")

    def unit() -> object:
        return system_context(engine, WIRING, HERE)

    async with system_context(engine, WIRING, HERE) as ctx:
        rules = {one.key: one.id for one in await ensured_rules(ctx)}
    began, worked = time.perf_counter(), time.process_time()
    await recompute(unit, {"rule_set": str(rules["dream_ladder"])})  # type: ignore[arg-type]
    took = time.perf_counter() - began
    print(f"of which our own processor time {time.process_time() - worked:.1f} s")
    async with engine.connect() as conn:
        levels = (await conn.execute(text("SELECT count(*) FROM level_reached"))).scalar_one()
    assert levels > 0
    await engine.dispose()
    return took


async def measure(urls: dict[int, str]) -> list[str]:
    spent = await pages(urls)
    small, large = (sorted(times) for times in spent.values())
    ratio = statistics.median(large) / statistics.median(small)
    p99 = large[int(len(large) * 0.99)]
    for rows, times in spent.items():
        print(f"{rows:>9} stamps: median {statistics.median(times):.1f} ms")
    print(f"p99 of the large one {p99:.1f} ms, ratio {ratio:.2f}")
    rows, url = list(urls.items())[-1]
    took = await recomputed(url)
    million = took * LARGE / rows
    print(
        f"levels of {rows} stamps in {took:.1f} s: {rows / took:.0f} stamps/s, {million:.0f} s a million"
    )
    beyond = {"p99": p99 > PAGE_MS, "ratio": ratio > RATIO, "recompute": million > SECONDS}
    return [name for name, bad in beyond.items() if bad]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=LARGE)
    large = parser.parse_args().rows
    cluster, template = cluster_of(EMBEDDED)
    names = ("bench_passport_small", "bench_passport_large")
    for name in names:
        cluster.drop_database(name)
    urls = [cluster.create_database(name, template=template) for name in names]
    beyond = asyncio.run(measure(dict(zip((SMALL, large), urls, strict=True))))
    for name in names:
        cluster.drop_database(name)
    print(f"targets: p99 {PAGE_MS} ms, {RATIO}x, {SECONDS:.0f} s a million")
    if beyond:
        sys.exit(f"beyond: {', '.join(beyond)}")


if __name__ == "__main__":
    main()
