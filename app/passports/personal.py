"""What does the passport hold about a child, and what stays when the child is erased?"""

from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section
from app.passports.kinds import LevelState, PassportState
from app.passports.models import Certificate, LevelReached, Passport, PrintOrder, Stamp

LEVEL_WORDS = {
    LevelState.STANDING: "已达到",
    LevelState.OLD_RULES: "按旧规则",
    LevelState.CORRECTED: "更正后待重新达到",
}
STATE_WORDS = {PassportState.ACTIVE: "有效", PassportState.REVOKED: "已作废"}


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Passports, stamps and levels, newest first."""
    passports = await ctx.db.execute(
        select(Passport)
        .where(Passport.district_id == ctx.district_id, Passport.pupil_id == pupil_id)
        .order_by(Passport.id.desc())
    )
    stamps = await ctx.db.execute(
        select(Stamp)
        .where(Stamp.district_id == ctx.district_id, Stamp.pupil_id == pupil_id)
        .order_by(Stamp.id.desc())
    )
    levels = await ctx.db.execute(
        select(LevelReached)
        .where(LevelReached.district_id == ctx.district_id, LevelReached.pupil_id == pupil_id)
        .order_by(LevelReached.id.desc())
    )
    return [
        Section(
            "护照等级",
            ("时间", "等级", "依据", "状态"),
            [
                (platform_time(row.reached_at), row.name, row.explanation, LEVEL_WORDS[row.state])
                for row in levels.scalars()
            ],
        ),
        Section(
            "游学护照",
            ("编号", "状态", "发放时间"),
            [
                (row.number, STATE_WORDS[row.state], platform_time(row.created_at))
                for row in passports.scalars()
            ],
        ),
        Section(
            "印章",
            ("时间", "活动", "基地", "分钟", "验证码"),
            [
                (
                    platform_time(row.awarded_at),
                    row.title,
                    row.base_name,
                    str(row.minutes),
                    row.code,
                )
                for row in stamps.scalars()
            ],
        ),
    ]


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """The card stops working; stamps stay as numbers for the sums, they name nobody.

    Without the salt nobody can show any more whose a signed stamp was.
    """
    await ctx.conn.execute(
        update(Stamp)
        .where(Stamp.district_id == ctx.district_id, Stamp.pupil_id == pupil_id)
        .values(salt=None)
    )
    # Files that hold the child's name, and the codes that vouch for a name on paper.
    await ctx.conn.execute(
        delete(PrintOrder).where(
            PrintOrder.district_id == ctx.district_id,
            PrintOrder.pupils.contains([str(pupil_id)]),
        )
    )
    await ctx.conn.execute(
        delete(Certificate).where(
            Certificate.district_id == ctx.district_id, Certificate.pupil_id == pupil_id
        )
    )
    revoked = await ctx.conn.execute(
        update(Passport)
        .where(
            Passport.district_id == ctx.district_id,
            Passport.pupil_id == pupil_id,
            Passport.state == PassportState.ACTIVE,
        )
        .values(state=PassportState.REVOKED, version=Passport.version + 1, updated_at=func.now())
    )
    return {"护照": revoked.rowcount}
