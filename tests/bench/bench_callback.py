"""Is a callback acknowledged while the worker is sending? 50 a second, AES, each sent twice.

Starts the whole system, fills the queue with deliveries, and pushes text messages
at an even pace; prints p50, p99 and max of the acknowledgement.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.dev.postgres import find_running
from tests.flows.system import System, started
from wechat.crypto import Cipher, signature

A_SECOND, SECONDS, DELIVERIES = 50, 20, 3000
FILL = """
WITH g AS (SELECT district_id, guardian_id FROM guardianship ORDER BY id LIMIT :n),
n AS (INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  SELECT district_id, gen_random_uuid(), guardian_id, 'arrived', 'bench:' || row_number() OVER (),
    '{"pupil": "小南", "title": "测", "place": "测", "time": "2026年1月1日 10:00"}'::jsonb FROM g
  RETURNING district_id, id)
INSERT INTO delivery (district_id, id, notification_id, channel, state)
SELECT district_id, gen_random_uuid(), id, 'wechat', 'pending' FROM n
"""


async def fill_queue(system: System) -> None:
    cluster = find_running(system.folder / "pg")
    assert cluster is not None
    engine = create_async_engine(cluster.url("wuchuang"))
    async with engine.begin() as conn:
        await conn.execute(text(FILL), {"n": DELIVERIES})
    await engine.dispose()


async def push(http: httpx.AsyncClient, demo: dict[str, str], body: str) -> float:
    encrypted = Cipher(demo["aes_key"], demo["appid"]).encrypt(body)
    stamp, nonce = str(int(time.time())), "bench"
    query = {
        "timestamp": stamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "signature": signature(demo["token"], stamp, nonce),
        "msg_signature": signature(demo["token"], stamp, nonce, encrypted),
    }
    began = time.perf_counter()
    envelope = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"
    answer = await http.post(demo["callback_url"], params=query, content=envelope)
    answer.raise_for_status()
    return time.perf_counter() - began


async def measure(system: System) -> list[float]:
    demo, openid = system.demo["wechat"], system.demo["phones"][0]["openid"]
    await fill_queue(system)
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=10) as http:

        async def twice(number: int, due: float) -> list[float]:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            body = (
                f"<xml><ToUserName>gh</ToUserName><FromUserName>{openid}</FromUserName>"
                f"<CreateTime>{int(time.time())}</CreateTime><MsgType>text</MsgType>"
                f"<Content>帮助</Content><MsgId>{number}</MsgId></xml>"
            )
            return [await push(http, demo, body), await push(http, demo, body)]

        began, base = time.monotonic(), time.time_ns()
        pushes = [
            twice(base + number, began + number / A_SECOND) for number in range(A_SECOND * SECONDS)
        ]
        return [spent for pair in await asyncio.gather(*pushes) for spent in pair]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, started(Path(folder) / "d") as system:
        spent = sorted(asyncio.run(measure(system)))
    p99 = spent[int(len(spent) * 0.99)]
    print(
        f"{len(spent)} callbacks beside {DELIVERIES} deliveries: "
        f"p50 {statistics.median(spent) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
        f"max {spent[-1] * 1000:.0f} ms   (target p99 300)"
    )


if __name__ == "__main__":
    main()
