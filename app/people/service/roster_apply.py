"""Applying a checked roster, and taking a whole import back."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update

from app.audit import service as audit
from app.channels.service.tags import order_tags
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.orgs.service import open_classes
from app.people.errors import CannotUndo, WrongImportState
from app.people.kinds import Act, ImportState, PersonState
from app.people.models import Enrollment, Person, RosterChange, RosterImport
from app.people.rules import Row
from app.people.service.roster import access_import, load_import, planned

Ids = dict[UUID, UUID]

# What a child may not have gained since: a guardian, a booking, another enrolment.
_TOUCHED = text(
    """
SELECT count(DISTINCT c.pupil_id) FROM roster_change c
WHERE c.district_id = :district AND c.import_id = :import AND (
  (c.act = 'enrol' AND (
    EXISTS (SELECT 1 FROM guardianship g WHERE g.district_id = c.district_id
      AND g.pupil_id = c.pupil_id)
    OR EXISTS (SELECT 1 FROM binding_code b WHERE b.district_id = c.district_id
      AND b.pupil_id = c.pupil_id)))
  OR EXISTS (SELECT 1 FROM enrollment e WHERE e.district_id = c.district_id
    AND e.pupil_id = c.pupil_id AND e.created_at > :applied
    AND e.id <> coalesce(c.opened_id, c.import_id)))
"""
)


async def apply_roster(ctx: Ctx, import_id: UUID) -> None:
    """Do what a fresh plan says, all or nothing. Run by the worker; running again does nothing."""
    row = await load_import(ctx, import_id)
    if row.state != ImportState.APPLYING:
        return
    rows = [line for line in await planned(ctx, row) if line.act not in (Act.ERROR, Act.SAME)]
    await _enrol_people(ctx, [line for line in rows if line.act is Act.ENROL])
    closed = await _close(ctx, [line for line in rows if line.act in (Act.MOVE, Act.LEAVE)])
    opened = await _open(
        ctx, row, [line for line in rows if line.act in (Act.ENROL, Act.MOVE, Act.RETURN)]
    )
    await _keep(ctx, row.id, rows, opened, closed)
    row.state = ImportState.APPLIED
    row.version += 1
    await ctx.db.flush()
    detail = dict(Counter(line.act.value for line in rows))
    await audit.record(ctx, "roster:applied", "roster_import", row.id, detail=detail)
    await order_tags(ctx)


async def _enrol_people(ctx: Ctx, lines: Sequence[Row]) -> None:
    for line in lines:
        line.pupil_id = new_id()
    await _add(ctx, Person, [{"id": line.pupil_id, "name": line.name} for line in lines])


async def _add(ctx: Ctx, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await ctx.conn.execute(insert(model), [{"district_id": ctx.district_id, **r} for r in rows])


async def _close(ctx: Ctx, lines: Sequence[Row]) -> Ids:
    """End the open enrolments of these children yesterday, so that today belongs to the new class."""
    stmt = (
        update(Enrollment)
        .where(
            Enrollment.district_id == ctx.district_id,
            Enrollment.pupil_id.in_([line.pupil_id for line in lines]),
            Enrollment.ends_on.is_(None),
        )
        .values(ends_on=ctx.today - timedelta(days=1), version=Enrollment.version + 1)
        .returning(Enrollment.pupil_id, Enrollment.id)
    )
    return {row.pupil_id: row.id for row in (await ctx.conn.execute(stmt)).all()}


async def _open(ctx: Ctx, row: RosterImport, lines: Sequence[Row]) -> Ids:
    keys = sorted({line.class_key for line in lines if line.class_key is not None})
    classes = await open_classes(ctx, row.organization_id, row.school_year, keys)
    opened = {line.pupil_id: new_id() for line in lines if line.pupil_id is not None}
    await _add(
        ctx,
        Enrollment,
        [
            {
                "id": opened[line.pupil_id],
                "pupil_id": line.pupil_id,
                "class_id": classes[line.class_key],
                "student_no": line.student_no or None,
                "starts_on": ctx.today,
            }
            for line in lines
            if line.pupil_id is not None and line.class_key is not None
        ],
    )
    return opened


async def _keep(ctx: Ctx, import_id: UUID, lines: Sequence[Row], opened: Ids, closed: Ids) -> None:
    """The way back, and one audit line a child."""
    touched = [line for line in lines if line.pupil_id is not None]
    await _add(
        ctx,
        RosterChange,
        [
            {
                "import_id": import_id,
                "id": new_id(),
                "act": line.act.value,
                "pupil_id": line.pupil_id,
                "opened_id": opened.get(line.pupil_id) if line.pupil_id else None,
                "closed_id": closed.get(line.pupil_id) if line.pupil_id else None,
            }
            for line in touched
        ],
    )
    await audit.record_many(
        ctx, [(f"roster:{line.act.value}", "person", line.pupil_id) for line in touched]
    )


async def undo_roster(ctx: Ctx, import_id: UUID) -> RosterImport:
    """Take a whole import back: enrolments as before, new children closed.

    Refused as a whole (`people.cannot_undo`) when a child has since been bound,
    or moved again. Undoing again changes nothing.
    """
    row = await access_import(ctx, import_id, lock=True)
    return await take_back(ctx, row, "roster:undo")


async def take_back(ctx: Ctx, row: RosterImport, action: str) -> RosterImport:
    """Undo what `roster_change` says of this import; the caller has locked the row."""
    if row.state == ImportState.UNDONE:
        return row
    if row.state != ImportState.APPLIED:
        raise WrongImportState
    params = {"district": ctx.district_id, "import": row.id, "applied": row.updated_at}
    number = int((await ctx.conn.execute(_TOUCHED, params)).scalar_one())
    if number:
        raise CannotUndo(number=number)
    mine = (RosterChange.district_id == ctx.district_id) & (RosterChange.import_id == row.id)
    in_district = Enrollment.district_id == ctx.district_id
    await ctx.conn.execute(
        delete(Enrollment).where(
            in_district, Enrollment.id.in_(select(RosterChange.opened_id).where(mine))
        )
    )
    await ctx.conn.execute(
        update(Enrollment)
        .where(in_district, Enrollment.id.in_(select(RosterChange.closed_id).where(mine)))
        .values(ends_on=None, version=Enrollment.version + 1)
    )
    new = select(RosterChange.pupil_id).where(mine, RosterChange.act == Act.ENROL.value)
    await ctx.conn.execute(
        update(Person)
        .where(Person.district_id == ctx.district_id, Person.id.in_(new))
        .values(state=PersonState.LEFT, version=Person.version + 1)
    )
    row.state = ImportState.UNDONE
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, action, "roster_import", row.id)
    await order_tags(ctx)
    return row
