"""Secret addresses of calendars: made, shown once, replaced and revoked by their owner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import service as audit
from app.kit.context import Actor, Ctx
from app.kit.errors import DomainError, NotFound
from app.kit.ids import digest, new_id, new_token
from app.people.access import access_feed_place
from app.people.actors import ACTOR, ENTER, actor_of
from app.people.models import CalendarFeed
from app.people.queries import own_feed, own_id

_ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(cast(cast(:person AS uuid) AS text), 6))"
)
_BY_FEED = text(
    ACTOR.format(
        enter=ENTER,
        source="""SELECT district_id, person_id, NULL::uuid AS login_session_id,
        'h5'::text AS channel, NULL::text AS proof, false AS is_fresh,
        NULL::uuid AS api_key_id, NULL::jsonb AS key_permissions,
        NULL::uuid AS key_organization_id
        FROM calendar_feed WHERE token_digest = :digest AND revoked_at IS NULL""",
    )
)


async def issue_feed(
    ctx: Ctx, class_id: UUID | None = None, organization_id: UUID | None = None
) -> str:
    """A new address of the family's, a class's or a unit's calendar; the one before ends at once.

    Gives the secret, which is not kept. Refused (`kit.not_found`) without children, or
    where the actor may not read the bookings.
    """
    await access_feed_place(ctx, class_id, organization_id)
    await ctx.conn.execute(_ALONE, {"person": own_id(ctx)})
    await revoke_feed(ctx, class_id, organization_id)
    token = new_token()
    row = CalendarFeed(
        district_id=ctx.district_id,
        id=new_id(),
        person_id=own_id(ctx),
        class_id=class_id,
        organization_id=organization_id,
        token_digest=digest(token),
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "calendar_feed:create", "calendar_feed", row.id)
    return token


async def revoke_feed(
    ctx: Ctx, class_id: UUID | None = None, organization_id: UUID | None = None
) -> None:
    """End the actor's own address at once; without one, nothing happens."""
    row = await own_feed(ctx, class_id, organization_id)
    if row is None:
        return
    row.revoked_at = ctx.now
    await ctx.db.flush()
    await audit.record(ctx, "calendar_feed:revoke", "calendar_feed", row.id)


async def actor_by_feed(conn: AsyncConnection, token: str) -> tuple[Actor, datetime]:
    """Who made this address, with what that person may do today; enters the district.

    Unknown, revoked and no longer allowed are the same `kit.not_found`.
    """
    row = (await conn.execute(_BY_FEED, {"digest": digest(token)})).first()
    if row is None:
        raise NotFound
    try:
        return actor_of(row)
    except DomainError as refusal:
        raise NotFound from refusal


async def place_of_feed(ctx: Ctx, token: str) -> tuple[UUID | None, UUID | None]:
    """(class, organization) of an address whose owner may still read there; both None for a family's."""
    stmt = select(CalendarFeed).where(
        CalendarFeed.district_id == ctx.district_id,
        CalendarFeed.token_digest == digest(token),
        CalendarFeed.revoked_at.is_(None),
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    await access_feed_place(ctx, row.class_id, row.organization_id)
    return row.class_id, row.organization_id
