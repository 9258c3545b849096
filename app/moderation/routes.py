"""HTTP for texts that wait for a judgement, and the list of words."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.kit.deps import Authed
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page
from app.moderation import queries, service
from app.moderation.kinds import TextState
from app.moderation.schemas import DecisionIn, ItemOut, WordIn, WordOut

router = APIRouter(tags=["moderation"])


@router.get("/moderation-items")
async def list_items(
    request: Request,
    ctx: Authed,
    state: TextState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ItemOut]:
    """Without a state: what is still open."""
    return page_of(ItemOut, request, await queries.list_items(ctx, state, cursor, limit))


@router.post("/moderation-items/{item_id}/decide")
async def decide(item_id: UUID, ctx: Authed, body: DecisionIn) -> ItemOut:
    return ItemOut.model_validate(await service.decide(ctx, item_id, passes=body.passes))


@router.get("/moderation-words")
async def list_words(ctx: Authed) -> Page[WordOut]:
    return Page(items=[WordOut.model_validate(row) for row in await queries.list_words(ctx)])


@router.post("/moderation-words", status_code=201)
async def add_word(ctx: Authed, body: WordIn) -> WordOut:
    return WordOut.model_validate(await service.add_word(ctx, body.word, body.effect))


@router.delete("/moderation-words/{word_id}", status_code=204)
async def drop_word(word_id: UUID, ctx: Authed) -> None:
    await service.drop_word(ctx, word_id)
