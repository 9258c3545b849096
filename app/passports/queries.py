"""Reading passports."""

from uuid import UUID

from sqlalchemy import func, select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.passports.kinds import PassportState
from app.passports.models import Passport, Stamp
from app.passports.permissions import P
from app.passports.schemas import PassportOut, PassportPage, StampOut
from app.people.access import access_pupil, visible_pupils
from app.people.models import Person


async def list_passports(
    ctx: Ctx, pupil_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Passport], str | None]:
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, P.PASSPORT_READ)
    )
    stmt = select(Passport).where(
        Passport.district_id == ctx.district_id, Passport.pupil_id.in_(pupils)
    )
    if pupil_id:
        stmt = stmt.where(Passport.pupil_id == pupil_id)
    rows, following = await fetch_page(ctx, stmt, Passport.id, cursor, limit)
    await audit.record_reads(ctx, "passport", [row.pupil_id for row in rows], "查看护照名单")
    return rows, following


async def passport_page(ctx: Ctx, pupil_id: UUID) -> PassportPage:
    """A child's passport with all its stamps, newest first."""
    pupil = await access_pupil(ctx, pupil_id, P.PASSPORT_READ)
    stmt = select(Passport).where(
        Passport.district_id == ctx.district_id,
        Passport.pupil_id == pupil_id,
        Passport.state == PassportState.ACTIVE,
    )
    passport = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if passport is None:
        raise NotFound
    stamps_stmt = (
        select(Stamp)
        .where(
            Stamp.district_id == ctx.district_id,
            Stamp.pupil_id == pupil_id,
            Stamp.revoked_at.is_(None),
        )
        .order_by(Stamp.id.desc())
    )
    stamps = [StampOut.model_validate(row) for row in (await ctx.db.execute(stamps_stmt)).scalars()]
    await audit.record_reads(ctx, "passport", [pupil_id], "查看护照")
    return PassportPage(
        **PassportOut.model_validate(passport).model_dump(),
        pupil_name=pupil.name,
        stamps=stamps,
        total_minutes=sum(stamp.minutes for stamp in stamps),
    )


async def read_card(ctx: Ctx, passport_id: UUID) -> Passport:
    """The secret word of a card: only for those who print cards, and the family itself."""
    row = await ctx.db.get(Passport, (ctx.district_id, passport_id))
    if row is None:
        raise NotFound
    if row.pupil_id not in ctx.actor.pupil_ids:
        await access_pupil(ctx, row.pupil_id, P.PASSPORT_EDIT)
        await audit.record_reads(ctx, "passport", [row.pupil_id], "打印护照卡")
    return row


async def count_stamps(ctx: Ctx, pupil_id: UUID) -> int:
    """How many stamps a child has; the caller has just dealt with this child."""
    stmt = select(func.count()).where(
        Stamp.district_id == ctx.district_id,
        Stamp.pupil_id == pupil_id,
        Stamp.revoked_at.is_(None),
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())
