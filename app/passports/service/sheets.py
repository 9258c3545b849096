"""What a passed task sheet means to the passport: the visit counts, and the levels are counted anew."""

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.activities.events import SheetReviewed
from app.activities.kinds import GOOD_VERDICTS
from app.kit.context import Ctx
from app.passports.models import SheetCredit, Stamp


async def credit_sheet(ctx: Ctx, fact: SheetReviewed) -> None:
    """Passed counts, given back after it no longer does; 优秀 after 通过 changes nothing."""
    good, was_good = fact.verdict in GOOD_VERDICTS, fact.before in GOOD_VERDICTS
    if good == was_good:
        return
    row = pg_insert(SheetCredit).values(
        district_id=ctx.district_id,
        pupil_id=fact.pupil_id,
        session_id=fact.session_id,
        standing=good,
    )
    keys = ("district_id", "pupil_id", "session_id")
    changed = {"standing": good, "changed_at": func.now()}
    await ctx.conn.execute(row.on_conflict_do_update(index_elements=keys, set_=changed))
    await ctx.conn.execute(
        update(Stamp)
        .where(
            Stamp.district_id == ctx.district_id,
            Stamp.pupil_id == fact.pupil_id,
            Stamp.session_id == fact.session_id,
            Stamp.revoked_at.is_(None),
        )
        .values(counted_at=None)
    )
