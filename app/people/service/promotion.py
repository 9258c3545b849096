"""升级与毕业: when a school year is over, every class moves up and the oldest leave."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.audit import service as audit
from app.channels.service.tags import order_tags
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.ids import new_id
from app.orgs.access import access_organization
from app.orgs.models import Organization, SchoolClass
from app.orgs.service import open_classes
from app.people.errors import (
    ClassTaken,
    NothingToPromote,
    PromotionChanged,
    PromotionTooEarly,
)
from app.people.kinds import Act, ImportKind, ImportState
from app.people.models import Enrollment, RosterChange, RosterImport
from app.people.permissions import P
from app.people.rules import next_grade, promoted_name
from app.people.schemas import ClassMove, PromotionPreview
from app.people.service.roster import access_import
from app.people.service.roster_apply import take_back


def opens_on(school_year: int) -> date:
    """From the July in which the year ends."""
    return date(school_year + 1, 7, 1)


async def preview_promotion(ctx: Ctx, organization_id: UUID, school_year: int) -> PromotionPreview:
    """What would happen to each class of the year that ends; changes nothing."""
    await access_organization(ctx, organization_id, P.PERSON_EDIT)
    classes = await _moves(ctx, organization_id, school_year)
    standing = await _standing(ctx, organization_id, school_year)
    leaving = sum(one.pupils for one in classes if one.next_name is None)
    return PromotionPreview(
        organization_id=organization_id,
        school_year=school_year,
        opens_on=opens_on(school_year),
        applied_id=standing.id if standing else None,
        moving=sum(one.pupils for one in classes) - leaving,
        leaving=leaving,
        classes=classes,
    )


async def _moves(ctx: Ctx, organization_id: UUID, school_year: int) -> list[ClassMove]:
    """The classes of the year with their open enrolments, and what becomes of them."""
    stmt = (
        select(
            SchoolClass.id,
            SchoolClass.name,
            SchoolClass.grade,
            func.count(Enrollment.id).label("pupils"),
        )
        .outerjoin(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id)
            & Enrollment.ends_on.is_(None),
        )
        .where(
            SchoolClass.district_id == ctx.district_id,
            SchoolClass.organization_id == organization_id,
            SchoolClass.school_year == school_year,
        )
        .group_by(SchoolClass.id, SchoolClass.name, SchoolClass.grade)
        .order_by(SchoolClass.grade, SchoolClass.name)
    )
    rows = (await ctx.conn.execute(stmt)).all()
    has_junior = any(row.grade > 5 for row in rows)
    return [_move(row, has_junior=has_junior) for row in rows]


def _move(row: AnyRow, *, has_junior: bool) -> ClassMove:
    grade = next_grade(row.grade, has_junior=has_junior)
    return ClassMove(
        class_id=row.id,
        name=row.name,
        grade=row.grade,
        pupils=row.pupils,
        next_name=promoted_name(row.name, grade) if grade is not None else None,
        next_grade=grade,
    )


async def _standing(ctx: Ctx, organization_id: UUID, school_year: int) -> RosterImport | None:
    stmt = select(RosterImport).where(
        RosterImport.district_id == ctx.district_id,
        RosterImport.organization_id == organization_id,
        RosterImport.school_year == school_year,
        RosterImport.kind == ImportKind.PROMOTION,
        RosterImport.state == ImportState.APPLIED,
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


@dataclass(frozen=True)
class _Mover:
    """A pupil of the year that ends; `class_id` is the new class, or None for one who leaves."""

    pupil_id: UUID
    closed_id: UUID
    student_no: str | None
    class_id: UUID | None
    opened_id: UUID


async def promote(ctx: Ctx, organization_id: UUID, school_year: int, pupils: int) -> RosterImport:
    """Move every class up from today and let the oldest leave, all in one transaction.

    Refused before the July of the year (`people.promotion_too_early`), when the
    roster is not what was confirmed (`people.promotion_changed`) or empty. The
    year promoted already gives the promotion that stands.
    """
    await access_organization(ctx, organization_id, P.PERSON_EDIT)
    await _alone(ctx, organization_id)
    if standing := await _standing(ctx, organization_id, school_year):
        return standing
    day = opens_on(school_year)
    if ctx.today < day:
        raise PromotionTooEarly(year=school_year, day=f"{day.year} 年 7 月 1 日")
    moves = await _moves(ctx, organization_id, school_year)
    places = await _new_classes(ctx, organization_id, school_year + 1, moves)
    movers = await _close(ctx, places)
    if len(movers) != pupils:
        raise PromotionChanged(seen=pupils, now=len(movers))
    if not movers:
        raise NothingToPromote
    await _open(ctx, movers)
    return await _keep(ctx, organization_id, school_year, movers)


async def _alone(ctx: Ctx, organization_id: UUID) -> None:
    """Two promotions of one school take turns; the second finds the first."""
    stmt = select(Organization.id).where(
        Organization.district_id == ctx.district_id, Organization.id == organization_id
    )
    await ctx.conn.execute(stmt.with_for_update(key_share=True))


async def _new_classes(
    ctx: Ctx, organization_id: UUID, school_year: int, moves: list[ClassMove]
) -> dict[UUID, UUID | None]:
    """Old class → class of the next year (opened when missing), or None where pupils leave."""
    keys = {
        one.class_id: (one.next_grade, one.next_name)
        for one in moves
        if one.next_grade is not None and one.next_name is not None
    }
    found = await open_classes(ctx, organization_id, school_year, sorted(set(keys.values())))
    for key in keys.values():
        if key not in found:
            raise ClassTaken(name=key[1])
    return {
        one.class_id: found[keys[one.class_id]] if one.class_id in keys else None for one in moves
    }


async def _close(ctx: Ctx, places: dict[UUID, UUID | None]) -> list[_Mover]:
    """End the open enrolments of these classes yesterday, so that today belongs to the new class."""
    stmt = (
        update(Enrollment)
        .where(
            Enrollment.district_id == ctx.district_id,
            Enrollment.class_id.in_(list(places)),
            Enrollment.ends_on.is_(None),
        )
        .values(ends_on=ctx.today - timedelta(days=1), version=Enrollment.version + 1)
        .returning(Enrollment.pupil_id, Enrollment.id, Enrollment.class_id, Enrollment.student_no)
    )
    return [
        _Mover(row.pupil_id, row.id, row.student_no, places[row.class_id], new_id())
        for row in (await ctx.conn.execute(stmt)).all()
    ]


async def _open(ctx: Ctx, movers: list[_Mover]) -> None:
    rows = [
        {
            "district_id": ctx.district_id,
            "id": one.opened_id,
            "pupil_id": one.pupil_id,
            "class_id": one.class_id,
            "student_no": one.student_no,
            "starts_on": ctx.today,
        }
        for one in movers
        if one.class_id is not None
    ]
    if rows:
        await ctx.conn.execute(insert(Enrollment), rows)


async def _keep(
    ctx: Ctx, organization_id: UUID, school_year: int, movers: list[_Mover]
) -> RosterImport:
    """The record, the way back, and one audit line a child."""
    acts = {one.pupil_id: Act.LEAVE if one.class_id is None else Act.MOVE for one in movers}
    row = RosterImport(
        district_id=ctx.district_id,
        organization_id=organization_id,
        kind=ImportKind.PROMOTION,
        school_year=school_year,
        state=ImportState.APPLIED,
        content=b"",
        total=len(movers),
        counts=dict(Counter(act.value for act in acts.values())),
        created_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    changes = [
        {
            "district_id": ctx.district_id,
            "import_id": row.id,
            "id": new_id(),
            "act": acts[one.pupil_id].value,
            "pupil_id": one.pupil_id,
            "opened_id": one.opened_id if one.class_id is not None else None,
            "closed_id": one.closed_id,
        }
        for one in movers
    ]
    await ctx.conn.execute(insert(RosterChange), changes)
    lines = [(f"promotion:{act.value}", "person", pupil) for pupil, act in acts.items()]
    await audit.record_many(ctx, [(action, noun, pupil) for action, noun, pupil in lines])
    await audit.record(ctx, "promotion:apply", "roster_import", row.id, detail=dict(row.counts))
    await order_tags(ctx)
    await ctx.db.refresh(row)
    return row


async def undo_promotion(ctx: Ctx, promotion_id: UUID) -> RosterImport:
    """Everybody back into the class before; the new classes stay, empty, for the next attempt.

    Refused as a whole (`people.cannot_undo`) when a child has been moved again
    since. Undoing again changes nothing.
    """
    row = await access_import(ctx, promotion_id, lock=True, kind=ImportKind.PROMOTION)
    return await take_back(ctx, row, "promotion:undo")
