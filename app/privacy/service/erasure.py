"""Erasing a child: every package forgets what it holds, in one transaction."""

from uuid import UUID

from sqlalchemy import select, update

from app.attendance import personal as attendance
from app.audit import service as audit
from app.bookings import personal as bookings
from app.channels.pushes import forget_words
from app.citypack import personal as citypack
from app.evaluations import personal as evaluations
from app.jobs.service import Arguments, Unit
from app.kit.context import Ctx
from app.kit.idempotency import forget_answers
from app.kit.personal import Erased
from app.notifications import personal as notifications
from app.passports import personal as passports
from app.people import personal as people
from app.people.models import Person
from app.privacy import statements
from app.privacy.kinds import DataRequestState
from app.privacy.models import DataRequest
from app.privacy.rules import GONE_AFTER_DAYS
from app.rounds import personal as rounds


async def erase_pupil(ctx: Ctx, pupil_id: UUID) -> Erased:
    """No personal value of the child is left; stamps and sums stay as numbers without a name.

    Erasing again finds nothing more to do.
    """
    person = await ctx.db.get_one(Person, (ctx.district_id, pupil_id), with_for_update=True)
    name, told = person.name, await people.told_about(ctx, pupil_id)
    if name == people.GONE:
        return {}
    found = await bookings.erase(ctx, pupil_id)
    await ctx.flush()  # giving places back writes messages, which have to go too
    found |= await attendance.erase(ctx, pupil_id)
    found |= await passports.erase(ctx, pupil_id)
    found |= await citypack.erase(ctx, pupil_id)
    found |= await evaluations.erase(ctx, pupil_id)
    found |= await rounds.erase(ctx, pupil_id)
    found |= await notifications.erase(ctx, told, name)
    found |= await people.erase(ctx, pupil_id)
    await _blank_notes(ctx, pupil_id)
    await forget_words(ctx.conn, ctx.district_id, name)
    await forget_answers(ctx, told)
    found = {word: number for word, number in found.items() if number}
    await audit.record(ctx, "data:erased", "person", pupil_id, pupil_id=pupil_id, detail=found)
    return found


async def _blank_notes(ctx: Ctx, pupil_id: UUID) -> None:
    await ctx.conn.execute(
        update(DataRequest)
        .where(DataRequest.district_id == ctx.district_id, DataRequest.pupil_id == pupil_id)
        .values(note="", answer="")
    )


async def erase_due(unit: Unit, _: Arguments) -> None:
    """Carry out every erasure that is due, and forget children gone for a year; one by one."""
    async with unit() as ctx:
        rows = (await ctx.conn.execute(statements.DUE, {"district": ctx.district_id})).all()
    for row in rows:
        async with unit() as ctx:
            await _carry_out(ctx, row.id)
    async with unit() as ctx:
        params = {"district": ctx.district_id, "gone": people.GONE, "days": GONE_AFTER_DAYS}
        gone = list((await ctx.conn.execute(statements.LONG_GONE, params)).scalars())
    for pupil_id in gone:
        async with unit() as ctx:
            await erase_pupil(ctx, pupil_id)


async def _carry_out(ctx: Ctx, request_id: UUID) -> None:
    """Taken back in the last second counts: the row is locked and looked at again."""
    stmt = (
        select(DataRequest)
        .where(DataRequest.district_id == ctx.district_id, DataRequest.id == request_id)
        .with_for_update()
    )
    row = (await ctx.db.execute(stmt)).scalar_one()
    if row.state != DataRequestState.OPEN:
        return
    found = await erase_pupil(ctx, row.pupil_id)
    await ctx.conn.execute(
        update(DataRequest)
        .where(DataRequest.district_id == ctx.district_id, DataRequest.id == request_id)
        .values(
            state=DataRequestState.DONE,
            settled_at=ctx.now,
            counts=found,
            version=DataRequest.version + 1,
        )
    )
