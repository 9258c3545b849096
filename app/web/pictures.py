"""How is an uploaded picture shown on a page? Inline, as what it was checked to be, kept by nobody."""

from starlette.responses import Response

from app.files.kinds import Media
from app.files.service import Cleaned
from app.kit.http import download


def shown(found: Cleaned) -> Response:
    """Pictures we drew ourselves are shown; anything else is only handed over as a file."""
    if found.media != Media.JPEG:
        return download(found.content, found.name, found.media)
    headers = {"Cache-Control": "no-store", "Content-Disposition": "inline"}
    return Response(found.content, media_type=Media.JPEG, headers=headers)
