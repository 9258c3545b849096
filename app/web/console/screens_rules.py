"""The list of the passport's rule sets."""

from app.kit.context import Ctx
from app.passports.kinds import RuleState
from app.passports.permissions import P
from app.passports.queries import list_rule_sets
from app.web.console.listing import Badge, Chosen, Line, Listing


async def _rules(
    ctx: Ctx, _chosen: Chosen, cursor: str | None, limit: int
) -> tuple[list[Line], str | None]:
    rows, following = await list_rule_sets(ctx, cursor, limit)
    lines = [
        Line(
            str(row.id),
            (
                row.title,
                f"第 {row.number} 版",
                str(row.from_on) if row.from_on else "未定",
                Badge("草稿", "warn") if row.state == RuleState.DRAFT else Badge("已定", "good"),
            ),
            href=f"/console/rule-sets/{row.id}",
        )
        for row in rows
    ]
    return lines, following


RULE_SETS = Listing(
    slug="rule-sets",
    title="护照规则",
    group="学区",
    permission=P.RULE_SET_READ,
    columns=("规则", "版本", "从哪天生效", "状态"),
    load=_rules,
    empty="内置的两套规则（初中学时、梦想课程等级）会在一分钟内出现在这里。",
)
