"""How does a list answer: as a page, as an Excel file, and to a bulk action?"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.audit import service as audit
from app.kit import cookies
from app.kit.context import Ctx
from app.kit.db import savepoint
from app.kit.errors import DomainError, Kind
from app.kit.http import Cursor
from app.kit.sheets import write_table
from app.web.console.forms import read_form
from app.web.console.listing import Bulk, Chosen, Filter, Listing
from app.web.console.staff import Staff, console_page
from app.web.rendering import here, own_path, send_to

PAGE, EXPORT_PAGE, EXPORT_MOST = 50, 1000, 20_000
PURPOSES = ("核对名册", "组织活动", "联系家长", "处理家长申请")
PURPOSE = "purpose"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Answer = Callable[..., Awaitable[Response]]


class NothingChosen(DomainError):
    kind, code = Kind.INVALID, "web.nothing_chosen"
    sentence = "还没有勾选任何一行，请先勾选再操作。"


class ReasonMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "web.reason_missing", "请先写明{asks}，再操作。"


class PurposeMissing(DomainError):
    kind, code = Kind.INVALID, "web.purpose_missing"
    sentence = "请先说明查看的目的（2 到 60 个字）。"


def add_listing(router: APIRouter, listing: Listing) -> None:
    """Give a list its addresses: the page, the Excel file, and one for each bulk action."""
    router.add_api_route(f"/{listing.slug}", _page_of(listing), methods=["GET"])
    router.add_api_route(f"/{listing.slug}.xlsx", _export_of(listing), methods=["GET"])
    for bulk in listing.bulk:
        path = f"/{listing.slug}/{bulk.verb}"
        router.add_api_route(path, _bulk_of(listing, bulk), methods=["POST"])


def _chosen(request: Request, purpose: str) -> Chosen:
    return Chosen({**dict(request.query_params), "purpose": purpose})


def _purpose(request: Request) -> str:
    return unquote(cookies.read_cookie(request, PURPOSE) or "")[:60]


def _page_of(listing: Listing) -> Answer:
    async def show(request: Request, ctx: Staff, cursor: Cursor = None) -> HTMLResponse:
        ctx.require(listing.permission)
        purpose = _purpose(request)
        if listing.purpose and not purpose:
            return _ask_purpose(request, ctx)
        chosen = _chosen(request, purpose)
        lines, following = await listing.load(ctx, chosen, cursor, PAGE)
        allowed = [bulk for bulk in listing.bulk if bulk.permission in ctx.actor.permissions]
        context = {
            "listing": listing,
            "lines": lines,
            "filters": [await _field(ctx, each, chosen) for each in listing.filters],
            "kept": _kept(listing, request),
            "is_filtered": any(chosen.text(each.name) for each in listing.filters),
            "next": _with(request, cursor=following) if following else None,
            "first": listing.path if cursor else None,
            "export": f"{listing.path}.xlsx?{_filters_of(request)}",
            "bulk": allowed,
            "all_ticked": request.query_params.get("all") == "1",
            "tick_all": _with(request, all="1"),
            "above": await listing.above(ctx) if listing.above else (),
            "purpose": purpose if listing.purpose else "",
            "can_add": listing.new is not None and listing.new[1] in ctx.actor.permissions,
        }
        return console_page(request, ctx, "list.html", context)

    return show


async def _field(ctx: Ctx, each: Filter, chosen: Chosen) -> dict[str, Any]:
    options: Any = each.options
    if callable(options):
        options = await options(ctx)
    elif options is not None:
        options = list(options.items())
    value = chosen.text(each.name) or ""
    return {"name": each.name, "label": each.label, "options": options, "value": value}


def _kept(listing: Listing, request: Request) -> list[tuple[str, str]]:
    """Conditions without a field of their own (one session's bookings): a new search keeps them."""
    fields = {each.name for each in listing.filters} | {"cursor", "all"}
    return [(key, value) for key, value in request.query_params.items() if key not in fields]


def _filters_of(request: Request) -> str:
    left_out = {"cursor", "all"}
    return urlencode([(k, v) for k, v in request.query_params.items() if k not in left_out])


def _with(request: Request, **more: str) -> str:
    query = {k: v for k, v in request.query_params.items() if k not in more}
    return f"{request.url.path}?{urlencode({**query, **more})}"


def _export_of(listing: Listing) -> Answer:
    async def export(request: Request, ctx: Staff) -> Response:
        ctx.require(listing.permission)
        purpose = _purpose(request)
        if listing.purpose and not purpose:
            return _ask_purpose(request, ctx)
        if listing.names_children:
            ctx.require_proof()
        rows = await _all_rows(listing, ctx, _chosen(request, purpose))
        detail = {"rows": len(rows)}
        await audit.record(
            ctx, "export:create", listing.slug, None, detail=detail, purpose=purpose or None
        )
        name = f"{listing.title}{ctx.today:%Y%m%d}.xlsx"
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        content = write_table(listing.columns, rows, listing.title)
        return Response(content, media_type=_XLSX, headers=headers)

    return export


async def _all_rows(listing: Listing, ctx: Ctx, chosen: Chosen) -> list[list[str]]:
    """Exactly what the filter shows, up to 20,000 rows."""
    rows: list[list[str]] = []
    cursor = None
    while len(rows) < EXPORT_MOST:
        lines, cursor = await listing.load(ctx, chosen, cursor, EXPORT_PAGE)
        rows += [["" if cell is None else str(cell) for cell in line.cells] for line in lines]
        if cursor is None:
            break
    return rows[:EXPORT_MOST]


def _bulk_of(listing: Listing, bulk: Bulk) -> Answer:
    async def act(request: Request, ctx: Staff) -> Response:
        ctx.require(bulk.permission)
        form = await read_form(request)
        ids = [UUID(value) for value in form.many("ids") if _is_uuid(value)]
        if not ids:
            raise NothingChosen
        reason = form.one("reason")
        if bulk.asks and not reason:
            raise ReasonMissing(asks=bulk.asks)
        done, refused = 0, list[str]()
        for row_id in dict.fromkeys(ids[: PAGE * 4]):
            try:
                async with savepoint(ctx.conn):
                    await bulk.act(ctx, row_id, reason[:200])
                    await ctx.flush()
            except DomainError as refusal:
                ctx.db.expunge_all()
                refused.append(refusal.text())
            else:
                done += 1
        notice = f"{bulk.done} {done} 条。"
        if refused:
            notice += f"有 {len(refused)} 条没有成功：{refused[0]}"
        return send_to(request, own_path(form.one("back"), listing.path), notice)

    return act


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _ask_purpose(request: Request, ctx: Ctx) -> HTMLResponse:
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
