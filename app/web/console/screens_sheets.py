"""The list of sessions from which task sheets came in."""

from app.evaluations.permissions import P
from app.evaluations.queries import sheet_sessions
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.web.console.listing import Badge, Chosen, Line, Listing


async def _sheets(
    ctx: Ctx, _chosen: Chosen, _cursor: str | None, _limit: int
) -> tuple[list[Line], str | None]:
    lines = []
    for row in await sheet_sessions(ctx):
        waiting = (
            Badge(f"{row.waiting} 份等着看", "warn") if row.waiting else Badge("都看过了", "good")
        )
        cells = (row.title, say_moment(row.starts_at), row.handed_in, waiting)
        lines.append(Line(str(row.id), cells, f"/console/sessions/{row.id}/sheets"))
    return lines, None


SHEETS = Listing(
    slug="sheets",
    title="任务单",
    group="工作",
    permission=P.SHEET_READ,
    columns=("活动", "时间", "已交", "评阅"),
    load=_sheets,
    empty="还没有孩子交任务单。要打印任务单，请打开活动，在场次旁点“任务单”。",
)
