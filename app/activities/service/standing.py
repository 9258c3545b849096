"""May this unit publish now, and does what it offers fit together?"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.errors import (
    MentorNotVetted,
    PapersExpired,
    StallsOnlyAtCarnival,
    UnitNotActive,
)
from app.activities.kinds import ActivityKind, ActivityState
from app.activities.models import Activity, Review
from app.activities.rules import Standing
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.orgs.kinds import STATE_NAMES, OrgKind, OrgState
from app.orgs.models import Organization
from app.resources import rules as papers
from app.resources.kinds import PAPER_NAMES
from app.resources.queries import is_vetted, last_days_of


async def require_may_publish(ctx: Ctx, organization_id: UUID) -> None:
    """Refuse for a unit that is not 有效, or whose agreement or insurance ran out."""
    unit = await _unit(ctx, organization_id)
    if unit.state != OrgState.ACTIVE:
        raise UnitNotActive(state=STATE_NAMES[OrgState(unit.state)])
    days = (await last_days_of(ctx, [organization_id])).get(organization_id, {})
    if gone := papers.expired(days, ctx.today):
        raise PapersExpired(papers="和".join(PAPER_NAMES[kind] for kind in gone))


async def standing_of(ctx: Ctx, organization_id: UUID) -> Standing:
    """Whether the unit was ever approved, and its papers; schools need no papers of ours."""
    approved = (
        select(Review.id)
        .join(
            Activity,
            (Activity.district_id == Review.district_id) & (Activity.id == Review.activity_id),
        )
        .where(
            Review.district_id == ctx.district_id,
            Review.verdict == ActivityState.APPROVED,
            Activity.organization_id == organization_id,
        )
    )
    before = (await ctx.conn.execute(approved.limit(1))).first() is not None
    unit = await _unit(ctx, organization_id)
    days = (await last_days_of(ctx, [organization_id])).get(organization_id, {})
    complete = unit.kind != OrgKind.RESOURCE_UNIT or not papers.missing(days, ctx.today)
    return Standing(before, complete)


async def check_offer(ctx: Ctx, kind: str, values: Mapping[str, Any]) -> None:
    """A mentor has been vetted; stalls stand at a 嘉年华 only."""
    mentor_id = values.get("mentor_id")
    if mentor_id is not None and not await is_vetted(ctx, mentor_id):
        raise MentorNotVetted
    if values.get("stalls") and kind != ActivityKind.CARNIVAL:
        raise StallsOnlyAtCarnival


async def _unit(ctx: Ctx, organization_id: UUID) -> Organization:
    unit = await ctx.db.get(Organization, (ctx.district_id, organization_id))
    if unit is None:
        raise NotFound
    return unit
