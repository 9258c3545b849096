"""How is an account? Token, last call, last refusal, last callback, what is left of its quotas."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.kinds import ItemKind
from app.channels.models import ChannelAccount
from app.channels.permissions import P
from app.channels.service.meter import learn_meter
from app.channels.service.operations import note
from app.kit.context import Ctx

WARN_SHARE = 0.8
_KEEP = text(
    """
INSERT INTO account_health (district_id, appid, called_at, refused_at, errcode, path, rid,
  token_fetched_at, token_expires_at)
SELECT :district, :appid, now(), CASE WHEN cast(:errcode AS int) IS NOT NULL THEN now() END,
  :errcode, :path, :rid, t.fetched_at, t.expires_at
FROM (SELECT 1) AS one LEFT JOIN access_token t ON t.appid = :appid
ON CONFLICT (district_id, appid) DO UPDATE SET called_at = now(),
  token_fetched_at = excluded.token_fetched_at, token_expires_at = excluded.token_expires_at,
  refused_at = coalesce(excluded.refused_at, account_health.refused_at),
  errcode = coalesce(excluded.errcode, account_health.errcode),
  path = coalesce(excluded.path, account_health.path),
  rid = CASE WHEN excluded.refused_at IS NULL THEN account_health.rid ELSE excluded.rid END
"""
)
_HEALTH = text(
    """
SELECT a.id, h.token_fetched_at, h.token_expires_at, h.called_at, h.refused_at, h.errcode, h.path, h.rid,
  (SELECT max(received_at) FROM inbound_push p
   WHERE p.district_id = a.district_id AND p.account = a.name) AS pushed_at
FROM channel_account a
LEFT JOIN account_health h ON h.district_id = a.district_id AND h.appid = a.appid
WHERE a.district_id = :district
"""
)
_QUOTAS = text(
    "SELECT appid, path, daily_limit, used, read_at FROM api_quota WHERE district_id = :district "
    "ORDER BY appid, used::float8 / greatest(daily_limit, 1) DESC"
)


@dataclass(frozen=True)
class Pulse:
    """What an account's last call was, and its last refusal since the last time we kept it."""

    district_id: UUID
    appid: str
    errcode: int | None = None
    path: str | None = None
    rid: str | None = None


@dataclass(frozen=True)
class Health:
    account: ChannelAccount
    token_fetched_at: datetime | None
    token_expires_at: datetime | None
    called_at: datetime | None
    refused_at: datetime | None
    errcode: int | None
    path: str | None
    rid: str | None
    pushed_at: datetime | None
    quotas: list[Any]


async def keep_pulse(conn: AsyncConnection, pulse: Pulse) -> None:
    """Remember the last call, and the last refusal where there was one."""
    params = {
        "district": pulse.district_id,
        "appid": pulse.appid,
        "errcode": pulse.errcode,
        "path": pulse.path,
        "rid": pulse.rid,
    }
    await conn.execute(_KEEP, params)


async def keep_quota(ctx: Ctx, appid: str, path: str, limit: int, used: int) -> None:
    """What the platform says is used; from 80 % on a person is told, once a subject."""
    await learn_meter(ctx.conn, (ctx.district_id, appid, path), limit, used)
    if limit > 0 and used >= limit * WARN_SHARE:
        detail = f"{path} 今天已用 {used} 次，上限 {limit} 次"
        await note(ctx.conn, ctx.district_id, ItemKind.QUOTA_LOW, path, detail)


async def account_health(ctx: Ctx) -> list[Health]:
    """Each account of the district with all that can be said about it; secrets never leave."""
    ctx.require(P.CHANNEL_READ)
    stmt = select(ChannelAccount).where(ChannelAccount.district_id == ctx.district_id)
    accounts = {row.id: row for row in (await ctx.db.execute(stmt)).scalars()}
    params = {"district": ctx.district_id}
    quotas = (await ctx.conn.execute(_QUOTAS, params)).all()
    rows = (await ctx.conn.execute(_HEALTH, params)).all()
    return [
        Health(
            accounts[row.id],
            row.token_fetched_at,
            row.token_expires_at,
            row.called_at,
            row.refused_at,
            row.errcode,
            row.path,
            row.rid,
            row.pushed_at,
            [one for one in quotas if one.appid == accounts[row.id].appid],
        )
        for row in rows
        if row.id in accounts
    ]
