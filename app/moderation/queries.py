"""Reading texts that wait, and the list of words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.channels.kinds import MINIPROGRAM
from app.files.models import StoredContent
from app.files.service import Cleaned, read_file
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.moderation.kinds import OPEN_STATES, TextState, WordEffect
from app.moderation.models import ModerationItem, ModerationWord
from app.moderation.permissions import P
from app.moderation.rules import BUILT_IN
from app.people.kinds import IdentityKind
from app.people.models import Identity, LoginSession


async def list_items(
    ctx: Ctx, state: TextState | None, cursor: str | None, limit: int
) -> tuple[list[ModerationItem], str | None]:
    """Without a state: what is still open, oldest first."""
    ctx.require(P.MODERATION_DECIDE)
    wanted = [state] if state else list(OPEN_STATES)
    stmt = select(ModerationItem).where(
        ModerationItem.district_id == ctx.district_id, ModerationItem.state.in_(wanted)
    )
    return await fetch_page(ctx, stmt, ModerationItem.id, cursor, limit)


async def count_open(ctx: Ctx) -> int:
    """How many texts wait for a person or a check."""
    ctx.require(P.MODERATION_DECIDE)
    stmt = select(func.count()).where(
        ModerationItem.district_id == ctx.district_id, ModerationItem.settled_at.is_(None)
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def list_words(ctx: Ctx) -> list[ModerationWord]:
    ctx.require(P.MODERATION_DECIDE)
    stmt = (
        select(ModerationWord)
        .where(ModerationWord.district_id == ctx.district_id)
        .order_by(ModerationWord.word)
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def words_in_force(ctx: Ctx) -> list[tuple[str, WordEffect]]:
    """Our own few and the district's; its own word decides over ours."""
    stmt = select(ModerationWord.word, ModerationWord.effect).where(
        ModerationWord.district_id == ctx.district_id
    )
    own = {row.word: WordEffect(row.effect) for row in await ctx.conn.execute(stmt)}
    return list((dict(BUILT_IN) | own).items())


async def seen_in_miniprogram(ctx: Ctx) -> datetime | None:
    """When the actor was last seen in the mini-program."""
    stmt = select(func.max(LoginSession.seen_at)).where(
        LoginSession.district_id == ctx.district_id,
        LoginSession.person_id == ctx.actor.person_id,
        LoginSession.channel == MINIPROGRAM,
    )
    found: datetime | None = (await ctx.conn.execute(stmt)).scalar_one()
    return found


async def miniprogram_openids(ctx: Ctx, person_ids: list[UUID]) -> dict[UUID, str]:
    """As whom the platform knows these people in the mini-program."""
    stmt = (
        select(Identity.person_id, Identity.subject)
        .where(
            Identity.district_id == ctx.district_id,
            Identity.person_id.in_(person_ids),
            Identity.kind == IdentityKind.MINIPROGRAM,
        )
        .order_by(Identity.created_at)
    )
    return {row.person_id: row.subject for row in await ctx.conn.execute(stmt)}


async def read_picture(ctx: Ctx, item_id: UUID) -> Cleaned:
    """The picture somebody has to judge."""
    row = await read_item(ctx, item_id)
    if row.file_id is None:
        raise NotFound
    return await read_file(ctx, row.file_id)


async def waiting_picture(conn: AsyncConnection, district_id: UUID, item_id: UUID) -> bytes | None:
    """The picture for the outside checker, as long as its check may last; no login: see the edge."""
    stmt = (
        select(StoredContent.content)
        .join(
            ModerationItem,
            (ModerationItem.district_id == StoredContent.district_id)
            & (ModerationItem.file_id == StoredContent.file_id),
        )
        .where(
            ModerationItem.district_id == district_id,
            ModerationItem.id == item_id,
            ModerationItem.state == TextState.WAITING,
            ModerationItem.check_until > func.now(),
        )
    )
    found: bytes | None = (await conn.execute(stmt)).scalar_one_or_none()
    return found


async def states_of(ctx: Ctx, item_ids: list[UUID]) -> dict[UUID, TextState]:
    """Where these texts stand; the owner shows only what is passed."""
    stmt = select(ModerationItem.id, ModerationItem.state).where(
        ModerationItem.district_id == ctx.district_id, ModerationItem.id.in_(item_ids)
    )
    return {row.id: TextState(row.state) for row in await ctx.conn.execute(stmt)}


async def read_item(ctx: Ctx, item_id: UUID, *, lock: bool = False) -> ModerationItem:
    ctx.require(P.MODERATION_DECIDE)
    key = (ctx.district_id, item_id)
    row = await ctx.db.get(ModerationItem, key, with_for_update=lock or None)
    if row is None:
        raise NotFound
    return row
