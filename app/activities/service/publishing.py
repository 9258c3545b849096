"""From draft to published: 草稿 → 提交 → 退回 / 通过 → 发布 → 下架."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.access import access_activity
from app.activities.errors import ForeignBase, NoSessions, OwnReview, ReasonNeeded, WrongState
from app.activities.events import ActivityReviewed
from app.activities.kinds import ActivityState
from app.activities.models import Activity, Review, Session
from app.activities.permissions import P
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.orgs.access import access_organization
from app.resources.models import LearningBase

STATE_NAMES = {
    ActivityState.DRAFT: "草稿",
    ActivityState.SUBMITTED: "待审核",
    ActivityState.RETURNED: "已退回",
    ActivityState.APPROVED: "已通过",
    ActivityState.PUBLISHED: "已发布",
    ActivityState.WITHDRAWN: "已下架",
}
EDITABLE = (ActivityState.DRAFT, ActivityState.RETURNED)


def require_state(activity: Activity, *allowed: ActivityState) -> None:
    """Refuse (`activity.wrong_state`) unless the activity stands where the verb starts."""
    if activity.state not in allowed:
        raise WrongState(state=STATE_NAMES[ActivityState(activity.state)])


async def draft_activity(ctx: Ctx, values: dict[str, Any]) -> Activity:
    """Start a draft of a unit the actor publishes for, at one of that unit's bases."""
    await access_organization(ctx, values["organization_id"], P.ACTIVITY_EDIT)
    base = await ctx.db.get(LearningBase, (ctx.district_id, values["base_id"]))
    if base is None or base.organization_id != values["organization_id"]:
        raise ForeignBase
    row = Activity(district_id=ctx.district_id, author_id=ctx.actor.person_id, **values)
    return await add_row(ctx, row, "activity")


async def change_activity(
    ctx: Ctx, activity_id: UUID, change: dict[str, Any], seen: int | None
) -> Activity:
    """Edit a draft or a returned one; what is published changes only through its sessions."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    require_state(activity, *EDITABLE)
    return await change_row(ctx, activity, change, seen, "activity")


async def submit_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Hand it to review; needs at least one session. Submitting again changes nothing."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    if activity.state == ActivityState.SUBMITTED:
        return activity
    require_state(activity, *EDITABLE)
    sessions = select(Session.id).where(
        Session.district_id == ctx.district_id, Session.activity_id == activity_id
    )
    if (await ctx.conn.execute(sessions.limit(1))).first() is None:
        raise NoSessions
    await _step(ctx, activity, ActivityState.SUBMITTED, "")
    return activity


async def approve_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Approve; never one's own (`activity.own_review`). Approving again changes nothing."""
    activity = await _access_for_review(ctx, activity_id)
    if activity.state == ActivityState.APPROVED:
        return activity
    require_state(activity, ActivityState.SUBMITTED)
    await _step(ctx, activity, ActivityState.APPROVED, "")
    return activity


async def return_activity(ctx: Ctx, activity_id: UUID, reason: str) -> Activity:
    """Give it back with a reason the unit can act on."""
    activity = await _access_for_review(ctx, activity_id)
    if not reason:
        raise ReasonNeeded
    require_state(activity, ActivityState.SUBMITTED)
    await _step(ctx, activity, ActivityState.RETURNED, reason)
    return activity


async def publish_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Open an approved activity to families. Publishing again changes nothing."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_PUBLISH, lock=True)
    if activity.state == ActivityState.PUBLISHED:
        return activity
    require_state(activity, ActivityState.APPROVED)
    return await change_row(ctx, activity, {"state": ActivityState.PUBLISHED}, None, "activity")


async def withdraw_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Take it off the list; bookings stay until its sessions are cancelled one by one."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_PUBLISH, lock=True)
    if activity.state == ActivityState.WITHDRAWN:
        return activity
    require_state(activity, ActivityState.PUBLISHED, ActivityState.APPROVED)
    return await change_row(ctx, activity, {"state": ActivityState.WITHDRAWN}, None, "activity")


async def _access_for_review(ctx: Ctx, activity_id: UUID) -> Activity:
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_REVIEW, lock=True)
    if activity.author_id is not None and activity.author_id == ctx.actor.person_id:
        raise OwnReview
    return activity


async def _step(ctx: Ctx, activity: Activity, verdict: ActivityState, reason: str) -> None:
    await change_row(ctx, activity, {"state": verdict}, None, "activity")
    review = Review(
        district_id=ctx.district_id,
        id=new_id(),
        activity_id=activity.id,
        verdict=verdict,
        reason=reason,
        person_id=ctx.actor.person_id,
    )
    ctx.db.add(review)
    await ctx.db.flush()
    if verdict is not ActivityState.SUBMITTED:
        await ctx.emit(
            ActivityReviewed(
                activity.id,
                activity.author_id,
                activity.title,
                verdict is ActivityState.APPROVED,
                reason,
                review.id,
            )
        )
