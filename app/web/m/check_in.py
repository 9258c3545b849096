"""Checking in from a browser: whoever scanned our code without the chat, with a thumb and a tap."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.attendance.kinds import Distance
from app.attendance.queries import place_of
from app.attendance.routes import say
from app.attendance.rules import distance_risks
from app.attendance.service import Mark
from app.kit.bounds import Code
from app.kit.errors import NotFound
from app.passports.service import check_in_by_scene
from app.web.console.forms import read_form
from app.web.m.family import Family, FamilyHot, children, family_page, framed, is_own
from app.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/check-in")
async def ask(request: Request, ctx: Family, scene: Annotated[Code, Query()]) -> HTMLResponse:
    """One button a child; nothing happens by opening the address alone."""
    pupils, chosen = await children(request, ctx)
    context = {"scene": scene, "said": "", "place": await place_of(ctx, scene)}
    return family_page(request, "check_in.html", pupils, chosen, context)


@router.post("/check-in")
async def check_in(request: Request, ctx: FamilyHot) -> Response:
    """As a scan in the chat. A refusal is a page, not an error: its line in the ledger stays."""
    form = await read_form(request)
    pupils, chosen = await children(request, ctx)
    try:
        wanted = UUID(form.one("pupil"))
    except ValueError as exc:
        raise NotFound from exc
    if not is_own(pupils, wanted):
        raise NotFound
    scene, told = form.one("scene")[:64], form.one("distance")
    distance = Distance(told) if told in set(Distance) else None
    mark = Mark(risks=distance_risks(distance))
    said = say(await check_in_by_scene(ctx, scene, wanted, mark))
    context = {
        "scene": scene,
        "said": said.message,
        "accepted": said.accepted,
        "place": "" if said.accepted else await place_of(ctx, scene),
    }
    return page(request, "m/check_in.html", framed(request, pupils, chosen, context))
