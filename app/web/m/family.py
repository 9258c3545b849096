"""Who may see the family pages, and which of the children is meant?"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from app.kit import cookies
from app.kit.context import Ctx
from app.kit.deps import Authed, AuthedHot
from app.people.errors import NoPupil
from app.people.queries import own_pupils
from app.people.schemas import PupilBrief
from app.web.rendering import page

CHILD = "child"
CHILD_SECONDS = 180 * 86_400
TABS = (
    ("活动", "/m"),
    ("预约", "/m/bookings"),
    ("护照", "/m/passport"),
    ("通知", "/m/notices"),
    ("我的", "/m/children"),
)


async def _family(ctx: Authed) -> Ctx:
    return with_children(ctx)


async def _family_hot(ctx: AuthedHot) -> Ctx:
    return with_children(ctx)


def with_children(ctx: Ctx) -> Ctx:
    """Somebody with children (or a pupil): others are told how to bind one."""
    if not ctx.actor.pupil_ids:
        raise NoPupil
    return ctx


Family = Annotated[Ctx, Depends(_family)]
FamilyHot = Annotated[Ctx, Depends(_family_hot)]  # what a thousand phones ask at once


async def children(request: Request, ctx: Ctx) -> tuple[list[PupilBrief], PupilBrief]:
    """The actor's children and the one chosen last in this browser; the first when none was."""
    pupils = await own_pupils(ctx)
    if not pupils:
        raise NoPupil
    wanted = cookies.read_cookie(request, CHILD)
    chosen = next((pupil for pupil in pupils if str(pupil.id) == wanted), pupils[0])
    return pupils, chosen


def is_own(pupils: list[PupilBrief], pupil_id: UUID) -> bool:
    return any(pupil.id == pupil_id for pupil in pupils)


def framed(
    request: Request, pupils: list[PupilBrief], chosen: PupilBrief, context: dict[str, Any]
) -> dict[str, Any]:
    """What the frame itself needs: the switcher and the tabs."""
    tabs = [(label, path, _is_current(request.url.path, path)) for label, path in TABS]
    return {"pupils": pupils, "child": chosen, "tabs": tabs, **context}


def family_page(
    request: Request,
    name: str,
    pupils: list[PupilBrief],
    chosen: PupilBrief,
    context: dict[str, Any],
) -> HTMLResponse:
    return page(request, f"m/{name}", framed(request, pupils, chosen, context))


def _is_current(here: str, tab: str) -> bool:
    if tab == "/m":
        return here == "/m" or here.startswith(("/m/sessions", "/m/calendar"))
    if tab == "/m/notices" and here.startswith("/m/announcements"):
        return True
    return here.startswith(tab)
