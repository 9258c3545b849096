"""Obtaining an activity or session, or refusing."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from app.activities.kinds import ActivityState
from app.activities.models import Activity, ActivityGram, MentorInvitation, Session
from app.activities.permissions import P
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.search import found_by_grams
from app.resources.models import Mentor
from app.resources.permissions import P as ResourceP


def visible_activities(ctx: Ctx) -> ColumnElement[bool]:
    """Published ones are everybody's; the rest belongs to its unit and to the reviewers."""
    ctx.require(P.ACTIVITY_READ)
    public = Activity.state == ActivityState.PUBLISHED
    review, edit = ctx.reach(P.ACTIVITY_REVIEW), ctx.reach(P.ACTIVITY_EDIT)
    if review.district or edit.district:
        return Activity.id.is_not(None)
    return or_(public, Activity.organization_id.in_(edit.organizations))


def matching(ctx: Ctx, said: str) -> ColumnElement[bool]:
    """A condition on `Activity`: each word occurs in its title or in the name of its unit or base."""
    return found_by_grams(
        said,
        ctx.district_id,
        ActivityGram.__table__,
        "activity_id",
        Activity.id,
        Activity.search_text,
    )


async def access_activity(
    ctx: Ctx, activity_id: UUID, permission: str, *, lock: bool = False
) -> Activity:
    """The activity, when the permission reaches its unit; else `kit.not_found`."""
    reach = ctx.require(permission)
    row = await ctx.db.get(Activity, (ctx.district_id, activity_id), with_for_update=lock or None)
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    return row


async def access_session(
    ctx: Ctx, session_id: UUID, permission: str, *, lock: bool = False
) -> tuple[Session, Activity]:
    """A session with its activity, under the same rule."""
    ctx.require(permission)
    # Not against foreign keys: a booking that holds the queue's lock must not wait for this row.
    how = {"key_share": True} if lock else None
    session = await ctx.db.get(Session, (ctx.district_id, session_id), with_for_update=how)
    if session is None:
        raise NotFound
    return session, await access_activity(ctx, session.activity_id, permission)


def visible_invitations(ctx: Ctx) -> ColumnElement[bool]:
    """Those the own organization sent, those to mentors it lists, and those to the actor in person."""
    ctx.require(ResourceP.MENTOR_READ)
    edit, lists = ctx.reach(P.ACTIVITY_EDIT), ctx.reach(ResourceP.MENTOR_EDIT)
    if edit.district or lists.district:
        return true()
    mentors = select(Mentor.id).where(
        Mentor.district_id == ctx.district_id,
        or_(
            Mentor.organization_id.in_(lists.organizations),
            Mentor.person_id == ctx.actor.person_id,
        ),
    )
    return or_(
        MentorInvitation.organization_id.in_(edit.organizations),
        MentorInvitation.mentor_id.in_(mentors),
    )


async def access_invitation(ctx: Ctx, invitation_id: UUID) -> MentorInvitation:
    """An invitation the actor may read, locked; else `kit.not_found`."""
    stmt = (
        select(MentorInvitation)
        .where(
            MentorInvitation.district_id == ctx.district_id,
            MentorInvitation.id == invitation_id,
            visible_invitations(ctx),
        )
        .with_for_update(of=MentorInvitation)
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
