"""The least a server can do about a booking: one statement, no rights, no log, no message.

What the product's figures are compared with; started by `bench_booking` alone.
"""

import os
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

TAKE = """
WITH taken AS (
  UPDATE seat SET booking_id = $1 WHERE district_id = $2 AND id = (
    SELECT id FROM seat WHERE district_id = $2 AND session_id = $3 AND booking_id IS NULL
    LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id)
INSERT INTO booking (district_id, id, session_id, pupil_id, state, seat_id)
SELECT $2, $1, $3, $4, CASE WHEN taken.id IS NULL THEN 'waitlisted' ELSE 'confirmed' END, taken.id
FROM (SELECT 1) one LEFT JOIN taken ON true RETURNING state
"""


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

    @app.post("/v1/bookings", status_code=201)
    async def book(body: Press) -> dict[str, str]:
        values = (uuid4(), district, body.session_id, body.pupil_id)
        return {"state": await app.state.pool.fetchval(TAKE, *values)}

    return app
