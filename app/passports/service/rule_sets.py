"""Writing rule sets: drafts, a look at their effect, and the day from which they are in force."""

import hashlib
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.jobs.service import enqueue
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.kit.ids import new_id
from app.passports.access import access_draft
from app.passports.errors import RulesDraftWaiting, RulesFromPast, RulesNotPreviewed
from app.passports.kinds import RuleState
from app.passports.models import RuleSet
from app.passports.permissions import P
from app.passports.queries import InForce, rules_in_force
from app.passports.rules.builtin import BUILT_IN
from app.passports.rules.sanity import check_rules
from app.passports.rules.signing import canonical
from app.passports.schemas import RuleBody

PREVIEW, RECOMPUTE = "passports.preview_rules", "passports.recompute_levels"
BUILT_IN_FROM = date(2019, 9, 1)


def digest_of(body: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()


async def ensured_rules(ctx: Ctx) -> list[InForce]:
    """What is in force today, with rows for the built-in sets; two at once add them once."""
    found = await rules_in_force(ctx)
    missing = [one for one in found if one.id is None]
    if not missing:
        return found
    rows = [
        {
            "district_id": ctx.district_id,
            "id": new_id(),
            "key": one.key,
            "number": 1,
            "title": one.body.title,
            "state": RuleState.IN_FORCE,
            "from_on": BUILT_IN_FROM,
            "body": BUILT_IN[one.key].model_dump(mode="json"),
        }
        for one in missing
    ]
    await ctx.conn.execute(pg_insert(RuleSet).on_conflict_do_nothing(), rows)
    return await rules_in_force(ctx)


async def draft_rules(ctx: Ctx, key: str, body: RuleBody | None) -> RuleSet:
    """Begin the next version; without a body it is a copy. One draft a key at a time."""
    if not ctx.require(P.RULE_SET_EDIT).district:
        raise Forbidden
    current = {one.key: one.body for one in await ensured_rules(ctx)}
    await ctx.conn.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"rule_set:{key}"))))
    of_key = select(func.max(RuleSet.number), func.bool_or(RuleSet.state == RuleState.DRAFT)).where(
        RuleSet.district_id == ctx.district_id, RuleSet.key == key
    )
    last, waiting = (await ctx.conn.execute(of_key)).one()
    if waiting:
        raise RulesDraftWaiting
    body = body or current.get(key) or next(iter(current.values()))
    check_rules(body)
    row = RuleSet(
        district_id=ctx.district_id,
        key=key,
        number=(last or 0) + 1,
        title=body.title,
        body=body.model_dump(mode="json"),
    )
    return await add_row(ctx, row, "rule_set")


async def change_rules(
    ctx: Ctx, rule_set_id: UUID, body: RuleBody, seen: int | None = None
) -> RuleSet:
    """Change a draft; contradictions are refused, and the preview has to be asked for again."""
    row = await access_draft(ctx, rule_set_id)
    check_rules(body)
    new: dict[str, Any] = {"title": body.title, "body": body.model_dump(mode="json")}
    if new["body"] != row.body:
        new["preview"] = None
    return await change_row(ctx, row, new, seen, "rule_set")


async def order_preview(ctx: Ctx, rule_set_id: UUID) -> RuleSet:
    """Order the comparison with the levels of today; nothing changes by it. Again is fine."""
    row = await access_draft(ctx, rule_set_id)
    await ensured_rules(ctx)
    await enqueue(ctx, PREVIEW, rule_set=row.id)
    await audit.record(ctx, "rule_set:preview", "rule_set", row.id)
    return row


async def apply_rules(ctx: Ctx, rule_set_id: UUID, from_on: date) -> RuleSet:
    """Put a draft in force from a day on; only after its effect was looked at. Levels follow by a job."""
    row = await access_draft(ctx, rule_set_id)
    if row.preview is None or row.preview.get("digest") != digest_of(row.body):
        raise RulesNotPreviewed
    if from_on < ctx.today:
        raise RulesFromPast
    change = {"state": RuleState.IN_FORCE, "from_on": from_on}
    row = await change_row(ctx, row, change, None, "rule_set")
    wait = max(at_school(from_on, 0, 5) - ctx.now, timedelta(0))
    await enqueue(ctx, RECOMPUTE, after=wait, rule_set=row.id)
    return row
