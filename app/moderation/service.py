"""Use cases of moderation: a text is sent, checked, judged by a person."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.audit import service as audit
from app.jobs.service import Unit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import digest, new_id
from app.moderation.errors import OwnText, TextRefused, TextSettled, WordTooShort
from app.moderation.events import TextTurnedDown
from app.moderation.kinds import Subject, TextState, WordEffect
from app.moderation.models import ModerationItem, ModerationWord
from app.moderation.permissions import P
from app.moderation.ports import Asked, Checker, Opinion, Suggestion
from app.moderation.queries import (
    miniprogram_openids,
    read_item,
    seen_in_miniprogram,
    words_in_force,
)
from app.moderation.rules import Judged, first_state, flat, judge

AT_ONCE = 20
PICTURE = "[图片]"
BY_CHECKER = {
    Suggestion.PASS: TextState.PASSED,
    Suggestion.RISKY: TextState.REFUSED,
    Suggestion.REVIEW: TextState.PERSON,
    Suggestion.UNABLE: TextState.PERSON,
}


async def submit_text(
    ctx: Ctx, subject: Subject, subject_id: UUID, said: str
) -> ModerationItem | None:
    """Send a text on its way, in the owner's transaction; an empty one needs none.

    What the list forbids is refused at once (`moderation.refused`) and nothing is written.
    Nothing is shown to others before its item is passed.
    """
    if not said:
        return None
    judged = judge(said, await words_in_force(ctx))
    if judged.refused:
        raise TextRefused
    state, until = first_state(judged, await seen_in_miniprogram(ctx), ctx.now)
    row = ModerationItem(
        id=new_id(),
        district_id=ctx.district_id,
        subject=subject,
        subject_id=subject_id,
        author_id=ctx.actor.person_id,
        digest=digest(said),
        body=said,
        state=state,
        reason=judged.reason[:60],
        check_until=until,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    return row


async def refuse_forbidden(ctx: Ctx, texts: Iterable[str]) -> None:
    """For what only the person in charge reads, who judges it by reading: the list's forbidden words
    are refused at once (`moderation.refused`), everything else goes through.
    """
    words = await words_in_force(ctx)
    if any(judge(said, words).refused for said in texts if said):
        raise TextRefused


async def submit_picture(
    ctx: Ctx, subject: Subject, subject_id: UUID, file_id: UUID
) -> ModerationItem:
    """Send a picture on its way: to the outside checker within two hours, else to a person."""
    state, until = first_state(Judged(), await seen_in_miniprogram(ctx), ctx.now)
    row = ModerationItem(
        id=new_id(),
        district_id=ctx.district_id,
        subject=subject,
        subject_id=subject_id,
        author_id=ctx.actor.person_id,
        digest=digest(str(file_id)),
        body=PICTURE,
        file_id=file_id,
        state=state,
        check_until=until,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    return row


async def pass_reviewed(ctx: Ctx, item_ids: Iterable[UUID]) -> None:
    """What waits for a person was read by the reviewer of the owner's package: it is passed.

    Nobody passes the own text; what a checker still looks at stays as it is.
    """
    stmt = (
        select(ModerationItem)
        .where(
            ModerationItem.district_id == ctx.district_id,
            ModerationItem.id.in_(list(item_ids)),
            ModerationItem.state == TextState.PERSON,
        )
        .with_for_update()
    )
    for row in (await ctx.db.execute(stmt)).scalars():
        if row.author_id is not None and row.author_id == ctx.actor.person_id:
            raise OwnText
        row.settled_by = ctx.actor.person_id
        await _settle(ctx, row, TextState.PASSED, row.reason)
        await audit.record(ctx, "moderation:passed", "moderation_item", row.id)


async def forget_texts(ctx: Ctx, item_ids: Iterable[UUID]) -> None:
    """The owner's text is gone: nobody needs to read it any more, and no judgement is left open."""
    await ctx.conn.execute(
        update(ModerationItem)
        .where(
            ModerationItem.district_id == ctx.district_id,
            ModerationItem.id.in_(list(item_ids)),
            ModerationItem.settled_at.is_(None),
        )
        .values(body=None, state=TextState.REFUSED, reason="作者改写或删除了", settled_at=ctx.now)
    )


async def decide(ctx: Ctx, item_id: UUID, *, passes: bool) -> ModerationItem:
    """A person's word is the last one; nobody judges the own text."""
    row = await read_item(ctx, item_id, lock=True)
    if row.settled_at is not None:
        raise TextSettled
    if row.author_id is not None and row.author_id == ctx.actor.person_id:
        raise OwnText
    state = TextState.PASSED if passes else TextState.REFUSED
    await _settle(ctx, row, state, row.reason)
    row.settled_by = ctx.actor.person_id
    await ctx.db.flush()
    await audit.record(ctx, f"moderation:{state.value}", "moderation_item", row.id)
    return row


async def _settle(ctx: Ctx, row: ModerationItem, state: TextState, reason: str) -> None:
    row.state, row.reason = state, reason[:60]
    row.settled_at, row.body = ctx.now, None
    await ctx.db.flush()
    if state is TextState.REFUSED:
        said = row.reason or "内容不适合公开"
        await ctx.emit(TextTurnedDown(row.id, Subject(row.subject), row.author_id, said))


async def check_waiting(unit: Unit, checker: Checker) -> int:
    """Ask the checker about texts that wait; no transaction is open meanwhile. Says how many.

    A picture's verdict comes later by its trace id: what has one is not asked again.
    """
    async with unit() as ctx:
        stmt = (
            select(ModerationItem)
            .where(
                ModerationItem.district_id == ctx.district_id,
                ModerationItem.state == TextState.WAITING,
                ModerationItem.check_until > ctx.now,
                ModerationItem.trace_id.is_(None),
            )
            .order_by(ModerationItem.id)
            .limit(AT_ONCE)
        )
        rows = list((await ctx.db.execute(stmt)).scalars())
        known = await miniprogram_openids(ctx, [one.author_id for one in rows if one.author_id])
        asked = [
            Asked(
                one.id,
                one.district_id,
                known.get(one.author_id) if one.author_id else None,
                one.body or "",
                one.file_id,
                ctx.today,
            )
            for one in rows
        ]
    for one in asked:
        opinion = await checker.check(one)
        async with unit() as ctx:
            await _note(ctx, one.item_id, opinion)
    return len(asked)


async def _note(ctx: Ctx, item_id: UUID, opinion: Opinion) -> None:
    """A person may have been faster; then the checker's word only leaves its trace."""
    key = (ctx.district_id, item_id)
    row = await ctx.db.get_one(ModerationItem, key, with_for_update=True)
    row.trace_id = opinion.trace_id[:64] if opinion.trace_id else row.trace_id
    if row.settled_at is not None or opinion.suggestion is Suggestion.LATER:
        return
    await _apply(ctx, row, opinion)


async def _apply(ctx: Ctx, row: ModerationItem, opinion: Opinion) -> None:
    state = BY_CHECKER[opinion.suggestion]
    if state is TextState.PERSON:
        row.state, row.reason = state, opinion.label[:60]
        return
    await _settle(ctx, row, state, opinion.label)


async def note_verdict(ctx: Ctx, opinion: Opinion) -> bool:
    """The platform's later word on a picture, by its trace id; False when we know no such trace.

    Only what still waits takes it: a person's word is the last one.
    """
    stmt = (
        select(ModerationItem)
        .where(
            ModerationItem.district_id == ctx.district_id,
            ModerationItem.trace_id == opinion.trace_id,
        )
        .with_for_update()
    )
    rows = list((await ctx.db.execute(stmt)).scalars())
    for row in rows:
        if row.state == TextState.WAITING:
            await _apply(ctx, row, opinion)
    return bool(rows)


async def hand_to_people(ctx: Ctx) -> None:
    """What no checker judged in its two hours, a person reads."""
    await ctx.conn.execute(
        update(ModerationItem)
        .where(
            ModerationItem.district_id == ctx.district_id,
            ModerationItem.state == TextState.WAITING,
            ModerationItem.check_until <= ctx.now,
        )
        .values(state=TextState.PERSON)
    )


async def add_word(ctx: Ctx, word: str, effect: WordEffect) -> ModerationWord:
    """Put a word on the district's list; the same word again takes the new effect."""
    ctx.require(P.MODERATION_DECIDE)
    kept = flat(word)
    if len(kept) < 2:
        raise WordTooShort
    row = pg_insert(ModerationWord).values(
        district_id=ctx.district_id,
        id=new_id(),
        word=kept,
        effect=effect,
        created_by=ctx.actor.person_id,
    )
    change = row.on_conflict_do_update(
        index_elements=["district_id", "word"], set_={"effect": effect}
    ).returning(ModerationWord.id)
    word_id = (await ctx.conn.execute(change)).scalar_one()
    await audit.record(ctx, "moderation_word:set", "moderation_word", word_id)
    return await ctx.db.get_one(ModerationWord, (ctx.district_id, word_id))


async def drop_word(ctx: Ctx, word_id: UUID) -> None:
    ctx.require(P.MODERATION_DECIDE)
    stmt = (
        delete(ModerationWord)
        .where(ModerationWord.district_id == ctx.district_id, ModerationWord.id == word_id)
        .returning(ModerationWord.id)
    )
    if (await ctx.conn.execute(stmt)).first() is None:
        raise NotFound
    await audit.record(ctx, "moderation_word:drop", "moderation_word", word_id)
