"""The list of course-selection rounds."""

from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.rounds.kinds import RoundState
from app.rounds.permissions import P
from app.rounds.queries import list_rounds
from app.web import labels
from app.web.console.listing import Badge, Chosen, Line, Listing

TONES = {
    RoundState.ANNOUNCED: "warn",
    RoundState.PUBLISHED: "good",
    RoundState.CANCELLED: "bad",
}


async def _rounds(
    ctx: Ctx, _chosen: Chosen, cursor: str | None, limit: int
) -> tuple[list[Line], str | None]:
    rows, following = await list_rounds(ctx, cursor, limit)
    lines = [
        Line(
            str(row.id),
            (
                row.name,
                say_moment(row.opens_at),
                say_moment(row.closes_at),
                row.most_wishes,
                Badge(labels.ROUND_STATES[row.state], TONES.get(row.state, "plain")),
            ),
            href=f"/console/rounds/{row.id}",
        )
        for row in rows
    ]
    return lines, following


ROUNDS = Listing(
    slug="rounds",
    title="选课轮次",
    group="工作",
    permission=P.ROUND_READ,
    columns=("轮次", "填报开始", "填报截止", "最多志愿", "状态"),
    load=_rounds,
    new=("新建一轮", P.ROUND_EDIT),
    empty="还没有选课轮次。热门课程用选课代替抢报：家长填志愿，系统按公开的规则统一录取。",
)
