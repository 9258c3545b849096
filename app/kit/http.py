"""Small shared pieces of the HTTP edge: links, validators, headers."""

from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Header, Query, Request, Response

from app.kit.bounds import Limit, Shape
from app.kit.paging import Page

S = TypeVar("S", bound=Shape)

Cursor = Annotated[str | None, Query(max_length=400)]
PageSize = Annotated[Limit, Query()]
IfMatch = Annotated[str | None, Header(max_length=64)]


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


def download(content: bytes, name: str, media_type: str) -> Response:
    """A file to keep, under a name of any letters; no cache on the way keeps it."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def next_link(request: Request, cursor: str | None) -> str | None:
    """The same address with the following cursor; filters stay in it."""
    if cursor is None:
        return None
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "cursor"]
    return f"{request.url.path}?{urlencode([*query, ('cursor', cursor)])}"


def page_of(shape: type[S], request: Request, found: tuple[list[Any], str | None]) -> Page[S]:
    """Rows as the wire shape, with the link to what follows."""
    rows, following = found
    items = [shape.model_validate(row) for row in rows]
    return Page(items=items, next=next_link(request, following))


def etag(version: int) -> str:
    return f'"{version}"'


def version_of(if_match: str | None) -> int | None:
    """The version an edit was based on; anything that is not one of our tags never matches."""
    if if_match is None or if_match == "*":
        return None
    digits = if_match.removeprefix("W/").strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1


def tagged(response: Response, version: int) -> None:
    response.headers["ETag"] = etag(version)
