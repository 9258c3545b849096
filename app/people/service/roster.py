"""Importing a school's roster: check first, then apply, and if need be take it all back.

Everything is set-based: 20,000 rows are a handful of statements, in one
transaction, so that a killed worker leaves nothing half-imported.
"""

from collections import Counter
from uuid import UUID

from sqlalchemy import Text, any_, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from app.audit import service as audit
from app.jobs.service import enqueue
from app.kit.context import Ctx
from app.kit.errors import DomainError, NotFound
from app.kit.sheets import check_file, read_table
from app.orgs.access import access_organization
from app.orgs.models import SchoolClass
from app.people.errors import NothingToImport, UnknownColumns, WrongImportState
from app.people.kinds import Act, ImportKind, ImportState
from app.people.models import Enrollment, Person, RosterImport
from app.people.permissions import P
from app.people.rules import Known, NoSuchColumns, Row, plan, read_rows

CHANGING = (Act.ENROL, Act.MOVE, Act.LEAVE, Act.RETURN)
CHECK, APPLY = "people.roster_check", "people.roster_apply"
SCHOOL_YEAR_STARTS = 8  # in August schools already prepare the year that begins in September


async def upload_roster(ctx: Ctx, organization_id: UUID, content: bytes) -> RosterImport:
    """Take a file and order its check. A harmful or unreadable file is refused at once."""
    await access_organization(ctx, organization_id, P.PERSON_EDIT)
    check_file(content)
    row = RosterImport(
        district_id=ctx.district_id,
        organization_id=organization_id,
        school_year=ctx.today.year - (ctx.today.month < SCHOOL_YEAR_STARTS),
        content=content,
        created_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "roster:upload", "roster_import", row.id)
    await enqueue(ctx, CHECK, roster=row.id)
    await ctx.db.refresh(row)
    return row


async def access_import(
    ctx: Ctx, import_id: UUID, *, lock: bool = False, kind: ImportKind = ImportKind.ROSTER
) -> RosterImport:
    """An import of a school the actor edits; else `kit.not_found`."""
    reach = ctx.require(P.PERSON_EDIT)
    row = await ctx.db.get(RosterImport, (ctx.district_id, import_id), with_for_update=lock or None)
    if row is None or row.kind != kind or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def order_apply(ctx: Ctx, import_id: UUID) -> RosterImport:
    """Apply the good rows of a checked file; those with reasons stay out. Ordering again is fine."""
    row = await access_import(ctx, import_id, lock=True)
    if row.state in (ImportState.APPLYING, ImportState.APPLIED):
        return row
    if row.state != ImportState.CHECKED:
        raise WrongImportState
    if not any(row.counts.get(act, 0) for act in CHANGING):
        raise NothingToImport
    row.state = ImportState.APPLYING
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "roster:apply", "roster_import", row.id)
    await enqueue(ctx, APPLY, roster=row.id)
    return row


async def check_roster(ctx: Ctx, import_id: UUID) -> None:
    """Plan every row (the dry run). Run by the worker; running again gives the same plan."""
    row = await load_import(ctx, import_id)
    if row.state not in (ImportState.WAITING, ImportState.CHECKED):
        return
    try:
        rows = await planned(ctx, row)
    except DomainError as refusal:
        row.state, row.problem = ImportState.REFUSED, refusal.code
        await ctx.db.flush()
        return
    row.state = ImportState.CHECKED
    row.total = len(rows)
    row.counts = dict(Counter(line.act.value for line in rows))
    row.rows = [
        {"row": line.number, "act": line.act.value, "reasons": line.reasons} for line in rows
    ]
    row.version += 1
    await ctx.db.flush()


async def load_import(ctx: Ctx, import_id: UUID) -> RosterImport:
    """The import a job was queued for, locked; the job's own transaction."""
    row = await ctx.db.get(RosterImport, (ctx.district_id, import_id), with_for_update=True)
    if row is None:
        raise NotFound
    return row


async def planned(ctx: Ctx, row: RosterImport) -> list[Row]:
    """The file's lines, decided against who is registered now."""
    try:
        rows = read_rows(read_table(row.content))
    except NoSuchColumns as exc:
        raise UnknownColumns(missing=str(exc)) from exc
    numbers = [line.student_no for line in rows if line.student_no]
    plan(rows, await _known(ctx, row, numbers))
    return rows


async def _known(ctx: Ctx, row: RosterImport, numbers: list[str]) -> list[Known]:
    """Everybody of this school, and whoever carries one of the file's numbers anywhere."""
    latest = (
        select(
            Enrollment.pupil_id,
            Enrollment.student_no,
            Enrollment.class_id,
            Enrollment.ends_on,
        )
        .where(Enrollment.district_id == ctx.district_id)
        .ext(distinct_on(Enrollment.pupil_id))
        .order_by(
            Enrollment.pupil_id, Enrollment.ends_on.desc().nulls_first(), Enrollment.id.desc()
        )
        .subquery()
    )
    stmt = (
        select(
            Person.id,
            Person.name,
            latest.c.student_no,
            latest.c.ends_on,
            SchoolClass.grade,
            SchoolClass.name.label("class_name"),
            SchoolClass.organization_id,
        )
        .join(latest, latest.c.pupil_id == Person.id)
        .join(
            SchoolClass,
            (SchoolClass.district_id == Person.district_id) & (SchoolClass.id == latest.c.class_id),
        )
        .where(
            Person.district_id == ctx.district_id,
            or_(
                SchoolClass.organization_id == row.organization_id,
                latest.c.student_no == any_(cast(numbers, ARRAY(Text))),
            ),
        )
    )
    return [
        Known(
            pupil_id=found.id,
            name=found.name,
            student_no=found.student_no,
            class_key=(found.grade, found.class_name) if found.ends_on is None else None,
            own_school=found.organization_id == row.organization_id,
        )
        for found in await ctx.conn.execute(stmt)
    ]
