"""The addresses that calendar programs read: secret, and known by their token alone."""

import hashlib
from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.errors import NotFound
from app.kit.icalendar import MEDIA_TYPE, Entry, write_calendar
from app.orgs.queries import read_class
from app.people.service.feeds import actor_by_feed, place_of_feed
from app.web.feed_reading import class_entries, family_entries, unit_entries

router = APIRouter(include_in_schema=False)
LONGEST_TOKEN = 60


def base_url(request: Request) -> str:
    """The public address, as phones see it."""
    return str(request.app.state.settings.base_url).rstrip("/")


def feed_url(request: Request, token: str) -> str:
    return f"{base_url(request)}/calendar/{token}.ics"


def calendar_answer(request: Request, name: str, entries: Iterable[Entry]) -> Response:
    """The calendar, or 304 when the program has it already; nobody on the way keeps it."""
    body = write_calendar(name, entries)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    asked = [one.strip().removeprefix("W/") for one in _asked(request).split(",")]
    if tag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _asked(request: Request) -> str:
    return request.headers.get("if-none-match", "")[:400]


@router.get("/calendar/{token}.ics")
async def read_feed(request: Request, token: str) -> Response:
    """The dates of a family, a class or a unit, as its owner may see them today; else 404."""
    if len(token) > LONGEST_TOKEN:
        raise NotFound
    state = request.app.state
    async with transaction(state.engine) as conn:
        actor, now = await actor_by_feed(conn, token)
        ctx = Ctx(conn, actor, now, state.wiring, request.state.request_id)
        class_id, organization_id = await place_of_feed(ctx, token)
        if class_id:
            row = await read_class(ctx, class_id)
            found = await class_entries(ctx, row, base_url(request))
        elif organization_id:
            found = await unit_entries(ctx, organization_id, base_url(request))
        else:
            found = await family_entries(ctx, base_url(request))
    return calendar_answer(request, *found)
