"""Looking at the queue."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import text

from app.jobs.permissions import P
from app.kit.context import Ctx


class JobLine(BaseModel):
    id: int
    name: str
    state: str
    attempts: int
    created_at: datetime


class HeartbeatLine(BaseModel):
    name: str
    beat_at: datetime
    seconds_ago: int


_LIST = text(
    """
SELECT id, entrypoint AS name, status::text AS state, attempts,
  created AS created_at
FROM pgqueuer WHERE convert_from(payload, 'UTF8')::jsonb ->> 'district' = :district
ORDER BY id DESC LIMIT :limit
"""
)
_HEARTBEATS = text(
    "SELECT name, beat_at, extract(epoch FROM now() - beat_at)::int AS seconds_ago "
    "FROM heartbeat ORDER BY name"
)


async def list_jobs(ctx: Ctx, limit: int) -> list[JobLine]:
    """What waits, runs or was parked, newest first, of the actor's district only."""
    ctx.require(P.JOB_READ)
    params: dict[str, Any] = {"district": str(ctx.district_id), "limit": limit}
    rows = await ctx.conn.execute(_LIST, params)
    return [JobLine.model_validate(dict(row)) for row in rows.mappings()]


async def list_heartbeats(ctx: Ctx) -> list[HeartbeatLine]:
    """When each background loop was last alive."""
    ctx.require(P.JOB_READ)
    rows = await ctx.conn.execute(_HEARTBEATS)
    return [HeartbeatLine.model_validate(dict(row)) for row in rows.mappings()]
