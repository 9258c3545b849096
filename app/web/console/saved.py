"""How does a person keep the conditions of a list for next time?"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.kit.errors import DomainError, Kind, NotFound
from app.people.service.saved_filters import drop_filter, save_filter
from app.web.console.forms import read_form
from app.web.console.listing import Chosen, Listing
from app.web.console.staff import Staff
from app.web.rendering import own_path, send_to

Answer = Callable[..., Awaitable[Response]]


class NothingToKeep(DomainError):
    kind, code = Kind.INVALID, "web.nothing_to_keep"
    sentence = "请先选好条件并查询，再起一个名称（1 到 20 个字）保存。"


def save_of(listing: Listing) -> Answer:
    """Keep the known conditions of this list; anything else in the form is left out."""

    async def save(request: Request, ctx: Staff) -> Response:
        ctx.require(listing.permission)
        form = await read_form(request)
        chosen = Chosen({each.name: form.one(each.name) for each in listing.filters})
        kept = [(name, text) for name in chosen.values if (text := chosen.text(name))]
        name = form.one("filter_name")
        if not kept or not 1 <= len(name) <= 20 or not name.isprintable():
            raise NothingToKeep
        query = urlencode(kept)
        if len(query) > 800:
            raise NothingToKeep
        await save_filter(ctx, listing.slug, name, query)
        return send_to(request, f"{listing.path}?{query}", f"已保存常用条件“{name}”。")

    return save


def drop_of(listing: Listing) -> Answer:
    async def drop(request: Request, ctx: Staff) -> Response:
        ctx.require(listing.permission)
        form = await read_form(request)
        try:
            filter_id = UUID(form.one("filter_id"))
        except ValueError as exc:
            raise NotFound from exc
        await drop_filter(ctx, filter_id)
        return send_to(request, own_path(form.one("back"), listing.path), "已删除常用条件。")

    return drop
