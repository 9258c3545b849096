"""订阅日历: the family's secret calendar address, and a single date to keep."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.people.queries import own_feed
from app.people.service.feeds import issue_feed, revoke_feed
from app.web.feed_reading import session_entry
from app.web.feeds import base_url, calendar_answer, feed_url
from app.web.m.family import Family, children, family_page
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)


@router.get("/feeds")
async def show_feed(request: Request, ctx: Family) -> HTMLResponse:
    """Whether there is an address, how to get one, and what to do with it."""
    pupils, chosen = await children(request, ctx)
    context = {"feed": await own_feed(ctx), "url": ""}
    return family_page(request, "feeds.html", pupils, chosen, context)


@router.post("/feeds")
async def make_feed(request: Request, ctx: Family) -> HTMLResponse:
    """A new address, shown this once; the one before stops working."""
    token = await issue_feed(ctx)
    pupils, chosen = await children(request, ctx)
    context = {"feed": await own_feed(ctx), "url": feed_url(request, token)}
    return family_page(request, "feeds.html", pupils, chosen, context)


@router.post("/feeds/revoke")
async def end_feed(request: Request, ctx: Family) -> Response:
    await revoke_feed(ctx)
    return send_to(request, "/m/feeds", "已停用。手机日历里的活动不会再更新。")


@router.get("/sessions/{session_id}/calendar.ics")
async def one_date(request: Request, ctx: Family, session_id: UUID) -> Response:
    """One session as a file that the phone's calendar opens."""
    return calendar_answer(
        request, "游学活动", await session_entry(ctx, session_id, base_url(request))
    )
