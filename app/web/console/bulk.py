"""What happens to the ticked rows, or to everything the conditions name?"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.kit.context import Ctx
from app.kit.db import savepoint
from app.kit.errors import DomainError, Forbidden, Kind
from app.web.console.forms import Form, read_form
from app.web.console.listing import Bulk, Listing
from app.web.console.rows import chosen_of, conditions_of, select_all
from app.web.console.staff import Staff, console_page
from app.web.rendering import own_path, send_to

ON_A_PAGE = 200
Answer = Callable[..., Awaitable[Response]]


class NothingChosen(DomainError):
    kind, code = Kind.INVALID, "web.nothing_chosen"
    sentence = "还没有勾选任何一行，请先勾选再操作。"


class ReasonMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "web.reason_missing", "请先写明{asks}，再操作。"


class SelectionChanged(DomainError):
    """Between the question and the answer a row came or went: nothing is done."""

    kind, code = Kind.CONFLICT, "web.selection_changed"
    sentence = "符合条件的记录刚有变化：确认时 {seen} 条，现在 {now} 条。请重新查看后再操作。"


def bulk_of(listing: Listing, bulk: Bulk) -> Answer:
    """The address of a bulk action: ticked rows at once, everything only after a question."""

    async def act(request: Request, ctx: Staff) -> Response:
        if not bulk.open_to(ctx):
            raise Forbidden
        form = await read_form(request)
        reason = form.one(f"reason-{bulk.verb}")[:200]
        if bulk.asks and not reason:
            raise ReasonMissing(asks=bulk.asks)
        if form.one("every"):
            selection = await select_all(listing, ctx, chosen_of(request))
            if not form.one("sure"):
                return _ask(request, ctx, listing, bulk, form, len(selection.keys), selection.mark)
            if form.one("every") != selection.mark:
                raise SelectionChanged(seen=form.one("count"), now=len(selection.keys))
            keys: Sequence[str] = selection.keys
        else:
            keys = form.many("ids")[:ON_A_PAGE]
        ids = [UUID(value) for value in keys if _is_uuid(value)]
        if not ids:
            raise NothingChosen
        if bulk.whole is not None:
            return await bulk.whole(request, ctx, list(dict.fromkeys(ids)))
        notice = await _carry_out(ctx, bulk, ids, reason)
        return send_to(request, own_path(form.one("back"), listing.path), notice)

    return act


def _ask(
    request: Request,
    ctx: Ctx,
    listing: Listing,
    bulk: Bulk,
    form: Form,
    count: int,
    mark: str,
) -> Response:
    conditions = conditions_of(request)
    context = {
        "listing": listing,
        "bulk": bulk,
        "count": count,
        "mark": mark,
        "reason": form.one(f"reason-{bulk.verb}")[:200],
        "action": f"{listing.path}/{bulk.verb}?{conditions}",
        "back": f"{listing.path}?{conditions}",
    }
    return console_page(request, ctx, "confirm.html", context)


async def _carry_out(ctx: Ctx, bulk: Bulk, ids: Sequence[UUID], reason: str) -> str:
    """One by one, each refused or done by itself; says how many."""
    if bulk.act is None:
        raise TypeError(bulk.verb)
    done, refused = 0, list[str]()
    for row_id in dict.fromkeys(ids):
        try:
            async with savepoint(ctx.conn):
                await bulk.act(ctx, row_id, reason)
                await ctx.flush()
        except DomainError as refusal:
            ctx.db.expunge_all()
            refused.append(refusal.text())
        else:
            done += 1
    notice = f"{bulk.done} {done} 条。"
    if refused:
        notice += f"有 {len(refused)} 条没有成功：{refused[0]}"
    return notice


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
