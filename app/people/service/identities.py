"""What the platform demands when a person withdraws from WeChat: their marks with us go."""

from sqlalchemy import delete, select, update

from app.audit import service as audit
from app.channels.service.tags import forget_tags
from app.kit.context import Ctx
from app.people.kinds import IdentityKind
from app.people.models import Identity, LoginSession

PHONES = (IdentityKind.SERVICE_ACCOUNT, IdentityKind.MINIPROGRAM)
PHONE_CHANNELS = ("h5", "miniprogram")


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
