"""How does a list answer: as a page, as an Excel file, and to a bulk action?"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.audit import service as audit
from app.kit import cookies
from app.kit.context import Ctx
from app.kit.errors import DomainError, Forbidden, Kind
from app.kit.http import XLSX, Cursor, download
from app.kit.sheets import write_table
from app.people.queries import own_filters
from app.people.rules import mask_name
from app.web.console.bulk import bulk_of
from app.web.console.forms import read_form
from app.web.console.listing import Chosen, Filter, Line, Listing
from app.web.console.rows import (
    NOT_CONDITIONS,
    PURPOSE,
    Selection,
    all_lines,
    chosen_of,
    conditions_of,
    purpose_of,
    select_all,
)
from app.web.console.saved import drop_of, save_of
from app.web.console.staff import Staff, console_page
from app.web.rendering import here, own_path, send_to

PAGE, EXPORT_MOST = 50, 20_000
PURPOSES = ("核对名册", "组织活动", "联系家长", "处理家长申请")
Answer = Callable[..., Awaitable[Response]]


class PurposeMissing(DomainError):
    kind, code = Kind.INVALID, "web.purpose_missing"
    sentence = "请先说明查看的目的（2 到 60 个字）。"


def add_listing(router: APIRouter, listing: Listing) -> None:
    """Give a list its addresses: the page, the Excel file, bulk actions, saved conditions."""
    router.add_api_route(f"/{listing.slug}", _page_of(listing), methods=["GET"])
    router.add_api_route(f"/{listing.slug}.xlsx", _export_of(listing), methods=["GET"])
    for bulk in listing.bulk:
        path = f"/{listing.slug}/{bulk.verb}"
        router.add_api_route(path, bulk_of(listing, bulk), methods=["POST"])
    if listing.filters:
        router.add_api_route(f"/{listing.slug}/filters", save_of(listing), methods=["POST"])
        router.add_api_route(f"/{listing.slug}/filters/drop", drop_of(listing), methods=["POST"])


def _page_of(listing: Listing) -> Answer:
    async def show(request: Request, ctx: Staff, cursor: Cursor = None) -> HTMLResponse:
        ctx.require(listing.permission)
        purpose = purpose_of(request)
        if listing.purpose and not purpose:
            return ask_purpose(request, ctx)
        chosen = chosen_of(request)
        lines, following = await listing.load(ctx, chosen, cursor, PAGE)
        context = {
            "listing": listing,
            "lines": lines,
            "has_more": any(line.more for line in lines),
            "filters": [await _field(ctx, each, chosen) for each in listing.filters],
            "kept": _kept(listing, request),
            "is_filtered": any(chosen.text(each.name) for each in listing.filters),
            "saved": await own_filters(ctx, listing.slug) if listing.filters else (),
            "next": _with(request, cursor=following) if following else None,
            "first": f"{listing.path}?{conditions_of(request)}" if cursor else None,
            "conditions": conditions_of(request),
            "may_name": listing.may_export_named(ctx),
            "above": await listing.above(ctx, chosen) if listing.above else (),
            "purpose": purpose if listing.purpose else "",
            "can_add": _can_add(listing, ctx),
            **await _ticking(listing, ctx, request, chosen),
        }
        return console_page(request, ctx, "list.html", context)

    return show


def _can_add(listing: Listing, ctx: Ctx) -> bool:
    return listing.new is not None and any(
        permission in ctx.actor.permissions for permission in listing.new[1:]
    )


async def _ticking(listing: Listing, ctx: Ctx, request: Request, chosen: Chosen) -> dict[str, Any]:
    """What of the list is ticked: nothing, this page, or everything the conditions name."""
    bulk = [each for each in listing.bulk if each.open_to(ctx)]
    every: Selection | None = None
    if bulk and request.query_params.get("every") == "1":
        every = await select_all(listing, ctx, chosen)
    return {
        "bulk": bulk,
        "all_ticked": every is not None or request.query_params.get("all") == "1",
        "tick_all": _with(request, all="1"),
        "every": every,
        "tick_every": f"{listing.path}?{_more(conditions_of(request), every='1')}",
        "untick": f"{listing.path}?{conditions_of(request)}",
    }


async def _field(ctx: Ctx, each: Filter, chosen: Chosen) -> dict[str, Any]:
    options: Any = each.options
    if callable(options):
        options = await options(ctx)
    elif options is not None:
        options = list(options.items())
    value = chosen.text(each.name) or ""
    return {
        "name": each.name,
        "label": each.label,
        "options": options,
        "value": value,
        "kind": each.kind,
        "unset": each.unset,
    }


def _kept(listing: Listing, request: Request) -> list[tuple[str, str]]:
    """Conditions without a field of their own (one session's bookings): a new search keeps them."""
    fields = {each.name for each in listing.filters} | NOT_CONDITIONS
    return [(key, value) for key, value in request.query_params.items() if key not in fields]


def _more(conditions: str, **more: str) -> str:
    return "&".join(part for part in (conditions, urlencode(more)) if part)


def _with(request: Request, **more: str) -> str:
    return f"{request.url.path}?{_more(conditions_of(request), **more)}"


def _export_of(listing: Listing) -> Answer:
    async def export(request: Request, ctx: Staff) -> Response:
        ctx.require(listing.permission)
        named = request.query_params.get("named") == "1"
        if named and not listing.may_export_named(ctx):
            raise Forbidden
        purpose = purpose_of(request)
        if (listing.purpose or named) and not purpose:
            return ask_purpose(request, ctx)
        if named:
            ctx.require_proof()
        lines = await all_lines(listing, ctx, chosen_of(request), EXPORT_MOST)
        masked = () if named else listing.children
        rows = [_cells(line, masked) for line in lines]
        detail = {"rows": len(rows), "named": bool(listing.children) and named}
        await audit.record(
            ctx, "export:create", listing.slug, None, detail=detail, purpose=purpose or None
        )
        name = f"{listing.title}{ctx.today:%Y%m%d}.xlsx"
        return download(write_table(listing.columns, rows, listing.title), name, XLSX)

    return export


def _cells(line: Line, masked: Sequence[int]) -> list[str]:
    cells = ["" if cell is None else str(cell) for cell in line.cells]
    return [mask_name(cell) if place in masked else cell for place, cell in enumerate(cells)]


def ask_purpose(request: Request, ctx: Ctx) -> HTMLResponse:
    """The page that asks for it and leads back here."""
    context = {"purposes": PURPOSES, "back": here(request)}
    return console_page(request, ctx, "purpose.html", context)


async def keep_purpose(request: Request, ctx: Staff) -> Response:
    """Remember why this person looks at children's data, until the browser is closed."""
    ctx.require("person:read")
    form = await read_form(request)
    purpose = form.one("other") or form.one("purpose")
    if not 2 <= len(purpose) <= 60 or not purpose.isprintable():
        raise PurposeMissing
    response = send_to(request, own_path(form.one("back"), "/console/pupils"))
    cookies.put_cookie(request, response, PURPOSE, quote(purpose))
    return response
