"""What the platform demands when a person withdraws from WeChat: their marks with us go."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import service as audit
from app.channels.service.tags import forget_tags
from app.kit.context import Ctx
from app.people.kinds import IdentityKind
from app.people.models import Identity, LoginSession

PHONES = (IdentityKind.SERVICE_ACCOUNT, IdentityKind.MINIPROGRAM)
PHONE_CHANNELS = ("h5", "miniprogram")
FEW = 3  # so many broken openids a day are nobody's mistake, however small the account

# More than one in a hundred in a day means that two accounts were mixed up: then none is marked.
_BREAK = text(
    f"""
WITH given AS (
  SELECT DISTINCT * FROM unnest(cast(:districts AS uuid[]), cast(:issuers AS text[]),
    cast(:subjects AS text[])) AS v(district_id, issuer, subject)),
share AS (
  SELECT g.district_id, g.issuer, count(*) FILTER (WHERE i.broken_at > now() - interval '1 day')
    AS broken, count(*) AS whole
  FROM (SELECT DISTINCT district_id, issuer FROM given) g
  JOIN identity i ON i.district_id = g.district_id AND i.issuer = g.issuer
    AND i.kind = 'service_account'
  GROUP BY 1, 2),
ranked AS (
  SELECT i.district_id, i.id, s.broken + row_number()
      OVER (PARTITION BY i.district_id, i.issuer ORDER BY i.id)
    <= greatest({FEW}, s.whole / 100) AS marked
  FROM given v
  JOIN identity i ON i.district_id = v.district_id AND i.issuer = v.issuer
    AND i.subject = v.subject AND i.kind = 'service_account' AND i.broken_at IS NULL
  JOIN share s ON s.district_id = v.district_id AND s.issuer = v.issuer),
done AS (
  UPDATE identity i SET broken_at = now() FROM ranked r
  WHERE r.marked AND i.district_id = r.district_id AND i.id = r.id)
SELECT district_id, count(*) AS spared FROM ranked WHERE NOT marked GROUP BY 1
"""  # noqa: S608 - own constants only
)
_MEND = text(
    "UPDATE identity SET broken_at = NULL WHERE district_id = :district AND issuer = :issuer "
    "AND subject = :subject AND kind = 'service_account' AND broken_at IS NOT NULL"
)


async def mark_broken(
    conn: AsyncConnection, phones: Sequence[tuple[UUID, str, str]]
) -> dict[UUID, int]:
    """The platform does not know these openids: (district, appid, openid) is not written to any more.

    Nothing is deleted: whoever comes back is reached again. Says how many were left as they are,
    because so many at once are a mistake of ours.
    """
    params = {
        "districts": [phone[0] for phone in phones],
        "issuers": [phone[1] for phone in phones],
        "subjects": [phone[2] for phone in phones],
    }
    return {row.district_id: row.spared for row in await conn.execute(_BREAK, params)}


async def mend_phone(ctx: Ctx, issuer: str, openid: str) -> None:
    """Its owner is here again: the link holds."""
    params = {"district": ctx.district_id, "issuer": issuer, "subject": openid}
    await ctx.conn.execute(_MEND, params)


async def forget_phone(ctx: Ctx, issuer: str, openid: str) -> int:
    """The WeChat account was closed: every openid of its owner goes, and its logins end.

    Passport, bookings and sums stay, and so does a member of staff's password.
    Says how many openids went; a repeat finds none.
    """
    owners = select(Identity.person_id).where(
        Identity.district_id == ctx.district_id,
        Identity.kind.in_(PHONES),
        Identity.issuer == issuer,
        Identity.subject == openid,
    )
    gone = await ctx.conn.execute(
        delete(Identity)
        .where(
            Identity.district_id == ctx.district_id,
            Identity.kind.in_(PHONES),
            Identity.person_id.in_(owners),
        )
        .returning(Identity.id, Identity.person_id, Identity.issuer, Identity.subject)
    )
    rows = gone.all()
    await ctx.conn.execute(
        update(LoginSession)
        .where(
            LoginSession.district_id == ctx.district_id,
            LoginSession.person_id.in_({row.person_id for row in rows}),
            LoginSession.channel.in_(PHONE_CHANNELS),
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=ctx.now)
    )
    for row in rows:
        await audit.record(ctx, "identity:cancel", "identity", row.id)
        await forget_tags(ctx.conn, ctx.district_id, row.issuer, row.subject)
    return len(rows)


async def note_revoked(ctx: Ctx, issuer: str, openid: str, items: str) -> None:
    """The person took back what WeChat had let us read (`items`, the platform's numbers).

    We never store nickname, picture, address, phone or place, so nothing is
    left to delete; that it was asked, and that nothing was held, is logged.
    """
    stmt = select(Identity.id).where(
        Identity.district_id == ctx.district_id,
        Identity.kind.in_(PHONES),
        Identity.issuer == issuer,
        Identity.subject == openid,
    )
    identity_id = (await ctx.conn.execute(stmt)).scalar_one_or_none()
    detail = {"items": items[:40], "deleted": 0}
    await audit.record(ctx, "identity:revoke", "identity", identity_id, detail=detail)
