"""HTTP for the desk of the column; everybody reads it at /column."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.announcements import queries
from app.announcements.kinds import ColumnState
from app.announcements.schemas import ArticleIn, ArticleOut, FileOut, ReturnIn
from app.announcements.service import columns
from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, IfMatch, PageSize, download, page_of, tagged, version_of
from app.kit.paging import Page

router = APIRouter(tags=["column"])


@router.get("/column-articles")
async def list_articles(
    request: Request,
    ctx: Authed,
    state: ColumnState | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[ArticleOut]:
    found = await queries.list_articles(ctx, state, None, cursor, limit)
    return page_of(ArticleOut, request, found)


@router.post("/column-articles", status_code=201)
async def draft_article(ctx: Authed, once: OnceDep, body: ArticleIn) -> ArticleOut:
    async def use_case() -> ArticleOut:
        return ArticleOut.model_validate(await columns.draft_article(ctx, body.model_dump()))

    return await once.run(ctx, body, use_case, 201)


@router.get("/column-articles/{article_id}")
async def read_article(article_id: UUID, response: Response, ctx: Authed) -> ArticleOut:
    row = await queries.read_article(ctx, article_id)
    tagged(response, row.version)
    return ArticleOut.model_validate(row)


@router.put("/column-articles/{article_id}")
async def change_article(
    article_id: UUID, ctx: Authed, body: ArticleIn, if_match: IfMatch = None
) -> ArticleOut:
    seen = version_of(if_match)
    row = await columns.change_article(ctx, article_id, body.model_dump(), seen)
    return ArticleOut.model_validate(row)


@router.get("/column-articles/{article_id}/files")
async def list_files(article_id: UUID, ctx: Authed) -> Page[FileOut]:
    await queries.read_article(ctx, article_id)
    return Page(items=await queries.article_files(ctx, article_id))


@router.put("/column-articles/{article_id}/file", max_body_size=LARGEST_UPLOAD)
async def attach(article_id: UUID, file: Document, ctx: Authed) -> ArticleOut:
    return ArticleOut.model_validate(await columns.attach_to_article(ctx, article_id, file))


@router.get("/column-articles/{article_id}/files/{number}")
async def read_file(article_id: UUID, number: int, ctx: Authed) -> Response:
    found = await queries.read_article_file(ctx, article_id, number)
    return download(found.content, found.name, found.media)


@router.delete("/column-articles/{article_id}/files/{number}")
async def detach(article_id: UUID, number: int, ctx: Authed) -> ArticleOut:
    return ArticleOut.model_validate(await columns.detach_from_article(ctx, article_id, number))


@router.post("/column-articles/{article_id}/submit")
async def submit(article_id: UUID, ctx: Authed) -> ArticleOut:
    return ArticleOut.model_validate(await columns.submit_article(ctx, article_id))


@router.post("/column-articles/{article_id}/publish")
async def publish(article_id: UUID, ctx: Authed) -> ArticleOut:
    """By somebody who did not write in it."""
    return ArticleOut.model_validate(await columns.publish_article(ctx, article_id))


@router.post("/column-articles/{article_id}/return")
async def return_article(article_id: UUID, ctx: Authed, body: ReturnIn) -> ArticleOut:
    return ArticleOut.model_validate(await columns.return_article(ctx, article_id, body.reason))


@router.post("/column-articles/{article_id}/withdraw")
async def withdraw(article_id: UUID, ctx: Authed, body: ReturnIn) -> ArticleOut:
    return ArticleOut.model_validate(await columns.withdraw_article(ctx, article_id, body.reason))
