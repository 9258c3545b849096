"""HTTP for the inbox and the fate of deliveries."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, PageSize, next_link, page_of
from app.kit.paging import Page
from app.notifications import queries
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.schemas import (
    DeliveryCount,
    DeliveryOut,
    NotificationOut,
    PreferencesIn,
    PreferencesOut,
    TapsIn,
    TapsOut,
    UnreachedOut,
)
from app.notifications.service import delivery, grants, preferences, reading, unreached

router = APIRouter(tags=["notifications"])
Purpose = Annotated[
    str | None, Query(min_length=2, max_length=60, description="查看全名的目的，会记入日志")
]


@router.get("/notifications")
async def list_notifications(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[NotificationOut]:
    items, following = await queries.own_notifications(ctx, cursor, limit)
    return Page(items=items, next=next_link(request, following))


@router.post("/notifications/{notification_id}/read")
async def mark_read(notification_id: UUID, ctx: Authed) -> NotificationOut:
    return await reading.mark_read(ctx, notification_id)


@router.get("/notification-preferences")
async def read_preferences(ctx: Authed) -> PreferencesOut:
    return await preferences.own_preferences(ctx)


@router.put("/notification-preferences")
async def save_preferences(ctx: Authed, body: PreferencesIn) -> PreferencesOut:
    return await preferences.save_preferences(ctx, body.muted, quiet=body.quiet)


@router.get("/notification-taps")
async def read_taps(ctx: Authed) -> TapsOut:
    return TapsOut(left=await grants.own_grants(ctx))


@router.post("/notification-taps")
async def report_taps(ctx: Authed, body: TapsIn, once: OnceDep) -> TapsOut:
    """One accept is one message of that kind; refusing adds none."""

    async def use_case() -> TapsOut:
        return TapsOut(left=await grants.report_taps(ctx, body.taps, body.account))

    return await once.run(ctx, body, use_case)


@router.get("/deliveries")
async def list_deliveries(
    request: Request,
    ctx: Authed,
    state: DeliveryState | None = None,
    kind: Kind | None = None,
    day: date | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[DeliveryOut]:
    found = await queries.list_deliveries(ctx, state, cursor, limit, kind, day)
    return page_of(DeliveryOut, request, found)


@router.get("/deliveries/counts")
async def count_deliveries(ctx: Authed) -> Page[DeliveryCount]:
    return Page(items=await queries.count_deliveries(ctx))


@router.post("/deliveries/{delivery_id}/retry", status_code=204)
async def retry_delivery(delivery_id: UUID, ctx: Authed) -> None:
    await delivery.retry_delivery(ctx, delivery_id)


@router.get("/unreached")
async def list_unreached(
    request: Request,
    ctx: Authed,
    school_id: UUID | None = None,
    told: bool = False,
    purpose: Purpose = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[UnreachedOut]:
    """Names masked; whole for whoever may read them and gives a purpose."""
    found = await unreached.page_unreached(ctx, school_id, purpose, cursor, limit, told=told)
    return page_of(UnreachedOut, request, found)


@router.post("/unreached/{notification_id}/told", status_code=204)
async def mark_told(notification_id: UUID, ctx: Authed) -> None:
    """The family knows it now, by telephone; twice is once."""
    await unreached.mark_told(ctx, [notification_id])
