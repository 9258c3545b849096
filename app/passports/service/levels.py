"""Computing levels behind the door's back: after new stamps, after corrections, after new rules."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.jobs.service import Arguments, Unit
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.kit.leisure import Leisure
from app.passports import statements
from app.passports.events import LevelsReached, NewLevel
from app.passports.kinds import LevelState, RuleState
from app.passports.models import RuleSet
from app.passports.queries import InForce, as_visited, rules_in_force
from app.passports.rules.crediting import Visited, applies
from app.passports.rules.ladder import Progress, progress
from app.passports.schemas import RuleBody
from app.passports.service.rule_sets import digest_of, ensured_rules

AT_ONCE = 500
NEWS_AT_ONCE = 100  # comes while the doors are open
FIRST = UUID(int=0)
ORDERS = "ids pupils rules keys levels names words measured measured_keys"


@dataclass
class Sums:
    """What a change of rules would do: gained and lost by level and by school."""

    children: int = 0
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    schools: dict[str, list[int]] = field(default_factory=dict)

    def note(self, school: UUID | None, before: set[str], after: set[str]) -> None:
        self.children += 1
        self.now.update(before)
        self.gained.update(after - before)
        self.lost.update(before - after)
        if before != after and school is not None:
            sums = self.schools.setdefault(str(school), [0, 0])
            sums[0] += bool(after - before)
            sums[1] += bool(before - after)


async def visits_of(ctx: Ctx, pupils: Sequence[UUID]) -> dict[UUID, list[Visited]]:
    """All standing stamps of these children."""
    params = {"district": ctx.district_id, "pupils": list(pupils)}
    found: dict[UUID, list[Visited]] = {pupil: [] for pupil in pupils}
    for row in await statements.VISITS.rows(ctx.conn, params):
        found[row.pupil_id].append(as_visited(row))
    return found


async def count_news(unit: Unit, _: Arguments) -> None:
    """The job of every minute: children with stamps or corrections that the levels do not know."""
    leisure = Leisure()
    while True:
        async with unit() as ctx:
            rules = await ensured_rules(ctx)
            params = {"district": ctx.district_id, "size": NEWS_AT_ONCE}
            taken = await statements.UNCOUNTED.rows(ctx.conn, params)
            if not taken:
                return
            pupils = [row.pupil_id for row in taken]
            children = await statements.CHILDREN.rows(
                ctx.conn, {"district": ctx.district_id, "pupils": pupils}
            )
            fresh = {row.pupil_id for row in taken if row.fresh}
            await _keep(ctx, children, rules, LevelState.CORRECTED, fresh.__contains__)
        await leisure.rest()


async def recompute(unit: Unit, arguments: Arguments) -> None:
    """The job behind a new version: every child with stamps, under the rules of that key."""
    async with unit() as ctx:
        key = (ctx.district_id, UUID(arguments["rule_set"]))
        changed = (await ctx.db.get_one(RuleSet, key)).key
    after = FIRST
    while True:
        async with unit() as ctx:
            children = await _children_after(ctx, after)
            if not children:
                return
            rules = [one for one in await rules_in_force(ctx) if one.key == changed]
            await _keep(ctx, children, rules, LevelState.OLD_RULES, lambda _: True)
            after = children[-1].id


async def _children_after(ctx: Ctx, after: UUID) -> list[Any]:
    params = {"district": ctx.district_id, "after": after, "size": AT_ONCE}
    return await statements.CHILDREN_AFTER.rows(ctx.conn, params)


async def _keep(
    ctx: Ctx,
    children: Sequence[Any],
    rules: Sequence[InForce],
    lost: LevelState,
    is_told: Callable[[UUID], bool],
) -> None:
    """Store what these children have reached, mark what no longer follows, tell the families."""
    visits = await visits_of(ctx, [child.id for child in children])
    values: dict[str, list[Any]] = {name: [] for name in ORDERS.split()}
    following: dict[tuple[UUID, str], tuple[str, str]] = {}
    for child in children:
        for one in rules:
            if one.id is None or not applies(one.body, child.grade):
                continue
            found = progress(one.body, visits[child.id], child.grade, ctx.today)
            following[child.id, one.key] = (one.body.title, found.sentence)
            values["measured"].append(child.id)
            values["measured_keys"].append(one.key)
            _add(values, child.id, one, found)
    params = {"district": ctx.district_id, "state": lost, **values}
    await statements.NO_LONGER.rows(ctx.conn, params)
    rows = await statements.REACH.rows(ctx.conn, params)
    people = {child.id: child for child in children}
    told = tuple(
        NewLevel(
            row.id,
            people[row.pupil_id].name,
            row.name,
            *following[row.pupil_id, row.key],
            tuple(people[row.pupil_id].guardians),
        )
        for row in rows
        if row.first and is_told(row.pupil_id)
    )
    if told:
        await ctx.emit(LevelsReached(told))


def _add(values: dict[str, list[Any]], pupil: UUID, one: InForce, found: Progress) -> None:
    for level in found.levels:
        if level.reached:
            values["ids"].append(new_id())
            values["pupils"].append(pupil)
            values["rules"].append(one.id)
            values["keys"].append(one.key)
            values["levels"].append(level.level.code)
            values["names"].append(level.level.name)
            values["words"].append(level.explanation)


async def preview(unit: Unit, arguments: Arguments) -> None:
    """The job behind 看影响: compare a draft with the levels of today, and keep the sums only."""
    rule_set_id, after, sums = UUID(arguments["rule_set"]), FIRST, Sums()
    async with unit() as ctx:
        row = await ctx.db.get(RuleSet, (ctx.district_id, rule_set_id))
        if row is None or row.state != RuleState.DRAFT:
            return
        key, body, digest = row.key, RuleBody.model_validate(row.body), digest_of(row.body)
    while True:
        async with unit() as ctx:
            children = await _children_after(ctx, after)
            if not children:
                break
            await _compare(ctx, children, key, body, sums)
            after = children[-1].id
    async with unit() as ctx:
        current = {one.key: one.body for one in await rules_in_force(ctx)}.get(key)
        row = await ctx.db.get_one(RuleSet, (ctx.district_id, rule_set_id), with_for_update=True)
        # Edited or put in force meanwhile: these sums are about something else.
        if row.state == RuleState.DRAFT and digest_of(row.body) == digest:
            row.preview = {
                "digest": digest,
                "at": ctx.now.isoformat(),
                **_said(sums, body, current),
            }


async def _compare(ctx: Ctx, children: Sequence[Any], key: str, body: RuleBody, sums: Sums) -> None:
    ids = [child.id for child in children]
    visits = await visits_of(ctx, ids)
    params = {"district": ctx.district_id, "key": key, "pupils": ids}
    standing: dict[UUID, set[str]] = {}
    for row in await statements.STANDING.rows(ctx.conn, params):
        standing.setdefault(row.pupil_id, set()).add(row.level)
    for child in children:
        if applies(body, child.grade):
            reached = progress(body, visits[child.id], child.grade, ctx.today).reached
            sums.note(child.school_id, standing.get(child.id, set()), set(reached))


def _said(sums: Sums, body: RuleBody, current: RuleBody | None) -> dict[str, Any]:
    """Levels in their order with names, schools by id; numbers only."""
    names = {level.code: level.name for level in (current.levels if current else [])}
    names |= {level.code: level.name for level in body.levels}
    return {
        "children": sums.children,
        "levels": [
            {
                "name": name,
                "now": sums.now[code],
                "gained": sums.gained[code],
                "lost": sums.lost[code],
            }
            for code, name in names.items()
        ],
        "schools": [[school, *pair] for school, pair in sorted(sums.schools.items())],
    }
