"""From draft to approved: submitted, approved by somebody else, returned, stopped."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, text

from app.announcements import statements
from app.announcements.access import access_announcement, require_district
from app.announcements.errors import (
    CannotStop,
    EditedMeanwhile,
    NobodyAddressed,
    NotSubmitted,
    NotWritable,
    OwnAnnouncement,
)
from app.announcements.kinds import SEND_JOB, WRITABLE, AnnouncementState
from app.announcements.models import Announcement, Recipient
from app.announcements.permissions import P
from app.announcements.queries import digest_now, measure, told_alone, whom
from app.announcements.rules import COOL_DOWN, due_at, needs_second
from app.announcements.service.writing import check_words
from app.audit import service as audit
from app.jobs.service import enqueue
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.people.queries import own_id

# Two submissions of one person at once would each not see the other's people.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('announcement:' || cast(:person AS text)))")


async def submit_announcement(
    ctx: Ctx, announcement_id: UUID, cool: timedelta = COOL_DOWN
) -> Announcement:
    """To a second person, or, for up to 200 people within a day and nothing urgent, on its way.

    Submitted again, nothing happens. Refused: nobody addressed, a link or time that is no longer good.
    """
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    me = own_id(ctx)
    await ctx.conn.execute(_ALONE, {"person": str(me)})
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_EDIT, lock=True)
    if row.state in (AnnouncementState.SUBMITTED, AnnouncementState.COOLING):
        return row
    if row.state not in WRITABLE:
        raise NotWritable
    await check_words(ctx, {"title": row.title, "body": row.body, "send_at": row.send_at})
    found = await measure(ctx, row.audience)
    if found.people == 0:
        raise NobodyAddressed
    row.submitted_by, row.submitted_at, row.reason = me, ctx.now, ""
    row.version += 1
    if needs_second(found.people, await told_alone(ctx, row.id, me), urgent=row.urgent):
        row.state = AnnouncementState.SUBMITTED
        await ctx.db.flush()
        await audit.record(
            ctx, "announcement:submit", "announcement", row.id, detail={"people": found.people}
        )
        return row
    ctx.require_proof()
    await _let_go(ctx, row, await digest_now(ctx, row.id, found.digest), cool)
    return row


async def approve_announcement(
    ctx: Ctx, announcement_id: UUID, digest: str, cool: timedelta = COOL_DOWN
) -> Announcement:
    """A second person's yes to exactly what it saw; the recipients are frozen now.

    Approved again by the same person, nothing happens. Whoever wrote in it or submitted it is
    refused in whatever role; so is a digest that is not today's (`announcement.edited_meanwhile`).
    """
    require_district(ctx, P.ANNOUNCEMENT_APPROVE)
    me = own_id(ctx)
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_APPROVE, lock=True)
    if str(me) in row.writers or me == row.submitted_by:
        raise OwnAnnouncement
    ctx.require_proof()
    if row.state == AnnouncementState.COOLING and (row.approved_by, row.digest) == (me, digest):
        return row
    if row.state != AnnouncementState.SUBMITTED:
        raise NotSubmitted
    # A time that has passed meanwhile only means: at once. Hosts may have left the list.
    await check_words(ctx, {"title": row.title, "body": row.body})
    found = await measure(ctx, row.audience)
    if found.people == 0:
        raise NobodyAddressed
    if await digest_now(ctx, row.id, found.digest) != digest:
        raise EditedMeanwhile
    row.approved_by, row.approved_at = me, ctx.now
    await _let_go(ctx, row, digest, cool)
    return row


async def _let_go(ctx: Ctx, row: Announcement, digest: str, cool: timedelta) -> None:
    """Freeze every recipient, and begin the cool-down, in which anybody in charge can stop it."""
    params = {**whom(ctx, row.audience), "announcement": row.id}
    await _forget_recipients(ctx, row.id)
    await ctx.conn.execute(statements.FREEZE, params)
    frozen = (await ctx.conn.execute(statements.FROZEN, params)).one()
    if await digest_now(ctx, row.id, frozen.digest) != digest:
        raise EditedMeanwhile  # somebody came or left while we looked
    row.state, row.digest, row.people = AnnouncementState.COOLING, digest, frozen.people
    row.cool_until = due_at(ctx.now, row.send_at, cool, urgent=row.urgent)
    row.version += 1
    await ctx.db.flush()
    detail = {"people": frozen.people, "digest": digest}
    await audit.record(ctx, "announcement:approve", "announcement", row.id, detail=detail)
    await enqueue(ctx, SEND_JOB, row.cool_until - ctx.now, announcement=row.id)


async def _forget_recipients(ctx: Ctx, announcement_id: UUID) -> None:
    await ctx.conn.execute(
        delete(Recipient).where(
            Recipient.district_id == ctx.district_id,
            Recipient.announcement_id == announcement_id,
        )
    )


async def return_announcement(ctx: Ctx, announcement_id: UUID, reason: str) -> Announcement:
    """Back to its writers, with the reason."""
    require_district(ctx, P.ANNOUNCEMENT_APPROVE)
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_APPROVE, lock=True)
    if row.state == AnnouncementState.RETURNED:
        return row
    if row.state != AnnouncementState.SUBMITTED:
        raise NotSubmitted
    row.state, row.reason = AnnouncementState.RETURNED, reason
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "announcement:return", "announcement", row.id)
    return row


async def stop_announcement(ctx: Ctx, announcement_id: UUID) -> Announcement:
    """Within the cool-down nothing is sent; while it is being sent, nothing more is.

    The mass article is one call: once it is with the platform it cannot be stopped, only deleted
    in the account's console. Stopped again, nothing happens.
    """
    rights = (P.ANNOUNCEMENT_EDIT, P.ANNOUNCEMENT_APPROVE)
    held = [right for right in rights if ctx.reach(right).district]
    if not held:
        ctx.require(P.ANNOUNCEMENT_EDIT)
        raise Forbidden
    row = await access_announcement(ctx, announcement_id, held[0], lock=True)
    if row.state == AnnouncementState.STOPPED:
        return row
    if row.state not in (AnnouncementState.COOLING, AnnouncementState.SENDING):
        raise CannotStop
    row.state, row.ended_at = AnnouncementState.STOPPED, ctx.now
    row.reason = "有人按了停止"
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "announcement:stop", "announcement", row.id)
    return row
