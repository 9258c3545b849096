"""The lists of deliveries, the audit log, background work and the district's accounts."""

from collections.abc import Sequence
from uuid import UUID

from app.audit.permissions import P as AuditP
from app.audit.queries import list_entries
from app.channels.accounts import list_accounts
from app.channels.permissions import P as ChannelP
from app.channels.rules import said
from app.jobs.permissions import P as JobP
from app.jobs.queries import list_heartbeats, list_jobs
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.notifications.kinds import KINDS, DeliveryState, Kind
from app.notifications.permissions import P as NoticeP
from app.notifications.queries import count_deliveries, list_deliveries
from app.notifications.service.delivery import retry_delivery
from app.people.queries import pupil_briefs
from app.web import labels
from app.web.console.listing import Badge, Bulk, Cell, Chosen, Filter, Line, Listing

Lines = tuple[list[Line], str | None]
GOOD = (DeliveryState.SENT, DeliveryState.DELIVERED)
WAITING = (DeliveryState.PENDING, DeliveryState.LEASED)
STANDS_STILL = 60  # seconds without a heartbeat


async def _deliveries(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", DeliveryState)
    rows, following = await list_deliveries(
        ctx, state, cursor, limit, chosen.one_of("kind", Kind), chosen.day("day")
    )
    lines = []
    for row in rows:
        tone = "good" if row.state in GOOD else "plain" if row.state in WAITING else "bad"
        cells = (
            say_moment(row.created_at),
            Badge(labels.DELIVERY_STATES[row.state], tone),
            labels.WAYS.get(row.channel, row.channel),
            said(row.reason),
            row.attempts,
            say_moment(row.settled_at) if row.settled_at else "",
        )
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _delivery_counts(ctx: Ctx, _chosen: Chosen) -> Sequence[tuple[str, Cell]]:
    return [(labels.DELIVERY_STATES[row.state], row.count) for row in await count_deliveries(ctx)]


async def _retry(ctx: Ctx, delivery_id: UUID, _reason: str) -> object:
    await retry_delivery(ctx, delivery_id)
    return None


async def _audit(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_entries(
        ctx, chosen.uuid("pupil_id"), chosen.text("action"), cursor, limit
    )
    people = await pupil_briefs(ctx, {row.person_id for row in rows if row.person_id})
    lines = []
    for row in rows:
        who = people[row.person_id].name if row.person_id in people else "系统"
        cells = (
            say_moment(row.at),
            who,
            labels.CHANNELS.get(row.channel, row.channel),
            row.action,
            f"{row.object_type} {str(row.object_id or row.pupil_id or '')[-8:]}",
            row.purpose,
        )
        lines.append(Line(str(row.id), cells))
    return lines, following


async def _jobs(ctx: Ctx, _chosen: Chosen, _cursor: str | None, limit: int) -> Lines:
    rows = await list_jobs(ctx, min(limit, 200))
    lines = []
    for row in rows:
        word = labels.JOB_STATES.get(row.state, row.state)
        state = Badge(word, "bad" if row.state == "failed" else "plain")
        lines.append(Line(str(row.id), (row.name, state, row.attempts, say_moment(row.created_at))))
    return lines, None


async def _beats(ctx: Ctx, _chosen: Chosen) -> Sequence[tuple[str, Cell]]:
    return [
        (
            "后台程序",
            Badge(
                labels.say_ago(row.seconds_ago),
                "good" if row.seconds_ago < STANDS_STILL else "bad",
            ),
        )
        for row in await list_heartbeats(ctx)
    ]


async def _accounts(ctx: Ctx, _chosen: Chosen, _cursor: str | None, _limit: int) -> Lines:
    rows = await list_accounts(ctx)
    lines = [
        Line(
            str(row.id),
            (
                row.name,
                labels.ACCOUNT_KINDS.get(row.kind, row.kind),
                row.appid,
                row.original_id,
                labels.MODES.get(row.mode, row.mode),
                f"/wechat/callback/{row.name}" if row.kind == "service_account" else "",
            ),
        )
        for row in rows
    ]
    return lines, None


DELIVERIES = Listing(
    slug="deliveries",
    title="通知投递",
    group="系统",
    permission=NoticeP.DELIVERY_READ,
    columns=("时间", "状态", "途径", "平台的说明", "次数", "完成时间"),
    load=_deliveries,
    filters=(
        Filter("state", "状态", labels.DELIVERY_STATES),
        Filter("kind", "通知", {str(kind): row.title for kind, row in KINDS.items()}),
        Filter("day", "日期", kind="date"),
    ),
    bulk=(Bulk("retry", "重新发送", NoticeP.DELIVERY_RETRY, _retry, "已重新排队"),),
    district_only=True,
    above=_delivery_counts,
    empty="没有符合条件的通知。",
    hint="只有失败、待核实和未关注的通知可以重新发送。",
)
AUDIT = Listing(
    slug="audit",
    title="审计日志",
    group="系统",
    permission=AuditP.AUDIT_READ,
    columns=("时间", "人员", "途径", "动作", "对象", "目的"),
    load=_audit,
    filters=(Filter("action", "动作（如 pupil:read）"),),
    empty="没有符合条件的记录。",
    hint="日志只增不改；人员和学生以编号尾数表示。",
)
JOBS_LIST = Listing(
    slug="jobs",
    title="后台任务",
    group="系统",
    permission=JobP.JOB_READ,
    columns=("任务", "状态", "次数", "排队时间"),
    load=_jobs,
    above=_beats,
    empty="没有等待或失败的任务，一切正常。",
    hint="后台程序最近一次活动的时间在下面；超过 1 分钟请联系管理员。",
)
ACCOUNTS = Listing(
    slug="accounts",
    title="服务号",
    group="系统",
    permission=ChannelP.CHANNEL_READ,
    columns=("名称", "类别", "AppID", "原始 ID", "加密方式", "回调地址"),
    load=_accounts,
    empty="还没有接入服务号。请管理员按手册接入。",
    hint="密钥不会显示在任何页面上。",
)
