"""Which follower should carry which tag? The facts; the platform is told what differs.

Rows, so that a tag lost on the platform can be given again to everybody who had it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.kinds import TAG_FOLLOWERS
from app.jobs.service import enqueue
from app.kit.clock import until_tomorrow
from app.kit.context import Ctx

TURN_SECONDS = 180  # longer than one call with all its tries
_ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(concat('tags:', cast(:d AS uuid)), 0))"
)
_KEEP = text(
    """
WITH given AS (
  SELECT openid, key FROM unnest(cast(:openids AS text[]), cast(:keys AS text[])) AS g(openid, key)),
added AS (
  INSERT INTO follower_tag AS f (district_id, appid, openid, key)
  SELECT :district, :appid, openid, key FROM given
  ON CONFLICT (district_id, appid, openid, key) DO UPDATE
  SET wanted = true, tag_id = NULL, errcode = NULL, changed_at = now() WHERE NOT f.wanted)
UPDATE follower_tag f SET wanted = false, errcode = NULL, changed_at = now()
WHERE f.district_id = :district AND f.appid = :appid AND f.wanted
  AND (cast(:everybody AS boolean) OR f.openid = ANY(cast(:scope AS text[])))
  AND NOT EXISTS (SELECT 1 FROM given g WHERE g.openid = f.openid AND g.key = f.key)
"""
)
# Of a tag that the platform does not have there is nothing to take off.
_SWEEP = text(
    """
DELETE FROM follower_tag f WHERE f.district_id = :district AND f.appid = :appid AND NOT f.wanted
  AND NOT EXISTS (SELECT 1 FROM channel_tag t WHERE t.district_id = f.district_id
    AND t.appid = f.appid AND t.key = f.key)
"""
)
# Whoever is asked here and told no has committed what it wants before; who gives the turn back looks
# for that under the same lock: between the two nothing is left untold.
_TURN = text(
    f"""
UPDATE channel_account SET tag_turn = :turn,
  tag_turn_until = now() + interval '{TURN_SECONDS} seconds'
WHERE district_id = :district AND appid = :appid
  AND (tag_turn = :turn OR tag_turn IS NULL OR tag_turn_until < now())
RETURNING id
"""  # noqa: S608 - a constant of this file
)
_TURN_OVER = text(
    "UPDATE channel_account SET tag_turn = NULL, tag_turn_until = NULL "
    "WHERE district_id = :district AND appid = :appid AND tag_turn = :turn"
)
_REST = text(
    "UPDATE channel_account SET tag_turn_until = :until "
    "WHERE district_id = :district AND appid = :appid AND tag_turn = :turn"
)
_LEFT = text(
    "SELECT greatest(tag_turn_until - now(), interval '0') FROM channel_account "
    "WHERE district_id = :district AND appid = :appid AND tag_turn_until IS NOT NULL"
)
_WAITING = text(
    """
SELECT t.tag_id, f.wanted, array_agg(f.openid ORDER BY f.openid) AS openids
FROM follower_tag f
JOIN channel_tag t ON t.district_id = f.district_id AND t.appid = f.appid AND t.key = f.key
WHERE f.district_id = :district AND f.appid = :appid AND f.errcode IS NULL
  AND (NOT f.wanted OR f.tag_id IS DISTINCT FROM t.tag_id)
GROUP BY t.tag_id, f.wanted ORDER BY f.wanted, t.tag_id
"""
)
_OF_BATCH = """f.district_id = :district AND f.appid = :appid AND f.openid = ANY(:openids)
  AND f.key IN (SELECT t.key FROM channel_tag t WHERE t.district_id = f.district_id
    AND t.appid = f.appid AND t.tag_id = :tag)"""
_PUT_ON = text(f"UPDATE follower_tag f SET tag_id = :tag WHERE {_OF_BATCH}")  # noqa: S608 - ours
_TAKEN_OFF = text(
    f"""
WITH gone AS (DELETE FROM follower_tag f WHERE NOT f.wanted AND {_OF_BATCH})
UPDATE follower_tag f SET tag_id = NULL WHERE f.wanted AND {_OF_BATCH}
"""  # noqa: S608 - our own fragment
)
_REFUSED = text(f"UPDATE follower_tag f SET errcode = :errcode WHERE {_OF_BATCH}")  # noqa: S608
_DROP = text(
    "UPDATE follower_tag SET wanted = false, errcode = NULL, changed_at = now() "
    "WHERE district_id = :district AND appid = :appid AND openid = :openid AND wanted"
)
_FORGET = text(
    "DELETE FROM follower_tag WHERE district_id = :district AND (appid = :appid OR :appid = '') "
    "AND openid = :openid"
)
_NUMBERS = text(
    "SELECT key, name, tag_id FROM channel_tag WHERE district_id = :district AND appid = :appid"
)
_NUMBER = text(
    "INSERT INTO channel_tag (district_id, appid, key, name, tag_id) "
    "VALUES (:district, :appid, :key, :name, :tag) ON CONFLICT (district_id, appid, key) "
    "DO UPDATE SET name = excluded.name, tag_id = excluded.tag_id"
)
_UNNUMBER = text(
    "DELETE FROM channel_tag WHERE district_id = :district AND appid = :appid AND key = :key"
)
_CARRIED = text(
    "SELECT key, count(*) AS people FROM follower_tag WHERE district_id = :district "
    "AND appid = :appid AND wanted AND tag_id IS NOT NULL GROUP BY key"
)
_AGAIN = text(
    "UPDATE follower_tag SET errcode = NULL, "
    "tag_id = CASE WHEN key = ANY(cast(:keys AS text[])) THEN NULL ELSE tag_id END "
    "WHERE district_id = :district AND appid = :appid "
    "AND (errcode IS NOT NULL OR key = ANY(cast(:keys AS text[])))"
)


@dataclass(frozen=True)
class Numbered:
    """A tag as the platform was told: its name and its number there."""

    name: str
    tag_id: int


@dataclass(frozen=True)
class Batch:
    """What the platform has still to be told: put this tag on these people, or take it off."""

    tag_id: int
    on: bool
    openids: list[str]


async def order_tags(ctx: Ctx, person_id: UUID | None = None) -> None:
    """Let the worker compare this person's tags, or everybody's, once this transaction commits."""
    who = {"person": person_id} if person_id else {}
    await enqueue(ctx, TAG_FOLLOWERS, None, **who)


async def take_turns(ctx: Ctx) -> None:
    """Whoever writes what is wanted reads the facts after this, so that no older view overwrites."""
    await ctx.conn.execute(_ALONE, {"d": ctx.district_id})


async def keep_wanted(
    ctx: Ctx, appid: str, wanted: Sequence[tuple[str, str]], scope: Sequence[str] | None
) -> None:
    """These (openid, key) are wanted and nothing else of the people in `scope` (None: of anybody)."""
    params = {
        "district": ctx.district_id,
        "appid": appid,
        "openids": [openid for openid, _ in wanted],
        "keys": [key for _, key in wanted],
        "everybody": scope is None,
        "scope": list(scope or ()),
    }
    await ctx.conn.execute(_KEEP, params)
    await ctx.conn.execute(_SWEEP, {"district": ctx.district_id, "appid": appid})


async def take_turn(ctx: Ctx, appid: str, turn: UUID) -> bool:
    """Be, or stay, the only one who tells this account's tags: calls that overlap may arrive swapped."""
    params = {"district": ctx.district_id, "appid": appid, "turn": turn}
    return (await ctx.conn.execute(_TURN, params)).first() is not None


async def end_turn(ctx: Ctx, appid: str, turn: UUID) -> None:
    """Nothing is waiting any more, or the platform does not want to be told now."""
    await ctx.conn.execute(_TURN_OVER, {"district": ctx.district_id, "appid": appid, "turn": turn})


async def rest_today(ctx: Ctx, appid: str, turn: UUID) -> None:
    """Today's calls are used up: the turn is kept until tomorrow, so that no worker asks again."""
    params = {"district": ctx.district_id, "appid": appid, "turn": turn}
    await ctx.conn.execute(_REST, {**params, "until": ctx.now + until_tomorrow(ctx.now)})


async def turn_left(ctx: Ctx, appid: str) -> timedelta:
    """How long the turn that stands may last."""
    found = await ctx.conn.execute(_LEFT, {"district": ctx.district_id, "appid": appid})
    left: timedelta | None = found.scalar_one_or_none()
    return left or timedelta(0)


async def waiting(ctx: Ctx, appid: str) -> list[Batch]:
    """What the platform has to be told, removals first, so that twenty tags a person are enough."""
    rows = await ctx.conn.execute(_WAITING, {"district": ctx.district_id, "appid": appid})
    return [Batch(row.tag_id, row.wanted, list(row.openids)) for row in rows]


async def note_told(ctx: Ctx, appid: str, batch: Batch) -> None:
    """The platform knows. What changed meanwhile differs again and is told in the next round."""
    stmt = _PUT_ON if batch.on else _TAKEN_OFF
    await ctx.conn.execute(stmt, _batch(ctx, appid, batch))


async def note_refused(ctx: Ctx, appid: str, batch: Batch, errcode: int) -> None:
    """The platform will not, for these people; whoever was to lose the tag has it no more anyway."""
    if batch.on:
        await ctx.conn.execute(_REFUSED, {**_batch(ctx, appid, batch), "errcode": errcode})
    else:
        await note_told(ctx, appid, batch)


def _batch(ctx: Ctx, appid: str, batch: Batch) -> dict[str, object]:
    return {
        "district": ctx.district_id,
        "appid": appid,
        "tag": batch.tag_id,
        "openids": batch.openids,
    }


async def drop_tags(ctx: Ctx, appid: str, openid: str) -> None:
    """The phone is nobody's any more: its tags are taken off, then the rows go."""
    params = {"district": ctx.district_id, "appid": appid, "openid": openid}
    if (await ctx.conn.execute(_DROP, params)).rowcount:
        await order_tags(ctx)


async def forget_tags(conn: AsyncConnection, district_id: UUID, appid: str, openid: str) -> None:
    """The follower left, and the tags on the platform with it: nothing of it stays here."""
    await conn.execute(_FORGET, {"district": district_id, "appid": appid, "openid": openid})


async def numbers(ctx: Ctx, appid: str) -> dict[str, Numbered]:
    """The tags the platform was told about: key → name and number."""
    rows = await ctx.conn.execute(_NUMBERS, {"district": ctx.district_id, "appid": appid})
    return {row.key: Numbered(row.name, row.tag_id) for row in rows}


async def keep_number(ctx: Ctx, appid: str, key: str, name: str, tag_id: int) -> None:
    params = {"district": ctx.district_id, "appid": appid, "key": key}
    await ctx.conn.execute(_NUMBER, {**params, "name": name, "tag": tag_id})


async def forget_number(ctx: Ctx, appid: str, key: str) -> None:
    params = {"district": ctx.district_id, "appid": appid, "key": key}
    await ctx.conn.execute(_UNNUMBER, params)


async def tell_again(ctx: Ctx, appid: str, counts: Mapping[str, int]) -> None:
    """Who was refused is asked for again; a tag that fewer carry than were told is told anew.

    `counts`: how many followers carry each tag by the platform's own word.
    """
    params = {"district": ctx.district_id, "appid": appid}
    rows = await ctx.conn.execute(_CARRIED, params)
    lost = [row.key for row in rows if counts.get(row.key, row.people) < row.people]
    await ctx.conn.execute(_AGAIN, {**params, "keys": lost})
