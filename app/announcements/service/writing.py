"""Writing an announcement: words, attachments, whom it is for; and to which hosts one may link."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.announcements.access import access_announcement, require_district
from app.announcements.errors import (
    BadHost,
    BadMoment,
    LinkRefused,
    NotWritable,
    TooManyAttachments,
)
from app.announcements.kinds import EDITABLE, AnnouncementState, ArticleState
from app.announcements.models import Announcement, AnnouncementFile, LinkHost, Recipient
from app.announcements.permissions import P
from app.announcements.queries import allowed_hosts
from app.announcements.rules import (
    FURTHEST,
    MOST_FILES,
    refused_link,
    why_host_refused,
)
from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.files.service import Cleaned, drop_files, keep_file
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.people.queries import own_id


async def draft_announcement(ctx: Ctx, values: dict[str, Any]) -> Announcement:
    """A new draft of the secretariat."""
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    await check_words(ctx, values)
    row = Announcement(
        district_id=ctx.district_id, id=new_id(), writers=[str(own_id(ctx))], **values
    )
    return await add_row(ctx, row, "announcement")


async def change_announcement(
    ctx: Ctx, announcement_id: UUID, values: dict[str, Any], seen: int | None = None
) -> Announcement:
    """Write it anew. What was submitted or approved is a draft again: a yes was for other words.

    Refused once sending has begun. The same words again change nothing.
    """
    row = await _writable(ctx, announcement_id)
    await check_words(ctx, values)
    before = row.version
    await change_row(ctx, row, values, seen, "announcement")
    if row.version != before:
        await _written(ctx, row)
    return row


async def attach(ctx: Ctx, announcement_id: UUID, cleaned: Cleaned) -> Announcement:
    """One more attachment, six at most; it voids an approval like any other edit."""
    row = await _writable(ctx, announcement_id)
    numbers = select(func.max(AnnouncementFile.number), func.count()).where(
        AnnouncementFile.district_id == ctx.district_id,
        AnnouncementFile.announcement_id == row.id,
    )
    last, count = (await ctx.conn.execute(numbers)).one()
    if count >= MOST_FILES or (last or 0) >= MOST_FILES:
        raise TooManyAttachments(most=MOST_FILES)
    kept = await keep_file(ctx, cleaned)
    ctx.db.add(
        AnnouncementFile(
            district_id=ctx.district_id,
            id=new_id(),
            announcement_id=row.id,
            number=(last or 0) + 1,
            file_id=kept.id,
        )
    )
    await _written(ctx, row)
    return row


async def detach(ctx: Ctx, announcement_id: UUID, number: int) -> Announcement:
    row = await _writable(ctx, announcement_id)
    stmt = select(AnnouncementFile).where(
        AnnouncementFile.district_id == ctx.district_id,
        AnnouncementFile.announcement_id == row.id,
        AnnouncementFile.number >= number,
    )
    found = list((await ctx.db.execute(stmt.order_by(AnnouncementFile.number))).scalars())
    if not found or found[0].number != number:
        raise NotFound
    await drop_files(ctx, [found[0].file_id])
    ctx.db.expunge(found[0])
    for later in found[1:]:  # no gaps: the last free number is the next one
        later.number -= 1
        await ctx.db.flush()
    await _written(ctx, row)
    return row


async def check_words(ctx: Ctx, values: dict[str, Any]) -> None:
    """Refuse links to hosts that are not on the list, and a time that is past or too far."""
    hosts = await allowed_hosts(ctx)
    for said in (values["title"], values["body"]):
        if found := refused_link(said, hosts):
            raise LinkRefused(link=found[0][:60], why=found[1])
    moment = values.get("send_at")
    if moment is not None and not ctx.now < moment <= ctx.now + FURTHEST:
        raise BadMoment


async def _writable(ctx: Ctx, announcement_id: UUID) -> Announcement:
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_EDIT, lock=True)
    if row.state not in EDITABLE:
        raise NotWritable
    return row


async def _written(ctx: Ctx, row: Announcement) -> None:
    """Somebody wrote in it: no longer approved, and this person cannot approve it."""
    voided = row.state == AnnouncementState.COOLING
    if row.state in (AnnouncementState.SUBMITTED, AnnouncementState.COOLING):
        row.state = AnnouncementState.DRAFT
    row.approved_by = row.approved_at = row.digest = row.people = row.cool_until = None
    row.article_state = ArticleState.NONE
    me = str(own_id(ctx))
    if me not in row.writers:
        row.writers = [*row.writers, me]
    await ctx.db.flush()
    await ctx.conn.execute(
        delete(Recipient).where(
            Recipient.district_id == ctx.district_id, Recipient.announcement_id == row.id
        )
    )
    if voided:
        await audit.record(ctx, "announcement:voided", "announcement", row.id)


async def allow_host(ctx: Ctx, host: str) -> LinkHost:
    """Put a host on the list; dangerous, because links there then go out to everybody."""
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    ctx.require_proof()
    wanted = host.strip().lower()
    if why_host_refused(wanted, {wanted}):
        raise BadHost
    stmt = pg_insert(LinkHost).values(
        district_id=ctx.district_id, id=new_id(), host=wanted, created_by=ctx.actor.person_id
    )
    kept = stmt.on_conflict_do_update(
        index_elements=["district_id", "host"], set_={"host": wanted}
    ).returning(LinkHost.id)
    host_id = (await ctx.conn.execute(kept)).scalar_one()
    await audit.record(ctx, "link_host:allow", "link_host", host_id, detail={"host": wanted})
    return await ctx.db.get_one(LinkHost, (ctx.district_id, host_id))


async def drop_host(ctx: Ctx, host_id: UUID) -> None:
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    stmt = (
        delete(LinkHost)
        .where(LinkHost.district_id == ctx.district_id, LinkHost.id == host_id)
        .returning(LinkHost.host)
    )
    host = (await ctx.conn.execute(stmt)).scalar_one_or_none()
    if host is None:
        raise NotFound
    await audit.record(ctx, "link_host:drop", "link_host", host_id, detail={"host": host})
