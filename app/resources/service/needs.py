"""学校需求: a school posts what it looks for, mentors offer to come, the school chooses one.

What follows from a choice (an activity with a session at the school) is `activities`' business;
here are the rows of needs and offers and who is told.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.orgs.kinds import OrgKind
from app.resources import rules
from app.resources.access import access_need, access_school, answers_for
from app.resources.errors import MentorNotReady, NeedClosed, NeedNotOpen, OfferNotOpen, OfferStands
from app.resources.events import NeedDue, VisitNews
from app.resources.kinds import NEED_WORDS, OFFER_WORDS, NeedState, OfferState, Vetting
from app.resources.models import Mentor, SchoolNeed, VisitOffer
from app.resources.permissions import P


async def post_need(ctx: Ctx, values: dict[str, Any]) -> SchoolNeed:
    """Ask the district's units and mentors; refused with days that do not fit together
    (`resources.need_dates_wrong`). The same open need again is that need.
    """
    school = await access_school(ctx, values["organization_id"])
    if school.kind not in (OrgKind.SCHOOL, OrgKind.KINDERGARTEN):
        raise NotFound
    row = SchoolNeed(district_id=ctx.district_id, posted_by=ctx.actor.person_id, **values)
    rules.check_need(row, ctx.today)
    same = select(SchoolNeed).where(
        SchoolNeed.district_id == ctx.district_id,
        SchoolNeed.organization_id == school.id,
        SchoolNeed.state == NeedState.OPEN,
        *(getattr(SchoolNeed, name) == values[name] for name in ("title", "first_day", "last_day")),
    )
    standing = (await ctx.db.execute(same.limit(1))).scalar_one_or_none()
    return standing if standing is not None else await add_row(ctx, row, "school_need")


async def offer_visit(ctx: Ctx, need_id: UUID, values: dict[str, Any]) -> VisitOffer:
    """A vetted mentor would come at that time: said by the mentor, or by who lists it.

    Refused after the last day for offers, outside the days the school named, and
    for a mentor who offered another time already. The same again changes nothing.
    """
    need = await access_need(ctx, need_id, lock=True)
    mentor = await ctx.db.get(Mentor, (ctx.district_id, values["mentor_id"]))
    if mentor is None or not answers_for(ctx, mentor, P.VISIT_OFFER):
        raise NotFound
    stmt = select(VisitOffer).where(
        VisitOffer.district_id == ctx.district_id,
        VisitOffer.need_id == need.id,
        VisitOffer.mentor_id == mentor.id,
        VisitOffer.state.in_((OfferState.MADE, OfferState.ACCEPTED)),
    )
    standing = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if standing is not None and all(getattr(standing, name) == values[name] for name in values):
        return standing
    require_need(need, NeedState.OPEN)
    if ctx.today > need.open_until:
        raise NeedClosed
    if mentor.vetting != Vetting.PASSED:
        raise MentorNotReady
    rules.check_visit(need, values["starts_at"], values["ends_at"], ctx.now)
    if standing is not None:
        raise OfferStands
    row = VisitOffer(
        district_id=ctx.district_id,
        need_id=need.id,
        organization_id=mentor.organization_id,
        offered_by=ctx.actor.person_id,
        **values,
    )
    await add_row(ctx, row, "visit_offer")
    await _tell(ctx, row, to_school=True, result=f"{mentor.name}报名，请选定", step="made")
    return row


def require_need(need: SchoolNeed, *allowed: NeedState) -> None:
    """Refuse (`resources.need_not_open`) unless the need stands where the verb starts."""
    if need.state not in allowed:
        raise NeedNotOpen(state=NEED_WORDS[NeedState(need.state)])


def require_offer(offer: VisitOffer, *allowed: OfferState) -> None:
    if offer.state not in allowed:
        raise OfferNotOpen(state=OFFER_WORDS[OfferState(offer.state)])


async def match(
    ctx: Ctx, need: SchoolNeed, offer: VisitOffer, made: dict[str, UUID], class_ids: list[str]
) -> None:
    """The school has chosen: this offer gets what was `made` for it, the others are thanked."""
    await change_row(ctx, offer, {"state": OfferState.ACCEPTED, **made}, None, "visit_offer")
    change = {"state": NeedState.MATCHED, "class_ids": class_ids, "reason": ""}
    await change_row(ctx, need, change, None, "school_need")
    said = "学校选定了您，请完善活动并提交"
    await _tell(ctx, offer, to_school=False, result=said, step="accepted")
    await thank_others(ctx, need, "学校另有安排，谢谢您报名")


async def thank_others(ctx: Ctx, need: SchoolNeed, reason: str) -> None:
    """Offers that still wait for the school hear kindly that it will not be them."""
    stmt = select(VisitOffer).where(
        VisitOffer.district_id == ctx.district_id,
        VisitOffer.need_id == need.id,
        VisitOffer.state == OfferState.MADE,
    )
    for row in (await ctx.db.execute(stmt.order_by(VisitOffer.id))).scalars().all():
        change = {"state": OfferState.DECLINED, "reason": reason}
        await change_row(ctx, row, change, None, "visit_offer")
        await _tell(ctx, row, to_school=False, result=reason, step="declined")


async def close_need(ctx: Ctx, need: SchoolNeed, reason: str) -> None:
    """The school takes its need back; who had offered is told."""
    change = {"state": NeedState.WITHDRAWN, "reason": reason}
    await change_row(ctx, need, change, None, "school_need")
    await thank_others(ctx, need, "学校撤回了需求，谢谢您报名")


async def take_back(ctx: Ctx, offer: VisitOffer, reason: str) -> None:
    """An offer that the school has not chosen is withdrawn."""
    change = {"state": OfferState.WITHDRAWN, "reason": reason}
    await change_row(ctx, offer, change, None, "visit_offer")
    await _tell(ctx, offer, to_school=True, result="单位撤回了报名", step="withdrawn")


async def call_off(ctx: Ctx, offer: VisitOffer, reason: str, *, by_school: bool) -> None:
    """A visit that was agreed does not take place: the other side is told. When it was not the
    school's wish, its need is open again for as long as its days allow.
    """
    if offer.state == OfferState.CANCELLED:
        return
    change = {"state": OfferState.CANCELLED, "reason": reason}
    await change_row(ctx, offer, change, None, "visit_offer")
    who = "学校" if by_school else "单位"
    said = f"{who}取消：{reason or '活动取消'}"
    await _tell(ctx, offer, to_school=not by_school, result=said, step="cancelled")
    need = await ctx.db.get_one(SchoolNeed, (ctx.district_id, offer.need_id), with_for_update=True)
    if not by_school and need.state == NeedState.MATCHED:
        again = NeedState.OPEN if ctx.today <= need.open_until else NeedState.LAPSED
        anew: dict[str, Any] = {"state": again, "class_ids": [], "reminded": 0}
        await change_row(ctx, need, anew, None, "school_need")


async def tell_published(ctx: Ctx, offer: VisitOffer, left_out: int) -> None:
    """The school hears that its classes hold their places and wait for its yes."""
    said = "活动已发布，请确认班级"
    if left_out:
        said = f"活动已发布，{left_out} 个班请手动约"
    await _tell(ctx, offer, to_school=True, result=said, step="published")


async def tell_changed(ctx: Ctx, offer: VisitOffer, change: str, step: str) -> None:
    await _tell(ctx, offer, to_school=True, result=f"有变动：{change}", step=step)


async def _tell(ctx: Ctx, offer: VisitOffer, *, to_school: bool, result: str, step: str) -> None:
    await ctx.emit(VisitNews(offer.id, to_school, result, step))


async def watch_needs(ctx: Ctx) -> int:
    """Remind schools that have offers and have not chosen; let lapse what nobody answered or chose.

    Asked every day; a school hears each reminder once. Says how many lapsed.
    """
    stmt = (
        select(SchoolNeed)
        .where(SchoolNeed.district_id == ctx.district_id, SchoolNeed.state == NeedState.OPEN)
        .order_by(SchoolNeed.id)
        .with_for_update(skip_locked=True)
    )
    lapsed = 0
    for need in (await ctx.db.execute(stmt)).scalars().all():
        made = select(VisitOffer.id).where(
            VisitOffer.district_id == ctx.district_id,
            VisitOffer.need_id == need.id,
            VisitOffer.state == OfferState.MADE,
        )
        offers = len((await ctx.conn.execute(made)).all())
        if rules.is_lapsed(need, offers, ctx.today):
            change = {"state": NeedState.LAPSED}
            await change_row(ctx, need, change, None, "school_need")
            await thank_others(ctx, need, "学校这次没有选定，谢谢您报名")
            lapsed += 1
        elif offers and (due := rules.reminders_due(need, ctx.today)) > need.reminded:
            need.reminded = due
            await ctx.db.flush()
            said, until = f"有 {offers} 份报名，请选定", rules.choose_by(need)
            whose = (need.id, need.organization_id, need.posted_by, need.title)
            await ctx.emit(NeedDue(*whose, what=said, until=until, number=due))
    return lapsed
