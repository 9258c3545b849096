"""公示: drafted, opened with frozen numbers, put on the school's wall, withdrawn."""

import asyncio
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from app.audit import service as audit
from app.audit.changes import add_row
from app.citypack import statements
from app.citypack.access import access_publicity
from app.citypack.errors import (
    CannotWithdraw,
    DeadlineOutside,
    NobodyListed,
    NotDraft,
    NotPublished,
    OneIsOpen,
    PeriodNotOver,
    PeriodsOverlap,
)
from app.citypack.events import Listed, PublicityOpened
from app.citypack.kinds import PublicityState
from app.citypack.models import Publicity, PublicityLine
from app.citypack.permissions import P
from app.citypack.queries import Line, city_rules, read_lines, rules_of
from app.citypack.rules import (
    LEAST_DAYS,
    MOST_DAYS,
    Column,
    Counter,
    allowed_deadline,
    amounts_of,
    columns_of,
    corrected,
    digest_of,
    on_the_wall,
    say_amount,
    unit_of,
    within,
)
from app.kit.clock import at_school, platform_time
from app.kit.context import Ctx
from app.kit.glyphs import boxed
from app.kit.ids import new_id
from app.kit.printing import render_pdf
from app.orgs.access import access_organization
from app.orgs.models import Organization
from app.passports.schemas import RuleBody
from app.passports.service.levels import visits_of

TEMPLATE = Path(__file__).parents[1] / "print" / "wall.typ"


async def draft_publicity(ctx: Ctx, values: dict[str, Any]) -> Publicity:
    """A new draft of the school. Asked again word for word, it is the draft that stands there.

    Refused: a period that is not over, or one that overlaps another list of the same grades.
    """
    school_id = values["organization_id"]
    await access_organization(ctx, school_id, P.CITY_RECORD_EDIT)
    # Two drafts at once take turns at the school's row.
    key = (ctx.district_id, school_id)
    await ctx.db.get_one(Organization, key, with_for_update={"key_share": True})
    if values["ends_on"] > ctx.today:
        raise PeriodNotOver
    stmt = select(Publicity).where(
        Publicity.district_id == ctx.district_id,
        Publicity.organization_id == school_id,
        Publicity.state != PublicityState.WITHDRAWN,
        Publicity.starts_on <= values["ends_on"],
        Publicity.ends_on >= values["starts_on"],
        Publicity.min_grade <= values["max_grade"],
        Publicity.max_grade >= values["min_grade"],
    )
    for other in (await ctx.db.execute(stmt)).scalars():
        same = all(getattr(other, name) == value for name, value in values.items())
        if same and other.state == PublicityState.DRAFT:
            return other
        raise PeriodsOverlap(title=other.title)
    row = Publicity(district_id=ctx.district_id, id=new_id(), **values)
    return await add_row(ctx, row, "publicity")


async def open_publicity(ctx: Ctx, publicity_id: UUID, closes_on: date) -> Publicity:
    """Freeze every child's numbers and tell the families; objections are heard up to that day's end.

    Opened again with the same day, nothing happens. Refused while another list of the school is
    open, without children, and for less than five or more than thirty days.
    """
    row = await access_publicity(ctx, publicity_id, P.CITY_RECORD_EDIT, lock=True)
    closes_at = at_school(closes_on + timedelta(1), 0)
    if row.state == PublicityState.OPEN and row.closes_at == closes_at:
        return row
    if row.state != PublicityState.DRAFT:
        raise NotDraft
    if not allowed_deadline(ctx.today, closes_on):
        raise DeadlineOutside(least=LEAST_DAYS, most=MOST_DAYS)
    await _refuse_second(ctx, row)
    body = await city_rules(ctx)
    children, lines = await _lines(ctx, row, body)
    row.state, row.rules = PublicityState.OPEN, body.model_dump(mode="json")
    row.opened_at, row.closes_at = ctx.now, closes_at
    row.digest = digest_of([[str(one["pupil_id"]), one["amounts"]] for one in lines])
    row.version += 1
    await ctx.db.flush()
    await ctx.conn.execute(insert(PublicityLine), lines)
    detail = {"children": len(lines), "digest": row.digest}
    await audit.record(ctx, "publicity:open", "publicity", row.id, detail=detail)
    listed = tuple(Listed(one.id, one.name, tuple(one.guardians)) for one in children)
    await ctx.emit(PublicityOpened(row.id, row.title, closes_at, listed))
    return row


async def _refuse_second(ctx: Ctx, row: Publicity) -> None:
    """The school's row is locked: two drafts opened at once would both see nothing."""
    key = (ctx.district_id, row.organization_id)
    await ctx.db.get_one(Organization, key, with_for_update={"key_share": True})
    stmt = select(Publicity.title).where(
        Publicity.district_id == ctx.district_id,
        Publicity.organization_id == row.organization_id,
        Publicity.state == PublicityState.OPEN,
    )
    if title := (await ctx.conn.execute(stmt)).scalar_one_or_none():
        raise OneIsOpen(title=title)


async def _lines(
    ctx: Ctx, row: Publicity, body: RuleBody
) -> tuple[list[Any], list[dict[str, Any]]]:
    """The children of the list, and their numbers in the period with earlier corrections."""
    params: dict[str, Any] = {
        "district": ctx.district_id,
        "school": row.organization_id,
        "least": row.min_grade,
        "most": row.max_grade,
    }
    children = list(await ctx.conn.execute(text(statements.CHILDREN), params))
    if not children:
        raise NobodyListed
    visits = await visits_of(ctx, [one.id for one in children])
    params |= {"first": row.starts_on, "last": row.ends_on}
    counters: dict[UUID, list[Counter]] = {}
    for one in await ctx.conn.execute(text(statements.UNLISTED), params):
        counters.setdefault(one.pupil_id, []).append(Counter(*one[1:]))
    columns = columns_of(body)
    lines = []
    for child in children:
        seen = within(visits[child.id], row.starts_on, row.ends_on)
        amounts = amounts_of(body, seen, child.grade, ctx.today)
        lines.append(
            {
                "district_id": ctx.district_id,
                "id": new_id(),
                "publicity_id": row.id,
                "pupil_id": child.id,
                "grade": child.grade,
                "class_name": child.class_name,
                "amounts": corrected(columns, amounts, counters.get(child.id, [])),
            }
        )
    return children, lines


async def withdraw_publicity(ctx: Ctx, publicity_id: UUID, reason: str) -> Publicity:
    """Take a draft or an open list back; its period is free again. Not after the export."""
    row = await access_publicity(ctx, publicity_id, P.CITY_RECORD_EDIT, lock=True)
    if row.state == PublicityState.WITHDRAWN:
        return row
    if row.state == PublicityState.EXPORTED:
        raise CannotWithdraw
    row.state, row.reason = PublicityState.WITHDRAWN, reason
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "publicity:withdraw", "publicity", row.id)
    return row


async def print_list(ctx: Ctx, publicity_id: UUID) -> tuple[str, bytes]:
    """(title, PDF) for the school's own wall: full names, five columns, a page a class.

    The only place with full names; therefore a fresh proof, and every child is logged.
    """
    row, lines = await read_lines(ctx, publicity_id, "打印公示名单")
    if row.state not in (PublicityState.OPEN, PublicityState.EXPORTED):
        raise NotPublished
    ctx.require_proof()
    school = await ctx.db.get_one(Organization, (ctx.district_id, row.organization_id))
    body = rules_of(row)
    main, small = on_the_wall(columns_of(body))
    until = platform_time(row.closes_at - timedelta(minutes=1)) if row.closes_at else ""
    data = {
        "school": boxed(school.name),
        "title": boxed(row.title),
        "span": f"{row.starts_on} 至 {row.ends_on}",
        "until": until,
        "digest": row.digest or "",
        "head": ["姓名", *(one.words.removesuffix("学时") for one in main)],
        "unit": f"课时（{body.minutes_per_hour} 分钟）",
        "classes": [
            {"name": name, "lines": [_on_paper(one, main, small, body) for one in group]}
            for name, group in groupby(lines, key=lambda one: one.class_name)
        ],
    }
    pdf = await asyncio.to_thread(render_pdf, TEMPLATE, "wall", data)
    return row.title, pdf


def _on_paper(line: Line, main: list[Column], small: list[Column], body: RuleBody) -> list[str]:
    """Name with the small columns under it, then the four."""
    per_hour = body.minutes_per_hour
    more = [
        f"{one.words} {say_amount(one.measure, line.amounts.get(one.key, 0), per_hour)} {unit_of(one)}"
        for one in small
        if line.amounts.get(one.key)
    ]
    cells = [say_amount(one.measure, line.amounts.get(one.key, 0), per_hour) for one in main]
    return [boxed(line.name), "，".join(more), *cells]
