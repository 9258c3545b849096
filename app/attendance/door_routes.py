"""HTTP for volunteers' links to a session's door: made and ended by the unit's staff."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from app.attendance import queries
from app.attendance.service import door_links
from app.kit.bounds import Name, Shape, Wire
from app.kit.deps import Authed
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page

router = APIRouter(tags=["attendance"])
ShortName = Annotated[Name, StringConstraints(max_length=20)]


class DoorLinkIn(Wire):
    name: ShortName = Field(description="给谁用，例如 东门志愿者")


class DoorLinkOut(Shape):
    id: UUID
    session_id: UUID
    name: str
    created_at: datetime
    bound_at: datetime | None
    revoked_at: datetime | None


class DoorLinkMade(DoorLinkOut):
    """With address and PIN, which are shown this once."""

    url: str
    pin: str
    opens_at: datetime
    expires_at: datetime


def door_url(request: Request, token: str) -> str:
    """The public address, as a volunteer's phone opens it."""
    return f"{str(request.app.state.settings.base_url).rstrip('/')}/door/{token}"


@router.get("/sessions/{session_id}/door-links")
async def list_door_links(
    request: Request, session_id: UUID, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[DoorLinkOut]:
    found = await queries.list_door_links(ctx, session_id, cursor, limit)
    return page_of(DoorLinkOut, request, found)


@router.post("/sessions/{session_id}/door-links", status_code=201)
async def make_door_link(
    request: Request, session_id: UUID, ctx: Authed, body: DoorLinkIn
) -> DoorLinkMade:
    made = await door_links.make_link(ctx, session_id, body.name)
    kept = DoorLinkOut.model_validate(made.row).model_dump()
    return DoorLinkMade(
        **kept,
        url=door_url(request, made.token),
        pin=made.pin,
        opens_at=made.opens_at,
        expires_at=made.expires_at,
    )


@router.post("/door-links/{door_link_id}/revoke")
async def revoke_door_link(door_link_id: UUID, ctx: Authed) -> DoorLinkOut:
    return DoorLinkOut.model_validate(await door_links.revoke_link(ctx, door_link_id))


@router.post("/door-links/{door_link_id}/release")
async def release_door_link(door_link_id: UUID, ctx: Authed) -> DoorLinkOut:
    return DoorLinkOut.model_validate(await door_links.release_device(ctx, door_link_id))
