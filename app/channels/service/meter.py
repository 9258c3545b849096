"""How many calls of an API are left today? What the platform said last, and what was called since."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TODAY = (
    "(q.read_at AT TIME ZONE 'Asia/Shanghai')::date = (now() AT TIME ZONE 'Asia/Shanghai')::date"
)
_LEFT = text(
    f"SELECT district_id, appid, path, daily_limit - used AS left FROM api_quota q WHERE {_TODAY}"  # noqa: S608 - own constants only
)
_COUNT = text(
    f"""
UPDATE api_quota q SET used = q.used + v.n
FROM unnest(cast(:districts AS uuid[]), cast(:appids AS text[]), cast(:paths AS text[]),
  cast(:numbers AS int[])) AS v(district_id, appid, path, n)
WHERE q.district_id = v.district_id AND q.appid = v.appid AND q.path = v.path AND {_TODAY}
"""  # noqa: S608 - own constants only
)
_LEARN = text(
    """
INSERT INTO api_quota (district_id, appid, path, daily_limit, used)
VALUES (:district, :appid, :path, :limit, :used)
ON CONFLICT (district_id, appid, path) DO UPDATE
SET daily_limit = excluded.daily_limit, used = excluded.used, read_at = now()
"""
)
Key = tuple[UUID, str, str]  # district, appid, path


async def calls_left(conn: AsyncConnection) -> dict[Key, int]:
    """Of every API whose meter was read today; what is missing is not known."""
    rows = await conn.execute(_LEFT)
    return {(row.district_id, row.appid, row.path): row.left for row in rows}


async def count_calls(conn: AsyncConnection, made: Mapping[Key, int]) -> None:
    """Calls made since the meter was read; without one nothing is counted."""
    if made:
        keys = sorted(made)
        params = {
            "districts": [key[0] for key in keys],
            "appids": [key[1] for key in keys],
            "paths": [key[2] for key in keys],
            "numbers": [made[key] for key in keys],
        }
        await conn.execute(_COUNT, params)


async def learn_meter(conn: AsyncConnection, key: Key, limit: int, used: int) -> None:
    """What the platform says now."""
    district, appid, path = key
    params = {"district": district, "appid": appid, "path": path, "limit": limit, "used": used}
    await conn.execute(_LEARN, params)
