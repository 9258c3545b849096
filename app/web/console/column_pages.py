"""The desk of the column: an article's form and its page."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.announcements import queries
from app.announcements.kinds import (
    ARTICLE_WORDS,
    COLUMN_WORDS,
    RUBRIC_WORDS,
    ColumnState,
)
from app.announcements.models import ColumnArticle
from app.announcements.permissions import P
from app.announcements.rules import paragraphs
from app.announcements.schemas import ArticleIn, ReturnIn
from app.announcements.service import columns
from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.context import Ctx
from app.people.queries import own_id
from app.web import reading
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.sheets import sheet
from app.web.console.staff import Staff, console_page, remember_form
from app.web.pictures import shown
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
PATH = "/console/column-articles"
_CRUMB = ("学区化建设专栏", PATH)
_REASON = Field("reason", "原因", required=True, longest=200)


async def _fields(ctx: Ctx) -> list[Field]:
    rubrics = [(str(key), word) for key, word in RUBRIC_WORDS.items()]
    return [
        Field("rubric", "栏目", "choice", True, rubrics),
        Field("title", "标题", required=True),
        Field("content", "内容", "long", True, hint="空行分段；图片和附件在下一页上传", longest=4000),
        Field("organization_id", "来源学校", "choice", True, await reading.own_schools(ctx, P.COLUMN_EDIT)),
    ]  # fmt: skip


async def _sheet(ctx: Ctx, values: dict[str, Any], row: ColumnArticle | None) -> dict[str, Any]:
    title = "修改文章" if row else "写文章"
    action = f"{PATH}/{row.id}" if row else PATH
    intro = "写孩子要用化名或先得到家长同意；照片里看得清孩子的脸，也要先得到同意。"
    return sheet(title, [_CRUMB], action, await _fields(ctx), values, intro=intro, button="保存")


@router.get("/column-articles/new")
async def blank(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.COLUMN_EDIT)
    return console_page(request, ctx, "sheet.html", await _sheet(ctx, {}, None))


@router.post("/column-articles")
async def draft(request: Request, ctx: Staff) -> Response:
    ctx.require(P.COLUMN_EDIT)
    body = await _body(request, ctx, None)
    row = await columns.draft_article(ctx, body.model_dump())
    return send_to(request, f"{PATH}/{row.id}", "已存草稿，可以上传图片，然后提交审核。")


async def _body(request: Request, ctx: Ctx, row: ColumnArticle | None) -> ArticleIn:
    form = await read_form(request)
    fields = await _fields(ctx)
    remember_form(request, ctx, "sheet.html", await _sheet(ctx, submitted(form, fields), row))
    return checked(request, ArticleIn, typed(form, fields), fields)


@router.get("/column-articles/{article_id}/edit")
async def edit(request: Request, ctx: Staff, article_id: UUID) -> HTMLResponse:
    ctx.require(P.COLUMN_EDIT)
    row = await queries.read_article(ctx, article_id)
    names = ("rubric", "title", "content", "organization_id")
    values = {name: str(getattr(row, name)) for name in names}
    return console_page(request, ctx, "sheet.html", await _sheet(ctx, values, row))


@router.post("/column-articles/{article_id}")
async def change(request: Request, ctx: Staff, article_id: UUID) -> Response:
    row = await queries.read_article(ctx, article_id)
    body = await _body(request, ctx, row)
    await columns.change_article(ctx, article_id, body.model_dump())
    return send_to(request, f"{PATH}/{article_id}", "已保存。改过的文章要重新提交审核。")


@router.get("/column-articles/{article_id}")
async def show(request: Request, ctx: Staff, article_id: UUID) -> HTMLResponse:
    row = await queries.read_article(ctx, article_id)
    return console_page(request, ctx, "column_article.html", await _context(ctx, row))


async def _context(ctx: Ctx, row: ColumnArticle, form: Form | None = None) -> dict[str, Any]:
    names = await reading.organization_names(ctx, [row.organization_id])
    edits = ctx.reach(P.COLUMN_EDIT).covers(row.organization_id)
    reviews = ctx.reach(P.COLUMN_REVIEW).covers(row.organization_id)
    return {
        "row": row,
        "source": names.get(row.organization_id, ""),
        "words": COLUMN_WORDS,
        "rubrics": RUBRIC_WORDS,
        "article_words": ARTICLE_WORDS,
        "paragraphs": paragraphs(row.content),
        "files": await queries.article_files(ctx, row.id),
        "may_edit": edits and row.state != ColumnState.PUBLISHED,
        "may_submit": edits and row.state not in (ColumnState.PUBLISHED, ColumnState.SUBMITTED),
        "may_review": reviews and row.state == ColumnState.SUBMITTED,
        "is_own": str(own_id(ctx)) in row.writers,
        "may_withdraw": reviews and row.state == ColumnState.PUBLISHED,
        "reason": _REASON,
        "values": submitted(form, [_REASON]) if form else {},
        "errors": {},
        "problem": "",
    }


async def _remembered(request: Request, ctx: Ctx, article_id: UUID) -> Form:
    form = await read_form(request)
    row = await queries.read_article(ctx, article_id)
    remember_form(request, ctx, "column_article.html", await _context(ctx, row, form))
    return form


@router.post("/column-articles/{article_id}/submit")
async def submit(request: Request, ctx: Staff, article_id: UUID) -> Response:
    await _remembered(request, ctx, article_id)
    await columns.submit_article(ctx, article_id)
    return send_to(request, f"{PATH}/{article_id}", "已提交，请另一位审核。")


@router.post("/column-articles/{article_id}/publish")
async def publish(request: Request, ctx: Staff, article_id: UUID) -> Response:
    await _remembered(request, ctx, article_id)
    await columns.publish_article(ctx, article_id)
    return send_to(request, f"{PATH}/{article_id}", "已发布。")


@router.post("/column-articles/{article_id}/return")
async def give_back(request: Request, ctx: Staff, article_id: UUID) -> Response:
    form = await _remembered(request, ctx, article_id)
    body = checked(request, ReturnIn, typed(form, [_REASON]), [_REASON])
    await columns.return_article(ctx, article_id, body.reason)
    return send_to(request, f"{PATH}/{article_id}", "已退回。")


@router.post("/column-articles/{article_id}/withdraw")
async def withdraw(request: Request, ctx: Staff, article_id: UUID) -> Response:
    form = await _remembered(request, ctx, article_id)
    body = checked(request, ReturnIn, typed(form, [_REASON]), [_REASON])
    await columns.withdraw_article(ctx, article_id, body.reason)
    return send_to(request, f"{PATH}/{article_id}", "已下架，公开页面上看不到了。")


@router.post("/column-articles/{article_id}/files", max_body_size=LARGEST_UPLOAD)
async def attach(request: Request, file: Document, ctx: Staff, article_id: UUID) -> Response:
    await columns.attach_to_article(ctx, article_id, file)
    return send_to(request, f"{PATH}/{article_id}", "已上传。")


@router.get("/column-articles/{article_id}/files/{number}")
async def show_file(ctx: Staff, article_id: UUID, number: int) -> Response:
    return shown(await queries.read_article_file(ctx, article_id, number))


@router.post("/column-articles/{article_id}/files/{number}/drop")
async def detach(request: Request, ctx: Staff, article_id: UUID, number: int) -> Response:
    await columns.detach_from_article(ctx, article_id, number)
    return send_to(request, f"{PATH}/{article_id}", "已去掉。")
