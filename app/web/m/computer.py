"""The phone's side of logging a computer in: compare four digits, then say yes."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.kit.deps import Authed
from app.people.queries import own_name
from app.people.service.scan_login import code_to_compare, confirm_scan
from app.web.rendering import page

router = APIRouter(include_in_schema=False)
Scene = Annotated[str, Path(pattern=r"^[0-9a-f]{26}$")]


@router.get("/computer/{scene}")
async def ask(request: Request, ctx: Authed, scene: Scene) -> Response:
    """Nothing happens yet: the digits have to be compared first."""
    digits = await code_to_compare(ctx, scene)
    context = {"digits": digits, "name": await own_name(ctx), "scene": scene, "done": False}
    return page(request, "m/computer.html", context)


@router.post("/computer/{scene}")
async def confirm(request: Request, ctx: Authed, scene: Scene) -> Response:
    """The waiting computer may enter as this person."""
    await confirm_scan(ctx, scene)
    return page(request, "m/computer.html", {"done": True})
