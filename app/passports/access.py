"""Obtaining a rule set, or refusing."""

from uuid import UUID

from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.passports.errors import RulesInForce
from app.passports.kinds import RuleState
from app.passports.models import RuleSet
from app.passports.permissions import P


async def access_rule_set(
    ctx: Ctx, rule_set_id: UUID, permission: str, *, lock: bool = False
) -> RuleSet:
    """The version; drafts exist only for those who write rules for the district."""
    ctx.require(permission)
    key = (ctx.district_id, rule_set_id)
    row = await ctx.db.get(RuleSet, key, with_for_update=lock or None)
    edits = ctx.reach(P.RULE_SET_EDIT).district
    if row is None or (row.state == RuleState.DRAFT and not edits):
        raise NotFound
    if permission == P.RULE_SET_EDIT and not edits:
        raise Forbidden
    return row


async def access_draft(ctx: Ctx, rule_set_id: UUID) -> RuleSet:
    """A draft to be changed; what is in force is refused (`passport.rules_in_force`)."""
    row = await access_rule_set(ctx, rule_set_id, P.RULE_SET_EDIT, lock=True)
    if row.state != RuleState.DRAFT:
        raise RulesInForce
    return row
