"""The ledger of taps: one tap of a person is one message, used up in the sending transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Ctx
from app.kit.ids import new_id
from app.notifications.kinds import Kind, Tap
from app.notifications.permissions import P
from app.notifications.ports import Message

PAIR_SECONDS = 120  # the phone's report and the platform's event about one tap

_TAKE = text(
    """
WITH wanted AS (
  SELECT v.*, row_number() OVER (PARTITION BY district_id, person_id, kind ORDER BY delivery_id) AS n
  FROM unnest(cast(:districts AS uuid[]), cast(:deliveries AS uuid[]), cast(:people AS uuid[]),
    cast(:kinds AS text[])) AS v(district_id, delivery_id, person_id, kind)),
free AS MATERIALIZED (
  SELECT district_id, id, person_id, kind FROM subscription_grant g WHERE used_at IS NULL
    AND EXISTS (SELECT FROM wanted w WHERE w.district_id = g.district_id
      AND w.person_id = g.person_id AND w.kind = g.kind)
  FOR UPDATE SKIP LOCKED),
numbered AS (
  SELECT *, row_number() OVER (PARTITION BY district_id, person_id, kind ORDER BY id) AS n
  FROM free)
UPDATE subscription_grant g SET used_at = now(), delivery_id = w.delivery_id
FROM numbered f JOIN wanted w USING (district_id, person_id, kind, n)
WHERE g.district_id = f.district_id AND g.id = f.id
RETURNING w.delivery_id AS delivery, g.openid, g.account
"""
)
_GIVE_BACK = text(
    "UPDATE subscription_grant SET used_at = NULL, delivery_id = NULL "
    "WHERE delivery_id = ANY(cast(:deliveries AS uuid[]))"
)
_VOID = text(
    """
UPDATE subscription_grant g SET used_at = now()
FROM unnest(cast(:districts AS uuid[]), cast(:people AS uuid[]), cast(:kinds AS text[]))
  AS v(district_id, person_id, kind)
WHERE g.district_id = v.district_id AND g.person_id = v.person_id AND g.kind = v.kind
  AND g.used_at IS NULL
"""
)
# The second word about the same tap only marks the first one's row.
_GRANT = text(
    f"""
WITH paired AS (
  UPDATE subscription_grant SET reported = reported OR :reported, pushed = pushed OR :pushed
  WHERE (district_id, id) = (
    SELECT district_id, id FROM subscription_grant
    WHERE district_id = :district AND person_id = :person AND kind = :kind AND account = :account
      AND openid = :openid AND granted_at > now() - interval '{PAIR_SECONDS} seconds'
      AND NOT (reported AND :reported) AND NOT (pushed AND :pushed)
    ORDER BY granted_at LIMIT 1 FOR UPDATE)
  RETURNING id)
INSERT INTO subscription_grant (district_id, id, person_id, kind, account, openid, reported, pushed)
SELECT :district, :id, :person, :kind, :account, :openid, :reported, :pushed
WHERE NOT EXISTS (SELECT FROM paired)
"""  # noqa: S608 - own constants only
)
_COUNT = text(
    "SELECT kind, count(*) AS number FROM subscription_grant WHERE district_id = :district "
    "AND person_id = :person AND used_at IS NULL GROUP BY kind"
)
_OPENID = text(
    "SELECT subject FROM identity WHERE district_id = :district AND person_id = :person "
    "AND kind = :kind ORDER BY created_at DESC LIMIT 1"
)
_ASKING = text(
    """
SELECT (SELECT name FROM channel_account WHERE district_id = :district AND kind = :kind
    ORDER BY id LIMIT 1) AS account,
  EXISTS (SELECT FROM identity WHERE district_id = :district AND person_id = :person
    AND kind = :kind AND broken_at IS NULL) AS known,
  (SELECT coalesce(jsonb_object_agg(g.kind, g.number), '{}') FROM (
    SELECT kind, count(*) AS number FROM subscription_grant WHERE district_id = :district
      AND person_id = :person AND used_at IS NULL GROUP BY kind) AS g) AS left
"""
)
_FORGET = text("DELETE FROM subscription_grant WHERE district_id = :district AND openid = :openid")


async def take_grants(
    conn: AsyncConnection, messages: Sequence[Message], people: Sequence[UUID]
) -> dict[UUID, tuple[str, str]]:
    """Use up a tap for each message that has one: delivery → (openid, kind of account)."""
    if not messages:
        return {}
    params = {
        "districts": [one.district_id for one in messages],
        "deliveries": [one.delivery_id for one in messages],
        "people": list(people),
        "kinds": [one.kind for one in messages],
    }
    rows = await conn.execute(_TAKE, params)
    return {row.delivery: (row.openid, row.account) for row in rows}


async def give_back(conn: AsyncConnection, deliveries: Sequence[UUID]) -> None:
    """The message certainly did not leave: the tap is worth something again."""
    if deliveries:
        await conn.execute(_GIVE_BACK, {"deliveries": list(deliveries)})


async def void_taps(conn: AsyncConnection, taps: Sequence[tuple[UUID, UUID, str]]) -> None:
    """The platform says there are none: (district, person, kind) has nothing left."""
    if taps:
        columns = zip(*taps, strict=True)
        names = ("districts", "people", "kinds")
        await conn.execute(
            _VOID, {name: list(one) for name, one in zip(names, columns, strict=True)}
        )


async def note_tap(
    ctx: Ctx, kind: Kind, tap: Tap, account: str, openid: str, *, pushed: bool
) -> None:
    """One answer of a phone: accepting adds a message, refusing adds none. A repeat adds nothing."""
    if tap is not Tap.ACCEPT or ctx.actor.person_id is None:
        return
    params = {
        "district": ctx.district_id,
        "id": new_id(),
        "person": ctx.actor.person_id,
        "kind": kind,
        "account": account,
        "openid": openid,
        "reported": not pushed,
        "pushed": pushed,
    }
    await ctx.conn.execute(_GRANT, params)


@dataclass(frozen=True)
class Asking:
    """What a page that asks for taps shows: the account, whether the phone is known to it, what is left."""

    account: str | None
    known: bool
    left: dict[str, int]


async def asking_of(ctx: Ctx, account: str) -> Asking:
    """About the acting person and the district's account of this kind, in one statement."""
    params = {"district": ctx.district_id, "person": ctx.actor.person_id, "kind": account}
    row = (await ctx.conn.execute(_ASKING, params)).one()
    return Asking(row.account, row.known, row.left)


async def report_taps(ctx: Ctx, taps: dict[Kind, Tap], account: str) -> dict[str, int]:
    """What the phone says its owner tapped; answers how many messages of each kind are allowed."""
    ctx.require(P.NOTIFICATION_READ)
    params = {"district": ctx.district_id, "person": ctx.actor.person_id, "kind": account}
    openid = (await ctx.conn.execute(_OPENID, params)).scalar_one_or_none()
    for kind, tap in taps.items():
        if openid is not None:
            await note_tap(ctx, kind, tap, account, openid, pushed=False)
    return await own_grants(ctx)


async def own_grants(ctx: Ctx) -> dict[str, int]:
    """How many messages of each kind the person has allowed and not yet had."""
    ctx.require(P.NOTIFICATION_READ)
    params = {"district": ctx.district_id, "person": ctx.actor.person_id}
    return {row.kind: row.number for row in await ctx.conn.execute(_COUNT, params)}


async def void_own(ctx: Ctx, kind: Kind) -> None:
    """The person switched this template off in WeChat: what was tapped before is worth nothing."""
    if ctx.actor.person_id is not None:
        await void_taps(ctx.conn, [(ctx.district_id, ctx.actor.person_id, kind)])


async def forget_taps(ctx: Ctx, openid: str) -> None:
    """The phone left: nothing about it stays."""
    await ctx.conn.execute(_FORGET, {"district": ctx.district_id, "openid": openid})
