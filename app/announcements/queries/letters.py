"""Reading announcements, receipts, the own inbox."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.announcements import statements
from app.announcements.access import access_announcement, require_district, sees_place
from app.announcements.kinds import OUT, AnnouncementState
from app.announcements.models import Announcement, AnnouncementFile, LinkHost, Nudge, Recipient
from app.announcements.permissions import P
from app.announcements.rules import KNOWN_HOSTS, digest_of, needs_second
from app.announcements.schemas import CountOut, FileOut, PlaceOut, PreviewOut, ReceivedOut
from app.files.models import StoredFile
from app.files.service import Cleaned, read_file
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import cut_page, fetch_page, page_of_rows
from app.notifications.permissions import P as InboxP


async def list_announcements(
    ctx: Ctx, state: AnnouncementState | None, cursor: str | None, limit: int
) -> tuple[list[Announcement], str | None]:
    """Newest first; who reaches only a school sees those that went to its people."""
    reach = ctx.require(P.ANNOUNCEMENT_READ)
    stmt = select(Announcement).where(Announcement.district_id == ctx.district_id)
    if not reach.district:
        told = select(Recipient.announcement_id).where(
            Recipient.district_id == ctx.district_id,
            Recipient.organization_id.in_(reach.organizations),
        )
        stmt = stmt.where(Announcement.id.in_(told), Announcement.state.in_(OUT))
    if state:
        stmt = stmt.where(Announcement.state == state)
    return await fetch_page(ctx, stmt, Announcement.id, cursor, limit, newest_first=True)


async def read_announcement(ctx: Ctx, announcement_id: UUID) -> Announcement:
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_READ)
    if ctx.reach(P.ANNOUNCEMENT_READ).district:
        return row
    if row.state not in OUT or not await receipts(ctx, announcement_id):
        raise NotFound
    return row


def whom(ctx: Ctx, audience: dict[str, Any]) -> dict[str, Any]:
    """An audience as the values of the statements over people."""
    lists = ("schools", "classes", "sessions")
    ids = {name: [UUID(str(one)) for one in audience.get(name, ())] for name in lists}
    return {
        **ids,
        "district": ctx.district_id,
        "today": ctx.today,
        "roles": [str(one) for one in audience["roles"]],
        "grades": list(audience.get("grades", ())),
    }


async def measure(ctx: Ctx, audience: dict[str, Any]) -> AnyRow:
    """How many people, in how many places, and a digest over exactly these people."""
    return (await ctx.conn.execute(statements.MEASURE, whom(ctx, audience))).one()


async def told_alone(ctx: Ctx, announcement_id: UUID | None, person_id: UUID | None) -> int:
    """How many people this person has told without a second one since yesterday."""
    params = {
        "district": ctx.district_id,
        "person": person_id,
        "announcement": announcement_id or UUID(int=0),
    }
    return int((await ctx.conn.execute(statements.TOLD_ALONE, params)).scalar_one())


async def count_people(ctx: Ctx, audience: dict[str, Any], *, urgent: bool) -> CountOut:
    """The live count beside the editor."""
    require_district(ctx, P.ANNOUNCEMENT_EDIT)
    found = await measure(ctx, audience)
    alone = await told_alone(ctx, None, ctx.actor.person_id)
    return CountOut(
        people=found.people,
        places=found.places,
        needs_second=needs_second(found.people, alone, urgent=urgent),
    )


async def preview(ctx: Ctx, announcement_id: UUID) -> PreviewOut:
    """What would be approved at this moment, and the digest that says exactly what."""
    require_district(ctx, P.ANNOUNCEMENT_READ)
    row = await access_announcement(ctx, announcement_id, P.ANNOUNCEMENT_READ)
    found = await measure(ctx, row.audience)
    alone = await told_alone(ctx, row.id, row.submitted_by or ctx.actor.person_id)
    return PreviewOut(
        people=found.people,
        places=found.places,
        needs_second=needs_second(found.people, alone, urgent=row.urgent),
        digest=await digest_now(ctx, row.id, found.digest),
    )


async def digest_now(ctx: Ctx, announcement_id: UUID, recipients: str) -> str:
    """Of the announcement as it stands, for these recipients (themselves a digest)."""
    row = await ctx.db.get(Announcement, (ctx.district_id, announcement_id))
    if row is None:
        raise NotFound
    stmt = (
        select(StoredFile.sha256)
        .join(
            AnnouncementFile,
            (AnnouncementFile.district_id == StoredFile.district_id)
            & (AnnouncementFile.file_id == StoredFile.id),
        )
        .where(
            AnnouncementFile.district_id == ctx.district_id,
            AnnouncementFile.announcement_id == row.id,
        )
        .order_by(AnnouncementFile.number)
    )
    files = list((await ctx.conn.execute(stmt)).scalars())
    content = {"title": row.title, "body": row.body, "urgent": row.urgent}
    content["send_at"] = row.send_at.isoformat() if row.send_at else ""
    return digest_of(content, row.audience, files, recipients)


async def allowed_hosts(ctx: Ctx) -> frozenset[str]:
    """Ours and the district's, exactly as written."""
    stmt = select(LinkHost.host).where(LinkHost.district_id == ctx.district_id)
    return KNOWN_HOSTS | set((await ctx.conn.execute(stmt)).scalars())


async def list_hosts(ctx: Ctx) -> list[LinkHost]:
    require_district(ctx, P.ANNOUNCEMENT_READ)
    stmt = select(LinkHost).where(LinkHost.district_id == ctx.district_id).order_by(LinkHost.host)
    return list((await ctx.db.execute(stmt)).scalars())


async def receipts(ctx: Ctx, announcement_id: UUID) -> list[PlaceOut]:
    """Sent, read and not reached, by school or unit; only the actor's own places."""
    reach = ctx.require(P.ANNOUNCEMENT_READ)
    params = {
        "district": ctx.district_id,
        "announcement": announcement_id,
        "everywhere": reach.district,
        "places": list(reach.organizations),
    }
    rows = await ctx.conn.execute(statements.BY_PLACE, params)
    return [PlaceOut.model_validate(row) for row in rows]


async def list_nudges(ctx: Ctx, announcement_id: UUID) -> list[Nudge]:
    ctx.require(P.ANNOUNCEMENT_READ)
    stmt = (
        select(Nudge)
        .where(Nudge.district_id == ctx.district_id, Nudge.announcement_id == announcement_id)
        .order_by(Nudge.id.desc())
        .limit(50)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def unread_rows(ctx: Ctx, announcement_id: UUID, place_id: UUID) -> Sequence[AnyRow]:
    """Names of who has not read it in one place; the service asks for the proof and logs the look."""
    ctx.require(P.ANNOUNCEMENT_READ)
    if not sees_place(ctx, place_id):
        raise NotFound
    params = {"district": ctx.district_id, "announcement": announcement_id, "place": place_id}
    return (await ctx.conn.execute(statements.UNREAD, params)).all()


async def list_files(ctx: Ctx, announcement_id: UUID) -> list[FileOut]:
    """The attachments; the caller answers for who may see them."""
    stmt = (
        select(AnnouncementFile.number, StoredFile.name, StoredFile.media, StoredFile.size)
        .join(
            StoredFile,
            (StoredFile.district_id == AnnouncementFile.district_id)
            & (StoredFile.id == AnnouncementFile.file_id),
        )
        .where(
            AnnouncementFile.district_id == ctx.district_id,
            AnnouncementFile.announcement_id == announcement_id,
        )
        .order_by(AnnouncementFile.number)
    )
    return [FileOut.model_validate(row) for row in await ctx.conn.execute(stmt)]


async def received(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[ReceivedOut], str | None]:
    """The actor's own announcements, newest first."""
    ctx.require(InboxP.NOTIFICATION_READ)
    stmt: Any = (
        select(
            Announcement.id,
            Announcement.title,
            Announcement.urgent,
            Recipient.sent_at,
            Recipient.read_at,
            Recipient.nudged_at,
        )
        .join(
            Recipient,
            (Recipient.district_id == Announcement.district_id)
            & (Recipient.announcement_id == Announcement.id),
        )
        .where(
            Recipient.district_id == ctx.district_id,
            Recipient.person_id == ctx.actor.person_id,
            Recipient.sent_at.is_not(None),
        )
    )
    ordered = page_of_rows(stmt, Announcement.id, cursor, limit, newest_first=True)
    rows, following = cut_page(list((await ctx.conn.execute(ordered)).all()), limit)
    return [ReceivedOut.model_validate(row) for row in rows], following


async def count_unread(ctx: Ctx) -> int:
    ctx.require(InboxP.NOTIFICATION_READ)
    stmt = select(func.count()).where(
        Recipient.district_id == ctx.district_id,
        Recipient.person_id == ctx.actor.person_id,
        Recipient.sent_at.is_not(None),
        Recipient.read_at.is_(None),
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def read_attachment(ctx: Ctx, announcement_id: UUID, number: int) -> Cleaned:
    """A recipient's, or of whoever reads announcements; else as an absent one."""
    got = select(Recipient.person_id).where(
        Recipient.district_id == ctx.district_id,
        Recipient.announcement_id == announcement_id,
        Recipient.person_id == ctx.actor.person_id,
        Recipient.sent_at.is_not(None),
    )
    ctx.require(InboxP.NOTIFICATION_READ)
    if (await ctx.conn.execute(got)).first() is None:
        if P.ANNOUNCEMENT_READ not in ctx.actor.permissions:
            raise NotFound
        await read_announcement(ctx, announcement_id)
    stmt = select(AnnouncementFile.file_id).where(
        AnnouncementFile.district_id == ctx.district_id,
        AnnouncementFile.announcement_id == announcement_id,
        AnnouncementFile.number == number,
    )
    file_id = (await ctx.conn.execute(stmt)).scalar_one_or_none()
    if file_id is None:
        raise NotFound
    return await read_file(ctx, file_id)
