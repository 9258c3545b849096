"""The least a server can do: a booking, a scan or a push in one statement, no rights, no log, no message.

What the product's figures are compared with; started by the benches alone.
"""

import os
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from tests.cast import ACCOUNT, AES_KEY, APPID, TOKEN
from wechat.crypto import Cipher, signature
from wechat.events import parse

TAKE = """
WITH taken AS (
  UPDATE seat SET booking_id = $1 WHERE district_id = $2 AND id = (
    SELECT id FROM seat WHERE district_id = $2 AND session_id = $3 AND booking_id IS NULL
    LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id)
INSERT INTO booking (district_id, id, session_id, pupil_id, state, seat_id)
SELECT $2, $1, $3, $4, CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id
FROM (SELECT 1) one LEFT JOIN taken ON true RETURNING state
"""


# As little as a check-in can be: the ledger line, the attendance and the stamp in one statement.
STAMP = """
WITH card AS (SELECT p.pupil_id, b.id AS booking_id, b.session_id, s.base_id
  FROM passport p JOIN booking b ON b.district_id = p.district_id AND b.pupil_id = p.pupil_id
  JOIN session s ON s.district_id = b.district_id AND s.id = b.session_id AND s.state = 'planned'
  WHERE p.district_id = $1 AND p.scene = $2 LIMIT 1),
line AS (INSERT INTO scan (district_id, id, session_id, pupil_id, way, accepted, scanned_at)
  SELECT $1, gen_random_uuid(), session_id, pupil_id, 'card', true, now() FROM card RETURNING id),
came AS (INSERT INTO attendance (district_id, id, session_id, pupil_id, booking_id, scan_id,
    evidence, arrived_at)
  SELECT $1, gen_random_uuid(), session_id, pupil_id, booking_id, line.id, 'A', now()
  FROM card, line ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO stamp (district_id, id, pupil_id, session_id, attendance_id, base_id, title, base_name,
  category, minutes, evidence, code, awarded_at)
SELECT $1, gen_random_uuid(), pupil_id, session_id, came.id, base_id, '', '', 'none', 0, 'A',
  substr(md5(random()::text), 1, 16), now() FROM card, came RETURNING id
"""


# As little as a callback can be: stored once.
KEEP = """
INSERT INTO inbound_push (district_id, account, dedupe_key, event, raw)
VALUES ($1, 'thin', $2, 'text', $3) ON CONFLICT DO NOTHING
"""
HELLO = "<xml><ToUserName>{}</ToUserName><MsgType>text</MsgType><Content>{}</Content></xml>"


class Card(BaseModel):
    scene: str


class Press(BaseModel):
    session_id: UUID
    pupil_id: UUID


def create_thin_app() -> FastAPI:
    district = UUID(os.environ["BENCH_DISTRICT"])

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        url = os.environ["DATABASE_URL"].replace("+asyncpg", "")
        app.state.pool = await asyncpg.create_pool(url, min_size=10, max_size=10)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/readyz")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post(f"/wechat/callback/{ACCOUNT}")
    async def push(request: Request, timestamp: str, nonce: str, msg_signature: str) -> Response:
        body = await request.body()
        encrypted = parse(body.decode()).text("Encrypt")
        if signature(TOKEN, timestamp, nonce, encrypted) != msg_signature:
            return Response("forbidden", 403)
        cipher = Cipher(AES_KEY, APPID)
        said = parse(cipher.decrypt(encrypted))
        await app.state.pool.execute(KEEP, district, said.dedupe_key(), body)
        sealed = cipher.encrypt(HELLO.format(said.openid, "您可以这样用" * 20))
        signed = signature(TOKEN, timestamp, nonce, sealed)
        answer = f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signed}</MsgSignature>"
        answer += f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{nonce}</Nonce></xml>"
        return Response(answer, media_type="text/xml")

    @app.post("/v1/scans")
    async def scan(body: Card) -> dict[str, bool]:
        return {"accepted": bool(await app.state.pool.fetchval(STAMP, district, body.scene))}

    @app.post("/v1/bookings", status_code=201)
    async def book(body: Press) -> dict[str, str]:
        values = (uuid4(), district, body.session_id, body.pupil_id)
        return {"state": await app.state.pool.fetchval(TAKE, *values)}

    @app.post("/m/sessions/{session_id}/book", status_code=303)
    async def book_on_page(session_id: UUID, request: Request) -> None:
        form = await request.form()
        values = (uuid4(), district, session_id, UUID(str(form["pupil_id"])))
        await app.state.pool.fetchval(TAKE, *values)

    return app
