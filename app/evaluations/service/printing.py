"""Task sheets on paper: a page a child, with a code that leads to where it is handed in."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.activities.queries import sheet_of
from app.audit import service as audit
from app.evaluations import statements
from app.evaluations.access import session_of
from app.evaluations.errors import NobodyExpected, NoSheet
from app.evaluations.permissions import P
from app.evaluations.rules import due_at
from app.files.kinds import Media
from app.files.service import Cleaned, read_file
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.ids import new_id, new_scene
from app.kit.printing import pages_of, qr_svg, render_pdf

TEMPLATE = Path(__file__).parents[1] / "print" / "sheets.typ"
SHEET_SCENE_PREFIX = "t"
MOST_OWN_PAGES = 6


@dataclass(frozen=True)
class PrintedSheets:
    """The file, how many children, and what it is called."""

    pdf: bytes
    number: int
    title: str


async def print_sheets(
    ctx: Ctx, session_id: UUID, class_id: UUID | None, base_url: str
) -> PrintedSheets:
    """By the unit for its session, by a teacher or school for its own children there.

    Printing again gives the same codes. The unit's own sheet follows page by page, each with the
    child's name and code (six pages at most). Every child whose name is printed is logged.
    """
    reach = ctx.require(P.SHEET_PRINT)
    session, activity = await session_of(ctx, session_id)
    sheet = await sheet_of(ctx, activity.id)
    if sheet is None:
        raise NoSheet
    params = {
        "district": ctx.district_id,
        "session": session_id,
        "class": class_id,
        "masked": False,
        "all": reach.covers(activity.organization_id),
        "classes": list(reach.classes),
        "schools": list(reach.organizations),
    }
    rows = (await ctx.conn.execute(statements.GRID, params)).all()
    if not rows:
        raise NobodyExpected
    pupils = [row.pupil_id for row in rows]
    codes = await _codes(ctx, session_id, pupils)
    await audit.record_many(ctx, [("task_sheet:print", "person", one) for one in pupils])
    own = await read_file(ctx, sheet.file_id) if sheet.file_id is not None else None
    data: dict[str, Any] = {
        "activity": activity.title,
        "title": sheet.title,
        "instructions": sheet.instructions,
        "questions": sheet.questions,
        "when": say_moment(session.starts_at),
        "until": say_moment(due_at(session.starts_at, sheet.due_days)),
        "file": own is not None,
    }
    children = [(row.name, row.class_name or "", codes[row.pupil_id]) for row in rows]

    def draw() -> bytes:
        """Codes cost milliseconds each: none of it where other requests wait."""
        data["children"] = [
            {"name": name, "class": school_class, "qr": qr_svg(f"{base_url}/c/{code}")}
            for name, school_class, code in children
        ]
        data["pages"], files = _own_pages(own)
        return render_pdf(TEMPLATE, "sheets", data, files)

    return PrintedSheets(await asyncio.to_thread(draw), len(rows), f"任务单{activity.title}")


def _own_pages(own: Cleaned | None) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The pages of the unit's own sheet, to follow each child's with its name and code."""
    if own is None:
        return [], {}
    if own.media == Media.PDF:
        number = pages_of(own.content, MOST_OWN_PAGES)
        pages = [{"file": "given.pdf", "page": page} for page in range(1, number + 1)]
        return pages, {"given.pdf": own.content} if pages else {}
    if own.media == Media.JPEG:
        return [{"file": "given.jpg"}], {"given.jpg": own.content}
    return [], {}


async def _codes(ctx: Ctx, session_id: UUID, pupils: list[UUID]) -> dict[UUID, str]:
    params = {"district": ctx.district_id, "session": session_id, "pupils": pupils}
    fresh = {
        "ids": [new_id() for _ in pupils],
        "codes": [SHEET_SCENE_PREFIX + new_scene() for _ in pupils],
    }
    await ctx.conn.execute(statements.CODES, {**params, **fresh})
    return {row.pupil_id: row.code for row in await ctx.conn.execute(statements.CODES_OF, params)}
