"""HTTP for reading the audit log."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from app.audit import queries
from app.kit.bounds import Code, Shape
from app.kit.deps import Authed
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page

router = APIRouter(tags=["audit"])


class AuditOut(Shape):
    id: UUID
    at: datetime
    person_id: UUID | None
    channel: str
    action: str
    object_type: str
    object_id: UUID | None
    pupil_id: UUID | None
    purpose: str | None
    detail: dict[str, Any]


@router.get("/audit-entries")
async def list_entries(
    request: Request,
    ctx: Authed,
    pupil_id: UUID | None = None,
    action: Annotated[Code | None, Query()] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[AuditOut]:
    found = await queries.list_entries(ctx, pupil_id, action, cursor, limit)
    return page_of(AuditOut, request, found)
