"""Writing down in bulk how messages ended, and what a refusal means for others."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.kinds import SERVICE_ACCOUNT, ItemKind, Way
from app.channels.rules import said
from app.channels.service.meter import count_calls
from app.channels.service.operations import note
from app.channels.service.stops import stop_way
from app.channels.service.windows import CLOSED, forget_windows, use_windows
from app.kit.ids import new_id
from app.notifications.kinds import KINDS, DeliveryState
from app.notifications.ports import Channel, Halt, Verdict
from app.notifications.service.claiming import LEASE_SECONDS, Outgoing
from app.notifications.service.grants import give_back, void_taps
from app.people.service.identities import mark_broken

# Only of the claim it belongs to (`attempt`): whoever has claimed the message since decides.
# A late verdict changes nothing that a job-finish push has settled meanwhile.
# A certain failure makes the next attempt the first one, unless an earlier one left a doubt.
# The state is compared so that no index finds it: a kept plan went through all rows of that state.
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
  cast(:known AS bool[]), cast(:ways AS text[]), cast(:rids AS text[]), cast(:attempts AS int[]))
  AS v(district_id, id, state, reason, platform_id, retry_in, known, way, rid, attempt)
WHERE d.district_id = v.district_id AND d.id = v.id AND d.state IS NOT DISTINCT FROM 'leased'
  AND d.attempts = v.attempt
"""  # noqa: S608 - own constants only
)
# From the few that wait to the many that were sent, one look-up each.
_MATCH_EARLY = text(
    """
WITH found AS MATERIALIZED (
  SELECT r.district_id, r.platform_id, r.state, r.reason, d.id
  FROM early_report r CROSS JOIN LATERAL (
    SELECT id FROM delivery WHERE district_id = r.district_id AND platform_id = r.platform_id
      AND state IS NOT DISTINCT FROM 'sent' LIMIT 1) d),
used AS (
  DELETE FROM early_report r USING found
  WHERE r.district_id = found.district_id AND r.platform_id = found.platform_id)
UPDATE delivery d SET state = found.state, reason = found.reason, settled_at = now()
FROM found WHERE d.district_id = found.district_id AND d.id = found.id
"""
)


class Unsettled(Exception):
    """A message was recorded before it had a verdict: a bug of ours."""


def verdict_of(one: Outgoing) -> Verdict:
    if one.verdict is None:
        raise Unsettled
    return one.verdict


async def match_early(conn: AsyncConnection) -> None:
    """Reports that came before the record of their sending."""
    await conn.execute(_MATCH_EARLY)


async def record(conn: AsyncConnection, done: Sequence[Outgoing]) -> None:
    """How these ended, for good or until the next try, with all that follows."""
    await conn.execute(_RECORD, _columns(done))
    await note_consequences(conn, done)
    had = [one for one in done if one.message.way is Way.CUSTOMER and not _waits(one)]
    if had:
        await use_windows(conn, [_window(one, 1) for one in had])
    taps = [one.row.id for one in done if one.message.way is Way.GRANT and _waits(one)]
    await give_back(conn, taps)


def _columns(settled: Iterable[Outgoing]) -> dict[str, list[Any]]:
    items = [(one, verdict_of(one)) for one in settled]
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
        "attempts": [one.row.attempts for one, _ in items],
    }


async def note_calls(conn: AsyncConnection, channel: Channel, tried: Iterable[Outgoing]) -> None:
    """Count the calls made against the day's quota, as far as it is known."""
    made: dict[tuple[UUID, str, str], int] = {}
    for one in tried:
        if one.called and one.message.account == SERVICE_ACCOUNT:
            key = (one.row.district_id, one.row.appid or "", channel.meter(one.message.way))
            made[key] = made.get(key, 0) + 1
    await count_calls(conn, made)


async def note_consequences(conn: AsyncConnection, found: Sequence[Outgoing]) -> None:
    """A halted way, a line in the operations inbox, void taps, a closed window, a broken link."""
    noted = set()
    for one in found:
        verdict, kind = verdict_of(one), one.facts.kind
        key = (one.row.district_id, one.message.way, kind, verdict.errcode)
        if key in noted or one.message.way is Way.INBOX or not (verdict.halt or verdict.item):
            continue
        noted.add(key)
        await _note_one(conn, one, verdict)
    void = [
        (one.row.district_id, one.row.person_id, one.facts.kind.value)
        for one in found
        if verdict_of(one).taps_void and one.message.way is Way.GRANT
    ]
    await void_taps(conn, void)
    closed = [one for one in found if verdict_of(one).window_closed]
    if closed:
        await use_windows(conn, [_window(one, CLOSED) for one in closed])
    await _break_links(conn, [one for one in found if verdict_of(one).link_broken])


async def stop_for(conn: AsyncConnection, one: Outgoing, verdict: Verdict) -> None:
    """Nobody uses this way any more, for this kind or for all, if that is what the refusal means."""
    if verdict.halt is None or verdict.halt is Halt.ACCOUNT:
        return
    stop = {
        "district": one.row.district_id,
        "id": new_id(),
        "way": one.message.way.value,
        "kind": one.facts.kind.value if verdict.halt is Halt.KIND else "",
        "errcode": verdict.errcode,
        "rid": verdict.rid,
        "today": verdict.halt is Halt.TODAY,
    }
    await stop_way(conn, stop)


async def _note_one(conn: AsyncConnection, one: Outgoing, verdict: Verdict) -> None:
    district, way, kind = one.row.district_id, one.message.way, one.facts.kind
    await stop_for(conn, one, verdict)
    if verdict.item is not None:
        of_kind = verdict.halt is Halt.KIND or verdict.item is ItemKind.PAGE_REFUSED
        subject = f"{way}:{kind}" if of_kind else way.value
        why = said(verdict.reason) or "去掉链接后已发出"
        number = f"，请求编号 {verdict.rid}" if verdict.rid else ""
        detail = f"{KINDS[kind].title}：{why}{number}"
        await note(conn, district, verdict.item, subject, detail)


async def _break_links(conn: AsyncConnection, found: Sequence[Outgoing]) -> None:
    """These openids are none of the account's: not written to again until their owner comes back."""
    links = [
        (one.row.district_id, one.row.appid, one.message.address)
        for one in found
        if one.message.account == SERVICE_ACCOUNT and one.row.appid
    ]
    if not links:
        return
    await forget_windows(conn, links)
    for district, spared in (await mark_broken(conn, links)).items():
        detail = f"{spared} 个没有停用：一天里超过百分之一，多半是 AppID 弄混了，请先核对"
        await note(conn, district, ItemKind.OPENIDS_STRANGE, "many", detail)


def _waits(one: Outgoing) -> bool:
    return verdict_of(one).state is DeliveryState.PENDING


def _window(one: Outgoing, number: int) -> tuple[UUID, str, str, int]:
    return one.row.district_id, one.row.appid, one.row.address, number
