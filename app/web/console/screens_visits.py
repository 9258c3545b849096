"""The lists of schools' needs and of mentors' invitations."""

from collections import defaultdict
from uuid import UUID

from app.activities.kinds import INVITATION_WORDS, InvitationState
from app.activities.queries import list_invitations
from app.activities.service.inviting import answer_invitation, withdraw_invitation
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.resources.kinds import NEED_WORDS, OFFER_WORDS, NeedState, OfferState
from app.resources.models import SchoolNeed, VisitOffer
from app.resources.permissions import P
from app.resources.queries import list_needs, offers_of
from app.resources.rules import say_days
from app.web import labels, reading
from app.web.console.listing import Badge, Bulk, Cell, Chosen, Filter, Line, Listing, Options
from app.web.console.visit_reading import activities_of, mentor_names

Lines = tuple[list[Line], str | None]
NEED_TONES = {NeedState.OPEN: "warn", NeedState.MATCHED: "good"}
OFFER_TONES = {
    OfferState.MADE: "warn",
    OfferState.ACCEPTED: "good",
    OfferState.CANCELLED: "bad",
}
_INVITATION_TONES = {
    InvitationState.ASKED: "warn",
    InvitationState.ACCEPTED: "good",
    InvitationState.DECLINED: "bad",
}


def need_badge(state: str) -> Badge:
    return Badge(NEED_WORDS[NeedState(state)], NEED_TONES.get(NeedState(state), "plain"))


def offer_badge(state: str) -> Badge:
    return Badge(OFFER_WORDS[OfferState(state)], OFFER_TONES.get(OfferState(state), "plain"))


async def _needs(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_needs(
        ctx,
        chosen.one_of("state", NeedState),
        chosen.uuid("organization_id"),
        cursor,
        limit,
        mine=chosen.text("mine") is not None,
    )
    schools = await reading.organization_names(ctx, [row.organization_id for row in rows])
    offers: dict[UUID, list[VisitOffer]] = defaultdict(list)
    for offer in await offers_of(ctx, [row.id for row in rows]):
        offers[offer.need_id].append(offer)
    return [
        Line(
            str(row.id),
            (
                row.title,
                schools.get(row.organization_id),
                labels.say_grades(row.min_grade, row.max_grade),
                say_days(row),
                f"{row.open_until.month}月{row.open_until.day}日",
                _offered(ctx, row, offers[row.id]),
                need_badge(row.state),
            ),
            href=f"/console/school-needs/{row.id}",
        )
        for row in rows
    ], following


def _offered(ctx: Ctx, need: SchoolNeed, offers: list[VisitOffer]) -> Cell:
    """The school counts; whoever offers reads how the own offer stands."""
    if not offers:
        return None
    own = ctx.reach(P.VISIT_OFFER).covers(offers[-1].organization_id)
    if own and not ctx.reach(P.NEED_DECIDE).covers(need.organization_id):
        return offer_badge(offers[-1].state)
    return f"{len(offers)} 份"


async def _invitations(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", InvitationState)
    rows, following = await list_invitations(ctx, state, None, cursor, limit)
    mentors = await mentor_names(ctx, [row.mentor_id for row in rows])
    units = await reading.organization_names(ctx, [row.organization_id for row in rows])
    activities = await activities_of(ctx, [row.activity_id for row in rows])
    lines = []
    for row in rows:
        activity, state = activities[row.activity_id], InvitationState(row.state)
        date = say_moment(activity.starts_at) if activity.starts_at else None
        cells = (
            mentors.get(row.mentor_id),
            activity.title,
            date,
            units.get(row.organization_id),
            row.message,
            Badge(INVITATION_WORDS[state], _INVITATION_TONES.get(state, "plain")),
            row.answer,
        )
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _agree(ctx: Ctx, invitation_id: UUID, _reason: str) -> object:
    return await answer_invitation(ctx, invitation_id, "", agreed=True)


async def _refuse(ctx: Ctx, invitation_id: UUID, reason: str) -> object:
    return await answer_invitation(ctx, invitation_id, reason, agreed=False)


async def _take_back(ctx: Ctx, invitation_id: UUID, _reason: str) -> object:
    return await withdraw_invitation(ctx, invitation_id)


async def _organizations(ctx: Ctx) -> Options:
    return await reading.all_organizations(ctx)


NEEDS = Listing(
    slug="school-needs",
    title="学校需求",
    group="工作",
    permission=P.NEED_READ,
    columns=("需求", "学校", "年级", "希望的日子", "征集截止", "报名", "状态"),
    load=_needs,
    filters=(
        Filter("state", "状态", {str(state): word for state, word in NEED_WORDS.items()}),
        Filter("mine", "只看", {"1": "本校的和我们报名的"}),
        Filter("organization_id", "学校", _organizations),
    ),
    new=("发布需求", P.NEED_CREATE),
    empty="没有学校需求。学校想请人进校园时，在这里发布；单位和导师看到后报名。",
    hint="科学家进校园：学校发布需求，单位和导师报名，学校选定一份，就成为一次活动。",
)
INVITATIONS = Listing(
    slug="mentor-invitations",
    title="导师邀请",
    group="资源",
    permission=P.MENTOR_READ,
    columns=("导师", "活动", "时间", "邀请单位", "留言", "状态", "答复"),
    load=_invitations,
    filters=(
        Filter("state", "状态", {str(state): word for state, word in INVITATION_WORDS.items()}),
    ),
    bulk=(
        Bulk("accept", "答应", P.MENTOR_READ, _agree, "已答应"),
        Bulk("decline", "谢绝", P.MENTOR_READ, _refuse, "已谢绝", "danger", "谢绝的原因"),
        Bulk("withdraw", "收回", "activity:edit", _take_back, "已收回", "outline-secondary"),
    ),
    empty="没有邀请。在活动页面点“邀请导师”，导师本人或所在单位在这里答复。",
    hint="导师本人可以答复；没有账号的导师由所在单位代为答复。",
)
