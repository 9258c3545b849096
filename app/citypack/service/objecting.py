"""异议 and 更正: heard until the deadline, answered once, corrected by counter-entries only."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.audit.changes import add_row
from app.citypack.access import access_objection
from app.citypack.errors import (
    BelowZero,
    CorrectionMissing,
    ObjectionDecided,
    ObjectionTooLate,
    ObjectionWaiting,
    UnknownColumn,
)
from app.citypack.events import Listed, ObjectionSettled
from app.citypack.kinds import ObjectionState, PublicityState
from app.citypack.models import Objection, Publicity, RecordCorrection
from app.citypack.permissions import P
from app.citypack.queries import city_rules, is_heard, lines_of, pupil_record, rules_of
from app.citypack.rules import Column, columns_of, say_amount, unit_of
from app.citypack.schemas import CorrectionPart
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.moderation.service import refuse_forbidden
from app.orgs.models import SchoolClass
from app.passports.schemas import RuleBody
from app.people.access import access_own_pupil
from app.people.models import Enrollment, Guardianship, Person


async def raise_objection(ctx: Ctx, publicity_id: UUID, pupil_id: UUID, reason: str) -> Objection:
    """A guardian about the own child, or the school about one of its list.

    Said again in the same words it is the same objection. Refused after the deadline, and while
    another one about this child waits.
    """
    row = await ctx.db.get(
        Publicity, (ctx.district_id, publicity_id), with_for_update={"read": True}
    )
    by_school = ctx.reach(P.CITY_RECORD_EDIT).covers(row.organization_id) if row else False
    if not by_school:
        ctx.require(P.CITY_RECORD_OBJECT)
        access_own_pupil(ctx, pupil_id)
    if (
        row is None
        or row.state == PublicityState.DRAFT
        or not await lines_of(ctx, row.id, pupil_id)
    ):
        raise NotFound
    stmt = select(Objection).where(
        Objection.district_id == ctx.district_id,
        Objection.publicity_id == publicity_id,
        Objection.pupil_id == pupil_id,
        Objection.state == ObjectionState.OPEN,
    )
    standing = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if standing is not None:
        if (standing.raised_by, standing.reason) == (ctx.actor.person_id, reason):
            return standing
        raise ObjectionWaiting
    if not is_heard(ctx, row):
        raise ObjectionTooLate
    await refuse_forbidden(ctx, [reason])
    objection = Objection(
        district_id=ctx.district_id,
        id=new_id(),
        publicity_id=publicity_id,
        pupil_id=pupil_id,
        raised_by=ctx.actor.person_id,
        by_school=by_school,
        reason=reason,
    )
    return await add_row(ctx, objection, "objection")


async def decide_objection(
    ctx: Ctx, objection_id: UUID, accept: bool, answer: str, part: CorrectionPart | None
) -> Objection:
    """The school accepts (with a correction) or refuses (with a reason); the family is told either.

    The same decision again changes nothing; another one is refused.
    """
    objection, row = await access_objection(ctx, objection_id)
    wanted = ObjectionState.ACCEPTED if accept else ObjectionState.REFUSED
    if objection.state == wanted:
        return objection
    if objection.state != ObjectionState.OPEN:
        raise ObjectionDecided
    if accept:
        if part is None:
            raise CorrectionMissing
        column = _column(rules_of(row), part.column)
        await _refuse_below_zero(ctx, row, objection.pupil_id, column, part.amount)
        correction = _correction(ctx, row.organization_id, objection.pupil_id, column, part.amount)
        correction.publicity_id, correction.objection_id = row.id, objection.id
        correction.day, correction.reason = row.ends_on, answer
        await add_row(ctx, correction, "record_correction")
    objection.state, objection.answer = wanted, answer
    objection.decided_by, objection.decided_at = ctx.actor.person_id, ctx.now
    objection.version += 1
    await ctx.db.flush()
    await audit.record(
        ctx, f"objection:{wanted}", "objection", objection.id, pupil_id=objection.pupil_id
    )
    result = f"{'已采纳并更正' if accept else '不采纳'}：{answer}"
    listed = await _listed(ctx, objection.pupil_id)
    await ctx.emit(ObjectionSettled(objection.id, row.title, result, listed))
    return objection


async def correct_record(
    ctx: Ctx, pupil_id: UUID, part: CorrectionPart, day: date, reason: str
) -> RecordCorrection:
    """The school adds or takes away, with the reason. It belongs to the list that covers the day.

    A list that is exported stays as it is: the correction goes into its supplement.
    """
    school_id = await _school_of(ctx, pupil_id)
    row = await _covering(ctx, school_id, pupil_id, day)
    column = _column(rules_of(row) if row else await city_rules(ctx), part.column)
    await _refuse_below_zero(ctx, row, pupil_id, column, part.amount)
    correction = _correction(ctx, school_id, pupil_id, column, part.amount)
    correction.publicity_id, correction.day, correction.reason = (
        row.id if row else None,
        day,
        reason,
    )
    return await add_row(ctx, correction, "record_correction")


async def _school_of(ctx: Ctx, pupil_id: UUID) -> UUID:
    """The child's school now, when the right to correct reaches it; the child is locked."""
    reach = ctx.require(P.CITY_RECORD_EDIT)
    stmt = (
        select(SchoolClass.organization_id)
        .join(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id),
        )
        .where(
            Enrollment.district_id == ctx.district_id,
            Enrollment.pupil_id == pupil_id,
            Enrollment.ends_on.is_(None),
        )
    )
    school_id = (await ctx.conn.execute(stmt)).scalar_one_or_none()
    if school_id is None or not reach.covers(school_id):
        raise NotFound
    await ctx.db.get_one(Person, (ctx.district_id, pupil_id), with_for_update={"key_share": True})
    return school_id


async def _covering(ctx: Ctx, school_id: UUID, pupil_id: UUID, day: date) -> Publicity | None:
    stmt = (
        select(Publicity)
        .where(
            Publicity.district_id == ctx.district_id,
            Publicity.organization_id == school_id,
            Publicity.state.in_([PublicityState.OPEN, PublicityState.EXPORTED]),
            Publicity.starts_on <= day,
            Publicity.ends_on >= day,
        )
        .with_for_update(read=True)
    )
    for row in (await ctx.db.execute(stmt)).scalars():
        if await lines_of(ctx, row.id, pupil_id):
            return row
    return None


def _column(body: RuleBody, key: str) -> Column:
    for column in columns_of(body):
        if column.key == key:
            return column
    raise UnknownColumn


async def _refuse_below_zero(
    ctx: Ctx, row: Publicity | None, pupil_id: UUID, column: Column, amount: int
) -> None:
    """Neither a list nor the ledger as a whole goes below nothing."""
    if amount >= 0:
        return
    if row is not None:
        (line,) = await lines_of(ctx, row.id, pupil_id)
        have, body = line.amounts.get(column.key, 0), rules_of(row)
    else:
        record, body = await pupil_record(ctx, pupil_id), await city_rules(ctx)
        have = next((one.amount for one in record.cells if one.key == column.key), 0)
    if have + amount < 0:
        said = say_amount(column.measure, have, body.minutes_per_hour)
        raise BelowZero(have=f"{said} {unit_of(column)}")


def _correction(
    ctx: Ctx, school_id: UUID, pupil_id: UUID, column: Column, amount: int
) -> RecordCorrection:
    return RecordCorrection(
        district_id=ctx.district_id,
        id=new_id(),
        organization_id=school_id,
        pupil_id=pupil_id,
        measure=column.measure,
        category=column.category,
        mark=column.mark,
        amount=amount,
        person_id=ctx.actor.person_id,
    )


async def _listed(ctx: Ctx, pupil_id: UUID) -> Listed:
    name = select(Person.name).where(Person.district_id == ctx.district_id, Person.id == pupil_id)
    guardians = select(Guardianship.guardian_id).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.pupil_id == pupil_id,
        Guardianship.ends_on.is_(None),
    )
    return Listed(
        pupil_id,
        (await ctx.conn.execute(name)).scalar_one(),
        tuple((await ctx.conn.execute(guardians)).scalars()),
    )
