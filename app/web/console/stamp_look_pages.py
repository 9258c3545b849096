"""设计印章: a base chooses picture, edge and ink of its stamp, and sees it before children do."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.art import EDGES, INKS, MOTIFS, Look, stamp_image
from app.kit.context import Ctx
from app.resources.access import access_base
from app.resources.models import LearningBase
from app.resources.permissions import P
from app.resources.schemas import BaseChange
from app.resources.service.keeping import change_base
from app.web import labels
from app.web.console.forms import checked, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_PARTS = {"motif": ("图案", tuple(MOTIFS)), "edge": ("外框", EDGES), "ink": ("颜色", tuple(INKS))}


def _page(base: LearningBase, look: Look, version: int | None) -> dict[str, Any]:
    """Each choice is drawn together with the other two as they are now chosen."""

    def choice(part: str, word: str) -> tuple[str, str, str]:
        drawn = look._replace(**{part: word}).stored()
        named = labels.STAMP_PARTS[word] if word else "自动"
        return word, named, stamp_image(base.name, base.theme, drawn)

    return {
        "row": base,
        "art": stamp_image(base.name, base.theme, look.stored()),
        "parts": [
            (part, title, getattr(look, part), [choice(part, word) for word in ("", *words)])
            for part, (title, words) in _PARTS.items()
        ],
        "version": version,
        "errors": {},
        "problem": "",
    }


async def _base(ctx: Ctx, base_id: UUID) -> LearningBase:
    return await access_base(ctx, base_id, P.BASE_EDIT)


@router.get("/bases/{base_id}/stamp")
async def show_stamp(request: Request, ctx: Staff, base_id: UUID) -> HTMLResponse:
    base = await _base(ctx, base_id)
    context = _page(base, Look.read(base.stamp_look), base.version)
    return console_page(request, ctx, "stamp_look.html", context)


@router.post("/bases/{base_id}/stamp")
async def design_stamp(request: Request, ctx: Staff, base_id: UUID) -> Response:
    """Without `keep` the choice is only shown. What is kept shows on every wall at once."""
    base, form = await _base(ctx, base_id), await read_form(request)
    look = Look.read(".".join(form.one(part).replace(".", "") for part in _PARTS))
    context = _page(base, look, form.version())
    remember_form(request, ctx, "stamp_look.html", context)
    if not form.one("keep"):
        return console_page(request, ctx, "stamp_look.html", context)
    change = checked(request, BaseChange, {"stamp_look": look.stored()}, ())
    await change_base(ctx, base_id, change.changes(), form.version())
    said = "印章已保存。孩子护照上的印章、海报和桌牌从现在起都用它。"
    return send_to(request, f"/console/bases/{base_id}", said)
