"""梦想课程汇编: the year's courses frozen as they are, and printed from what was frozen."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.changes import add_row
from app.kit.clock import school_day
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.kit.printing import render_pdf
from app.orgs.kinds import OrgState
from app.orgs.models import District, Organization
from app.orgs.rules import say_grades
from app.resources.errors import NoCourses
from app.resources.models import Course, CourseEdition
from app.resources.permissions import P
from app.resources.queries import edition_of_year, read_edition

TEMPLATE = Path(__file__).parents[1] / "print" / "catalogue.typ"
COPIED_FIELDS = (
    "title",
    "culture",
    "feature",
    "theme",
    "place",
    "leader",
    "summary",
    "min_grade",
    "max_grade",
)


async def freeze_edition(ctx: Ctx, year: int) -> CourseEdition:
    """Copy every course of the active organizations into the edition of the year.

    One edition a year: freezing again gives the one that exists, unchanged.
    Refused without a single course (`resources.no_courses`).
    """
    if not ctx.require(P.EDITION_FREEZE).district:
        raise Forbidden
    district = await ctx.db.get(District, ctx.district_id, with_for_update={"key_share": True})
    standing = await edition_of_year(ctx, year)
    if standing is not None:
        return standing
    entries = await _entries(ctx)
    if not entries:
        raise NoCourses
    name = district.name if district else ""
    row = CourseEdition(
        district_id=ctx.district_id,
        year=year,
        title=f"{name}梦想课程汇编（{year} 学年）",
        entries=entries,
        digest=digest_of(entries),
        frozen_by=ctx.actor.person_id,
    )
    return await add_row(ctx, row, "course_edition")


def digest_of(entries: list[dict[str, Any]]) -> str:
    """SHA-256 over the entries with sorted keys: the proof that nothing was changed since."""
    plain = json.dumps(entries, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


async def _entries(ctx: Ctx) -> list[dict[str, Any]]:
    stmt = (
        select(Course, Organization.name)
        .join(
            Organization,
            (Organization.district_id == Course.district_id)
            & (Organization.id == Course.organization_id),
        )
        .where(Course.district_id == ctx.district_id, Organization.state == OrgState.ACTIVE)
        .order_by(Organization.kind.desc(), Organization.name, Course.title, Course.id)
    )
    return [
        {"unit": unit, "course_id": str(course.id)}
        | {field: getattr(course, field) for field in COPIED_FIELDS}
        for course, unit in await ctx.db.execute(stmt)
    ]


async def print_edition(ctx: Ctx, edition_id: UUID) -> tuple[CourseEdition, bytes]:
    """The edition as an A4 PDF, courses under their unit, from the frozen entries alone."""
    edition = await read_edition(ctx, edition_id)
    units: dict[str, list[dict[str, Any]]] = {}
    for entry in edition.entries:
        said = say_grades(entry["min_grade"], entry["max_grade"])
        units.setdefault(entry["unit"], []).append({**entry, "grades": said})
    data = {
        "title": edition.title,
        "frozen_on": school_day(edition.frozen_at).isoformat(),
        "digest": edition.digest,
        "total": len(edition.entries),
        "units": [{"name": name, "courses": courses} for name, courses in units.items()],
    }
    return edition, await asyncio.to_thread(render_pdf, TEMPLATE, "catalogue", data)
