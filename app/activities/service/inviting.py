"""导师邀请: an organization asks a vetted mentor to take part; the mentor, or who lists it, answers."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.activities.access import access_activity, access_invitation
from app.activities.errors import InvitationNotOpen, NothingAhead, WrongState
from app.activities.events import MentorAnswered, MentorInvited
from app.activities.kinds import INVITATION_WORDS, ActivityState, InvitationState, SessionState
from app.activities.models import Activity, MentorInvitation, Session
from app.activities.permissions import P
from app.activities.service.publishing import STATE_NAMES
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.orgs.models import Organization
from app.resources.access import answers_for
from app.resources.errors import DecisionNeedsReason, MentorNotReady
from app.resources.kinds import Vetting
from app.resources.permissions import P as ResourceP
from app.resources.queries import read_mentor, read_mentor_of

_CLOSED = (ActivityState.WITHDRAWN, ActivityState.ARCHIVED)


async def invite_mentor(ctx: Ctx, values: dict[str, Any]) -> MentorInvitation:
    """Ask a mentor for an activity the actor edits, while a date is ahead; only one who was vetted
    (`resources.mentor_not_ready`). One who was asked or has agreed is not asked twice.
    """
    activity = await access_activity(ctx, values["activity_id"], P.ACTIVITY_EDIT, lock=True)
    mentor = await read_mentor(ctx, values["mentor_id"])
    stmt = select(MentorInvitation).where(
        MentorInvitation.district_id == ctx.district_id,
        MentorInvitation.activity_id == activity.id,
        MentorInvitation.mentor_id == mentor.id,
        MentorInvitation.state.in_((InvitationState.ASKED, InvitationState.ACCEPTED)),
    )
    standing = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if standing is not None:
        return standing
    if mentor.vetting != Vetting.PASSED:
        raise MentorNotReady
    if activity.state in _CLOSED:
        raise WrongState(state=STATE_NAMES[ActivityState(activity.state)])
    ahead = select(Session.id).where(
        Session.district_id == ctx.district_id,
        Session.activity_id == activity.id,
        Session.state == SessionState.PLANNED,
        Session.starts_at > ctx.now,
    )
    if (await ctx.conn.execute(ahead.limit(1))).first() is None:
        raise NothingAhead
    row = MentorInvitation(
        district_id=ctx.district_id,
        organization_id=activity.organization_id,
        asked_by=ctx.actor.person_id,
        **values,
    )
    await add_row(ctx, row, "mentor_invitation")
    unit = await ctx.db.get_one(Organization, (ctx.district_id, activity.organization_id))
    said = (activity.title, unit.name, row.message)
    await ctx.emit(MentorInvited(row.id, mentor.id, *said))
    return row


async def answer_invitation(
    ctx: Ctx, invitation_id: UUID, answer: str, *, agreed: bool
) -> MentorInvitation:
    """The mentor, or whoever lists it, says yes or no; a no says why. Again changes nothing."""
    row = await access_invitation(ctx, invitation_id)
    mentor = await read_mentor_of(ctx, row.mentor_id)
    if not answers_for(ctx, mentor, ResourceP.MENTOR_EDIT):
        raise Forbidden
    state = InvitationState.ACCEPTED if agreed else InvitationState.DECLINED
    if row.state == state:
        return row
    _require_asked(row)
    if not agreed and not answer:
        raise DecisionNeedsReason
    given = {"state": state, "answer": answer, "answered_by": ctx.actor.person_id}
    await change_row(ctx, row, given, None, "mentor_invitation")
    activity = await ctx.db.get_one(Activity, (ctx.district_id, row.activity_id))
    said = "答应参加" if agreed else f"谢绝：{answer}"
    await ctx.emit(MentorAnswered(row.id, row.asked_by, mentor.name, activity.title, said))
    return row


async def withdraw_invitation(ctx: Ctx, invitation_id: UUID) -> MentorInvitation:
    """Whoever asked takes an unanswered invitation back. Again changes nothing."""
    row = await access_invitation(ctx, invitation_id)
    await access_activity(ctx, row.activity_id, P.ACTIVITY_EDIT)
    if row.state == InvitationState.WITHDRAWN:
        return row
    _require_asked(row)
    change = {"state": InvitationState.WITHDRAWN}
    return await change_row(ctx, row, change, None, "mentor_invitation")


def _require_asked(row: MentorInvitation) -> None:
    if row.state != InvitationState.ASKED:
        raise InvitationNotOpen(state=INVITATION_WORDS[InvitationState(row.state)])
