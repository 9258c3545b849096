"""The column 学区化建设: written, checked, reviewed by somebody else, published, withdrawn."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.announcements.access import access_article
from app.announcements.errors import (
    ArticleNotPublished,
    ArticleNotSubmitted,
    ArticleStands,
    ArticleTurnedDown,
    ArticleUnderCheck,
    LinkRefused,
    OwnArticle,
    TooManyAttachments,
)
from app.announcements.kinds import COLUMN_JOB, ArticleState, ColumnState
from app.announcements.models import ColumnArticle, ColumnFile
from app.announcements.permissions import P
from app.announcements.ports import WAITS, Ending, Letter, Press, Said
from app.announcements.queries import allowed_hosts
from app.announcements.rules import MOST_FILES, refused_link
from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.files.kinds import Media
from app.files.models import StoredFile
from app.files.service import Cleaned, drop_files, keep_file
from app.jobs.service import Unit, enqueue
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.moderation.kinds import Subject, TextState
from app.moderation.queries import states_of
from app.moderation.service import forget_texts, pass_reviewed, submit_picture, submit_text
from app.orgs.models import District
from app.people.queries import own_id


async def draft_article(ctx: Ctx, values: dict[str, Any]) -> ColumnArticle:
    """A new article under the next number of the district."""
    if not ctx.require(P.COLUMN_EDIT).covers(values["organization_id"]):
        raise NotFound
    await _check_links(ctx, values["title"], values["content"])
    numbered = func.pg_advisory_xact_lock(func.hashtext(f"column:{ctx.district_id}"))
    await ctx.conn.execute(select(numbered))
    last = select(func.coalesce(func.max(ColumnArticle.number), 0)).where(
        ColumnArticle.district_id == ctx.district_id
    )
    number = int((await ctx.conn.execute(last)).scalar_one()) + 1
    row = ColumnArticle(
        district_id=ctx.district_id,
        id=new_id(),
        number=number,
        writers=[str(own_id(ctx))],
        **values,
    )
    return await add_row(ctx, row, "column_article")


async def _check_links(ctx: Ctx, *said: str) -> None:
    hosts = await allowed_hosts(ctx)
    for one in said:
        if found := refused_link(one, hosts):
            raise LinkRefused(link=found[0][:60], why=found[1])


async def change_article(
    ctx: Ctx, article_id: UUID, values: dict[str, Any], seen: int | None = None
) -> ColumnArticle:
    """Write it anew; what was submitted is a draft again. A published one is withdrawn first."""
    row = await _writable(ctx, article_id)
    if not ctx.reach(P.COLUMN_EDIT).covers(values["organization_id"]):
        raise NotFound
    await _check_links(ctx, values["title"], values["content"])
    before = row.version
    await change_row(ctx, row, values, seen, "column_article")
    if row.version != before:
        await _written(ctx, row)
    return row


async def attach_to_article(ctx: Ctx, article_id: UUID, cleaned: Cleaned) -> ColumnArticle:
    row = await _writable(ctx, article_id)
    files = await files_of(ctx, row.id)
    if len(files) >= MOST_FILES:
        raise TooManyAttachments(most=MOST_FILES)
    kept = await keep_file(ctx, cleaned)
    ctx.db.add(
        ColumnFile(
            district_id=ctx.district_id,
            id=new_id(),
            article_id=row.id,
            number=len(files) + 1,
            file_id=kept.id,
        )
    )
    await _written(ctx, row)
    return row


async def detach_from_article(ctx: Ctx, article_id: UUID, number: int) -> ColumnArticle:
    row = await _writable(ctx, article_id)
    files = await files_of(ctx, row.id)
    if not 1 <= number <= len(files):
        raise NotFound
    gone = files.pop(number - 1)
    if gone.item_id is not None:
        await forget_texts(ctx, [gone.item_id])
    await drop_files(ctx, [gone.file_id])
    ctx.db.expunge(gone)
    for later in files[number - 1 :]:
        later.number -= 1
        await ctx.db.flush()
    await _written(ctx, row)
    return row


async def files_of(ctx: Ctx, article_id: UUID) -> list[ColumnFile]:
    stmt = (
        select(ColumnFile)
        .where(ColumnFile.district_id == ctx.district_id, ColumnFile.article_id == article_id)
        .order_by(ColumnFile.number)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def _writable(ctx: Ctx, article_id: UUID) -> ColumnArticle:
    row = await access_article(ctx, article_id, P.COLUMN_EDIT, lock=True)
    if row.state == ColumnState.PUBLISHED:
        raise ArticleStands
    return row


async def _written(ctx: Ctx, row: ColumnArticle) -> None:
    """Other words need another judgement, and whoever wrote cannot review."""
    if row.text_id is not None:
        await forget_texts(ctx, [row.text_id])
    row.state, row.text_id = ColumnState.DRAFT, None
    row.media_id, row.publish_id, row.article_state = None, None, ArticleState.NONE
    row.article_url = row.article_reason = ""
    me = str(own_id(ctx))
    if me not in row.writers:
        row.writers = [*row.writers, me]
    await ctx.db.flush()


async def submit_article(ctx: Ctx, article_id: UUID) -> ColumnArticle:
    """To be reviewed; words and pictures go through moderation first. Again, nothing happens."""
    row = await _writable(ctx, article_id)
    if row.state == ColumnState.SUBMITTED:
        return row
    await _check_links(ctx, row.title, row.content)
    if row.text_id is None:
        item = await submit_text(ctx, Subject.COLUMN, row.id, f"{row.title}\n{row.content}")
        row.text_id = item.id if item else None
    for one in await files_of(ctx, row.id):
        if one.item_id is None and await _is_picture(ctx, one):
            judged = await submit_picture(ctx, Subject.COLUMN_PICTURE, row.id, one.file_id)
            one.item_id = judged.id
    row.state, row.reason = ColumnState.SUBMITTED, ""
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "column_article:submit", "column_article", row.id)
    return row


async def _is_picture(ctx: Ctx, one: ColumnFile) -> bool:
    file = await ctx.db.get_one(StoredFile, (ctx.district_id, one.file_id))
    return file.media == Media.JPEG


async def publish_article(ctx: Ctx, article_id: UUID) -> ColumnArticle:
    """A second person has read it: it stands on the public page, and goes to WeChat as an article.

    Refused: to its writers, before the machine's check has ended, and when that said no.
    """
    row = await _reviewable(ctx, article_id)
    if row.state == ColumnState.PUBLISHED:
        return row
    if row.state != ColumnState.SUBMITTED:
        raise ArticleNotSubmitted
    items = [one.item_id for one in await files_of(ctx, row.id)] + [row.text_id]
    ids = [one for one in items if one is not None]
    states = set((await states_of(ctx, ids)).values())
    if TextState.REFUSED in states:
        raise ArticleTurnedDown
    if TextState.WAITING in states:
        raise ArticleUnderCheck
    await pass_reviewed(ctx, ids)
    row.state, row.published_on = ColumnState.PUBLISHED, ctx.today
    row.reviewed_by, row.reviewed_at = ctx.actor.person_id, ctx.now
    row.article_state = ArticleState.WAITING
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "column_article:publish", "column_article", row.id)
    await enqueue(ctx, COLUMN_JOB, article=row.id)
    return row


async def return_article(ctx: Ctx, article_id: UUID, reason: str) -> ColumnArticle:
    row = await _reviewable(ctx, article_id)
    if row.state == ColumnState.RETURNED:
        return row
    if row.state != ColumnState.SUBMITTED:
        raise ArticleNotSubmitted
    row.state, row.reason = ColumnState.RETURNED, reason
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "column_article:return", "column_article", row.id)
    return row


async def _reviewable(ctx: Ctx, article_id: UUID) -> ColumnArticle:
    row = await access_article(ctx, article_id, P.COLUMN_REVIEW, lock=True)
    if str(own_id(ctx)) in row.writers:
        raise OwnArticle
    return row


async def withdraw_article(ctx: Ctx, article_id: UUID, reason: str) -> ColumnArticle:
    """Off the public page at once; what WeChat published is deleted in the account's console."""
    row = await access_article(ctx, article_id, P.COLUMN_REVIEW, lock=True)
    if row.state == ColumnState.WITHDRAWN:
        return row
    if row.state != ColumnState.PUBLISHED:
        raise ArticleNotPublished
    row.state, row.reason = ColumnState.WITHDRAWN, reason
    row.version += 1
    await ctx.db.flush()
    await audit.record(ctx, "column_article:withdraw", "column_article", row.id)
    return row


async def press_article(unit: Unit, article_id: UUID, press: Press) -> Ending | None:
    """Draft, then freepublish; says when to come again, if at all. Nobody is notified by it."""
    async with unit() as ctx:
        row = await ctx.db.get_one(ColumnArticle, (ctx.district_id, article_id))
        if (row.state, row.article_state) != (ColumnState.PUBLISHED, ArticleState.WAITING):
            return None
        district = await ctx.db.get_one(District, ctx.district_id)
        path = f"/column/{district.code}-{row.number}"
        letter = Letter(ctx.district_id, row.title, row.content, path)
        media_id = row.media_id or ""
    if not media_id:
        said = await press.draft(letter)
        if said.ending is not Ending.TAKEN:
            return await _note(unit, article_id, said)
        media_id = said.number
        async with unit() as ctx:
            row = await _locked(ctx, article_id)
            row.media_id = media_id[:128]
    return await _note(unit, article_id, await press.publish(letter.district_id, media_id))


async def _note(unit: Unit, article_id: UUID, said: Said) -> Ending | None:
    async with unit() as ctx:
        row = await _locked(ctx, article_id)
        row.article_reason = said.reason[:120]
        if said.ending in WAITS:
            return said.ending
        ended = {
            Ending.TAKEN: ArticleState.SENT,
            Ending.REFUSED: ArticleState.FAILED,
            Ending.NO_ACCOUNT: ArticleState.NO_ACCOUNT,
        }
        if row.article_state == ArticleState.WAITING:
            row.article_state = ended[said.ending]
        row.publish_id = said.number[:40] or None
        return None


async def _locked(ctx: Ctx, article_id: UUID) -> ColumnArticle:
    key = (ctx.district_id, article_id)
    return await ctx.db.get_one(ColumnArticle, key, with_for_update=True)


async def note_publish_report(ctx: Ctx, publish_id: str, *, good: bool, url: str) -> None:
    """PUBLISHJOBFINISH: the address under which WeChat shows it, or that it did not take it."""
    stmt = (
        select(ColumnArticle)
        .where(ColumnArticle.district_id == ctx.district_id, ColumnArticle.publish_id == publish_id)
        .with_for_update()
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        return
    row.article_state = ArticleState.FINISHED if good else ArticleState.FAILED
    row.article_url = url[:400] if good and url.startswith("https://mp.weixin.qq.com/") else ""
    row.article_reason = "" if good else "微信审核没有通过或发布失败"
    await ctx.db.flush()
