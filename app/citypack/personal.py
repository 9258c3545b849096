"""What does the city pack hold about a child, and what stays when the child is erased?"""

from uuid import UUID

from sqlalchemy import select, update

from app.citypack.kinds import OBJECTION_WORDS
from app.citypack.models import Objection, Publicity, PublicityLine, RecordCorrection
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.personal import Erased, Section


async def about(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Lists the child stands in, objections and corrections, newest first."""
    listed = await ctx.conn.execute(
        select(Publicity.title, PublicityLine.class_name, Publicity.starts_on, Publicity.ends_on)
        .join(
            PublicityLine,
            (PublicityLine.district_id == Publicity.district_id)
            & (PublicityLine.publicity_id == Publicity.id),
        )
        .where(PublicityLine.district_id == ctx.district_id, PublicityLine.pupil_id == pupil_id)
        .order_by(Publicity.id.desc())
    )
    objections = await ctx.db.execute(
        select(Objection)
        .where(Objection.district_id == ctx.district_id, Objection.pupil_id == pupil_id)
        .order_by(Objection.id.desc())
    )
    corrections = await ctx.db.execute(
        select(RecordCorrection)
        .where(
            RecordCorrection.district_id == ctx.district_id, RecordCorrection.pupil_id == pupil_id
        )
        .order_by(RecordCorrection.id.desc())
    )
    return [
        Section(
            "综评公示",
            ("公示", "班级", "时间段"),
            [(one.title, one.class_name, f"{one.starts_on} 至 {one.ends_on}") for one in listed],
        ),
        Section(
            "公示异议",
            ("时间", "理由", "状态", "答复"),
            [
                (platform_time(one.created_at), one.reason, OBJECTION_WORDS[one.state], one.answer)
                for one in objections.scalars()
            ],
        ),
        Section(
            "学时更正",
            ("日期", "加减", "理由"),
            [(str(one.day), f"{one.amount:+}", one.reason) for one in corrections.scalars()],
        ),
    ]


async def erase(ctx: Ctx, pupil_id: UUID) -> Erased:
    """Words go; numbers stay for the lists' sums and digests, they name nobody."""
    objections = await ctx.conn.execute(
        update(Objection)
        .where(Objection.district_id == ctx.district_id, Objection.pupil_id == pupil_id)
        .values(reason="", answer="")
    )
    await ctx.conn.execute(
        update(RecordCorrection)
        .where(
            RecordCorrection.district_id == ctx.district_id, RecordCorrection.pupil_id == pupil_id
        )
        .values(reason="")
    )
    return {"公示异议": objections.rowcount}
