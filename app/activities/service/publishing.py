"""From draft to published: 草稿 → 提交 → 退回 / 通过 → 发布 → 下架 → 归档."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.access import access_activity
from app.activities.errors import (
    ForeignBase,
    NoSessions,
    OwnReview,
    ReasonNeeded,
    ReviewNeeded,
    StillToCome,
    WrongState,
)
from app.activities.events import ActivityPublished, ActivityReviewed
from app.activities.kinds import ActivityKind, ActivityState, Category, SessionState
from app.activities.models import Activity, Review, Session
from app.activities.permissions import P
from app.activities.rules import always_reviewed, review_reason
from app.activities.service.standing import check_offer, require_may_publish, standing_of
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
    ActivityState.ARCHIVED: "已归档",
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
    await check_offer(ctx, values["kind"], values)
    row = Activity(district_id=ctx.district_id, author_id=ctx.actor.person_id, **values)
    return await add_row(ctx, row, "activity")


async def change_activity(
    ctx: Ctx, activity_id: UUID, change: dict[str, Any], seen: int | None
) -> Activity:
    """Edit a draft or a returned one; what is published changes only through its sessions."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    require_state(activity, *EDITABLE)
    await check_offer(ctx, activity.kind, change)
    return await change_row(ctx, activity, change, seen, "activity")


async def submit_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Hand it to review; needs at least one session. Submitting again changes nothing."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    if activity.state == ActivityState.SUBMITTED:
        return activity
    require_state(activity, *EDITABLE)
    await _require_sessions(ctx, activity_id)
    await require_may_publish(ctx, activity.organization_id)
    await _step(ctx, activity, ActivityState.SUBMITTED, "")
    return activity


async def send_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """On its way to families: published at once where no review is asked for, else submitted."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    direct = activity.state == ActivityState.DRAFT and not always_reviewed(
        ActivityKind(activity.kind), Category(activity.category)
    )
    direct = direct and ctx.reach(P.ACTIVITY_PUBLISH).covers(activity.organization_id)
    if direct and review_reason(await standing_of(ctx, activity.organization_id)) is None:
        return await publish_activity(ctx, activity_id)
    return await submit_activity(ctx, activity_id)


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
    """Open an approved activity to families; publishing again changes nothing.

    A draft goes out at once where `app.activities.rules` asks for no review: an
    open kind, of a unit that was approved before and whose papers are complete
    (else `activity.review_needed`). What was returned is always reviewed again.
    """
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_PUBLISH, lock=True)
    if activity.state == ActivityState.PUBLISHED:
        return activity
    kind, category = ActivityKind(activity.kind), Category(activity.category)
    if activity.state == ActivityState.DRAFT and not always_reviewed(kind, category):
        if reason := review_reason(await standing_of(ctx, activity.organization_id)):
            raise ReviewNeeded(reason=reason)
        await _require_sessions(ctx, activity_id)
    else:
        require_state(activity, ActivityState.APPROVED)
    await require_may_publish(ctx, activity.organization_id)
    await check_offer(ctx, activity.kind, {"mentor_id": activity.mentor_id})
    await change_row(ctx, activity, {"state": ActivityState.PUBLISHED}, None, "activity")
    await ctx.emit(ActivityPublished(activity.id))
    return activity


async def withdraw_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Take it off the list; bookings stay until its sessions are cancelled one by one."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_PUBLISH, lock=True)
    if activity.state == ActivityState.WITHDRAWN:
        return activity
    require_state(activity, ActivityState.PUBLISHED, ActivityState.APPROVED)
    return await change_row(ctx, activity, {"state": ActivityState.WITHDRAWN}, None, "activity")


async def archive_activity(ctx: Ctx, activity_id: UUID) -> Activity:
    """Put away what is over; refused while a date is still to come (`activity.still_to_come`)."""
    activity = await access_activity(ctx, activity_id, P.ACTIVITY_PUBLISH, lock=True)
    if activity.state == ActivityState.ARCHIVED:
        return activity
    require_state(activity, ActivityState.PUBLISHED, ActivityState.WITHDRAWN)
    ahead = select(Session.id).where(
        Session.district_id == ctx.district_id,
        Session.activity_id == activity_id,
        Session.state == SessionState.PLANNED,
        Session.ends_at > ctx.now,
    )
    if (await ctx.conn.execute(ahead.limit(1))).first() is not None:
        raise StillToCome
    return await change_row(ctx, activity, {"state": ActivityState.ARCHIVED}, None, "activity")


async def _require_sessions(ctx: Ctx, activity_id: UUID) -> None:
    sessions = select(Session.id).where(
        Session.district_id == ctx.district_id, Session.activity_id == activity_id
    )
    if (await ctx.conn.execute(sessions.limit(1))).first() is None:
        raise NoSessions


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
