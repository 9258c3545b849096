"""Addresses of the door page. Whoever opens the page is known by the link alone, then by its device."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from app.attendance.errors import DoorReleased
from app.attendance.service.door_links import Door, door_of_device, open_link
from app.attendance.service.door_uploads import record_entries
from app.kit.db import transaction
from app.kit.deps import LONGEST_TOKEN
from app.kit.problems import of_error
from app.web.assets import asset_list
from app.web.door import reading
from app.web.door.wire import (
    EntryIn,
    Opening,
    Upload,
    entry_of,
    read_entry,
    say_answer,
    say_broken,
    scene_of,
)
from app.web.rendering import templates

router = APIRouter(prefix="/door", include_in_schema=False)
AT_ONCE = 25  # entries a transaction: children are locked for a moment, not for an upload
_PRIVATE = {"Cache-Control": "no-store"}


@router.get("/sw.js")
async def worker(request: Request) -> Response:
    """Keeps the empty page for hours without a network; asked again at every visit."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/door/"}
    context = {"files": ["/door/shell", *asset_list("door/page.html")]}
    return templates.TemplateResponse(
        request, "door/sw.js", context, headers=headers, media_type="text/javascript"
    )


@router.get("/{link}")
async def page(request: Request, link: str) -> HTMLResponse:  # noqa: ARG001 - read by the script
    """The same page for every link, right or wrong: names come later, to a bound device."""
    return templates.TemplateResponse(request, "door/page.html", {})


@router.post("/api/open")
async def open_door(request: Request, body: Opening) -> JSONResponse:
    """The right PIN binds the device that made this secret; asking again changes nothing."""
    state = request.app.state
    async with transaction(state.engine) as conn:
        refusal = await open_link(conn, state.wiring, body.link, body.pin, body.secret)
    # A refusal is answered and not raised: the count of a wrong PIN has committed.
    return of_error(refusal) if refusal else JSONResponse({"opened": True}, headers=_PRIVATE)


@router.get("/api/roster")
async def read_roster(request: Request) -> JSONResponse:
    async with _door(request) as (door, secret):
        found = await reading.roster(door, secret)
    return JSONResponse(found, headers=_PRIVATE)


@router.get("/api/roll")
async def read_roll(request: Request) -> JSONResponse:
    async with _door(request) as (door, _):
        found = await reading.roll(door)
    return JSONResponse(found, headers=_PRIVATE)


@router.post("/api/scans")
async def upload(request: Request, body: Upload) -> JSONResponse:
    """At most 300 entries, answered one by one; a few children a transaction."""
    entries = [read_entry(given) for given in body.entries]
    answers = [say_broken(given) for given in body.entries]
    waiting = sorted(
        (place for place, entry in enumerate(entries) if entry is not None),
        key=lambda place: _whose(entries[place]),
    )
    for start in range(0, len(waiting), AT_ONCE):
        places = waiting[start : start + AT_ONCE]
        given = [entry for place in places if (entry := entries[place]) is not None]
        async with _door(request, uploads=True) as (door, _):
            said = await _record(door, given)
        for place, answer in zip(places, said, strict=True):
            answers[place] = answer
    if not waiting:
        async with _door(request, uploads=True):
            pass  # an empty upload asks whether this device is still welcome
    return JSONResponse({"answers": answers}, headers=_PRIVATE)


def _whose(entry: EntryIn | None) -> tuple[str, str]:
    """A child's entries lie in one transaction where they can, in the order they happened."""
    if entry is None:
        return ("", "")
    return (str(entry.pupil_id or entry.code), entry.scanned_at.isoformat())


async def _record(door: Door, given: list[EntryIn]) -> list[dict[str, Any]]:
    scenes = {scene for entry in given if entry.code and (scene := scene_of(entry.code))}
    cards = await reading.cards(door.ctx, scenes)
    entries = [entry_of(entry, cards) for entry in given]
    answers = await record_entries(door.ctx, door.session_id, entries)
    return [say_answer(entry, answer) for entry, answer in zip(given, answers, strict=True)]


@asynccontextmanager
async def _door(request: Request, *, uploads: bool = False) -> AsyncIterator[tuple[Door, str]]:
    """The unit of work of a bound device; no cookie, so no other page can act with it."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret or len(secret) > LONGEST_TOKEN:
        raise DoorReleased
    state = request.app.state
    async with transaction(state.engine) as conn:
        door = await door_of_device(
            conn, state.wiring, secret, request.state.request_id, uploads=uploads
        )
        yield door, secret
        await door.ctx.flush()
