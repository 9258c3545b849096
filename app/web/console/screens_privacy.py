"""The lists of families' requests, of who looked, of deletions and of incidents."""

from datetime import date, timedelta
from uuid import UUID

from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.people.queries import pupil_briefs
from app.privacy import queries
from app.privacy.kinds import DataRequestKind, DataRequestState
from app.privacy.permissions import P
from app.privacy.rules import week_before
from app.privacy.service.requests import settle
from app.privacy.service.retention import CLASSES
from app.web import labels
from app.web.console.listing import BadFilter, Badge, Bulk, Chosen, Filter, Line, Listing, Options

Lines = tuple[list[Line], str | None]
WEEKS = 26
TITLES = {kept.name: kept.title for kept in CLASSES}


async def _requests(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", DataRequestState)
    rows, following = await queries.list_requests(ctx, None, state, cursor, limit)
    pupils = await pupil_briefs(ctx, [row.pupil_id for row in rows])
    lines = []
    for row in rows:
        pupil = pupils[row.pupil_id]
        late = row.state == DataRequestState.OPEN and row.due_at < ctx.now
        tone = "bad" if late else "warn" if row.state == DataRequestState.OPEN else "plain"
        asked = row.note or ("到期自动删除" if row.kind == DataRequestKind.ERASE else "")
        cells = (
            pupil.name,
            pupil.class_name,
            labels.DATA_REQUEST_KINDS[row.kind],
            asked,
            Badge(labels.DATA_REQUEST_STATES[row.state], tone),
            say_moment(row.due_at),
            row.answer,
        )
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _corrected(ctx: Ctx, request_id: UUID, reason: str) -> object:
    return await settle(ctx, request_id, done=True, answer=reason)


async def _declined(ctx: Ctx, request_id: UUID, reason: str) -> object:
    return await settle(ctx, request_id, done=False, answer=reason)


def _monday(chosen: Chosen) -> date | None:
    given = chosen.text("monday")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as exc:
        raise BadFilter from exc


async def _digest(ctx: Ctx, chosen: Chosen, _cursor: str | None, _limit: int) -> Lines:
    rows = await queries.access_digest(ctx, _monday(chosen))
    lines = [
        Line(str(number), (row.school, row.reader, row.purpose, row.children, row.reads))
        for number, row in enumerate(rows)
    ]
    return lines, None


async def _weeks(ctx: Ctx) -> Options:
    last, _ = week_before(ctx.today)
    weeks = [last + timedelta(weeks=1), *(last - timedelta(weeks=n) for n in range(WEEKS))]
    return [(str(week), f"{week.month} 月 {week.day} 日起一周") for week in weeks]


async def _proofs(ctx: Ctx, _chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await queries.list_proofs(ctx, cursor, limit)
    lines = [
        Line(
            str(row.id),
            (
                say_moment(row.at),
                TITLES.get(row.data_class, row.data_class),
                f"{row.days} 天",
                row.rows,
                row.digest[:16],
            ),
        )
        for row in rows
    ]
    return lines, following


async def _incidents(ctx: Ctx, _chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await queries.list_incidents(ctx, cursor, limit)
    lines = [
        Line(
            str(row.id),
            (
                row.title,
                row.happened_on.isoformat(),
                row.affected,
                row.reported_on.isoformat() if row.reported_on else Badge("未上报", "warn"),
                row.closed_on.isoformat() if row.closed_on else Badge("未结案", "warn"),
            ),
            href=f"/console/incidents/{row.id}",
        )
        for row in rows
    ]
    return lines, following


DATA_REQUESTS = Listing(
    slug="data-requests",
    title="家长的资料申请",
    group="学区",
    permission=P.DATA_REQUEST_SETTLE,
    columns=("学生", "班级", "申请", "内容", "状态", "办结期限", "答复"),
    load=_requests,
    filters=(Filter("state", "状态", labels.DATA_REQUEST_STATES),),
    bulk=(
        Bulk(
            "done", "已更正，告诉家长", P.DATA_REQUEST_SETTLE, _corrected, "已答复", asks="更正结果"
        ),
        Bulk(
            "declined",
            "不采纳，说明原因",
            P.DATA_REQUEST_SETTLE,
            _declined,
            "已答复",
            "outline-secondary",
            asks="不采纳的原因",
        ),
    ),
    empty="没有家长申请更正或删除孩子的资料。",
    hint="更正申请请在 15 天内先改好学生资料，再答复家长。删除申请到期由系统自动办理，不需要审批。",
)
ACCESS_DIGEST = Listing(
    slug="access-digest",
    title="谁看过学生资料",
    group="学区",
    permission=P.ACCESS_DIGEST_READ,
    columns=("学校", "人员", "目的", "学生数", "次数"),
    load=_digest,
    filters=(Filter("monday", "哪一周", _weeks),),
    empty="这一周没有工作人员查看过学生资料。",
    hint="不选时显示上一周。每周一早上，学校联系人会收到汇总通知。",
)
PROOFS = Listing(
    slug="deletion-proofs",
    title="到期删除的证明",
    group="系统",
    permission=P.COMPLIANCE_READ,
    columns=("时间", "数据种类", "保存期限", "删除行数", "指纹"),
    load=_proofs,
    empty="还没有数据到期。系统每天凌晨检查一次。",
    hint="指纹由被删除记录的编号算出，可用于证明删除了哪些记录；这里不含任何个人信息。",
)
INCIDENTS = Listing(
    slug="incidents",
    title="个人信息事件",
    group="系统",
    permission=P.COMPLIANCE_READ,
    columns=("事件", "日期", "涉及人数", "上报", "结案"),
    load=_incidents,
    new=("登记事件", P.INCIDENT_EDIT),
    empty="没有登记过个人信息泄露、丢失等事件。",
    hint="发生泄露或丢失时请尽快登记并按规定上报、告知家长；不要在这里写任何人的姓名。",
)
