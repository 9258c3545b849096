"""Volunteers' links to a session's door: made, shown once with QR and PIN, ended."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.access import access_session
from app.attendance.door_routes import DoorLinkIn, door_url
from app.attendance.permissions import P
from app.attendance.queries import list_door_links
from app.attendance.service import door_links
from app.kit.context import Ctx
from app.web.console.forms import Field, checked, read_form
from app.web.console.staff import Staff, console_page, remember_form
from app.web.qr import qr_image
from app.web.rendering import send_to

router = APIRouter(include_in_schema=False)
_NAME = Field("name", "给谁用", required=True, longest=20, hint="例如 东门志愿者，方便您认出来")


async def _page(ctx: Ctx, session_id: UUID) -> dict[str, Any]:
    session, activity = await access_session(ctx, session_id, P.ATTENDANCE_RECORD)
    links, _ = await list_door_links(ctx, session_id, None, 50)
    opens_at, expires_at = door_links.window(session)
    return {
        "session": session,
        "activity": activity,
        "links": links,
        "opens_at": opens_at,
        "expires_at": expires_at,
        "over": ctx.now > expires_at,
        "fields": [_NAME],
        "values": {},
        "errors": {},
        "problem": "",
    }


@router.get("/sessions/{session_id}/door")
async def show_door_links(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    return console_page(request, ctx, "door_links.html", await _page(ctx, session_id))


@router.post("/sessions/{session_id}/door")
async def make_door_link(request: Request, ctx: Staff, session_id: UUID) -> HTMLResponse:
    """Address, code and PIN, shown this once."""
    context = await _page(ctx, session_id)
    form = await read_form(request)
    context["values"] = {"name": form.one("name")}
    remember_form(request, ctx, "door_links.html", context)
    body = checked(request, DoorLinkIn, context["values"], [_NAME])
    made = await door_links.make_link(ctx, session_id, body.name)
    url = door_url(request, made.token)
    context |= {"row": made.row, "pin": made.pin, "url": url, "qr": qr_image(url)}
    return console_page(request, ctx, "door_made.html", context)


@router.post("/sessions/{session_id}/door/{link_id}/revoke")
async def revoke_door_link(
    ctx: Staff, request: Request, session_id: UUID, link_id: UUID
) -> Response:
    await door_links.revoke_link(ctx, link_id)
    return send_to(request, f"/console/sessions/{session_id}/door", "已停用，这个链接不能再用了。")


@router.post("/sessions/{session_id}/door/{link_id}/release")
async def release_device(ctx: Staff, request: Request, session_id: UUID, link_id: UUID) -> Response:
    await door_links.release_device(ctx, link_id)
    notice = "已解除绑定。请在新手机上打开原来的链接，输入原来的密码。"
    return send_to(request, f"/console/sessions/{session_id}/door", notice)
