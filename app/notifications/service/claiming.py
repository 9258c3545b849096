"""Which messages go out now, and which way? One transaction that also notes the way taken.

Ways the platform keeps no memory of (customer messages, subscription messages) are noted before
anything is sent: if we die then, the message is 待核实 and never sent again by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.kinds import ONCE, SERVICE_ACCOUNT, Way
from app.channels.service.stops import Stops, standing_stops
from app.channels.service.windows import IS_OPEN
from app.kit.db import AnyRow
from app.notifications.kinds import MUTABLE, URGENT, DeliveryState, Kind
from app.notifications.ports import Channel, Message, Verdict
from app.notifications.rules import (
    Facts,
    Quiet,
    bursts,
    feasible,
    may_wait,
    nowhere,
    speaking_for,
)
from app.notifications.service.grants import take_grants

BATCH = 100
LEASE_SECONDS = 60
UNKNOWN_AFTER_MINUTES = 9

_FREE = "state IN ('pending', 'leased') AND (state = 'pending' OR lease_until < now())"
# Its outcome is unknown, and the platform would not recognise it: never sent again by itself.
_HOPELESS = (
    f"coalesce(first_attempt_at < now() - interval '{UNKNOWN_AFTER_MINUTES} minutes', false) "
    f"OR (state = 'leased' AND channel IN {tuple(way.value for way in ONCE)})"
)
_GIVE_UP = text(
    f"""
UPDATE delivery SET state = 'unknown', reason = 'outcome_unknown', settled_at = now()
WHERE {_FREE} AND ({_HOPELESS})
"""  # noqa: S608 - own constants only
)
# By the place of the row: joined by its key, a plan kept for any number of messages read all there
# are at each claim. A row that changed its place meanwhile is left for the next claim.
_CLAIM = text(
    f"""
WITH due AS (
  SELECT ctid AS place, district_id, id, first_attempt_at IS NOT NULL AS doubt FROM delivery
  WHERE {_FREE} AND NOT ({_HOPELESS}) AND due_at <= now()
  ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE delivery d SET state = 'leased', attempts = attempts + 1,
    channel = CASE WHEN d.channel = 'wechat' THEN 'template' ELSE d.channel END,
    lease_until = now() + interval '{LEASE_SECONDS} seconds',
    first_attempt_at = coalesce(first_attempt_at, now())
  WHERE d.ctid = ANY(ARRAY(SELECT place FROM due))
  RETURNING d.district_id, d.id, d.notification_id, d.attempts, d.burst)
SELECT c.district_id, c.id, c.attempts, c.burst, due.doubt, n.kind, n.fields, n.person_id,
  i.subject AS address, i.issuer AS appid,
  coalesce(n.kind = ANY(p.muted), false) AS muted, coalesce(p.quiet, true) AS quiet,
  coalesce({IS_OPEN}, false) AS open_window,
  extract(hour FROM now() AT TIME ZONE 'Asia/Shanghai')::int AS hour,
  extract(minute FROM now() AT TIME ZONE 'Asia/Shanghai')::int AS minute,
  extract(second FROM now())::int AS second
FROM claimed c
JOIN due ON due.district_id = c.district_id AND due.id = c.id
JOIN notification n ON n.district_id = c.district_id AND n.id = c.notification_id
LEFT JOIN LATERAL (SELECT subject, issuer FROM identity i WHERE i.district_id = c.district_id
  AND i.person_id = n.person_id AND i.kind = 'service_account' AND i.broken_at IS NULL
  ORDER BY i.created_at DESC LIMIT 1) i ON true
LEFT JOIN notification_preference p
  ON p.district_id = c.district_id AND p.person_id = n.person_id
LEFT JOIN chat_window w
  ON w.district_id = c.district_id AND w.appid = i.issuer AND w.openid = i.subject
"""  # noqa: S608 - own constants only
)
# What is claimed and not yet recorded, by all processes: calls that the meter does not know yet.
_FLYING = text(
    "SELECT district_id, channel, count(*) AS n FROM delivery WHERE state = 'leased' "
    "AND district_id = ANY(cast(:districts AS uuid[])) GROUP BY district_id, channel"
)
_TAKE_WAY = text(
    """
UPDATE delivery d SET channel = v.way
FROM unnest(cast(:districts AS uuid[]), cast(:ids AS uuid[]), cast(:ways AS text[]))
  AS v(district_id, id, way)
WHERE d.district_id = v.district_id AND d.id = v.id AND d.channel <> v.way
"""
)
_MERGE = text(
    """
WITH v AS (SELECT * FROM unnest(cast(:districts AS uuid[]), cast(:ids AS uuid[]),
  cast(:leads AS uuid[])) AS v(district_id, id, lead)),
merged AS (
  UPDATE delivery d SET state = 'merged', reason = 'merged', merged_into = v.lead,
    lease_until = NULL, settled_at = now()
  FROM v WHERE d.district_id = v.district_id AND d.id = v.id)
UPDATE delivery d SET burst = 1 + (SELECT count(*) FROM v WHERE v.lead = d.id)
WHERE (d.district_id, d.id) IN (SELECT district_id, lead FROM v)
"""
)


@dataclass(frozen=True)
class Outgoing:
    """A claimed message on the way it goes now; `verdict` is there already when none is left.

    `called`: the platform was asked, so the call counts against the day's quota.
    """

    row: AnyRow
    facts: Facts
    message: Message
    verdict: Verdict | None = None
    called: bool = False


async def claim(
    conn: AsyncConnection, channel: Channel, quiet: Quiet | None, most: int = BATCH
) -> list[Outgoing]:
    """At most so many messages with their ways, in the caller's transaction.

    None whose outcome is unknown and that the platform would not recognise: `give_up` names those.
    """
    rows = (await conn.execute(_CLAIM, {"most": most})).all()
    if not rows:
        return []
    stops = await standing_stops(conn)
    first = [_begin(row, channel, stops, quiet) for row in rows]
    first = await _merge(conn, first)
    chosen = await choose(conn, [one for one in first if one.verdict is None], after=None)
    return [one for one in first if one.verdict is not None] + chosen


async def give_up(conn: AsyncConnection) -> None:
    """What must not be sent again by itself becomes 待核实. It looks at all that wait."""
    await conn.execute(_GIVE_UP)


async def flying(conn: AsyncConnection, claimed: Iterable[Outgoing]) -> dict[tuple[UUID, str], int]:
    """How many messages of these districts any process has claimed, by way. After the claim's commit:
    of two processes at least the second to ask then sees both."""
    districts = list({one.row.district_id for one in claimed})
    rows = await conn.execute(_FLYING, {"districts": districts})
    return {(row.district_id, row.channel): row.n for row in rows}


def _begin(row: AnyRow, channel: Channel, stops: Stops, quiet: Quiet | None) -> Outgoing:
    kind = Kind(row.kind)

    def stopped(way: Way) -> bool:
        return (row.district_id, way, "") in stops or (row.district_id, way, kind) in stops

    facts = Facts(
        kind, row.address is not None, row.open_window, row.doubt, channel.carries(kind), stopped
    )
    fields = speaking_for(kind, row.fields, row.burst)
    message = Message(row.id, row.district_id, row.address or "", kind, fields, burst=row.burst)
    if row.doubt:
        return Outgoing(row, facts, message)
    return Outgoing(row, facts, message, _held(row, kind, quiet) or _spared(facts, row, stops))


def _spared(facts: Facts, row: AnyRow, stops: Stops) -> Verdict | None:
    """Today's calls are used up: what can wait waits for the next day's."""
    stop = stops.get((row.district_id, Way.TEMPLATE, ""))
    if stop is None or stop.seconds is None or facts.kind in URGENT:
        return None
    if feasible(facts)[0] is Way.CUSTOMER:
        return None
    reason = f"platform_{stop.errcode}"
    return Verdict(DeliveryState.PENDING, reason, retry_in_seconds=stop.seconds)


def _held(row: AnyRow, kind: Kind, quiet: Quiet | None) -> Verdict | None:
    """Muted by the person, or left for the morning."""
    if row.muted and kind in MUTABLE:
        return Verdict(DeliveryState.MUTED, "muted")
    wait = quiet.wait(row.hour, row.minute, row.second) if quiet else None
    if wait is not None and may_wait(kind, quiet=row.quiet):
        return Verdict(DeliveryState.PENDING, "quiet_hours", retry_in_seconds=wait)
    return None


async def _merge(conn: AsyncConnection, found: list[Outgoing]) -> list[Outgoing]:
    """Several of one kind to one person go as one that says how many."""
    fresh = [one for one in found if one.verdict is None and not one.facts.doubt]
    groups = bursts(
        [
            (one.row.id, one.row.person_id, one.facts.kind, str(one.row.fields.get("pupil", "")))
            for one in fresh
            if one.row.burst == 1
        ]
    )
    if not groups:
        return found
    leads = {member: lead for lead, members in groups.items() for member in members}
    gone = [one for one in found if one.row.id in leads]
    params = {
        "districts": [one.row.district_id for one in gone],
        "ids": [one.row.id for one in gone],
        "leads": [leads[one.row.id] for one in gone],
    }
    await conn.execute(_MERGE, params)
    return [_speaking(one, groups) for one in found if one.row.id not in leads]


def _speaking(one: Outgoing, groups: dict[UUID, list[UUID]]) -> Outgoing:
    number = 1 + len(groups.get(one.row.id, ()))
    if number == 1:
        return one
    fields = speaking_for(one.facts.kind, one.row.fields, number)
    return replace(one, message=replace(one.message, fields=fields, burst=number))


async def choose(
    conn: AsyncConnection, found: Sequence[Outgoing], after: Way | None
) -> list[Outgoing]:
    """Give each its next way; a subscription message uses up its tap here."""
    ways = {one.row.id: feasible(one.facts, after or _refused_way(one)) for one in found}
    asking = [one for one in found if ways[one.row.id][0] is Way.GRANT]
    taps = await take_grants(conn, [one.message for one in asking], _people(asking))
    chosen = []
    for one in found:
        way = ways[one.row.id][0]
        if way is Way.GRANT and one.row.id not in taps:
            way = Way.INBOX
        chosen.append(_on(one, way, taps.get(one.row.id)))
    await _take_ways(conn, chosen)
    return chosen


def _refused_way(one: Outgoing) -> Way | None:
    return one.message.way if one.verdict is not None else None


def _people(found: Iterable[Outgoing]) -> list[UUID]:
    return [one.row.person_id for one in found]


def _on(one: Outgoing, way: Way, tap: tuple[str, str] | None) -> Outgoing:
    if way is Way.INBOX:
        before = one.verdict
        state, reason = (before.state, before.reason) if before is not None else nowhere(one.facts)
        last = replace(before, falls=False) if before else Verdict(state, reason)
        return replace(one, message=replace(one.message, way=way), verdict=last, called=False)
    address, account = tap or (one.row.address, SERVICE_ACCOUNT)
    message = replace(one.message, way=way, address=address, account=account)
    return replace(one, message=message, verdict=None, called=False)


async def _take_ways(conn: AsyncConnection, chosen: Sequence[Outgoing]) -> None:
    """Only what differs from the way the claim has noted."""
    other = [one for one in chosen if one.message.way is not Way.TEMPLATE or one.row.attempts > 1]
    if other:
        await conn.execute(
            _TAKE_WAY,
            {
                "districts": [one.row.district_id for one in other],
                "ids": [one.row.id for one in other],
                "ways": [one.message.way.value for one in other],
            },
        )
