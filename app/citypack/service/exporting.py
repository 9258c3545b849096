"""导出: a frozen snapshot with its digest after the deadline; later corrections make supplements."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.audit.changes import add_row
from app.citypack.access import access_publicity
from app.citypack.errors import NothingChanged, NotPublished, ObjectionsOpen, TooEarly
from app.citypack.kinds import PublicityState
from app.citypack.models import CityExport, Publicity
from app.citypack.permissions import P
from app.citypack.queries import count_open, lines_of, list_exports, rules_of
from app.citypack.rules import columns_of, differing, digest_of, say_amount, unit_of
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.sheets import write_book
from app.orgs.models import Organization

HEAD = ("学校", "学籍号", "姓名", "班级")


async def export_list(ctx: Ctx, publicity_id: UUID, supplement: bool) -> CityExport:
    """Freeze the whole list, once; or, with `supplement`, the lines corrected since the last export.

    Exported again, it is the export that stands. Refused before the deadline and while objections
    wait; a supplement without corrections is refused, too.
    """
    row = await access_publicity(ctx, publicity_id, P.CITY_RECORD_EDIT, lock=True)
    if row.state not in (PublicityState.OPEN, PublicityState.EXPORTED) or row.closes_at is None:
        raise NotPublished
    standing = await list_exports(ctx, publicity_id)
    if standing and not supplement:
        return standing[0]
    if ctx.now < row.closes_at:
        raise TooEarly(until=platform_time(row.closes_at - timedelta(minutes=1)))
    if waiting := await count_open(ctx, row.id):
        raise ObjectionsOpen(number=waiting)
    lines = await _frozen(ctx, row)
    if supplement:
        if not standing:
            raise NotPublished
        lines = differing(_known(standing), lines)
        if not lines:
            raise NothingChanged
    return await _keep(ctx, row, len(standing), lines)


def _known(standing: list[CityExport]) -> list[dict[str, Any]]:
    """Every child's numbers as last handed over."""
    known: dict[str, dict[str, Any]] = {}
    for export in standing:
        known |= {line["pupil"]: line for line in export.lines}
    return list(known.values())


async def _frozen(ctx: Ctx, row: Publicity) -> list[dict[str, Any]]:
    return [
        {"pupil": str(one.pupil_id), "class": one.class_name, "amounts": one.amounts}
        for one in await lines_of(ctx, row.id)
    ]


async def _keep(ctx: Ctx, row: Publicity, number: int, lines: list[dict[str, Any]]) -> CityExport:
    export = CityExport(
        district_id=ctx.district_id,
        id=new_id(),
        publicity_id=row.id,
        number=number,
        digest=digest_of(lines),
        lines=lines,
        person_id=ctx.actor.person_id,
    )
    row.state = PublicityState.EXPORTED
    row.version += 1
    await add_row(ctx, export, "city_export")
    return export


async def take_export(ctx: Ctx, export_id: UUID) -> tuple[str, bytes]:
    """(file name, .xlsx) of a frozen export with full names: a fresh proof, every child logged."""
    stmt = select(CityExport).where(
        CityExport.district_id == ctx.district_id, CityExport.id == export_id
    )
    ctx.require(P.CITY_RECORD_EDIT)
    export = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if export is None:
        raise NotFound
    row = await access_publicity(ctx, export.publicity_id, P.CITY_RECORD_EDIT)
    ctx.require_proof()
    school = await ctx.db.get_one(Organization, (ctx.district_id, row.organization_id))
    body = rules_of(row)
    columns = columns_of(body)
    people = {str(one.pupil_id): one for one in await lines_of(ctx, row.id)}
    rows = []
    for line in export.lines:
        who = people[line["pupil"]]
        cells = [
            say_amount(one.measure, line["amounts"].get(one.key, 0), body.minutes_per_hour)
            for one in columns
        ]
        rows.append((school.name, who.student_no, who.name, line["class"], *cells))
    pupils = [UUID(line["pupil"]) for line in export.lines]
    await audit.record_reads(ctx, "city_export", pupils, "导出综评学时")
    detail = {"rows": len(rows), "named": True}
    await audit.record(ctx, "export:create", "city_export", export.id, detail=detail)
    head = (*HEAD, *(f"{one.words}（{unit_of(one)}）" for one in columns))
    about = [
        ("学校", school.name),
        ("公示", row.title),
        ("时间段", f"{row.starts_on} 至 {row.ends_on}"),
        ("种类", f"补充表 {export.number}" if export.number else "全表"),
        ("导出时间", platform_time(export.created_at)),
        ("校验码", export.digest),
    ]
    book = write_book([("学时", head, rows), ("说明", ("项目", "内容"), about)])
    kind = f"补充{export.number}" if export.number else "全表"
    return f"综评学时{row.title}{kind}.xlsx", book
