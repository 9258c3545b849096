"""The form of a course-selection round."""

from collections.abc import Sequence
from typing import Any

from app.kit.context import Ctx
from app.rounds.kinds import RoundState
from app.rounds.permissions import P
from app.rounds.queries import list_rounds, read_round
from app.rounds.schemas import RoundChange, RoundIn
from app.rounds.service.keeping import change_round, create_round
from app.web.console.editing import Editor
from app.web.console.forms import Field

_FIELDS = (
    Field("name", "名称", required=True, hint="例如 2026 秋季第一轮"),
    Field("opens_at", "填报开始", "moment", required=True),
    Field("closes_at", "填报截止", "moment", required=True),
    Field("most_wishes", "最多几个志愿（1 到 5）", "number"),
    Field("reserve_percent", "预留给各校的比例（%）", "number", hint="不填为 80；按在校人数分"),
    Field("gap_minutes", "两个活动之间的路上时间（分钟）", "number", hint="不填为 30"),
)


async def _fields(ctx: Ctx) -> Sequence[Field]:
    """A top-up names the published round whose children without a place it is for."""
    rows, _ = await list_rounds(ctx, None, 50)
    options = [(str(row.id), row.name) for row in rows if row.state == RoundState.PUBLISHED]
    if not options:
        return _FIELDS
    hint = "只给那一轮没有选上的孩子；不是补录就不选"
    return (*_FIELDS, Field("top_up_of", "补录哪一轮", "choice", options=options, hint=hint))


async def _no_facts(_ctx: Ctx, _row: Any) -> Sequence[tuple[str, object]]:
    return []


ROUND = Editor(
    slug="rounds",
    title="选课轮次",
    noun="轮次",
    edit_permission=P.ROUND_EDIT,
    name_of=lambda row: row.name,
    read=read_round,
    change=change_round,
    change_schema=RoundChange,
    change_fields=_FIELDS,
    facts=_no_facts,
    create=create_round,
    create_schema=RoundIn,
    create_fields=_fields,
    create_permission=P.ROUND_EDIT,
    own_page=False,
)
