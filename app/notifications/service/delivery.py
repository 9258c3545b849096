"""Getting pending deliveries out: claim, send with no transaction open, record in bulk.

A lease of 60 seconds covers a killed worker. The platform remembers a
`client_msg_id` for ten minutes; an attempt with unknown outcome older than nine
becomes 待核实 and is never sent again by itself.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.context import Ctx
from app.kit.db import AnyRow, transaction
from app.kit.errors import Forbidden, NotFound
from app.kit.metrics import DELIVERIES
from app.notifications.kinds import DeliveryState
from app.notifications.permissions import P
from app.notifications.ports import Channel, Message, Verdict

log = structlog.get_logger()

BATCH = 100
LEASE_SECONDS = 60
UNKNOWN_AFTER_MINUTES = 9
MOST_ATTEMPTS = 30  # with pauses doubling up to ten minutes: four hours of a dead platform
LONGEST_PAUSE_SECONDS = 600.0

_GIVE_UP = text(
    f"""
UPDATE delivery SET state = 'unknown', reason = 'outcome_unknown', settled_at = now()
WHERE (state = 'pending' OR (state = 'leased' AND lease_until < now()))
  AND first_attempt_at < now() - interval '{UNKNOWN_AFTER_MINUTES} minutes'
"""  # noqa: S608 - own constants only
)
_CLAIM = text(
    f"""
WITH due AS (
  SELECT district_id, id FROM delivery
  WHERE state IN ('pending', 'leased') AND due_at <= now()
    AND (state = 'pending' OR (lease_until < now()
      AND first_attempt_at >= now() - interval '{UNKNOWN_AFTER_MINUTES} minutes'))
  ORDER BY due_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE delivery d SET state = 'leased', attempts = attempts + 1,
    lease_until = now() + interval '{LEASE_SECONDS} seconds',
    first_attempt_at = coalesce(first_attempt_at, now())
  FROM due WHERE d.district_id = due.district_id AND d.id = due.id
  RETURNING d.district_id, d.id, d.notification_id, d.attempts)
SELECT c.district_id, c.id, c.attempts, n.kind, n.fields,
  (SELECT i.subject FROM identity i WHERE i.district_id = c.district_id
     AND i.person_id = n.person_id AND i.kind = 'service_account'
   ORDER BY i.created_at DESC LIMIT 1) AS address
FROM claimed c
JOIN notification n ON n.district_id = c.district_id AND n.id = c.notification_id
"""  # noqa: S608 - own constants only
)
# `settled_at` guards a late verdict: what a job-finish push has settled meanwhile stays.
# A certain failure makes the next attempt the first one, unless an earlier one left a doubt.
_RECORD = text(
    f"""
UPDATE delivery d SET state = v.state, reason = v.reason, platform_id = v.platform_id,
  lease_until = NULL, due_at = now() + make_interval(secs => v.retry_in),
  settled_at = CASE WHEN v.state = 'pending' THEN NULL ELSE now() END,
  first_attempt_at = CASE WHEN v.state = 'pending' AND v.known
    AND d.first_attempt_at = d.lease_until - interval '{LEASE_SECONDS} seconds'
    THEN NULL ELSE d.first_attempt_at END
FROM unnest(cast(:districts AS uuid[]), cast(:ids AS uuid[]), cast(:states AS text[]),
  cast(:reasons AS text[]), cast(:platform_ids AS text[]), cast(:retries AS float8[]),
  cast(:known AS bool[]))
  AS v(district_id, id, state, reason, platform_id, retry_in, known)
WHERE d.district_id = v.district_id AND d.id = v.id AND d.state = 'leased'
"""  # noqa: S608 - own constants only
)
# A report may overtake the record of the sending it is about; then it waits for the next round.
_CONFIRM = text(
    """
WITH told AS (
  UPDATE delivery SET state = :state, reason = :reason, settled_at = now()
  WHERE district_id = :district AND platform_id = :platform_id AND state = 'sent' RETURNING id)
INSERT INTO early_report (district_id, platform_id, state, reason)
SELECT :district, :platform_id, :state, :reason WHERE NOT EXISTS (SELECT 1 FROM told)
ON CONFLICT DO NOTHING
"""
)
_MATCH_EARLY = text(
    """
WITH used AS (
  DELETE FROM early_report r USING delivery d
  WHERE d.district_id = r.district_id AND d.platform_id = r.platform_id AND d.state = 'sent'
  RETURNING r.district_id, d.id, r.state, r.reason)
UPDATE delivery d SET state = used.state, reason = used.reason, settled_at = now()
FROM used WHERE d.district_id = used.district_id AND d.id = used.id
"""
)
_FORGET_EARLY = text(
    "DELETE FROM early_report WHERE district_id = :district AND at < now() - interval '1 day'"
)
_RETRY = text(
    """
UPDATE delivery SET state = 'pending', due_at = now(), attempts = 0, first_attempt_at = NULL,
  reason = NULL, settled_at = NULL
WHERE district_id = :district AND id = :id AND state IN ('failed', 'unknown', 'not_following')
RETURNING id
"""
)


@dataclass(frozen=True)
class Settled:
    district_id: UUID
    delivery_id: UUID
    verdict: Verdict


async def deliver_due(engine: AsyncEngine, channel: Channel) -> int:
    """One round: at most a hundred messages; says how many were claimed."""
    async with transaction(engine) as conn:
        await conn.execute(_GIVE_UP)
        await conn.execute(_MATCH_EARLY)
        rows = (await conn.execute(_CLAIM)).all()
    if not rows:
        return 0
    settled = await asyncio.gather(*(_send_one(channel, row) for row in rows))
    async with transaction(engine) as conn:
        await conn.execute(_RECORD, _columns(settled))
    for item in settled:
        DELIVERIES.labels(item.verdict.state).inc()
    return len(rows)


async def _send_one(channel: Channel, row: AnyRow) -> Settled:
    if row.address is None:
        verdict = Verdict(DeliveryState.NOT_FOLLOWING, "no_wechat")
        return Settled(row.district_id, row.id, verdict)
    message = Message(row.id, row.district_id, row.address, row.kind, row.fields)
    try:
        verdict = await channel.send(message)
    except Exception as exc:
        log.error("send_crashed", error=type(exc).__name__, exc_info=exc)
        verdict = Verdict(DeliveryState.FAILED, "internal_error")
    return Settled(row.district_id, row.id, _with_patience(verdict, row.attempts))


def _with_patience(verdict: Verdict, attempts: int) -> Verdict:
    """Wait twice as long after each failed attempt; after thirty, give up with the reason."""
    if verdict.state is not DeliveryState.PENDING:
        return verdict
    if attempts >= MOST_ATTEMPTS:
        return Verdict(DeliveryState.FAILED, verdict.reason)
    pause = (verdict.retry_in_seconds or 1.0) * 2.0 ** min(attempts - 1, 10)
    longest = max(LONGEST_PAUSE_SECONDS, verdict.retry_in_seconds or 0.0)
    return replace(verdict, retry_in_seconds=min(pause, longest))


def _columns(settled: Iterable[Settled]) -> dict[str, list[Any]]:
    items = list(settled)
    return {
        "districts": [item.district_id for item in items],
        "ids": [item.delivery_id for item in items],
        "states": [item.verdict.state.value for item in items],
        "reasons": [item.verdict.reason for item in items],
        "platform_ids": [item.verdict.platform_id for item in items],
        "retries": [item.verdict.retry_in_seconds or 0.0 for item in items],
        "known": [item.verdict.reason != "no_answer" for item in items],
    }


async def confirm_delivery(ctx: Ctx, platform_id: str, *, arrived: bool, reason: str) -> None:
    """The platform's job-finish push: 送达, or 拒收 with its reason."""
    state = DeliveryState.DELIVERED if arrived else DeliveryState.REFUSED
    params = {
        "district": ctx.district_id,
        "platform_id": platform_id[:40],
        "state": state,
        "reason": None if arrived else reason[:120],
    }
    await ctx.conn.execute(_CONFIRM, params)


async def retry_delivery(ctx: Ctx, delivery_id: UUID) -> None:
    """Send again what a person has looked at: failed, unknown or not following."""
    if not ctx.require(P.DELIVERY_RETRY).district:
        raise Forbidden
    params = {"district": ctx.district_id, "id": delivery_id}
    if (await ctx.conn.execute(_RETRY, params)).first() is None:
        raise NotFound


async def forget_early_reports(ctx: Ctx) -> None:
    """Drop the reports of a day ago that matched no message of ours."""
    await ctx.conn.execute(_FORGET_EARLY, {"district": ctx.district_id})
