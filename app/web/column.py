"""The public column 学区化建设: a list anybody can search, and one article. No login."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.announcements.errors import BadDates
from app.announcements.kinds import RUBRIC_WORDS, Rubric
from app.announcements.queries import Wanted, public_article, public_articles, public_file
from app.announcements.rules import paragraphs
from app.kit.db import transaction
from app.kit.errors import NotFound
from app.web.pictures import shown
from app.web.rendering import templates

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_PAGES = 1000
LONGEST = 100
Word = Annotated[str, Query()]


@router.get("/column")
async def list_articles(
    request: Request,
    rubric: Word = "",
    words: Word = "",
    first: Word = "",
    last: Word = "",
    district: Word = "",
    page: Word = "",
) -> HTMLResponse:
    """Any characters may be looked for; dates are YYYY-MM-DD, and a wrong one is said, not a crash."""
    given = {"rubric": rubric, "words": words, "first": first, "last": last, "district": district}
    context: dict[str, Any] = {
        "given": given,
        "rubrics": RUBRIC_WORDS,
        "rows": [],
        "problem": "",
        "next": "",
    }
    try:
        wanted = _wanted(given, page)
    except BadDates as refusal:
        context["problem"] = refusal.text()
        return templates.TemplateResponse(request, "column.html", context, 422)
    async with transaction(request.app.state.engine) as conn:
        context["rows"], more = await public_articles(conn, wanted)
    if more:
        kept = {name: value for name, value in given.items() if value}
        context["next"] = f"/column?{urlencode({**kept, 'page': wanted.page + 1})}"
    return templates.TemplateResponse(request, "column.html", context)


def _wanted(given: dict[str, str], page: str) -> Wanted:
    first, last = _day(given["first"]), _day(given["last"])
    if first and last and first > last:
        raise BadDates
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    return Wanted(
        rubric=Rubric(given["rubric"]) if given["rubric"] in set(Rubric) else None,
        words=_storable(given["words"])[:LONGEST],
        first=first,
        last=last,
        district=_storable(given["district"])[:20],
        page=min(max(number, 1), MOST_PAGES),
    )


def _day(said: str) -> date | None:
    if not said.strip():
        return None
    try:
        return date.fromisoformat(said.strip())
    except ValueError as exc:
        raise BadDates from exc


def _storable(said: str) -> str:
    """Without what the database cannot even compare."""
    return said.replace("\x00", "").encode("utf-8", "ignore").decode()


@router.get("/column/{number}")
async def read_article(request: Request, number: str) -> HTMLResponse:
    async with transaction(request.app.state.engine) as conn:
        found = await public_article(conn, _storable(number)[:40])
    context: dict[str, Any] = {"row": None, "files": [], "rubrics": RUBRIC_WORDS, "paragraphs": []}
    if found is None:
        return templates.TemplateResponse(request, "column_article.html", context, 404)
    row, files = found
    context |= {"row": row, "files": files, "paragraphs": paragraphs(row.content)}
    return templates.TemplateResponse(request, "column_article.html", context)


@router.get("/column/{number}/files/{place}")
async def read_file(request: Request, number: str, place: int) -> Response:
    async with transaction(request.app.state.engine) as conn:
        found = await public_file(conn, _storable(number)[:40], place) if place < 10 else None
    if found is None:
        raise NotFound
    return shown(found)
