"""Saying what a visit was like, from either side, before anybody has heard the other."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.audit import service as audit
from app.evaluations import statements
from app.evaluations.access import access_standing, visit_of
from app.evaluations.errors import EvaluationClosed, NotYetEvaluable, WrongItems
from app.evaluations.events import ScoredLow
from app.evaluations.kinds import UNIT_ITEMS, VISITOR_ITEMS, Side
from app.evaluations.models import Evaluation, EvaluationAlert
from app.evaluations.permissions import P
from app.evaluations.rules import low_reason
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.moderation.kinds import Subject
from app.moderation.service import forget_texts, submit_text
from app.people.queries import holders_of, own_id
from app.people.roles import Role


async def evaluate(ctx: Ctx, session_id: UUID, values: Mapping[str, Any]) -> Evaluation:
    """One a child (by its family), one a teacher who came along, one a class (by the unit).

    The last word counts until the evaluation closes (`evaluation.closed`). A new text is
    moderated anew; the same again changes nothing.
    """
    ctx.require(P.EVALUATION_WRITE)
    await ctx.conn.execute(statements.ONE_SESSION, {"session": session_id})
    standing = await access_standing(ctx, session_id)
    side, who = await _as_whom(ctx, standing, values)
    _check(side, values["scores"])
    if standing.closed:
        raise EvaluationClosed
    row = await _standing_row(ctx, session_id, side, who)
    same = row is not None and (row.scores, row.said) == (values["scores"], values["said"])
    if row is not None and same:
        return row
    if row is None:
        row = Evaluation(
            id=new_id(), district_id=ctx.district_id, session_id=session_id, side=side, **who
        )
        row.said = ""
    await _write(ctx, row, values)
    if side is not Side.UNIT:
        await _alert(ctx, standing, row)
    return row


async def _as_whom(
    ctx: Ctx, standing: AnyRow, values: Mapping[str, Any]
) -> tuple[Side, dict[str, UUID | None]]:
    """Which side the actor speaks for, and the columns that make its row the only one."""
    reach = ctx.reach(P.EVALUATION_WRITE)
    pupil_id, class_id = values["pupil_id"], values["class_id"]
    if pupil_id is not None:
        if pupil_id not in ctx.actor.pupil_ids:
            raise NotFound
        visit = await visit_of(ctx, standing.id, pupil_id, P.EVALUATION_WRITE)
        if visit.arrived_at is None:
            raise NotYetEvaluable
        own = {"pupil_id": pupil_id, "class_id": visit.class_id}
        return Side.PUPIL, {**own, "person_id": ctx.actor.person_id}
    params = {"district": ctx.district_id, "session": standing.id}
    came = {row.id: row for row in await ctx.conn.execute(statements.CLASSES, params)}
    if reach.covers(standing.organization_id):
        if class_id not in came:
            raise NotFound
        return Side.UNIT, {"class_id": class_id, "person_id": ctx.actor.person_id}
    mine = next((one for one in came if one in reach.classes), None)
    if mine is None:
        raise NotFound
    return Side.TEACHER, {"class_id": mine, "person_id": own_id(ctx)}


def _check(side: Side, scores: Mapping[str, int]) -> None:
    items = UNIT_ITEMS if side is Side.UNIT else VISITOR_ITEMS
    if set(scores) != set(items):
        raise WrongItems(items="、".join(items.values()))


async def _standing_row(
    ctx: Ctx, session_id: UUID, side: Side, who: Mapping[str, UUID | None]
) -> Evaluation | None:
    key = {Side.PUPIL: "pupil_id", Side.TEACHER: "person_id", Side.UNIT: "class_id"}[side]
    stmt = select(Evaluation).where(
        Evaluation.district_id == ctx.district_id,
        Evaluation.session_id == session_id,
        Evaluation.side == side,
        getattr(Evaluation, key) == who[key],
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def _write(ctx: Ctx, row: Evaluation, values: Mapping[str, Any]) -> None:
    if values["said"] != row.said:
        if row.text_id is not None:
            await forget_texts(ctx, [row.text_id])
        item = await submit_text(ctx, Subject.EVALUATION, row.id, values["said"])
        row.text_id = item.id if item is not None else None
        row.said = values["said"]
    row.scores = dict(values["scores"])
    row.person_id = ctx.actor.person_id
    row.version = (row.version or 0) + 1
    row.updated_at = ctx.now
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, f"evaluation:{row.side}", "evaluation", row.id, pupil_id=row.pupil_id)


async def _alert(ctx: Ctx, standing: AnyRow, row: Evaluation) -> None:
    """Once an evaluation, however often it is changed."""
    reason = low_reason(row.scores)
    if not reason:
        return
    alert_id = new_id()
    stmt = (
        pg_insert(EvaluationAlert)
        .values(
            district_id=ctx.district_id,
            id=alert_id,
            session_id=row.session_id,
            evaluation_id=row.id,
            reason=reason,
            note="",
        )
        .on_conflict_do_nothing()
        .returning(EvaluationAlert.id)
    )
    if (await ctx.conn.execute(stmt)).first() is None:
        return
    told = tuple(await holders_of(ctx, Role.SECRETARIAT, None))
    unit, title = standing.unit, standing.title
    await ctx.emit(ScoredLow(alert_id, title, unit, standing.starts_at, reason, told))
