"""How many calls of an API are left today? What the platform said last, and what was called since.

Where few are left, or nobody knows how many, all processes take turns at calling.
"""

from collections.abc import Mapping
from enum import Enum, auto
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.kinds import Way

TURN_SECONDS = 30  # longer than a call takes, also one with a new token
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
_OF_KEY = "district_id = :district AND appid = :appid AND path = :path"
_ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(concat('call:', cast(:appid AS text), "
    "cast(:path AS text)), 0))"
)
# In one snapshot: whoever sees that a refused call's turn is over also sees that it stopped the way.
_TAKE = text(
    f"""
WITH over AS (DELETE FROM call_turn WHERE {_OF_KEY} AND until < now()),
stopped AS (
  SELECT FROM channel_stop WHERE district_id = :district AND way = :way AND kind = ''
    AND lifted_at IS NULL AND (until IS NULL OR until > now())),
taken AS (
  INSERT INTO call_turn (district_id, appid, path, holder, until)
  SELECT :district, :appid, :path, :holder, now() + interval '{TURN_SECONDS} seconds'
  WHERE NOT EXISTS (SELECT FROM stopped)
    AND (SELECT count(*) FROM call_turn WHERE {_OF_KEY} AND until >= now()) < :most
  RETURNING holder)
SELECT EXISTS (SELECT FROM stopped) AS is_stopped, EXISTS (SELECT FROM taken) AS is_mine
"""  # noqa: S608 - own constants only
)
_END = text(f"DELETE FROM call_turn WHERE {_OF_KEY} AND holder = :holder")  # noqa: S608
Key = tuple[UUID, str, str]  # district, appid, path


class Turn(Enum):
    """May this call be made now? `STOPPED`: the way was stopped meanwhile."""

    MINE = auto()
    OTHERS = auto()
    STOPPED = auto()


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
    await conn.execute(_LEARN, {**_params(key), "limit": limit, "used": used})


async def take_turn(conn: AsyncConnection, key: Key, way: Way, holder: UUID, most: int) -> Turn:
    """One of at most so many calls at once in all processes, until it is ended or its time is over."""
    params = {**_params(key), "holder": holder, "way": way.value, "most": most}
    await conn.execute(_ALONE, params)
    row = (await conn.execute(_TAKE, params)).one()
    if row.is_stopped:
        return Turn.STOPPED
    return Turn.MINE if row.is_mine else Turn.OTHERS


async def end_turn(conn: AsyncConnection, key: Key, holder: UUID) -> None:
    """In the transaction that stops the way, if the platform said so: the next one sees it."""
    await conn.execute(_END, {**_params(key), "holder": holder})


def _params(key: Key) -> dict[str, object]:
    district, appid, path = key
    return {"district": district, "appid": appid, "path": path}
