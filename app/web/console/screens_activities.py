"""The lists of activities, of what waits for review, and of bookings."""

from uuid import UUID

from app.activities.kinds import ActivityKind, ActivityState, Category, Phase
from app.activities.models import Activity
from app.activities.permissions import P as ActivityP
from app.activities.queries import list_activities, phases_of
from app.activities.service.publishing import approve_activity, return_activity
from app.bookings.kinds import AHEAD, BookingState
from app.bookings.permissions import P as BookingP
from app.bookings.queries import answers_to, list_bookings
from app.bookings.rules import say_answer
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.web import labels, reading
from app.web.console.listing import Badge, Bulk, Chosen, Filter, Line, Listing

Lines = tuple[list[Line], str | None]
TONES = {
    ActivityState.SUBMITTED: "warn",
    ActivityState.RETURNED: "bad",
    ActivityState.APPROVED: "good",
    ActivityState.PUBLISHED: "good",
}
BOOKING_TONES = {
    BookingState.CONFIRMED: "good",
    BookingState.ATTENDED: "good",
    BookingState.WAITLISTED: "warn",
    BookingState.ABSENT: "bad",
}


async def _activities(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", ActivityState)
    return await _listed(ctx, chosen, state, cursor, limit)


async def _submitted(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    ctx.require(ActivityP.ACTIVITY_REVIEW)
    return await _listed(ctx, chosen, ActivityState.SUBMITTED, cursor, limit)


async def _listed(
    ctx: Ctx, chosen: Chosen, state: ActivityState | None, cursor: str | None, limit: int
) -> Lines:
    rows, following = await list_activities(
        ctx,
        state,
        chosen.number("grade"),
        chosen.text("title"),
        cursor,
        limit,
        chosen.one_of("kind", ActivityKind),
        chosen.one_of("category", Category),
        chosen.uuid("organization_id"),
        chosen.uuid("base_id"),
    )
    units, bases = await reading.unit_and_base_names(
        ctx, [row.organization_id for row in rows], [row.base_id for row in rows]
    )
    phases = await phases_of(ctx, rows)
    return [_line(row, units, bases, phases.get(row.id)) for row in rows], following


def _line(row: Activity, units: reading.Names, bases: reading.Names, phase: Phase | None) -> Line:
    state = labels.ACTIVITY_STATES[row.state]
    said = f"{state}，{labels.PHASES[phase]}" if phase else state
    return Line(
        str(row.id),
        (
            row.title,
            units.get(row.organization_id),
            bases.get(row.base_id),
            labels.ACTIVITY_KINDS[row.kind],
            labels.say_grades(row.min_grade, row.max_grade),
            row.credited_minutes,
            Badge(said, TONES.get(row.state, "plain")),
        ),
        href=f"/console/activities/{row.id}",
    )


async def _bookings(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_bookings(
        ctx,
        chosen.uuid("session_id"),
        chosen.uuid("pupil_id"),
        chosen.one_of("state", BookingState),
        cursor,
        limit,
    )
    about = await reading.booking_lines(ctx, [row.id for row in rows])
    units = {row.id: about[row.id].organization_id for row in rows if about[row.id].asks}
    said = await _said(ctx, units)
    lines = []
    for row in rows:
        one = about[row.id]
        missing = row.consent_asked_at is not None and row.state in AHEAD
        consent = Badge("待家长同意", "warn") if missing else None
        badge = Badge(labels.BOOKING_STATES[row.state], BOOKING_TONES.get(row.state, "plain"))
        where = f"{one.organization_name or ''} {one.class_name or ''}".strip()
        cells = (one.name, where, one.title, say_moment(one.starts_at), badge)
        more = (say_moment(row.created_at), consent, said.get(row.id))
        lines.append(Line(str(row.id), (*cells, *more)))
    return lines, following


async def _said(ctx: Ctx, asked: dict[UUID, UUID]) -> dict[UUID, str]:
    """What families answered, for bookings of the unit (by booking) that asks; others learn that it asks."""
    own = ctx.reach(BookingP.BOOKING_READ).organizations
    found = {one: "" if unit in own else "只有承办单位可看" for one, unit in asked.items()}
    answers = await answers_to(ctx, list(asked)) if asked else {}
    for booking_id, rows in answers.items():
        said = [f"{row.label}：{say_answer(row.kind, row.value)}" for row in rows]
        found[booking_id] = "；".join(said)
    return found


async def _approve(ctx: Ctx, activity_id: UUID, _reason: str) -> object:
    return await approve_activity(ctx, activity_id)


async def _return(ctx: Ctx, activity_id: UUID, reason: str) -> object:
    return await return_activity(ctx, activity_id, reason)


_COLUMNS = ("活动", "发布单位", "基地", "类型", "对象", "学时分钟", "状态")
_FIND = (
    Filter("title", "活动、单位或基地"),
    Filter("kind", "类型", labels.ACTIVITY_KINDS),
    Filter("category", "学时类别", labels.CATEGORIES),
    Filter("grade", "年级", labels.GRADES),
)

REVIEWS = Listing(
    slug="reviews",
    title="活动审核",
    group="工作",
    permission=ActivityP.ACTIVITY_REVIEW,
    columns=_COLUMNS,
    load=_submitted,
    filters=_FIND,
    bulk=(
        Bulk("approve", "通过", ActivityP.ACTIVITY_REVIEW, _approve, "已通过"),
        Bulk("return", "退回", ActivityP.ACTIVITY_REVIEW, _return, "已退回", "danger", "退回原因"),
    ),
    district_only=True,
    empty="没有等待审核的活动。单位提交后会出现在这里。",
    hint="勾选后可以一次通过或退回；退回要写原因，单位会收到通知。",
)
ACTIVITIES = Listing(
    slug="activities",
    title="活动",
    group="工作",
    permission=ActivityP.ACTIVITY_READ,
    columns=_COLUMNS,
    load=_activities,
    filters=(*_FIND, Filter("state", "状态", labels.ACTIVITY_STATES)),
    new=("新建活动", ActivityP.ACTIVITY_EDIT),
    empty="没有符合条件的活动。可以清除筛选条件，或新建一个活动。",
)
BOOKINGS = Listing(
    slug="bookings",
    title="预约",
    children=(0,),
    group="工作",
    permission=BookingP.BOOKING_READ,
    columns=(
        "学生",
        "学校和班级",
        "活动",
        "场次时间",
        "状态",
        "预约时间",
        "家长同意",
        "报名信息",
    ),
    load=_bookings,
    filters=(Filter("state", "状态", labels.BOOKING_STATES),),
    empty="没有符合条件的预约。可以从活动详情里打开某个场次的预约名单。",
)
