"""消息设置: which messages a family wants on the phone, and whether the night is quiet."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.notifications.kinds import FAMILY, KINDS, MUTABLE, Kind
from app.notifications.service.preferences import own_preferences, save_preferences
from app.web.console.forms import read_form
from app.web.m.family import Family, children, family_page
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)


@router.get("/wishes")
async def show_wishes(request: Request, ctx: Family) -> HTMLResponse:
    """Every kind with its switch; those of safety are on and cannot be switched off."""
    pupils, chosen = await children(request, ctx)
    own = await own_preferences(ctx)
    context = {
        "kinds": [
            (kind.value, KINDS[kind].title, kind in MUTABLE, kind not in own.muted)
            for kind in FAMILY
        ],
        "quiet": own.quiet,
    }
    return family_page(request, "wishes.html", pupils, chosen, context)


@router.post("/wishes")
async def save_wishes(request: Request, ctx: Family) -> Response:
    """What is not ticked is muted."""
    form = await read_form(request)
    wanted = set(form.many("kind"))
    muted = {Kind(kind) for kind in MUTABLE if kind not in wanted}
    await save_preferences(ctx, muted, quiet=form.one("quiet") == "1")
    return send_to(request, "/m/wishes", "已保存，从现在起生效。")
