"""Reading rosters: what was uploaded, and what would follow."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.kit.context import Ctx
from app.kit.errors import DomainError
from app.kit.paging import fetch_page
from app.kit.sheets import read_table, write_table
from app.people.errors import UnknownColumns
from app.people.kinds import Act, ImportKind
from app.people.models import (
    RosterImport,
)
from app.people.permissions import P
from app.people.rules import ACT_WORDS, COLUMNS, NoSuchColumns, Row, read_rows


async def list_imports(
    ctx: Ctx,
    organization_id: UUID | None,
    cursor: str | None,
    limit: int,
    kind: ImportKind = ImportKind.ROSTER,
) -> tuple[list[RosterImport], str | None]:
    """The roster imports (or yearly moves) of the actor's schools, newest first."""
    reach = ctx.require(P.PERSON_EDIT)
    stmt = select(RosterImport).where(
        RosterImport.district_id == ctx.district_id, RosterImport.kind == kind
    )
    if not reach.district:
        stmt = stmt.where(RosterImport.organization_id.in_(reach.organizations))
    if organization_id:
        stmt = stmt.where(RosterImport.organization_id == organization_id)
    stmt = stmt.options(defer(RosterImport.content), defer(RosterImport.rows))
    return await fetch_page(ctx, stmt, RosterImport.id, cursor, limit, newest_first=True)


def roster_template() -> bytes:
    """An empty roster with two lines that show how to fill it; delete them before use."""
    rows = [("20260301001", "张小三", "三（2）班", "在读"), ("", "李小四", "中（1）班", "")]
    return write_table(COLUMNS, rows, "学生名册")


def roster_report(row: RosterImport) -> bytes:
    """The uploaded file again, every line with what follows from it and why not."""
    table = read_table(row.content)
    found = {line["row"]: line for line in row.rows or []}
    head = [*table[0], "处理结果", "原因"]
    width = len(table[0])
    lines = [
        [
            *(cells + [""] * (width - len(cells)))[:width],
            ACT_WORDS.get(found.get(number, {}).get("act", ""), ""),
            "；".join(found.get(number, {}).get("reasons", [])),
        ]
        for number, cells in enumerate(table[1:], start=2)
    ]
    return write_table(head, lines, "检查结果")


def roster_lines(row: RosterImport) -> tuple[list[Row], str]:
    """The file's lines with what was decided about each; or why the file cannot be read."""
    try:
        lines = read_rows(read_table(row.content))
    except NoSuchColumns as exc:
        return [], UnknownColumns(missing=str(exc)).text()
    except DomainError as refusal:
        return [], refusal.text()
    decided = {found["row"]: found for found in row.rows or []}
    for line in lines:
        found = decided.get(line.number)
        if found is not None:
            line.act, line.reasons = Act(found["act"]), found["reasons"]
    return lines, ""
