"""Receipts: who opened it, who has not, and asking those once more."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update

from app.announcements import statements
from app.announcements.access import access_announcement, require_district
from app.announcements.errors import AllHaveRead, NotSentYet, NudgedEnough
from app.announcements.kinds import REMIND_JOB, AnnouncementState
from app.announcements.models import Announcement, Nudge, Recipient
from app.announcements.permissions import P
from app.announcements.ports import Ending, Press
from app.announcements.queries import list_files, read_announcement, unread_rows
from app.announcements.rules import NUDGES_A_DAY
from app.announcements.schemas import LetterOut, UnreadOut
from app.audit import service as audit
from app.channels.kinds import Way
from app.channels.service.stops import standing_stops, stop_for_today
from app.channels.service.windows import use_windows
from app.jobs.service import Unit, enqueue
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.notifications.permissions import P as InboxP


async def open_letter(ctx: Ctx, announcement_id: UUID) -> LetterOut:
    """Reading is the receipt; reading again keeps the first time. Only for whom it was sent to."""
    ctx.require(InboxP.NOTIFICATION_READ)
    stmt = (
        update(Recipient)
        .where(
            Recipient.district_id == ctx.district_id,
            Recipient.announcement_id == announcement_id,
            Recipient.person_id == ctx.actor.person_id,
            Recipient.sent_at.is_not(None),
        )
        .values(read_at=func.coalesce(Recipient.read_at, ctx.now))
        .returning(Recipient.sent_at, Recipient.read_at, Recipient.nudged_at)
    )
    got = (await ctx.conn.execute(stmt)).first()
    if got is None:
        raise NotFound
    row = await ctx.db.get_one(Announcement, (ctx.district_id, announcement_id))
    return LetterOut(
        id=row.id,
        title=row.title,
        urgent=row.urgent,
        sent_at=got.sent_at,
        read_at=got.read_at,
        nudged_at=got.nudged_at,
        body=row.body,
        files=await list_files(ctx, row.id),
    )


async def list_unread(ctx: Ctx, announcement_id: UUID, place_id: UUID) -> list[UnreadOut]:
    """Names for the school that rings up or hands out paper: a fresh proof, and it is logged."""
    await read_announcement(ctx, announcement_id)
    rows = await unread_rows(ctx, announcement_id, place_id)
    ctx.require_proof()
    detail = {"organization": str(place_id), "rows": len(rows)}
    await audit.record(
        ctx,
        "announcement:unread_list",
        "announcement",
        announcement_id,
        purpose="公告未读名单",
        detail=detail,
    )
    children = [row.child_id for row in rows if row.child_id is not None]
    await audit.record_reads(ctx, "announcement", children, "公告未读名单")
    return [UnreadOut.model_validate(row) for row in rows]


async def nudge(ctx: Ctx, announcement_id: UUID, place_id: UUID | None) -> Nudge:
    """催读 to those who have not read it, twice a day at most, never by template message."""
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_EDIT, lock=True)
    if row.state != AnnouncementState.DONE:
        raise NotSentYet
    today = select(func.count()).where(
        Nudge.district_id == ctx.district_id,
        Nudge.announcement_id == row.id,
        Nudge.day == ctx.today,
    )
    number = int((await ctx.conn.execute(today)).scalar_one()) + 1
    if number > NUDGES_A_DAY:
        raise NudgedEnough
    unread = (
        update(Recipient)
        .where(
            Recipient.district_id == ctx.district_id,
            Recipient.announcement_id == row.id,
            Recipient.sent_at.is_not(None),
            Recipient.read_at.is_(None),
        )
        .values(nudged_at=ctx.now)
        .returning(Recipient.person_id)
    )
    if place_id is not None:
        unread = unread.where(Recipient.organization_id == place_id)
    people = len((await ctx.conn.execute(unread)).all())
    if people == 0:
        raise AllHaveRead
    made = Nudge(
        district_id=ctx.district_id,
        id=new_id(),
        announcement_id=row.id,
        day=ctx.today,
        number=number,
        people=people,
        person_id=ctx.actor.person_id,
    )
    ctx.db.add(made)
    await ctx.db.flush()
    await ctx.db.refresh(made)
    await audit.record(ctx, "announcement:nudge", "announcement", row.id, detail={"people": people})
    await enqueue(ctx, REMIND_JOB, announcement=row.id, nudge=made.id)
    return made


@dataclass(frozen=True)
class _Round:
    district_id: UUID
    words: str
    phones: list[tuple[str, str]]  # appid, openid


async def remind_unread(unit: Unit, announcement_id: UUID, press: Press) -> int:
    """A customer message to whoever's window is open; the others find it in their inbox.

    Says how many the platform took. Whoever reads meanwhile is left out. Nobody is written to while
    customer messages are stopped, and nobody any more once the day's calls are used up.
    """
    async with unit() as ctx:
        round_ = await _round(ctx, announcement_id)
    taken = []
    ending = Ending.TAKEN
    for appid, openid in round_.phones:
        ending = await press.remind(round_.district_id, openid, round_.words)
        if ending is Ending.TAKEN:
            taken.append((round_.district_id, appid, openid, 1))
        if ending is Ending.TOMORROW:
            break
    async with unit() as ctx:
        await use_windows(ctx.conn, taken)
        if ending is Ending.TOMORROW:
            await stop_for_today(ctx.conn, ctx.district_id, Way.CUSTOMER, "公告催读")
    return len(taken)


async def _round(ctx: Ctx, announcement_id: UUID) -> _Round:
    row = await ctx.db.get_one(Announcement, (ctx.district_id, announcement_id))
    phones: list[tuple[str, str]] = []
    if (ctx.district_id, Way.CUSTOMER, "") not in await standing_stops(ctx.conn):
        params = {"district": ctx.district_id, "announcement": announcement_id}
        found = await ctx.conn.execute(statements.UNREAD_CHATS, params)
        phones = [(chat.appid, chat.openid) for chat in found]
    words = f"公告“{row.title}”您还没有看，请打开“通知”查看。"
    return _Round(ctx.district_id, words, phones)
