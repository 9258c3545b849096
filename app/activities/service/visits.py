"""科学家进校园: the school chooses an offer, and a draft with one session at the school comes of it."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.activities.errors import ClassNotInvited, VisitOver
from app.activities.events import SessionCancelled, VisitChanged
from app.activities.kinds import ActivityKind, ActivityState
from app.activities.models import Activity, Session
from app.activities.service.sessions import add_visit_session, call_off_session
from app.activities.service.standing import require_may_publish
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.orgs.models import Organization, SchoolClass
from app.people.models import Enrollment
from app.resources.access import access_offer, access_own_need, answers_for
from app.resources.kinds import NeedState, OfferState
from app.resources.models import SchoolNeed, VisitOffer
from app.resources.permissions import P
from app.resources.queries import offers_of, read_mentor_of, visit_of_session
from app.resources.service import needs
from app.resources.service.keeping import school_base


async def accept_visit(ctx: Ctx, offer_id: UUID, class_ids: list[UUID]) -> VisitOffer:
    """The school chooses this offer and the classes it invites; the others are told kindly.

    The unit gets a draft of kind 科学家进校园 with one session at the school's own base, a seat for
    each child of these classes. The unit completes and submits it like any activity. Refused when
    the time is past, when the unit may not publish, and for classes of elsewhere or other
    grades. Choosing the same again changes nothing.
    """
    offer, need = await access_offer(ctx, offer_id)
    if not ctx.require(P.NEED_DECIDE).covers(need.organization_id):
        raise Forbidden
    if offer.state == OfferState.ACCEPTED:
        return offer
    needs.require_need(need, NeedState.OPEN)
    needs.require_offer(offer, OfferState.MADE)
    if offer.starts_at <= ctx.now:
        raise VisitOver
    await require_may_publish(ctx, offer.organization_id)
    seats = await _seats(ctx, need, class_ids)
    school = await ctx.db.get_one(Organization, (ctx.district_id, need.organization_id))
    base = await school_base(ctx, school)
    activity = await add_row(ctx, _draft(need, offer, base.id), "activity")
    times = (offer.starts_at, offer.ends_at)
    session = await add_visit_session(ctx, activity, times, school.id, seats)
    made = {"activity_id": activity.id, "session_id": session.id}
    await needs.match(ctx, need, offer, made, [str(one) for one in class_ids])
    return offer


def _draft(need: SchoolNeed, offer: VisitOffer, base_id: UUID) -> Activity:
    summary = "\n".join(part for part in (need.topic, offer.brings) if part)
    return Activity(
        district_id=need.district_id,
        organization_id=offer.organization_id,
        base_id=base_id,
        kind=ActivityKind.SCIENTIST_VISIT,
        title=need.title,
        summary=summary,
        min_grade=need.min_grade,
        max_grade=need.max_grade,
        author_id=offer.offered_by,
        mentor_id=offer.mentor_id,
    )


async def _seats(ctx: Ctx, need: SchoolNeed, class_ids: list[UUID]) -> int:
    """How many children are in these classes; refused unless each may be invited."""
    stmt = (
        select(SchoolClass.id, func.count())
        .join(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id),
        )
        .where(
            SchoolClass.district_id == ctx.district_id,
            SchoolClass.organization_id == need.organization_id,
            SchoolClass.grade.between(need.min_grade, need.max_grade),
            SchoolClass.id.in_(class_ids),
            Enrollment.ends_on.is_(None),
        )
        .group_by(SchoolClass.id)
    )
    children = {row[0]: row[1] for row in await ctx.conn.execute(stmt)}
    if not class_ids or set(children) != set(class_ids):
        raise ClassNotInvited
    return sum(children.values())


async def withdraw_need(ctx: Ctx, need_id: UUID, reason: str) -> SchoolNeed:
    """The school takes its need back; a visit agreed already is called off. Again changes nothing."""
    await _lock_sessions(ctx, VisitOffer.need_id == need_id)
    need = await access_own_need(ctx, need_id)
    if need.state == NeedState.WITHDRAWN:
        return need
    needs.require_need(need, NeedState.OPEN, NeedState.MATCHED)
    if need.state == NeedState.MATCHED and not ctx.reach(P.NEED_DECIDE).covers(
        need.organization_id
    ):
        raise Forbidden
    for offer in await offers_of(ctx, [need.id]):
        if offer.state == OfferState.ACCEPTED:
            await _call_off(ctx, offer, reason, by_school=True)
    await needs.close_need(ctx, need, reason)
    return need


async def withdraw_offer(ctx: Ctx, offer_id: UUID, reason: str) -> VisitOffer:
    """Whoever offered takes it back; after the school's choice the visit is called off and the
    school's need open again. Again changes nothing.
    """
    await _lock_sessions(ctx, VisitOffer.id == offer_id)
    offer, _ = await access_offer(ctx, offer_id)
    mentor = await read_mentor_of(ctx, offer.mentor_id)
    if not answers_for(ctx, mentor, P.VISIT_OFFER):
        raise Forbidden
    if offer.state in (OfferState.WITHDRAWN, OfferState.CANCELLED):
        return offer
    needs.require_offer(offer, OfferState.MADE, OfferState.ACCEPTED)
    if offer.state == OfferState.ACCEPTED:
        await _call_off(ctx, offer, reason, by_school=False)
    else:
        await needs.take_back(ctx, offer, reason)
    return offer


async def _lock_sessions(ctx: Ctx, offers: ColumnElement[bool]) -> None:
    """The session before need and offer, as when the session itself is cancelled: two orders would
    lock each other out."""
    stmt = (
        select(Session.id)
        .join(
            VisitOffer,
            (VisitOffer.district_id == Session.district_id) & (VisitOffer.session_id == Session.id),
        )
        .where(Session.district_id == ctx.district_id, offers)
        .order_by(Session.id)
        .with_for_update(of=Session, key_share=True)
    )
    await ctx.conn.execute(stmt)


async def _call_off(ctx: Ctx, offer: VisitOffer, reason: str, *, by_school: bool) -> None:
    """Its session and bookings end, families hear it, and a draft is taken off the desk."""
    key = (ctx.district_id, offer.session_id)
    session = await ctx.db.get_one(Session, key, with_for_update={"key_share": True})
    activity = await ctx.db.get_one(Activity, (ctx.district_id, offer.activity_id))
    if session.starts_at <= ctx.now:
        raise VisitOver
    await needs.call_off(ctx, offer, reason, by_school=by_school)
    await call_off_session(ctx, session, activity, reason)
    if activity.state not in (ActivityState.WITHDRAWN, ActivityState.ARCHIVED):
        change = {"state": ActivityState.WITHDRAWN}
        await change_row(ctx, activity, change, None, "activity")


async def on_visit_changed(ctx: Ctx, fact: VisitChanged) -> None:
    """Another time for a visit, or something else to bring: the school hears it like the families."""
    for session_id in fact.session_ids:
        offer = await visit_of_session(ctx, session_id)
        if offer is not None:
            await needs.tell_changed(ctx, offer, fact.change, fact.change_id)


async def on_visit_cancelled(ctx: Ctx, fact: SessionCancelled) -> None:
    """The unit cancels the session of a visit where it cancels any session: the school is told too."""
    offer = await visit_of_session(ctx, fact.session_id)
    if offer is not None:
        await needs.call_off(ctx, offer, fact.reason, by_school=False)
