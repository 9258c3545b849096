"""The district's own list of words that stop a text or send it to a person."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.kit.context import Ctx
from app.moderation.kinds import EFFECT_WORDS, WordEffect
from app.moderation.queries import list_words, read_picture
from app.moderation.rules import BUILT_IN
from app.moderation.schemas import WordIn
from app.moderation.service import add_word, drop_word
from app.web.console.forms import Field, checked, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.pictures import shown
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
WORDS = "/console/moderation-words"
_FIELDS = (
    Field("word", "词", required=True, longest=20, hint="空格和标点不算，全角半角、大小写一样"),
    Field("effect", "遇到时", "choice", True, [(str(k), v) for k, v in EFFECT_WORDS.items()]),
)


async def _context(ctx: Ctx) -> dict[str, Any]:
    return {
        "rows": await list_words(ctx),
        "built_in": BUILT_IN,
        "effects": EFFECT_WORDS,
        "fields": _FIELDS,
        "values": {"effect": WordEffect.LOOK.value},
        "errors": {},
        "problem": "",
    }


@router.get("/moderation-words")
async def show_words(request: Request, ctx: Staff) -> HTMLResponse:
    return console_page(request, ctx, "moderation_words.html", await _context(ctx))


@router.post("/moderation-words")
async def save_word(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    context = await _context(ctx)
    given = {field.name: form.one(field.name) for field in _FIELDS}
    remember_form(request, ctx, "moderation_words.html", {**context, "values": given})
    body = checked(request, WordIn, given, _FIELDS)
    await add_word(ctx, body.word, body.effect)
    return send_to(request, WORDS, "已保存，从现在起对新的文字有效。")


@router.post("/moderation-words/{word_id}/drop")
async def remove_word(request: Request, ctx: Staff, word_id: UUID) -> Response:
    await drop_word(ctx, word_id)
    return send_to(request, WORDS, "已删除。")


@router.get("/moderation/{item_id}/picture")
async def show_picture(ctx: Staff, item_id: UUID) -> Response:
    """The picture somebody has to judge."""
    return shown(await read_picture(ctx, item_id))
