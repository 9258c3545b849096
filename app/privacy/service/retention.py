"""What is older than its purpose goes, every night, and leaves a proof."""

from sqlalchemy import insert

from app.announcements import retention as announcements
from app.attendance import retention as attendance
from app.audit import service as audit
from app.bookings import retention as bookings
from app.channels import pushes
from app.evaluations import retention as evaluations
from app.jobs.service import Arguments, Unit
from app.kit import idempotency
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.kit.retention import AT_ONCE, Kept
from app.notifications import retention as notifications
from app.passports import retention as passports
from app.people import retention as people
from app.privacy.models import DeletionProof
from app.resources import retention as resources

# In this order: a delivery goes before the notification it belongs to.
CLASSES: tuple[Kept, ...] = (
    *idempotency.KEPT,
    *pushes.KEPT,
    *announcements.KEPT,
    *attendance.KEPT,
    *bookings.KEPT,
    *evaluations.KEPT,
    *people.KEPT,
    *notifications.KEPT,
    *passports.KEPT,
    *resources.KEPT,
)


async def forget_old(unit: Unit, _: Arguments) -> None:
    """Apply every rule of retention in small steps; running again finds nothing more."""
    for kept in CLASSES:
        full = True
        while full:
            async with unit() as ctx:
                full = await _step(ctx, kept) >= AT_ONCE


async def _step(ctx: Ctx, kept: Kept) -> int:
    params = {"district": ctx.district_id, "days": kept.days, "most": AT_ONCE}
    gone = (await ctx.conn.execute(kept.statement(), params)).one()
    if gone.rows:
        proof_id = new_id()
        await ctx.conn.execute(
            insert(DeletionProof).values(
                district_id=ctx.district_id,
                id=proof_id,
                data_class=kept.name,
                days=kept.days,
                rows=gone.rows,
                digest=gone.digest,
            )
        )
        detail = {"class": kept.name, "rows": gone.rows, "digest": gone.digest}
        await audit.record(ctx, "retention:delete", "deletion_proof", proof_id, detail=detail)
    return int(gone.rows)
