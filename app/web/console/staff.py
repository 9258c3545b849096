"""Who may enter the console, and what does its frame show to whom?"""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from app.kit.context import NOWHERE, Ctx
from app.kit.deps import Authed
from app.kit.errors import Forbidden
from app.people.service.accounts import own_account
from app.web.console.menu import menu_of
from app.web.rendering import page


async def _staff(ctx: Authed) -> Ctx:
    """Families have their own pages; whoever reaches no organization has nothing to do here.

    Programs with a key use the API. Whoever needs a second factor sets it up first.
    """
    if ctx.actor.hindered is not None:
        raise ctx.actor.hindered
    if ctx.actor.api_key_id is not None:
        raise Forbidden
    if all(reach == NOWHERE for reach in ctx.actor.permissions.values()):
        raise Forbidden
    return ctx


async def _own(ctx: Authed) -> Ctx:
    """Staff with something still to set up may already see their own account."""
    own_account(ctx)
    return ctx


Staff = Annotated[Ctx, Depends(_staff)]
OwnAccount = Annotated[Ctx, Depends(_own)]


def console_page(
    request: Request, ctx: Ctx, name: str, context: dict[str, Any], status: int = 200
) -> HTMLResponse:
    """A page inside the console's frame: menu of what the actor may do, breadcrumb."""
    return page(request, f"console/{name}", framed(request, ctx, context), status)


def framed(request: Request, ctx: Ctx, context: dict[str, Any]) -> dict[str, Any]:
    """What the frame itself needs."""
    return {"menu": menu_of(ctx, request.url.path), "can": ctx.actor.permissions, **context}


def remember_form(request: Request, ctx: Ctx, name: str, context: dict[str, Any]) -> None:
    """If what follows is refused, this form is shown again, filled as it was."""
    request.state.form = (f"console/{name}", framed(request, ctx, context))
