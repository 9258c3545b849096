"""Keeping bases, venues and courses."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.ids import new_scene
from app.orgs.access import access_organization
from app.orgs.models import Organization
from app.resources.access import access_base, access_course, access_venue
from app.resources.errors import MarksAreGiven
from app.resources.events import BaseRegistered
from app.resources.models import Course, LearningBase, Venue
from app.resources.permissions import P

BASE_SCENE_PREFIX = "b"
AT_SCHOOL, LONGEST_NAME = "（校内）", 60


async def register_base(ctx: Ctx, values: dict[str, Any]) -> LearningBase:
    """Add a base with an opaque QR word; the platform's code is drawn later by a job."""
    await access_organization(ctx, values["organization_id"], P.BASE_EDIT)
    _may_mark(ctx, [], values.get("marks", []))
    base = LearningBase(
        district_id=ctx.district_id, scene=BASE_SCENE_PREFIX + new_scene(), **values
    )
    await add_row(ctx, base, "base")
    await ctx.emit(BaseRegistered(base.id, base.scene))
    return base


async def school_base(ctx: Ctx, school: Organization) -> LearningBase:
    """The school's own 校内 base, where visitors come to; made when it is first needed."""
    await access_organization(ctx, school.id, P.BASE_EDIT)
    await ctx.db.get(Organization, (ctx.district_id, school.id), with_for_update=True)
    name = f"{school.name[: LONGEST_NAME - len(AT_SCHOOL)]}{AT_SCHOOL}"
    stmt = select(LearningBase).where(
        LearningBase.district_id == ctx.district_id,
        LearningBase.organization_id == school.id,
        LearningBase.name == name,
    )
    standing = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if standing is not None:
        return standing
    values = {"organization_id": school.id, "name": name, "address": school.address}
    return await register_base(ctx, values)


async def change_base(
    ctx: Ctx, base_id: UUID, change: dict[str, Any], seen: int | None
) -> LearningBase:
    """Refused (`resources.marks_are_given`) when a unit changes what its base is recognised as."""
    base = await access_base(ctx, base_id, P.BASE_EDIT)
    _may_mark(ctx, base.marks, change.get("marks", base.marks))
    return await change_row(ctx, base, change, seen, "base")


def _may_mark(ctx: Ctx, before: list[str], after: list[str]) -> None:
    """Children's hours depend on the marks: the district gives them, nobody gives them to itself."""
    if sorted(before) != sorted(after) and not ctx.reach(P.BASE_EDIT).district:
        raise MarksAreGiven


async def keep_qr_url(ctx: Ctx, base_id: UUID, qr_url: str) -> None:
    """Remember the platform's code of a base; the last one wins, all of them work."""
    await ctx.conn.execute(
        update(LearningBase)
        .where(LearningBase.district_id == ctx.district_id, LearningBase.id == base_id)
        .values(qr_url=qr_url)
    )


async def register_venue(ctx: Ctx, values: dict[str, Any]) -> Venue:
    await access_organization(ctx, values["organization_id"], P.VENUE_EDIT)
    return await add_row(ctx, Venue(district_id=ctx.district_id, **values), "venue")


async def change_venue(ctx: Ctx, venue_id: UUID, change: dict[str, Any], seen: int | None) -> Venue:
    venue = await access_venue(ctx, venue_id, P.VENUE_EDIT)
    return await change_row(ctx, venue, change, seen, "venue")


async def add_course(ctx: Ctx, values: dict[str, Any]) -> Course:
    await access_organization(ctx, values["organization_id"], P.COURSE_EDIT)
    return await add_row(ctx, Course(district_id=ctx.district_id, **values), "course")


async def change_course(
    ctx: Ctx, course_id: UUID, change: dict[str, Any], seen: int | None
) -> Course:
    course = await access_course(ctx, course_id, P.COURSE_EDIT)
    return await change_row(ctx, course, change, seen, "course")
