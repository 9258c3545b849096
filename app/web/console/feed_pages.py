"""订阅日历 for staff: the secret calendar addresses of their classes and units."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.access import FEED_RIGHT
from app.people.queries import own_feeds
from app.people.service.feeds import issue_feed, revoke_feed
from app.web import reading
from app.web.console.forms import read_form
from app.web.console.staff import Staff, console_page
from app.web.feeds import feed_url
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
CLASS, UNIT = "class", "unit"


@router.get("/feeds")
async def list_feeds(request: Request, ctx: Staff) -> HTMLResponse:
    """The addresses this person has made, and the places it may make one for."""
    ctx.require(FEED_RIGHT)
    return console_page(request, ctx, "feeds.html", await _context(ctx))


async def _context(ctx: Ctx, url: str = "", made: str = "") -> dict[str, Any]:
    classes = await reading.visible_classes(ctx, FEED_RIGHT)
    units = await reading.own_organizations(ctx, FEED_RIGHT)
    names = {f"{CLASS}:{key}": word for key, word in classes}
    names |= {f"{UNIT}:{key}": word for key, word in units}
    feeds = [
        (_key(row.class_id, row.organization_id), row.created_at)
        for row in await own_feeds(ctx)
        if row.class_id or row.organization_id
    ]
    return {
        "places": names,
        "feeds": [(key, names.get(key, "不再负责的地方"), made_at) for key, made_at in feeds],
        "url": url,
        "made": names.get(made, ""),
    }


def _key(class_id: UUID | None, organization_id: UUID | None) -> str:
    return f"{CLASS}:{class_id}" if class_id else f"{UNIT}:{organization_id}"


def _place(given: str) -> tuple[UUID | None, UUID | None]:
    kind, _, one = given.partition(":")
    try:
        place = UUID(one)
    except ValueError as exc:
        raise NotFound from exc
    if kind not in (CLASS, UNIT):
        raise NotFound
    return (place, None) if kind == CLASS else (None, place)


@router.post("/feeds")
async def make_feed(request: Request, ctx: Staff) -> HTMLResponse:
    """A new address, shown this once; this person's address of that place before stops working."""
    form = await read_form(request)
    place = form.one("place")
    token = await issue_feed(ctx, *_place(place))
    context = await _context(ctx, feed_url(request, token), place)
    return console_page(request, ctx, "feeds.html", context)


@router.post("/feeds/revoke")
async def end_feed(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    await revoke_feed(ctx, *_place(form.one("place")))
    return send_to(request, "/console/feeds", "已停用这个订阅地址。")
