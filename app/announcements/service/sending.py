"""Getting an approved announcement out: in-app in parts, then the one mass article."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.announcements import statements
from app.announcements.kinds import PRESS_JOB, AnnouncementState, ArticleState
from app.announcements.models import Announcement
from app.announcements.ports import WAITS, Ending, Letter, Press, Said
from app.announcements.queries import digest_now
from app.announcements.rules import PART, due_at, is_quiet
from app.audit import service as audit
from app.jobs.service import Unit, enqueue
from app.kit.context import Ctx
from app.kit.ids import digest as short_digest


async def send_announcement(unit: Unit, announcement_id: UUID) -> None:
    """Begin when it is due, and fill inboxes part by part; a stop is seen between two parts.

    Run again after a crash, or by two workers at once, nobody gets it twice.
    """
    async with unit() as ctx:
        going = await _begin(ctx, announcement_id)
    while going:
        async with unit() as ctx:
            going = await _send_part(ctx, announcement_id)


async def send_due(unit: Unit) -> None:
    """The safety net of every minute: what is due and not begun, or was interrupted."""
    async with unit() as ctx:
        stmt = select(Announcement.id).where(
            Announcement.district_id == ctx.district_id,
            Announcement.state.in_([AnnouncementState.COOLING, AnnouncementState.SENDING]),
            Announcement.cool_until <= ctx.now,
        )
        ids = list((await ctx.conn.execute(stmt)).scalars())
    for announcement_id in ids:
        await send_announcement(unit, announcement_id)


async def _begin(ctx: Ctx, announcement_id: UUID) -> bool:
    """Whether there is something to send now. What was approved is looked at once more."""
    row = await _locked(ctx, announcement_id)
    if row is None or row.cool_until is None:
        return False
    if row.state == AnnouncementState.SENDING:
        return True
    if row.state != AnnouncementState.COOLING or row.cool_until > ctx.now:
        return False
    if is_quiet(ctx.now) and not row.urgent:  # we were away, and now it is night
        row.cool_until = due_at(ctx.now, None, timedelta(), urgent=False)
        return False
    params = {"district": ctx.district_id, "announcement": row.id}
    frozen = (await ctx.conn.execute(statements.FROZEN, params)).one()
    if await digest_now(ctx, row.id, frozen.digest) != row.digest:
        row.state, row.ended_at = AnnouncementState.STOPPED, ctx.now
        row.reason = "内容或收件人与批准时不一致，系统没有发送"
        await ctx.db.flush()
        await audit.record(ctx, "announcement:mismatch", "announcement", row.id)
        return False
    row.state, row.started_at = AnnouncementState.SENDING, ctx.now
    await ctx.db.flush()
    await audit.record(ctx, "announcement:send", "announcement", row.id)
    return True


async def _send_part(ctx: Ctx, announcement_id: UUID) -> bool:
    """A hundred inboxes at most; says whether there may be more."""
    row = await _locked(ctx, announcement_id)
    if row is None or row.state != AnnouncementState.SENDING:
        return False
    params = {"district": ctx.district_id, "announcement": announcement_id, "most": PART}
    sent = (await ctx.conn.execute(statements.SEND_PART, params)).all()
    if len(sent) == PART:
        return True
    left = (await ctx.conn.execute(statements.LEFT, params)).scalar_one()
    if left == 0 and row.article_state == ArticleState.NONE:
        row.article_state = ArticleState.WAITING
        await ctx.db.flush()
        await enqueue(ctx, PRESS_JOB, announcement=announcement_id)
    return False


async def _locked(ctx: Ctx, announcement_id: UUID) -> Announcement | None:
    stmt = (
        select(Announcement)
        .where(Announcement.district_id == ctx.district_id, Announcement.id == announcement_id)
        .with_for_update()
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


@dataclass(frozen=True)
class _Ready:
    letter: Letter
    media_id: str
    openids: list[str]


async def send_article(unit: Unit, announcement_id: UUID, press: Press) -> Ending | None:
    """The mass article to everybody who could be found in WeChat; says when to come again, if at all.

    Draft, look once more whether somebody stopped it, then one call. The same name goes along
    each time (`clientmsgid`), so that a call without an answer may be repeated for a day.
    """
    ready = await _ready(unit, announcement_id)
    if ready is None:
        return None
    media_id = ready.media_id
    if not ready.openids:
        await _note(unit, announcement_id, Said(Ending.NO_ACCOUNT, reason="没有人绑定微信"))
        return None
    if not media_id:
        drafted = await press.draft(ready.letter)
        if drafted.ending is not Ending.TAKEN:
            return await _note(unit, announcement_id, drafted)
        media_id = drafted.number
        async with unit() as ctx:
            await _keep_draft(ctx, announcement_id, media_id)
    ready = await _ready(unit, announcement_id)
    if ready is None:
        return None
    name = short_digest(f"announcement:{announcement_id}:{media_id}")
    said = await press.send(ready.letter.district_id, media_id, ready.openids, name)
    return await _note(unit, announcement_id, said)


async def _ready(unit: Unit, announcement_id: UUID) -> _Ready | None:
    """None when it was stopped or the article is out already."""
    async with unit() as ctx:
        row = await _locked(ctx, announcement_id)
        if row is None or row.state != AnnouncementState.SENDING:
            return None
        if row.article_state != ArticleState.WAITING:
            return None
        params = {"district": ctx.district_id, "announcement": row.id}
        openids = list((await ctx.conn.execute(statements.OPENIDS, params)).scalars())
        letter = Letter(ctx.district_id, row.title, row.body, f"/m/announcements/{row.id}")
        return _Ready(letter, row.media_id or "", openids)


async def _keep_draft(ctx: Ctx, announcement_id: UUID, media_id: str) -> None:
    await ctx.conn.execute(
        update(Announcement)
        .where(Announcement.district_id == ctx.district_id, Announcement.id == announcement_id)
        .values(media_id=media_id[:128])
    )


async def _note(unit: Unit, announcement_id: UUID, said: Said) -> Ending | None:
    """Write down what the platform said; says when to come again, if at all."""
    async with unit() as ctx:
        row = await _locked(ctx, announcement_id)
        if row is None:
            return None
        row.article_reason = said.reason[:120]
        if said.ending in WAITS:
            return said.ending if row.state == AnnouncementState.SENDING else None
        ended = {
            Ending.TAKEN: ArticleState.SENT,
            Ending.REFUSED: ArticleState.FAILED,
            Ending.NO_ACCOUNT: ArticleState.NO_ACCOUNT,
        }
        told = row.article_state in (ArticleState.FINISHED, ArticleState.FAILED)
        if not told or row.msg_id != said.number[:40]:  # the report may have been faster
            row.article_state = ended[said.ending]
        row.msg_id = said.number[:40] or None
        if row.state == AnnouncementState.SENDING:
            row.state, row.ended_at = AnnouncementState.DONE, ctx.now
        row.version += 1
        await ctx.db.flush()
        detail = {"article": row.article_state}
        await audit.record(ctx, "announcement:sent", "announcement", row.id, detail=detail)
        return None


async def give_up_article(ctx: Ctx, announcement_id: UUID) -> None:
    """Nobody knows whether the platform took it: for a person to look up in the account's console."""
    await ctx.conn.execute(
        update(Announcement)
        .where(
            Announcement.district_id == ctx.district_id,
            Announcement.id == announcement_id,
            Announcement.article_state == ArticleState.WAITING,
        )
        .values(
            article_state=ArticleState.FAILED,
            article_reason="微信一直没有答复，请到公众平台核实",
            state=AnnouncementState.DONE,
            ended_at=ctx.now,
        )
    )


async def _of_report(ctx: Ctx, msg_id: str) -> Announcement | None:
    """The announcement of this number, else the one whose call is open."""
    mine = select(Announcement).where(Announcement.district_id == ctx.district_id)
    found = mine.where(Announcement.msg_id == msg_id).with_for_update()
    row = (await ctx.db.execute(found)).scalar_one_or_none()
    if row is not None:
        return row
    opened = mine.where(
        Announcement.article_state == ArticleState.WAITING,
        Announcement.media_id.is_not(None),
        Announcement.msg_id.is_(None),
    )
    rows = list((await ctx.db.execute(opened.with_for_update())).scalars())
    return rows[0] if len(rows) == 1 else None


async def note_mass_report(ctx: Ctx, msg_id: str, status: str, counts: dict[str, int]) -> None:
    """MASSSENDJOBFINISH: how many got the article; the platform does not say who did not.

    It may overtake the answer of the very call it is about: then it belongs to the one
    announcement whose call is open; with more than one, nobody guesses.
    """
    # Our own note of the answer may commit while we wait for its row: then the second look finds it.
    row = await _of_report(ctx, msg_id) or await _of_report(ctx, msg_id)
    if row is None:
        return
    good = status.lower().replace(" ", "") in ("sendsuccess", "success")
    row.msg_id, row.article_counts = msg_id[:40], counts
    row.article_state = ArticleState.FINISHED if good else ArticleState.FAILED
    row.article_reason = "" if good else f"微信回执：{status}"[:120]
    await ctx.db.flush()
