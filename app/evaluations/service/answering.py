"""What follows from an evaluation: the unit's answer, and the secretariat's look at a low score."""

from uuid import UUID

from sqlalchemy import exists, select

from app.audit import service as audit
from app.evaluations import statements
from app.evaluations.access import access_standing
from app.evaluations.errors import AnsweredAlready, EvaluationOpen
from app.evaluations.models import EvaluationAlert, EvaluationAnswer
from app.evaluations.permissions import P
from app.evaluations.rules import closes_at
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.moderation.kinds import Subject
from app.moderation.service import submit_text


async def answer(ctx: Ctx, session_id: UUID, said: str) -> EvaluationAnswer:
    """The unit, once, after the evaluation has closed; shown when its text is passed."""
    reach = ctx.require(P.EVALUATION_ANSWER)
    await ctx.conn.execute(statements.ONE_SESSION, {"session": session_id})
    standing = await access_standing(ctx, session_id)
    if not reach.covers(standing.organization_id):
        raise NotFound
    if not standing.closed:
        raise EvaluationOpen(until=say_moment(closes_at(standing.ends_at)))
    there = exists().where(
        EvaluationAnswer.district_id == ctx.district_id, EvaluationAnswer.session_id == session_id
    )
    if (await ctx.conn.execute(select(there))).scalar_one():
        raise AnsweredAlready
    row = EvaluationAnswer(
        id=new_id(),
        district_id=ctx.district_id,
        session_id=session_id,
        said=said,
        person_id=ctx.actor.person_id,
    )
    item = await submit_text(ctx, Subject.EVALUATION_ANSWER, row.id, said)
    row.text_id = item.id if item is not None else None
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "evaluation:answer", "evaluation_answer", row.id)
    return row


async def settle_alert(ctx: Ctx, alert_id: UUID, note: str) -> EvaluationAlert:
    """What the secretariat found out and did; the first note stays."""
    ctx.require(P.EVALUATION_WATCH)
    key = (ctx.district_id, alert_id)
    row = await ctx.db.get(EvaluationAlert, key, with_for_update=True)
    if row is None:
        raise NotFound
    if row.settled_at is None:
        row.note, row.settled_at, row.settled_by = note, ctx.now, ctx.actor.person_id
        await ctx.db.flush()
        await audit.record(ctx, "evaluation_alert:settle", "evaluation_alert", row.id)
    return row
