"""HTTP for announcements: writing, approving, receipts; and the own inbox."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.announcements import queries
from app.announcements.kinds import AnnouncementState
from app.announcements.schemas import (
    AnnouncementIn,
    AnnouncementOut,
    ApprovalIn,
    AudienceIn,
    CountOut,
    FileOut,
    HostIn,
    HostOut,
    LetterOut,
    NudgeIn,
    NudgeOut,
    PlaceOut,
    PreviewOut,
    ReceivedOut,
    ReturnIn,
    UnreadOut,
)
from app.announcements.service import reading, releasing, writing
from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page

router = APIRouter(tags=["announcements"])


def cool_down(request: Request) -> timedelta:
    """Ten minutes; a demonstration may be quicker."""
    return timedelta(seconds=request.app.state.settings.cool_down_seconds)


@router.get("/announcements")
async def list_announcements(
    request: Request,
    ctx: Authed,
    state: AnnouncementState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[AnnouncementOut]:
    found = await queries.list_announcements(ctx, state, cursor, limit)
    return page_of(AnnouncementOut, request, found)


@router.post("/announcements", status_code=201)
async def draft_announcement(ctx: Authed, once: OnceDep, body: AnnouncementIn) -> AnnouncementOut:
    async def use_case() -> AnnouncementOut:
        row = await writing.draft_announcement(ctx, values_of(body))
        return AnnouncementOut.model_validate(row)

    return await once.run(ctx, body, use_case, 201)


def values_of(body: AnnouncementIn) -> dict[str, object]:
    """As the service takes them: the audience as plain JSON."""
    values = body.model_dump()
    values["audience"] = body.audience.model_dump(mode="json")
    return values


@router.post("/announcements/count")
async def count_people(ctx: Authed, body: AudienceIn, urgent: bool = False) -> CountOut:
    """How many people this audience means now."""
    return await queries.count_people(ctx, body.model_dump(mode="json"), urgent=urgent)


@router.get("/announcements/{announcement_id}")
async def read_announcement(
    announcement_id: UUID, response: Response, ctx: Authed
) -> AnnouncementOut:
    row = await queries.read_announcement(ctx, announcement_id)
    tagged(response, row.version)
    return AnnouncementOut.model_validate(row)


@router.put("/announcements/{announcement_id}")
async def change_announcement(
    announcement_id: UUID, ctx: Authed, body: AnnouncementIn, if_match: IfMatch = None
) -> AnnouncementOut:
    """An edit voids the approval; refused once sending has begun."""
    seen = version_of(if_match)
    row = await writing.change_announcement(ctx, announcement_id, values_of(body), seen)
    return AnnouncementOut.model_validate(row)


@router.get("/announcements/{announcement_id}/files")
async def list_files(announcement_id: UUID, ctx: Authed) -> Page[FileOut]:
    await queries.read_announcement(ctx, announcement_id)
    return Page(items=await queries.list_files(ctx, announcement_id))


@router.put("/announcements/{announcement_id}/file", max_body_size=LARGEST_UPLOAD)
async def attach(announcement_id: UUID, file: Document, ctx: Authed) -> AnnouncementOut:
    """One more attachment: a picture (drawn anew) or a PDF."""
    row = await writing.attach(ctx, announcement_id, file)
    return AnnouncementOut.model_validate(row)


@router.delete("/announcements/{announcement_id}/files/{number}")
async def detach(announcement_id: UUID, number: int, ctx: Authed) -> AnnouncementOut:
    row = await writing.detach(ctx, announcement_id, number)
    return AnnouncementOut.model_validate(row)


@router.get("/announcements/{announcement_id}/preview")
async def preview(announcement_id: UUID, ctx: Authed) -> PreviewOut:
    """To how many it would go now, and the digest that an approval names."""
    return await queries.preview(ctx, announcement_id)


@router.post("/announcements/{announcement_id}/submit")
async def submit(announcement_id: UUID, request: Request, ctx: Authed) -> AnnouncementOut:
    row = await releasing.submit_announcement(ctx, announcement_id, cool_down(request))
    return AnnouncementOut.model_validate(row)


@router.post("/announcements/{announcement_id}/approve")
async def approve(
    announcement_id: UUID, request: Request, ctx: Authed, body: ApprovalIn
) -> AnnouncementOut:
    """A second person, a fresh proof, and the digest of what was seen."""
    cool = cool_down(request)
    row = await releasing.approve_announcement(ctx, announcement_id, body.digest, cool)
    return AnnouncementOut.model_validate(row)


@router.post("/announcements/{announcement_id}/return")
async def return_announcement(
    announcement_id: UUID, ctx: Authed, body: ReturnIn
) -> AnnouncementOut:
    row = await releasing.return_announcement(ctx, announcement_id, body.reason)
    return AnnouncementOut.model_validate(row)


@router.post("/announcements/{announcement_id}/stop")
async def stop(announcement_id: UUID, ctx: Authed) -> AnnouncementOut:
    """Before the cool-down has passed nothing is sent; while sending, nothing more."""
    row = await releasing.stop_announcement(ctx, announcement_id)
    return AnnouncementOut.model_validate(row)


@router.get("/announcements/{announcement_id}/receipts")
async def receipts(announcement_id: UUID, ctx: Authed) -> Page[PlaceOut]:
    await queries.read_announcement(ctx, announcement_id)
    return Page(items=await queries.receipts(ctx, announcement_id))


@router.get("/announcements/{announcement_id}/receipts/{organization_id}")
async def list_unread(announcement_id: UUID, organization_id: UUID, ctx: Authed) -> Page[UnreadOut]:
    """Names of who has not read it in one school: a fresh proof, and it is logged."""
    return Page(items=await reading.list_unread(ctx, announcement_id, organization_id))


@router.post("/announcements/{announcement_id}/nudges", status_code=201)
async def nudge(announcement_id: UUID, ctx: Authed, once: OnceDep, body: NudgeIn) -> NudgeOut:
    """催读, twice a day at most."""

    async def use_case() -> NudgeOut:
        row = await reading.nudge(ctx, announcement_id, body.organization_id)
        return NudgeOut.model_validate(row)

    return await once.run(ctx, body, use_case, 201)


@router.get("/received-announcements")
async def received(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[ReceivedOut]:
    """The own inbox."""
    return page_of(ReceivedOut, request, await queries.received(ctx, cursor, limit))


@router.get("/received-announcements/{announcement_id}")
async def open_letter(announcement_id: UUID, ctx: Authed) -> LetterOut:
    """Reading it is the receipt."""
    return await reading.open_letter(ctx, announcement_id)


@router.get("/received-announcements/{announcement_id}/files/{number}")
async def read_attachment(announcement_id: UUID, number: int, ctx: Authed) -> Response:
    found = await queries.read_attachment(ctx, announcement_id, number)
    return download(found.content, found.name, found.media)


@router.get("/link-hosts")
async def list_hosts(ctx: Authed) -> Page[HostOut]:
    return Page(items=[HostOut.model_validate(row) for row in await queries.list_hosts(ctx)])


@router.post("/link-hosts", status_code=201)
async def allow_host(ctx: Authed, body: HostIn) -> HostOut:
    return HostOut.model_validate(await writing.allow_host(ctx, body.host))


@router.delete("/link-hosts/{host_id}", status_code=204)
async def drop_host(host_id: UUID, ctx: Authed) -> None:
    await writing.drop_host(ctx, host_id)
