"""Getting pending deliveries out: claim, send with no transaction open, record in bulk.

A lease of 60 seconds covers a killed worker. The platform remembers a
`client_msg_id` for ten minutes; an attempt with unknown outcome older than nine
becomes 待核实 and is never sent again by itself.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.channels.kinds import ONCE, Way
from app.channels.service.operations import note
from app.channels.service.stops import stop_way
from app.channels.service.windows import CLOSED, use_windows
from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.errors import Forbidden, NotFound
from app.kit.ids import new_id
from app.kit.metrics import DELIVERIES
from app.notifications.kinds import KINDS, URGENT, DeliveryState, Kind
from app.notifications.permissions import P
from app.notifications.ports import Channel, Halt, Verdict
from app.notifications.rules import Quiet
from app.notifications.service.claiming import LEASE_SECONDS, Outgoing, choose, claim
from app.notifications.service.grants import give_back, void_taps

log = structlog.get_logger()

AT_ONCE = 20  # as many as the platform's client has connections
MOST_ATTEMPTS = 30  # with pauses doubling up to ten minutes: four hours of a dead platform
LONGEST_PAUSE_SECONDS = 600.0

# `settled_at` guards a late verdict: what a job-finish push has settled meanwhile stays.
# A certain failure makes the next attempt the first one, unless an earlier one left a doubt.
_RECORD = text(
    f"""
UPDATE delivery d SET state = v.state, reason = v.reason, platform_id = v.platform_id,
  channel = v.way, rid = v.rid,
  lease_until = NULL, due_at = now() + make_interval(secs => v.retry_in),
  settled_at = CASE WHEN v.state = 'pending' THEN NULL ELSE now() END,
  first_attempt_at = CASE WHEN v.state = 'pending' AND v.known
    AND d.first_attempt_at = d.lease_until - interval '{LEASE_SECONDS} seconds'
    THEN NULL ELSE d.first_attempt_at END
FROM unnest(cast(:districts AS uuid[]), cast(:ids AS uuid[]), cast(:states AS text[]),
  cast(:reasons AS text[]), cast(:platform_ids AS text[]), cast(:retries AS float8[]),
  cast(:known AS bool[]), cast(:ways AS text[]), cast(:rids AS text[]))
  AS v(district_id, id, state, reason, platform_id, retry_in, known, way, rid)
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
# `now()` is the transaction's: only what this very transaction has written.
_IN_REPLY = text(
    """
UPDATE delivery d SET state = 'sent', channel = 'reply', settled_at = now()
FROM notification n
WHERE n.district_id = :district AND n.person_id = :person AND n.created_at = now()
  AND n.kind = ANY(cast(:kinds AS text[]))
  AND d.district_id = n.district_id AND d.notification_id = n.id AND d.state = 'pending'
"""
)
_FORGET_EARLY = text(
    "DELETE FROM early_report WHERE district_id = :district AND at < now() - interval '1 day'"
)
_RETRY = text(
    """
UPDATE delivery SET state = 'pending', due_at = now(), attempts = 0, first_attempt_at = NULL,
  reason = NULL, settled_at = NULL, rid = NULL, channel = 'wechat'
WHERE district_id = :district AND id = :id AND state IN ('failed', 'unknown', 'not_following')
RETURNING id
"""
)


async def deliver_due(engine: AsyncEngine, channel: Channel, quiet: Quiet | None = None) -> int:
    """One round: at most a hundred messages; says how many were claimed.

    What one way refuses takes the next in the same round, noted before it is sent.
    """
    async with transaction(engine) as conn:
        await conn.execute(_MATCH_EARLY)
        todo = await claim(conn, channel, quiet)
    claimed, done, round_ = len(todo), list[Outgoing](), _Round(channel)
    while todo:
        sent = await asyncio.gather(*(_send_one(round_, one) for one in todo))
        fallen = [one for one in sent if one.verdict is not None and one.verdict.falls]
        done += [one for one in sent if one not in fallen]
        todo = []
        if fallen:
            async with transaction(engine) as conn:
                await _note_consequences(conn, fallen)
                todo = await choose(conn, fallen, after=None)
    if done:
        async with transaction(engine) as conn:
            await conn.execute(_RECORD, _columns(done))
            await _note_consequences(conn, done)
            await _settle_windows(conn, done)
    for one in done:
        DELIVERIES.labels(_verdict(one).state).inc()
    return claimed


def _verdict(one: Outgoing) -> Verdict:
    if one.verdict is None:
        raise Unsettled
    return one.verdict


class _Round:
    """What is in flight at once, and what has been halted meanwhile: nobody asks in vain again."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._halted: dict[tuple[UUID, str, str], Verdict] = {}

    def halted(self, one: Outgoing) -> Verdict | None:
        district, way = one.row.district_id, one.message.way
        keys = ((district, "", ""), (district, way, ""), (district, way, one.facts.kind))
        return next((self._halted[key] for key in keys if key in self._halted), None)

    def note(self, one: Outgoing, verdict: Verdict) -> None:
        if verdict.halt is not None:
            way = "" if verdict.halt is Halt.ACCOUNT else one.message.way
            kind = one.facts.kind if verdict.halt is Halt.KIND else ""
            self._halted[one.row.district_id, way, kind] = verdict


async def _send_one(round_: _Round, one: Outgoing) -> Outgoing:
    if one.verdict is not None:
        return one
    async with round_.turns:
        verdict = round_.halted(one)
        if verdict is None:
            try:
                verdict = await round_.channel.send(one.message)
            except Exception as exc:
                log.error("send_crashed", error=type(exc).__name__, exc_info=exc)
                verdict = Verdict(DeliveryState.FAILED, "internal_error")
            round_.note(one, verdict)
    return replace(one, verdict=_judged(one, verdict))


def _judged(one: Outgoing, verdict: Verdict) -> Verdict:
    """No certain answer on a way without memory ends it; a used-up quota sends only the urgent on."""
    once = one.message.way in ONCE
    if verdict.reason == "no_answer" and once:
        return Verdict(DeliveryState.UNKNOWN, "no_answer")
    if verdict.halt is Halt.TODAY and one.facts.kind in URGENT and not one.facts.doubt:
        return replace(verdict, falls=True, state=DeliveryState.FAILED, retry_in_seconds=None)
    return _with_patience(verdict, one.row.attempts)


def _with_patience(verdict: Verdict, attempts: int) -> Verdict:
    """Wait twice as long after each failed attempt; after thirty, give up with the reason."""
    if verdict.state is not DeliveryState.PENDING:
        return verdict
    if attempts >= MOST_ATTEMPTS:
        return Verdict(DeliveryState.FAILED, verdict.reason)
    pause = (verdict.retry_in_seconds or 1.0) * 2.0 ** min(attempts - 1, 10)
    longest = max(LONGEST_PAUSE_SECONDS, verdict.retry_in_seconds or 0.0)
    return replace(verdict, retry_in_seconds=min(pause, longest))


def _columns(settled: Iterable[Outgoing]) -> dict[str, list[Any]]:
    items = [(one, _verdict(one)) for one in settled]
    return {
        "districts": [one.row.district_id for one, _ in items],
        "ids": [one.row.id for one, _ in items],
        "states": [verdict.state.value for _, verdict in items],
        "reasons": [verdict.reason for _, verdict in items],
        "platform_ids": [verdict.platform_id for _, verdict in items],
        "retries": [verdict.retry_in_seconds or 0.0 for _, verdict in items],
        "known": [verdict.reason != "no_answer" for _, verdict in items],
        "ways": [one.message.way.value for one, _ in items],
        "rids": [verdict.rid for _, verdict in items],
    }


async def _note_consequences(conn: AsyncConnection, found: Sequence[Outgoing]) -> None:
    """What a refusal means for others: a halted way, a line in the operations inbox, void taps."""
    noted = set()
    for one in found:
        verdict, kind = _verdict(one), one.facts.kind
        district, way = one.row.district_id, one.message.way
        key = (district, way, kind, verdict.errcode)
        if key in noted or one.message.way is Way.INBOX:
            continue
        noted.add(key)
        if verdict.halt is not None and verdict.halt is not Halt.ACCOUNT:
            stop = {
                "district": district,
                "id": new_id(),
                "way": way.value,
                "kind": kind.value if verdict.halt is Halt.KIND else "",
                "errcode": verdict.errcode,
                "rid": verdict.rid,
                "today": verdict.halt is Halt.TODAY,
            }
            await stop_way(conn, stop)
        if verdict.item is not None:
            subject = f"{way}:{kind}" if verdict.halt is Halt.KIND else way.value
            detail = f"{KINDS[kind].title}：{verdict.reason}（{verdict.rid or '没有请求编号'}）"
            await note(conn, district, verdict.item, subject, detail)
    await void_taps(
        conn,
        [
            (one.row.district_id, one.row.person_id, one.facts.kind.value)
            for one in found
            if _verdict(one).taps_void and one.message.way is Way.GRANT
        ],
    )
    closed = [one for one in found if _verdict(one).window_closed]
    if closed:
        await use_windows(conn, [_window(one, CLOSED) for one in closed])


async def _settle_windows(conn: AsyncConnection, done: Sequence[Outgoing]) -> None:
    """Count what the windows have had; give back the taps of what certainly did not leave."""
    had = [one for one in done if one.message.way is Way.CUSTOMER and not _waits(one)]
    if had:
        await use_windows(conn, [_window(one, 1) for one in had])
    await give_back(
        conn, [one.row.id for one in done if one.message.way is Way.GRANT and _waits(one)]
    )


def _waits(one: Outgoing) -> bool:
    return _verdict(one).state is DeliveryState.PENDING


def _window(one: Outgoing, number: int) -> tuple[UUID, str, str, int]:
    return one.row.district_id, one.row.appid, one.row.address, number


class Unsettled(Exception):
    """A message was recorded before it had a verdict: a bug of ours."""


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


async def told_in_reply(ctx: Ctx, kinds: Sequence[Kind]) -> None:
    """What this transaction has to tell the acting person stands in the reply: not told twice."""
    params = {
        "district": ctx.district_id,
        "person": ctx.actor.person_id,
        "kinds": [kind.value for kind in kinds],
    }
    await ctx.conn.execute(_IN_REPLY, params)


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
