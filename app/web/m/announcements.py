"""公告 on the phone: the letter itself; opening it is the receipt."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.announcements.queries import read_attachment
from app.announcements.rules import paragraphs
from app.announcements.service.reading import open_letter
from app.kit.deps import Authed
from app.web.m.family import children, framed
from app.web.pictures import shown
from app.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/announcements/{announcement_id}")
async def show_letter(request: Request, ctx: Authed, announcement_id: UUID) -> HTMLResponse:
    """Where 阅读原文 of the article leads; teachers, who have no child here, may open it too."""
    letter = await open_letter(ctx, announcement_id)
    context = {"letter": letter, "paragraphs": paragraphs(letter.body)}
    if ctx.actor.pupil_ids:
        pupils, chosen = await children(request, ctx)
        context = framed(request, pupils, chosen, context)
    return page(request, "m/letter.html", context)


@router.get("/announcements/{announcement_id}/files/{number}")
async def show_file(ctx: Authed, announcement_id: UUID, number: int) -> Response:
    return shown(await read_attachment(ctx, announcement_id, number))
