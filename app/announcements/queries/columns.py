"""Reading the column: its desk, and what everybody may see."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.announcements.access import access_article
from app.announcements.kinds import ColumnState, Rubric
from app.announcements.models import ColumnArticle, ColumnFile
from app.announcements.permissions import P
from app.announcements.schemas import FileOut
from app.files.kinds import Media
from app.files.models import StoredContent, StoredFile
from app.files.service import Cleaned, read_file
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.kit.search import occurs
from app.orgs.models import District, Organization

A_PAGE = 10


@dataclass(frozen=True)
class Wanted:
    """What a reader of the public column looks for; empty means everything."""

    rubric: Rubric | None = None
    words: str = ""
    first: date | None = None
    last: date | None = None
    district: str = ""
    page: int = 1


async def list_articles(
    ctx: Ctx, state: ColumnState | None, words: str | None, cursor: str | None, limit: int
) -> tuple[list[ColumnArticle], str | None]:
    """The desk: newest first, of the organizations the actor reaches."""
    reach = ctx.require(P.COLUMN_READ)
    stmt = select(ColumnArticle).where(ColumnArticle.district_id == ctx.district_id)
    if not reach.district:
        stmt = stmt.where(ColumnArticle.organization_id.in_(reach.organizations))
    if state:
        stmt = stmt.where(ColumnArticle.state == state)
    if words:
        stmt = stmt.where(occurs(words, ColumnArticle.title, ColumnArticle.content))
    return await fetch_page(ctx, stmt, ColumnArticle.id, cursor, limit, newest_first=True)


async def read_article(ctx: Ctx, article_id: UUID) -> ColumnArticle:
    return await access_article(ctx, article_id, P.COLUMN_READ)


async def article_files(ctx: Ctx, article_id: UUID) -> list[FileOut]:
    """Pictures and attachments in order; the caller answers for who may see them."""
    stmt = _files(ctx.district_id, article_id)
    return [FileOut.model_validate(row) for row in await ctx.conn.execute(stmt)]


async def read_article_file(ctx: Ctx, article_id: UUID, number: int) -> Cleaned:
    await read_article(ctx, article_id)
    stmt = select(ColumnFile.file_id).where(
        ColumnFile.district_id == ctx.district_id,
        ColumnFile.article_id == article_id,
        ColumnFile.number == number,
    )
    file_id = (await ctx.conn.execute(stmt)).scalar_one_or_none()
    if file_id is None:
        raise NotFound
    return await read_file(ctx, file_id)


def _files(district_id: UUID, article_id: UUID) -> Select[int, str, Media, int]:
    return (
        select(ColumnFile.number, StoredFile.name, StoredFile.media, StoredFile.size)
        .join(
            StoredFile,
            (StoredFile.district_id == ColumnFile.district_id)
            & (StoredFile.id == ColumnFile.file_id),
        )
        .where(ColumnFile.district_id == district_id, ColumnFile.article_id == article_id)
        .order_by(ColumnFile.number)
    )


def _published() -> Any:
    """What strangers may see, of whatever district: published articles and no other."""
    return (
        select(
            ColumnArticle.district_id,
            ColumnArticle.id,
            (District.code + "-" + func.cast(ColumnArticle.number, ColumnArticle.title.type)).label(
                "number"
            ),
            ColumnArticle.rubric,
            ColumnArticle.title,
            ColumnArticle.content,
            ColumnArticle.published_on,
            ColumnArticle.article_url,
            Organization.name.label("source"),
            District.name.label("district"),
        )
        .join(District, District.id == ColumnArticle.district_id)
        .join(
            Organization,
            (Organization.district_id == ColumnArticle.district_id)
            & (Organization.id == ColumnArticle.organization_id),
        )
        .where(ColumnArticle.state == ColumnState.PUBLISHED)
    )


async def public_articles(conn: AsyncConnection, wanted: Wanted) -> tuple[list[AnyRow], bool]:
    """A page of the public column, newest first, and whether another follows. No login, no names."""
    stmt = _published()
    if wanted.rubric:
        stmt = stmt.where(ColumnArticle.rubric == wanted.rubric)
    if wanted.district:
        stmt = stmt.where(District.code == wanted.district)
    if wanted.first:
        stmt = stmt.where(ColumnArticle.published_on >= wanted.first)
    if wanted.last:
        stmt = stmt.where(ColumnArticle.published_on <= wanted.last)
    if wanted.words.strip():
        fields = (ColumnArticle.title, ColumnArticle.content, Organization.name)
        stmt = stmt.where(occurs(wanted.words, *fields))
    stmt = stmt.order_by(ColumnArticle.published_on.desc(), ColumnArticle.id.desc())
    stmt = stmt.limit(A_PAGE + 1).offset((wanted.page - 1) * A_PAGE)
    rows = list((await conn.execute(stmt)).all())
    return rows[:A_PAGE], len(rows) > A_PAGE


async def public_article(conn: AsyncConnection, number: str) -> tuple[AnyRow, list[FileOut]] | None:
    """An article by its public number (`NY-12`) with its files; None when it is not published."""
    code, _, digits = number.rpartition("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        return None
    stmt = _published().where(District.code == code, ColumnArticle.number == int(digits))
    row = (await conn.execute(stmt)).first()
    if row is None:
        return None
    files = await conn.execute(_files(row.district_id, row.id))
    return row, [FileOut.model_validate(one) for one in files]


async def public_file(conn: AsyncConnection, number: str, place: int) -> Cleaned | None:
    """A picture or attachment of a published article."""
    found = await public_article(conn, number)
    if found is None:
        return None
    stmt = (
        select(StoredFile.name, StoredFile.media, StoredContent.content)
        .join(
            ColumnFile,
            (ColumnFile.district_id == StoredFile.district_id)
            & (ColumnFile.file_id == StoredFile.id),
        )
        .join(
            StoredContent,
            (StoredContent.district_id == StoredFile.district_id)
            & (StoredContent.file_id == StoredFile.id),
        )
        .where(
            ColumnFile.district_id == found[0].district_id,
            ColumnFile.article_id == found[0].id,
            ColumnFile.number == place,
        )
    )
    row = (await conn.execute(stmt)).first()
    return Cleaned(row.name, Media(row.media), row.content) if row else None
