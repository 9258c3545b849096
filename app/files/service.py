"""Cleaning and keeping uploads; whose they are, and who may see them, the owner's package says."""

import asyncio
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select

from app.files import reencode
from app.files.errors import PicturesBusy, TooManyPixels, UnreadablePicture
from app.files.kinds import Media
from app.files.models import StoredContent, StoredFile
from app.files.rules import clean_name, media_of
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id

PROGRAM = Path(reencode.__file__)
PATIENCE_SECONDS = 30
AT_ONCE = 2  # pictures drawn anew at the same time in one process: as many as there are cores


@dataclass(frozen=True)
class Cleaned:
    """An upload that holds nothing but what it shows."""

    name: str
    media: Media
    content: bytes


_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


async def clean(content: bytes, name: str | None, *allowed: Media) -> Cleaned:
    """Refuse what is not allowed; draw pictures anew. Call it before a transaction is open."""
    media = media_of(content, allowed)
    if media is Media.JPEG:
        content = await _redrawn(content)
    return Cleaned(clean_name(name, media), media, content)


async def _redrawn(content: bytes) -> bytes:
    turns = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), turns:
            return await _draw(content)
    except TimeoutError as exc:
        raise PicturesBusy from exc


async def _draw(content: bytes) -> bytes:
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        drawn, _ = await program.communicate(content)
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    if program.returncode == reencode.TOO_MANY_PIXELS:
        raise TooManyPixels
    if program.returncode != 0 or not drawn:
        raise UnreadablePicture
    return drawn


async def keep_file(ctx: Ctx, cleaned: Cleaned) -> StoredFile:
    """Store a cleaned upload in the caller's transaction; the caller says what it belongs to."""
    row = StoredFile(
        district_id=ctx.district_id,
        id=new_id(),
        name=cleaned.name,
        media=cleaned.media,
        size=len(cleaned.content),
        sha256=hashlib.sha256(cleaned.content).hexdigest(),
        created_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    ctx.db.add(StoredContent(district_id=ctx.district_id, file_id=row.id, content=cleaned.content))
    await ctx.db.flush()
    return row


async def read_file(ctx: Ctx, file_id: UUID) -> Cleaned:
    """The bytes of a file whose owner the caller has checked."""
    stmt = (
        select(StoredFile.name, StoredFile.media, StoredContent.content)
        .join(
            StoredContent,
            (StoredContent.district_id == StoredFile.district_id)
            & (StoredContent.file_id == StoredFile.id),
        )
        .where(StoredFile.district_id == ctx.district_id, StoredFile.id == file_id)
    )
    row = (await ctx.conn.execute(stmt)).first()
    if row is None:
        raise NotFound
    return Cleaned(row.name, Media(row.media), row.content)


async def drop_files(ctx: Ctx, file_ids: list[UUID]) -> int:
    """Delete files whose owner goes; says how many there were."""
    stmt = (
        delete(StoredFile)
        .where(StoredFile.district_id == ctx.district_id, StoredFile.id.in_(file_ids))
        .returning(StoredFile.id)
    )
    return len((await ctx.conn.execute(stmt)).all())
