"""How does an upload reach a use case? Cleaned, and before the request's transaction is open.

Who uploads is recognised first, in a transaction of its own: a stranger does not make us
draw pictures, and a phone on a slow line holds no connection of the pool.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, UploadFile

from app.files import service
from app.files.errors import EmptyFile, FileTooLarge, TooManyFiles
from app.files.kinds import Media
from app.files.rules import LARGEST, LARGEST_MB
from app.kit.db import transaction
from app.kit.deps import LONGEST_TOKEN, token_of
from app.kit.errors import Unauthenticated

LARGEST_UPLOAD = LARGEST + 64 * 1024  # with the form around it
MOST_PICTURES = 6
LARGEST_PICTURES = MOST_PICTURES * LARGEST + 256 * 1024


def _cleaned(*allowed: Media) -> Callable[..., Awaitable[service.Cleaned]]:
    async def read(request: Request, file: UploadFile | None = None) -> service.Cleaned:
        await _recognise(request)
        if file is None:
            raise EmptyFile
        content = await file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise FileTooLarge(limit=LARGEST_MB)
        return await service.clean(content, file.filename, *allowed)

    return read


async def _cleaned_if_given(
    request: Request, file: UploadFile | None = None
) -> service.Cleaned | None:
    """A form may leave its file field empty: browsers then send a part without name and content."""
    if file is None or not (file.filename or file.size):
        return None
    return await _cleaned(Media.JPEG, Media.PDF)(request, file)


async def _cleaned_pictures(
    request: Request, files: list[UploadFile] | None = None
) -> list[service.Cleaned]:
    """Up to six pictures, each drawn anew; one that is bad refuses them all. Empty fields are none."""
    await _recognise(request)
    given = [file for file in files or [] if file.filename or file.size]
    if len(given) > MOST_PICTURES:
        raise TooManyFiles(limit=MOST_PICTURES)
    found = []
    for file in given:
        content = await file.read(LARGEST + 1)
        found.append(await service.clean(content, file.filename, Media.JPEG))
    return found


async def _recognise(request: Request) -> None:
    token = token_of(request)
    if not token or len(token) > LONGEST_TOKEN:
        raise Unauthenticated
    async with transaction(request.app.state.engine) as conn:
        if await request.app.state.actor_by_token(conn, token) is None:
            raise Unauthenticated


Picture = Annotated[service.Cleaned, Depends(_cleaned(Media.JPEG))]
Document = Annotated[service.Cleaned, Depends(_cleaned(Media.JPEG, Media.PDF))]
DocumentIfGiven = Annotated[service.Cleaned | None, Depends(_cleaned_if_given)]
Pictures = Annotated[list[service.Cleaned], Depends(_cleaned_pictures)]
