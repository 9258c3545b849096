"""通知我: right after booking, one tap of the phone allows one message of each kind about it."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.bookings.kinds import BookingState
from app.channels.kinds import SERVICE_ACCOUNT
from app.kit.context import Ctx
from app.notifications.kinds import (
    ASKED_WAITING,
    ASKED_WITH_PLACE,
    FAMILY,
    KINDS,
    Kind,
    Tap,
)
from app.notifications.service.grants import asking_of, report_taps
from app.web.console.forms import read_form
from app.web.m.family import Family
from app.web.policy import CONTENT, policy
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
WAITING = frozenset({BookingState.WAITLISTED, BookingState.OFFERED})


async def offer_of(request: Request, ctx: Ctx, states: Iterable[str]) -> dict[str, Any]:
    """What the box on the page needs: which templates to ask for, and where messages come otherwise.

    Empty without a booking ahead. The box asks only inside WeChat; elsewhere it only says where.
    """
    found = set(states)
    if not found:
        return {}
    kinds = [
        *(ASKED_WAITING if found & WAITING else ()),
        *(ASKED_WITH_PLACE if found - WAITING else ()),
    ]
    templates = request.app.state.templates_tapped
    own = await asking_of(ctx, SERVICE_ACCOUNT)
    asked = [(kind, templates[kind]) for kind in dict.fromkeys(kinds) if kind in templates]
    return {
        "asked": [(kind.value, template, KINDS[kind].title) for kind, template in asked],
        "left": [(KINDS[kind].title, own.left[kind]) for kind in FAMILY if own.left.get(kind)],
        "account": own.account,
        "known": own.known,
        "script": request.app.state.phone_script,
    }


def asking(page: HTMLResponse, offer: dict[str, Any]) -> HTMLResponse:
    """The same page, allowed to load WeChat's script when it asks."""
    if offer.get("asked") and offer["account"]:
        page.headers[CONTENT] = policy(offer["script"])
    return page


@router.post("/notify-me")
async def note(request: Request, ctx: Family) -> Response:
    """What the phone says its owner tapped, `tap-<kind>`; words we do not know are nobody's tap."""
    form = await read_form(request)
    taps = {
        Kind(kind): Tap(word)
        for name, word in form.items
        if (kind := name.removeprefix("tap-")) in set(FAMILY) and word in set(Tap)
    }
    await report_taps(ctx, taps, SERVICE_ACCOUNT)
    yes = [KINDS[kind].title for kind, tap in taps.items() if tap is Tap.ACCEPT]
    if not yes:
        return send_to(request, "/m/bookings", "没有订阅。结果照样留在“通知”里。")
    said = "、".join(f"“{title}”" for title in yes)
    return send_to(request, "/m/bookings", f"记下了：{said}会在微信里各通知您一次。")
