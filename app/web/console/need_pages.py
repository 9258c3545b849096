"""A school's need in the console: the school's form, the offers, choosing one, calling it off."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.schemas import VisitAcceptIn
from app.activities.service import visits
from app.bookings.kinds import ClassBookingState
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.resources import rules
from app.resources.kinds import NeedState, OfferState
from app.resources.models import SchoolNeed, VisitOffer
from app.resources.permissions import P
from app.resources.queries import offers_of, read_need, read_offer
from app.resources.schemas import NeedIn, OfferIn
from app.resources.service import needs
from app.web import labels, reading
from app.web.console.bulk import ReasonMissing
from app.web.console.editing import submitted
from app.web.console.editors_resources import GRADE_FIELDS
from app.web.console.forms import Field, checked, read_form, typed
from app.web.console.screens_class_bookings import state_badge
from app.web.console.screens_visits import need_badge, offer_badge
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.console.visit_reading import (
    activity_shown,
    class_bookings_of,
    classes_to_invite,
    mentor_names,
    mentors_to_send,
    schools_to_post,
)
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_PATH = "/console/school-needs"
_CRUMB = ("学校需求", _PATH)
_NEED = (
    Field("title", "题目", required=True, longest=20, hint="不超过 20 字，例如 听天文学家讲星星"),
    Field("topic", "想请谁、讲什么", required=True, longest=200),
    *GRADE_FIELDS,
    Field("headcount", "大约多少学生", "number", True),
    Field("first_day", "最早哪天", "day", True),
    Field("last_day", "最晚哪天", "day", True),
    Field(
        "weekdays", "星期几方便", "many", options=list(labels.WEEKDAYS.items()), hint="不勾为都可以"
    ),
    Field("place", "在学校哪里", longest=200, hint="例如 二楼报告厅，有投影"),
    Field("open_until", "征集到哪天", "day", True, hint="截止以后有一周时间选定"),
    Field("note", "备注", "long", longest=1000, hint="单位都能看到，请不要写学生姓名"),
)


async def _need_fields(ctx: Ctx) -> list[Field]:
    schools = await schools_to_post(ctx)
    return [Field("organization_id", "学校", "choice", True, schools), *_NEED]


def _need_sheet(fields: list[Field], values: dict[str, Any]) -> dict[str, Any]:
    intro = "学区的资源单位和导师会看到这条需求并报名，您选定一份以后，别的报名会收到答谢。"
    return sheet("发布需求", [_CRUMB], _PATH, fields, values, intro=intro, button="发布")


@router.get("/school-needs/new")
async def new_need(request: Request, ctx: Staff) -> HTMLResponse:
    return console_page(request, ctx, "sheet.html", _need_sheet(await _need_fields(ctx), {}))


@router.post("/school-needs")
async def post_need(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    fields = await _need_fields(ctx)
    remember_form(request, ctx, "sheet.html", _need_sheet(fields, submitted(form, fields)))
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    body = checked(request, NeedIn, given, fields)
    row = await needs.post_need(ctx, body.model_dump())
    return send_to(request, f"{_PATH}/{row.id}", "已发布，单位和导师可以报名了。")


@router.get("/school-needs/{need_id}")
async def show_need(request: Request, ctx: Staff, need_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "need.html", await _page(ctx, need_id))


async def _page(ctx: Ctx, need_id: UUID) -> dict[str, Any]:
    row = await read_need(ctx, need_id)
    offers = await offers_of(ctx, [need_id])
    names = [row.organization_id, *(one.organization_id for one in offers)]
    is_open = row.state == NeedState.OPEN
    mentors = await mentors_to_send(ctx) if is_open and ctx.today <= row.open_until else []
    decides = ctx.reach(P.NEED_DECIDE).covers(row.organization_id)
    posted = row.posted_by is not None and row.posted_by == ctx.actor.person_id
    return {
        "row": row,
        "badge_of": need_badge(row.state),
        "offer_badge": offer_badge,
        "state_badge": state_badge,
        "states": ClassBookingState,
        "labels": labels,
        "days": rules.say_days(row),
        "choose_by": rules.choose_by(row),
        "organizations": await reading.organization_names(ctx, names),
        "classes": await reading.class_names(ctx, [UUID(one) for one in row.class_ids]),
        "mentors": await mentor_names(ctx, [one.mentor_id for one in offers]),
        "offers": offers,
        "visit": await _visit(ctx, offers),
        "of_school": decides or posted,
        "choosable": {one.id for one in offers if _choosable(ctx, one)} if decides else set(),
        "returnable": {one.id for one in offers if _returnable(ctx, one)},
        "may_withdraw": _may_withdraw(row, decides=decides, posted=posted),
        "fields": _offer_fields(row, mentors) if mentors else [],
        "values": {},
        "errors": {},
        "problem": "",
    }


async def _visit(ctx: Ctx, offers: list[VisitOffer]) -> dict[str, Any] | None:
    """What came of the accepted offer: the activity, and how the classes stand."""
    offer = next((one for one in offers if one.state == OfferState.ACCEPTED), None)
    if offer is None or offer.activity_id is None or offer.session_id is None:
        return None
    return {
        "offer": offer,
        "activity": await activity_shown(ctx, offer.activity_id),
        "bookings": await class_bookings_of(ctx, offer.session_id),
    }


def _choosable(ctx: Ctx, offer: VisitOffer) -> bool:
    return offer.state == OfferState.MADE and offer.starts_at > ctx.now


def _returnable(ctx: Ctx, offer: VisitOffer) -> bool:
    """The page asks generously; the service knows who speaks for the mentor."""
    own = ctx.reach(P.VISIT_OFFER).covers(offer.organization_id)
    own = own or offer.offered_by == ctx.actor.person_id
    return (
        own
        and offer.starts_at > ctx.now
        and offer.state
        in (
            OfferState.MADE,
            OfferState.ACCEPTED,
        )
    )


def _may_withdraw(need: SchoolNeed, *, decides: bool, posted: bool) -> bool:
    if need.state == NeedState.MATCHED:
        return decides
    return need.state == NeedState.OPEN and (decides or posted)


def _offer_fields(need: SchoolNeed, mentors: list[tuple[str, str]]) -> list[Field]:
    return [
        Field("mentor_id", "哪位导师去", "choice", True, mentors, "只列出审核通过的导师"),
        Field("starts_at", "开始", "moment", True, hint=f"学校希望：{rules.say_days(need)}"),
        Field("ends_at", "结束", "moment", True),
        Field("brings", "带来什么、讲什么", "long", longest=1000),
    ]


@router.post("/school-needs/{need_id}/offers")
async def offer_visit(request: Request, ctx: Staff, need_id: UUID) -> Response:
    form = await read_form(request)
    fields = _offer_fields(await read_need(ctx, need_id), await mentors_to_send(ctx))
    context = await _page(ctx, need_id) | {"values": submitted(form, fields)}
    remember_form(request, ctx, "need.html", context)
    given = {name: value for name, value in typed(form, fields).items() if value is not None}
    body = checked(request, OfferIn, given, fields)
    await needs.offer_visit(ctx, need_id, body.model_dump())
    return send_to(request, f"{_PATH}/{need_id}", "已报名，学校选定后会通知您。")


@router.post("/school-needs/{need_id}/withdraw")
async def withdraw_need(request: Request, ctx: Staff, need_id: UUID) -> Response:
    reason = await _reason(request, ctx, need_id, "撤回的原因")
    await visits.withdraw_need(ctx, need_id, reason)
    return send_to(request, f"{_PATH}/{need_id}", "已撤回，报名的单位会收到通知。")


async def _reason(request: Request, ctx: Ctx, need_id: UUID, asks: str) -> str:
    form = await read_form(request)
    remember_form(request, ctx, "need.html", await _page(ctx, need_id))
    if not form.one("reason"):
        raise ReasonMissing(asks=asks)
    return form.one("reason")[:200]


@router.get("/visit-offers/{offer_id}/accept")
async def choose(request: Request, ctx: Staff, offer_id: UUID) -> HTMLResponse:
    context = await _choice(ctx, await read_offer(ctx, offer_id))
    return console_page(request, ctx, "sheet.html", context)


async def _choice(ctx: Ctx, offer: VisitOffer, chosen: Any = ()) -> dict[str, Any]:
    need = await read_need(ctx, offer.need_id)
    mentor = (await mentor_names(ctx, [offer.mentor_id])).get(offer.mentor_id, "")
    classes = await classes_to_invite(ctx, need)
    path = [_CRUMB, (need.title, f"{_PATH}/{need.id}")]
    intro = (
        f"{mentor}，{say_moment(offer.starts_at)}。选定以后，单位把活动写完整并提交审核；"
        "发布时为这些班占好名额，再请学校联系人确认。"
    )
    fields = _class_fields(classes)
    action, values = f"/console/visit-offers/{offer.id}/accept", {"class_ids": chosen}
    heading = "选定这份报名"
    return sheet(heading, path, action, fields, values, intro=intro, button="选定")


def _class_fields(classes: list[tuple[str, str]]) -> list[Field]:
    hint = "勾选请哪些班参加" if classes else "所填年级里还没有有学生的班，请先导入名册"
    return [Field("class_ids", "邀请的班级", "many", True, classes, hint)]


@router.post("/visit-offers/{offer_id}/accept")
async def accept_visit(request: Request, ctx: Staff, offer_id: UUID) -> Response:
    form = await read_form(request)
    offer = await read_offer(ctx, offer_id)
    context = await _choice(ctx, offer, form.many("class_ids"))
    remember_form(request, ctx, "sheet.html", context)
    body = checked(request, VisitAcceptIn, typed(form, _class_fields([])), _class_fields([]))
    await visits.accept_visit(ctx, offer_id, body.class_ids)
    return send_to(request, f"{_PATH}/{offer.need_id}", "已选定，单位会完善活动并提交审核。")


@router.post("/visit-offers/{offer_id}/withdraw")
async def withdraw_offer(request: Request, ctx: Staff, offer_id: UUID) -> Response:
    offer = await read_offer(ctx, offer_id)
    reason = await _reason(request, ctx, offer.need_id, "撤回的原因")
    await visits.withdraw_offer(ctx, offer_id, reason)
    return send_to(request, f"{_PATH}/{offer.need_id}", "已撤回，学校会收到通知。")
