"""The lists of evaluations, of low scores, and of texts that wait for a person."""

from uuid import UUID

from app.evaluations.permissions import P
from app.evaluations.queries import evaluated_sessions, list_alerts
from app.evaluations.service.answering import settle_alert
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.moderation.kinds import STATE_WORDS, SUBJECT_WORDS, Subject, TextState
from app.moderation.permissions import P as TextP
from app.moderation.queries import list_items
from app.moderation.service import decide
from app.web import reading
from app.web.console.listing import Badge, Bulk, Chosen, Filter, Line, Listing

Lines = tuple[list[Line], str | None]
_TONES = {TextState.PASSED: "good", TextState.REFUSED: "bad"}


async def _evaluations(ctx: Ctx, _chosen: Chosen, _cursor: str | None, _limit: int) -> Lines:
    lines = []
    for row in await evaluated_sessions(ctx):
        state = Badge("已结束", "good") if row.closed else Badge("进行中", "warn")
        cells = (row.title, row.unit, say_moment(row.starts_at), row.answers, state)
        lines.append(Line(str(row.id), cells, f"/console/sessions/{row.id}/evaluation"))
    return lines, None


async def _alerts(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_alerts(ctx, chosen.text("all") is None, cursor, limit)
    sessions = await reading.session_titles(ctx, [row.session_id for row in rows])
    lines = []
    for row in rows:
        session = sessions[row.session_id]
        state = Badge("已处理", "good") if row.settled_at else Badge("待处理", "bad")
        when = f"{session.title}，{say_moment(session.starts_at)}"
        cells = (when, row.reason, say_moment(row.at), row.note or None, state)
        lines.append(Line(str(row.id), cells, f"/console/sessions/{row.session_id}/evaluation"))
    return lines, following


async def _settle(ctx: Ctx, alert_id: UUID, note: str) -> object:
    return await settle_alert(ctx, alert_id, note)


async def _texts(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", TextState)
    rows, following = await list_items(ctx, state, cursor, limit)
    lines = []
    for row in rows:
        where = TextState(row.state)
        said = row.body or "（已处理，不再保存）"
        cells = (
            said,
            SUBJECT_WORDS[Subject(row.subject)],
            row.reason or None,
            say_moment(row.created_at),
            Badge(STATE_WORDS[where], _TONES.get(where, "warn")),
        )
        look = (("看图片", f"/console/moderation/{row.id}/picture"),) if row.file_id else ()
        lines.append(Line(str(row.id), cells, more=look))
    return lines, following


async def _pass(ctx: Ctx, item_id: UUID, _reason: str) -> object:
    return await decide(ctx, item_id, passes=True)


async def _refuse(ctx: Ctx, item_id: UUID, _reason: str) -> object:
    return await decide(ctx, item_id, passes=False)


EVALUATIONS = Listing(
    slug="evaluations",
    title="活动评价",
    group="工作",
    permission=P.EVALUATION_READ,
    columns=("活动", "单位", "时间", "收到", "状态"),
    load=_evaluations,
    empty="还没有可以评价的场次。",
    hint="双方的评价互相看不到，活动结束 14 天后或大家都评过才公开；不足 5 份不算平均分。",
)
ALERTS = Listing(
    slug="evaluation-alerts",
    title="低分提醒",
    group="工作",
    permission=P.EVALUATION_WATCH,
    columns=("活动", "情况", "时间", "处理", "状态"),
    load=_alerts,
    filters=(Filter("all", "范围", {"1": "包括已处理的"}, unset="只看待处理的"),),
    bulk=(Bulk("settle", "登记处理", P.EVALUATION_WATCH, _settle, "已登记", asks="怎么处理的"),),
    empty="没有要处理的低分。",
    hint="“安全有序”打 2 分以下，或五项平均 2 分以下，会出现在这里并通知秘书处。不显示是谁打的。",
    district_only=True,
)
TEXTS = Listing(
    slug="moderation",
    title="文字审核",
    group="工作",
    permission=TextP.MODERATION_DECIDE,
    columns=("文字", "用在哪里", "提示", "时间", "状态"),
    load=_texts,
    filters=(Filter("state", "状态", {str(k): v for k, v in STATE_WORDS.items()}, unset="未处理"),),
    bulk=(
        Bulk("pass", "通过", TextP.MODERATION_DECIDE, _pass, "已通过"),
        Bulk("refuse", "不通过", TextP.MODERATION_DECIDE, _refuse, "未通过", "danger"),
    ),
    empty="没有等待审核的文字。",
    hint="通过以前，别人看不到这些文字。处理以后不再保存原文；不通过的会通知作者。敏感词在“审核用词”里维护。",
    district_only=True,
)
