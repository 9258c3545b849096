"""Reading the city pack: a child's record, a school's lists, the district's overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from app.audit import service as audit
from app.citypack import statements
from app.citypack.access import access_publicity
from app.citypack.kinds import ObjectionState, PublicityState
from app.citypack.models import CityExport, Objection, Publicity, RecordCorrection
from app.citypack.permissions import P
from app.citypack.rules import (
    Amounts,
    Column,
    Counter,
    amounts_of,
    category_words,
    columns_of,
    corrected,
    say_amount,
    unit_of,
)
from app.citypack.schemas import (
    Cell,
    EntryOut,
    LineOut,
    ObjectionOut,
    OverviewOut,
    OwnListed,
    RecordOut,
)
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.passports import statements as passport_statements
from app.passports.permissions import P as PassportP
from app.passports.queries import as_visited, rules_in_force
from app.passports.rules.builtin import CITY
from app.passports.schemas import RuleBody
from app.people.access import access_pupil


@dataclass(frozen=True)
class Line:
    """A child in a list: the numbers as published, and with what was corrected since."""

    pupil_id: UUID
    name: str
    student_no: str
    class_name: str
    published: Amounts
    amounts: Amounts


async def city_rules(ctx: Ctx) -> RuleBody:
    """The city's rule as it is in force: the columns and numbers of every new list."""
    return next(one.body for one in await rules_in_force(ctx) if one.key == CITY)


def rules_of(row: Publicity) -> RuleBody:
    """The rule as it was when the list opened."""
    return RuleBody.model_validate(row.rules)


async def list_publicities(
    ctx: Ctx, organization_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Publicity], str | None]:
    reach = ctx.require(P.CITY_RECORD_READ)
    stmt = select(Publicity).where(Publicity.district_id == ctx.district_id)
    if not reach.district:
        stmt = stmt.where(Publicity.organization_id.in_(reach.organizations))
    if organization_id:
        stmt = stmt.where(Publicity.organization_id == organization_id)
    return await fetch_page(ctx, stmt, Publicity.id, cursor, limit, newest_first=True)


async def read_publicity(ctx: Ctx, publicity_id: UUID) -> Publicity:
    return await access_publicity(ctx, publicity_id, P.CITY_RECORD_READ)


async def lines_of(ctx: Ctx, publicity_id: UUID, pupil_id: UUID | None = None) -> list[Line]:
    """The lines of a list with its corrections; the caller has the right and logs the read."""
    row = await ctx.db.get(Publicity, (ctx.district_id, publicity_id))
    if row is None or row.rules is None:
        return []
    columns = columns_of(rules_of(row))
    params = {"district": ctx.district_id, "publicity": row.id, "pupil": pupil_id}
    counters: dict[UUID, list[Counter]] = {}
    for one in await ctx.conn.execute(text(statements.COUNTERS), params):
        counters.setdefault(one.pupil_id, []).append(Counter(*one[1:]))
    return [
        Line(
            one.pupil_id,
            one.name,
            one.student_no or "",
            one.class_name,
            one.amounts,
            corrected(columns, one.amounts, counters.get(one.pupil_id, [])),
        )
        for one in await ctx.conn.execute(text(statements.LINES), params)
    ]


async def read_lines(
    ctx: Ctx, publicity_id: UUID, purpose: str = "核对公示", class_name: str | None = None
) -> tuple[Publicity, list[Line]]:
    """The school's own list, or one class of it; every child in it is logged as read."""
    row = await access_publicity(ctx, publicity_id, P.CITY_RECORD_EDIT)
    lines = await lines_of(ctx, row.id)
    if class_name is not None:
        lines = [one for one in lines if one.class_name == class_name]
    await audit.record_reads(ctx, "publicity_line", [one.pupil_id for one in lines], purpose)
    return row, lines


async def count_listed(ctx: Ctx, publicity_id: UUID) -> int:
    """How many children stand in a list; nobody is read."""
    stmt = text(
        "SELECT count(*) FROM publicity_line WHERE district_id = :district AND publicity_id = :id"
    )
    params = {"district": ctx.district_id, "id": publicity_id}
    return int((await ctx.conn.execute(stmt, params)).scalar_one())


async def list_objections(ctx: Ctx, publicity_id: UUID) -> list[tuple[Objection, str]]:
    """(objection, child's name), those that wait first; the children are logged as read."""
    row = await access_publicity(ctx, publicity_id, P.CITY_RECORD_EDIT)
    stmt = (
        select(Objection)
        .where(Objection.district_id == ctx.district_id, Objection.publicity_id == row.id)
        .order_by(Objection.state != ObjectionState.OPEN, Objection.id)
    )
    found = list((await ctx.db.execute(stmt)).scalars())
    names = {one.pupil_id: one.name for one in await lines_of(ctx, row.id)} if found else {}
    await audit.record_reads(ctx, "objection", [one.pupil_id for one in found], "处理公示异议")
    return [(one, names.get(one.pupil_id, "")) for one in found]


async def count_open(ctx: Ctx, publicity_id: UUID) -> int:
    stmt = select(func.count()).where(
        Objection.district_id == ctx.district_id,
        Objection.publicity_id == publicity_id,
        Objection.state == ObjectionState.OPEN,
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def list_exports(ctx: Ctx, publicity_id: UUID) -> list[CityExport]:
    row = await access_publicity(ctx, publicity_id, P.CITY_RECORD_READ)
    stmt = (
        select(CityExport)
        .where(CityExport.district_id == ctx.district_id, CityExport.publicity_id == row.id)
        .order_by(CityExport.number)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def overview(ctx: Ctx) -> list[OverviewOut]:
    """Every school within reach with its newest list; numbers only."""
    reach = ctx.require(P.CITY_RECORD_READ)
    body = await city_rules(ctx)
    params = {
        "district": ctx.district_id,
        "whole": reach.district,
        "schools": list(reach.organizations),
        "least": body.min_grade,
        "most": body.max_grade,
    }
    rows = await ctx.conn.execute(text(statements.OVERVIEW), params)
    return [OverviewOut.model_validate(row) for row in rows]


def cells_of(columns: Sequence[Column], amounts: Amounts, body: RuleBody) -> list[Cell]:
    return [
        Cell(
            key=one.key,
            words=one.words,
            amount=amounts.get(one.key, 0),
            said=say_amount(one.measure, amounts.get(one.key, 0), body.minutes_per_hour),
        )
        for one in columns
    ]


async def pupil_record(ctx: Ctx, pupil_id: UUID) -> RecordOut:
    """A child's ledger against the city's rule, for the family, the class teacher and the school."""
    pupil = await access_pupil(ctx, pupil_id, PassportP.PASSPORT_READ)
    body = await city_rules(ctx)
    columns = columns_of(body)
    params = {"district": ctx.district_id, "pupil": pupil_id}
    cover = await passport_statements.COVER.first(ctx.conn, params)
    if cover is None:
        raise NotFound
    stamps = await passport_statements.WALL.rows(ctx.conn, params)
    corrections = await _corrections(ctx, pupil_id)
    visits = [as_visited(row) for row in stamps]
    counters = [Counter(one.measure, one.category, one.mark, one.amount) for one in corrections]
    # Whoever is below the rule's grades sees what would count from the first of them on.
    grade = cover.grade if cover.grade is not None else body.min_grade
    amounts = corrected(columns, amounts_of(body, visits, grade, ctx.today), counters)
    await audit.record_reads(ctx, "city_record", [pupil_id], "查看综评学时")
    return RecordOut(
        pupil_id=pupil_id,
        pupil_name=pupil.name,
        rules=body.title,
        cells=cells_of(columns, amounts, body),
        needed={one.key: one.needed for one in columns},
        entries=_entries(stamps, corrections, columns, body),
        listed=await _listed(ctx, pupil_id),
    )


async def _corrections(ctx: Ctx, pupil_id: UUID) -> list[RecordCorrection]:
    stmt = (
        select(RecordCorrection)
        .where(
            RecordCorrection.district_id == ctx.district_id, RecordCorrection.pupil_id == pupil_id
        )
        .order_by(RecordCorrection.id)
    )
    return list((await ctx.db.execute(stmt)).scalars())


def _entries(
    stamps: Sequence[Any],
    corrections: Sequence[RecordCorrection],
    columns: Sequence[Column],
    body: RuleBody,
) -> list[EntryOut]:
    """Stamps and counter-entries, newest first."""
    words = {(one.measure, one.category, one.mark): one for one in columns}
    found = [
        EntryOut(
            day=row.day,
            words=f"{row.title}（{row.base_name}）",
            category=category_words(row.category),
            said=f"{row.minutes} 分钟",
        )
        for row in stamps
    ]
    for one in corrections:
        column = words.get((one.measure, one.category, one.mark))
        unit = unit_of(column) if column else ""
        said = say_amount(one.measure, abs(one.amount), body.minutes_per_hour)
        found.append(
            EntryOut(
                day=one.day,
                words=f"更正：{one.reason}",
                category=column.words if column else category_words(one.category),
                said=f"{'＋' if one.amount > 0 else '－'}{said} {unit}",
            )
        )
    return sorted(found, key=lambda one: one.day, reverse=True)


async def _listed(ctx: Ctx, pupil_id: UUID) -> list[OwnListed]:
    stmt = text(
        "SELECT publicity_id FROM publicity_line WHERE district_id = :d AND pupil_id = :p "
        "ORDER BY publicity_id DESC LIMIT 12"
    )
    ids = (await ctx.conn.execute(stmt, {"d": ctx.district_id, "p": pupil_id})).scalars()
    found = []
    for publicity_id in list(ids):
        row = await ctx.db.get_one(Publicity, (ctx.district_id, publicity_id))
        if row.state == PublicityState.WITHDRAWN:
            continue
        (line,) = await lines_of(ctx, row.id, pupil_id)
        body = rules_of(row)
        objections = await ctx.db.execute(
            select(Objection)
            .where(
                Objection.district_id == ctx.district_id,
                Objection.publicity_id == publicity_id,
                Objection.pupil_id == pupil_id,
            )
            .order_by(Objection.id)
        )
        raised = [ObjectionOut.model_validate(one) for one in objections.scalars()]
        waits = any(one.state == ObjectionState.OPEN for one in raised)
        found.append(
            OwnListed(
                publicity_id=row.id,
                title=row.title,
                state=row.state,
                closes_at=row.closes_at,
                cells=cells_of(columns_of(body), line.amounts, body),
                may_object=is_heard(ctx, row) and not waits,
                objections=raised,
            )
        )
    return found


def is_heard(ctx: Ctx, row: Publicity) -> bool:
    """Whether objections are still taken."""
    return (
        row.state == PublicityState.OPEN and row.closes_at is not None and ctx.now < row.closes_at
    )


def lines_out(row: Publicity, lines: Sequence[Line]) -> list[LineOut]:
    """As they go over the wire, with the names as the caller gives them."""
    body = rules_of(row)
    columns = columns_of(body)
    return [
        LineOut(
            pupil_id=one.pupil_id,
            name=one.name,
            class_name=one.class_name,
            cells=cells_of(columns, one.amounts, body),
            corrected=one.amounts != one.published,
        )
        for one in lines
    ]
