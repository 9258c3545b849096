"""Ways that are not used now: a banned template, a used-up quota; and how they come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import service as audit
from app.channels.errors import NothingStopped
from app.channels.kinds import ItemKind, Way
from app.channels.models import ChannelStop
from app.channels.permissions import P
from app.channels.rules import USED_UP, said
from app.channels.service.operations import note
from app.kit.context import Ctx
from app.kit.ids import new_id

# A used-up quota comes back at Chinese midnight; all else when a person has looked at it.
_STOP = text(
    """
INSERT INTO channel_stop (district_id, id, way, kind, errcode, rid, until)
VALUES (:district, :id, :way, :kind, :errcode, :rid, CASE WHEN :today THEN
  (date_trunc('day', now() AT TIME ZONE 'Asia/Shanghai') + interval '1 day')
    AT TIME ZONE 'Asia/Shanghai' END)
ON CONFLICT (district_id, way, kind) WHERE lifted_at IS NULL DO UPDATE
SET errcode = excluded.errcode, rid = excluded.rid, until = excluded.until, stopped_at = now()
WHERE channel_stop.until < now()
"""
)
_STANDING = text(
    "SELECT district_id, way, kind, errcode, extract(epoch FROM until - now())::float8 AS seconds "
    "FROM channel_stop WHERE lifted_at IS NULL AND (until IS NULL OR until > now())"
)
_LIFT = text(
    "UPDATE channel_stop SET lifted_at = now(), lifted_by = :person WHERE district_id = :district "
    "AND way = :way AND kind = :kind AND lifted_at IS NULL RETURNING id"
)

_LIFT_TIMED = text(
    """
UPDATE channel_stop s SET lifted_at = now()
WHERE s.district_id = :district AND s.way = :way AND s.kind = '' AND s.until IS NOT NULL
  AND s.lifted_at IS NULL AND NOT EXISTS (
    SELECT FROM channel_stop b WHERE b.district_id = s.district_id AND b.way = s.way AND b.kind = ''
      AND b.lifted_by IS NULL AND b.lifted_at >= (date_trunc('day',
        now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'))
"""
)


@dataclass(frozen=True)
class Stop:
    """`kind` is empty for a way that is stopped for every kind; `seconds` None: until a person acts."""

    errcode: int
    seconds: float | None


Stops = dict[tuple[UUID, str, str], Stop]


async def standing_stops(conn: AsyncConnection) -> Stops:
    """What is stopped now, in every district."""
    rows = await conn.execute(_STANDING)
    return {(row.district_id, row.way, row.kind): Stop(row.errcode, row.seconds) for row in rows}


async def stop_way(conn: AsyncConnection, stop: dict[str, object]) -> None:
    """Use a way no more, for one kind or for all; a stop that stands stays as it is."""
    await conn.execute(_STOP, stop)


async def stop_for_today(conn: AsyncConnection, district_id: UUID, way: Way, whose: str) -> None:
    """The day's calls of this way are used up (45009), as `whose` sending found: nobody calls again
    before the platform's midnight, and a person is told."""
    stop = {"district": district_id, "id": new_id(), "way": way.value, "kind": ""}
    await stop_way(conn, {**stop, "errcode": USED_UP, "rid": None, "today": True})
    why = said(f"platform_{USED_UP}")
    await note(conn, district_id, ItemKind.QUOTA_USED, way.value, f"{whose}：{why}")


async def lift_timed(conn: AsyncConnection, district_id: UUID, way: Way) -> None:
    """The platform says that there are calls left: it was a limit by the minute, or was raised.

    Believed once a day: whoever is refused again in spite of it waits for midnight, or for a person.
    """
    await conn.execute(_LIFT_TIMED, {"district": district_id, "way": way})


async def list_stops(ctx: Ctx) -> Sequence[ChannelStop]:
    """What is stopped now in the district, oldest first."""
    ctx.require(P.CHANNEL_READ)
    stmt = select(ChannelStop).where(
        ChannelStop.district_id == ctx.district_id,
        ChannelStop.lifted_at.is_(None),
        ChannelStop.until.is_(None) | (ChannelStop.until > ctx.now),
    )
    return (await ctx.db.execute(stmt.order_by(ChannelStop.stopped_at))).scalars().all()


async def resume_way(ctx: Ctx, way: Way, kind: str) -> None:
    """A person confirms: use it again. Nothing stopped is `channels.nothing_stopped`."""
    ctx.require(P.OPERATION_SETTLE)
    params = {"district": ctx.district_id, "way": way, "kind": kind, "person": ctx.actor.person_id}
    row = (await ctx.conn.execute(_LIFT, params)).first()
    if row is None:
        raise NothingStopped
    await audit.record(ctx, "channel:resume", "channel_stop", row.id)
