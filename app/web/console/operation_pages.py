"""What the WeChat accounts need of people: the operations inbox, their health, how messages look."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.channels.accounts import order_push
from app.channels.kinds import ITEMS, SERVICE_ACCOUNT, ItemKind, Way
from app.channels.models import OperationItem
from app.channels.permissions import P
from app.channels.rules import APIS, said
from app.channels.service.health import WARN_SHARE, account_health
from app.channels.service.operations import list_items, settle_item, standing_items
from app.channels.service.stops import list_stops, resume_way
from app.kit.bounds import Line, Wire
from app.kit.context import Ctx
from app.kit.http import Cursor
from app.notifications.kinds import KINDS, MUTABLE, SAFETY, URGENT
from app.notifications.permissions import P as NoticeP
from app.web import labels
from app.web.console.forms import read_form
from app.web.console.staff import Staff, console_page
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
INBOX, HEALTH, SHOWN = "/console/operations", "/console/channel-health", 50


class _Note(Wire):
    note: Line = ""


@router.get("/operations")
async def show_operations(
    request: Request, ctx: Staff, done: bool = False, cursor: Cursor = None
) -> HTMLResponse:
    """What waits for a person, newest first; what was done is one tap away."""
    rows, following = await list_items(ctx, done=done, cursor=cursor, limit=SHOWN)
    context = {
        "rows": [(row, ITEMS[row.kind]) for row in rows],
        "done": done,
        "next": f"{INBOX}?done={int(done)}&cursor={following}" if following else "",
        "stops": await list_stops(ctx) if P.CHANNEL_READ in ctx.actor.permissions else [],
        "ways": labels.WAYS,
        "kinds": {kind.value: row.title for kind, row in KINDS.items()},
        "said": said,
    }
    return console_page(request, ctx, "operations.html", context)


@router.post("/operations/{item_id}/settle")
async def settle(request: Request, ctx: Staff, item_id: UUID) -> Response:
    form = await read_form(request)
    await settle_item(ctx, item_id, _Note(note=form.one("note")).note)
    return send_to(request, INBOX, "已记下，处理完了。")


@router.post("/operations/resume")
async def resume(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    kind = form.one("kind")
    await resume_way(ctx, Way(form.one("way")), kind if kind in KINDS else "")
    return send_to(request, INBOX, "已恢复使用，新的通知会重新走这个途径。")


@router.get("/channel-health")
async def show_health(request: Request, ctx: Staff) -> HTMLResponse:
    """Each account: token, last call, last refusal in words, last callback, quotas."""
    rows = await account_health(ctx)
    context = {
        "rows": rows,
        "kinds": labels.ACCOUNT_KINDS,
        "said": said,
        "apis": APIS,
        "warn": WARN_SHARE,
        "now": ctx.now,
        "drift": await _drift(ctx),
        "service_account": SERVICE_ACCOUNT,
    }
    return console_page(request, ctx, "channel_health.html", context)


async def _drift(ctx: Ctx) -> dict[str, list[OperationItem]]:
    """The lines of what is not as declared, by the account with whose name their subject begins."""
    found: dict[str, list[OperationItem]] = {}
    for line in await standing_items(ctx, ItemKind.DECLARED_DRIFT):
        found.setdefault(line.subject.split(" ")[0], []).append(line)
    return found


@router.post("/channel-health/{account_id}/restore")
async def restore(request: Request, ctx: Staff, account_id: UUID) -> Response:
    """按声明恢复: ordered here, done by the worker, which alone speaks to the platform."""
    await order_push(ctx, account_id)
    return send_to(request, HEALTH, "已经安排，一般一分钟内恢复。过一会儿刷新本页看结果。")


@router.get("/message-previews")
async def show_previews(request: Request, ctx: Staff) -> HTMLResponse:
    """Every message as WeChat shows it, with the longest words it can carry."""
    ctx.require(NoticeP.DELIVERY_READ)
    kinds = [
        (kind, row, kind in SAFETY, kind in URGENT, kind in MUTABLE) for kind, row in KINDS.items()
    ]
    context = {"kinds": kinds, "previews": request.app.state.message_previews}
    return console_page(request, ctx, "message_previews.html", context)
