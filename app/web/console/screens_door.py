"""The lists of the door: corrections that wait for a second person, and leave."""

from uuid import UUID

from app.attendance.kinds import DecisionState
from app.attendance.permissions import P
from app.attendance.queries import list_corrections, list_leaves, list_risky_scans
from app.attendance.service import correcting, leaving
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.people.queries import pupil_briefs
from app.web import labels, reading
from app.web.console.listing import Badge, Bulk, Chosen, Filter, Line, Listing

Lines = tuple[list[Line], str | None]
_TONES = {DecisionState.PENDING: "warn", DecisionState.APPLIED: "good"}


def _badge(state: str) -> Badge:
    return Badge(labels.DECISIONS[state], _TONES.get(DecisionState(state), "plain"))


async def _corrections(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", DecisionState)
    rows, following = await list_corrections(ctx, None, state, cursor, limit)
    pupils = await pupil_briefs(ctx, [row.pupil_id for row in rows])
    sessions = await reading.session_titles(ctx, [row.session_id for row in rows])
    lines = []
    for row in rows:
        what = f"{labels.CORRECTIONS[row.what]}，{say_moment(row.at)}"
        cells = (pupils[row.pupil_id].name, sessions[row.session_id].title, what, row.reason)
        lines.append(Line(str(row.id), (*cells, say_moment(row.asked_at), _badge(row.state))))
    return lines, following


async def _agree(ctx: Ctx, correction_id: UUID, _reason: str) -> object:
    return await correcting.decide_correction(ctx, correction_id, agrees=True)


async def _disagree(ctx: Ctx, correction_id: UUID, _reason: str) -> object:
    return await correcting.decide_correction(ctx, correction_id, agrees=False)


async def _leaves(ctx: Ctx, chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    state = chosen.one_of("state", DecisionState)
    rows, following = await list_leaves(ctx, state, cursor, limit)
    pupils = await pupil_briefs(ctx, [row.pupil_id for row in rows])
    visits = await reading.booking_lines(ctx, [row.booking_id for row in rows])
    lines = []
    for row in rows:
        visit = visits[row.booking_id]
        when = f"{visit.title}，{say_moment(visit.starts_at)}"
        cells = (pupils[row.pupil_id].name, pupils[row.pupil_id].class_name, when, row.reason)
        lines.append(Line(str(row.id), (*cells, say_moment(row.asked_at), _badge(row.state))))
    return lines, following


async def _accept(ctx: Ctx, leave_id: UUID, _reason: str) -> object:
    return await leaving.decide_leave(ctx, leave_id, agrees=True)


async def _decline(ctx: Ctx, leave_id: UUID, _reason: str) -> object:
    return await leaving.decide_leave(ctx, leave_id, agrees=False)


async def _risks(ctx: Ctx, _: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_risky_scans(ctx, cursor, limit)
    pupils = await pupil_briefs(ctx, [row.pupil_id for row in rows if row.pupil_id])
    sessions = await reading.session_titles(ctx, [row.session_id for row in rows if row.session_id])
    lines = []
    for row in rows:
        pupil = pupils[row.pupil_id].name if row.pupil_id else None
        title = sessions[row.session_id].title if row.session_id else None
        signals = "；".join(labels.RISKS.get(risk, risk) for risk in row.risks or ())
        cells = (
            pupil,
            title,
            say_moment(row.received_at),
            labels.EVIDENCE.get(row.evidence or ""),
            signals,
        )
        lines.append(Line(str(row.id), cells, f"/console/sessions/{row.session_id}/roster"))
    return lines, following


RISKS = Listing(
    slug="risks",
    title="可疑签到",
    group="工作",
    permission=P.ATTENDANCE_RECORD,
    columns=("学生", "活动", "时间", "证据等级", "可疑的地方"),
    load=_risks,
    empty="没有可疑的签到。",
    hint="这些签到都已经算数，只是请您看一眼：孩子真的在吗？没有来的，点进签到名单，用“更正”说明。",
)
CORRECTIONS = Listing(
    slug="corrections",
    title="考勤更正",
    group="工作",
    permission=P.ATTENDANCE_RECORD,
    columns=("学生", "活动", "实际情况", "原因", "提出时间", "状态"),
    load=_corrections,
    filters=(Filter("state", "状态", labels.DECISIONS),),
    bulk=(
        Bulk("agree", "确认更正", P.ATTENDANCE_RECORD, _agree, "已确认"),
        Bulk("disagree", "不同意", P.ATTENDANCE_RECORD, _disagree, "未同意", "danger"),
    ),
    empty="没有考勤更正。",
    hint="活动结束 24 小时以后的更正，要由另一个人确认才生效；自己提的自己不能确认。",
)
LEAVES = Listing(
    slug="leaves",
    title="请假",
    group="工作",
    permission=P.LEAVE_DECIDE,
    columns=("学生", "班级", "场次", "原因", "提出时间", "状态"),
    load=_leaves,
    filters=(Filter("state", "状态", labels.DECISIONS),),
    bulk=(
        Bulk("accept", "同意", P.LEAVE_DECIDE, _accept, "已同意"),
        Bulk("decline", "不同意", P.LEAVE_DECIDE, _decline, "未同意", "danger"),
    ),
    empty="没有请假。",
    hint="活动前请假立即生效，名额让给候补。缺席以后 7 天内的说明，由班主任或学校决定；同意后不算缺席。",
)
