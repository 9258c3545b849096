"""公告 in the console: the editor with its live count, what is approved, the stop button, receipts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.announcements import queries
from app.announcements.kinds import (
    ARTICLE_WORDS,
    EDITABLE,
    OUT,
    REACH_WORDS,
    ROLE_WORDS,
    STATE_WORDS,
    AnnouncementState,
)
from app.announcements.models import Announcement
from app.announcements.permissions import P
from app.announcements.routes import cool_down, values_of
from app.announcements.rules import KNOWN_HOSTS, paragraphs, percent
from app.announcements.schemas import (
    AnnouncementIn,
    ApprovalIn,
    AudienceIn,
    HostIn,
    ReturnIn,
)
from app.announcements.service import reading as receipts
from app.announcements.service import releasing, writing
from app.files.uploads import LARGEST_UPLOAD, Document
from app.kit.clock import SCHOOL_TIME
from app.kit.context import Ctx
from app.kit.http import Cursor
from app.people.queries import own_id
from app.web import labels, reading
from app.web.console.announcement_reading import (
    all_classes,
    coming_sessions,
    say_audience,
    writer_names,
)
from app.web.console.editing import submitted
from app.web.console.forms import Field, Form, checked, read_form, typed
from app.web.console.staff import Staff, console_page, remember_form
from app.web.pictures import shown
from app.web.rendering import send_to, templates

router = APIRouter(include_in_schema=False)
PATH = "/console/announcements"
_TITLE = Field("title", "标题", required=True, hint="家长在微信里最先看到的一行")
_BODY = Field("body", "正文", "long", True, hint="空行分段；只写文字和网址", longest=4000)
_URGENT = Field(
    "urgent",
    "紧急",
    "many",
    options=[("1", "紧急：夜里 21:00 到早上 8:00 也发（一定要第二个人批准）")],
)
_SEND_AT = Field("send_at", "定时发送", "moment", hint="不填就在批准 10 分钟后发；最远 30 天")
_REASON = Field("reason", "退回原因", required=True, longest=200)
_HOST = Field("host", "域名", required=True, longest=120, hint="例如 edu.sh.gov.cn，和网址里的一样")


async def _fields(ctx: Ctx) -> list[Field]:
    grades = [(str(key), word) for key, word in labels.GRADES.items()]
    return [
        _TITLE,
        _BODY,
        Field("roles", "发给", "many", options=[(str(k), v) for k, v in ROLE_WORDS.items()]),
        Field("schools", "学校（不选就是全部）", "many", options=await reading.own_schools(ctx, P.ANNOUNCEMENT_EDIT)),
        Field("grades", "年级（不选就是全部）", "many", options=grades),
        Field("classes", "只给一个班", "choice", options=await all_classes(ctx)),
        Field("sessions", "只给一个场次已录取的", "choice", options=await coming_sessions(ctx)),
        _URGENT,
        _SEND_AT,
    ]  # fmt: skip


def _given(form: Form, fields: list[Field]) -> dict[str, Any]:
    found = typed(form, fields)
    return {
        "title": found["title"],
        "body": found["body"],
        "urgent": bool(found["urgent"]),
        "send_at": found["send_at"],
        "audience": _audience(form),
    }


def _audience(form: Form) -> dict[str, Any]:
    one = {name: [form.one(name)] if form.one(name) else [] for name in ("classes", "sessions")}
    return {"roles": form.many("roles"), "schools": form.many("schools"), "grades": form.many("grades"), **one}  # fmt: skip


async def _editor(
    ctx: Ctx, values: dict[str, Any], row: Announcement | None = None, count: Any = None
) -> dict[str, Any]:
    action = f"{PATH}/{row.id}" if row else PATH
    return {
        "fields": await _fields(ctx),
        "values": values,
        "row": row,
        "action": action,
        "cancel": action,
        "count": count,
        "errors": {},
        "problem": "",
    }


@router.get("/announcements/new")
async def blank(request: Request, ctx: Staff) -> HTMLResponse:
    ctx.require(P.ANNOUNCEMENT_EDIT)
    context = await _editor(ctx, {"roles": ["guardian"]})
    return console_page(request, ctx, "announcement_form.html", context)


@router.post("/announcements/count")
async def count(request: Request, ctx: Staff) -> Response:
    """The number beside the form; without scripts, the same form with the number in it."""
    form = await read_form(request)
    try:
        audience = AudienceIn.model_validate(_audience(form)).model_dump(mode="json")
        urgent = bool(form.many("urgent"))
        found = await queries.count_people(ctx, audience, urgent=urgent)
    except ValueError:  # nobody ticked yet
        found = None
    if request.headers.get("hx-request"):
        return templates.TemplateResponse(
            request, "console/announcement_count.html", {"count": found}
        )
    context = await _editor(ctx, {}, None, found)
    context["values"] = submitted(form, context["fields"])
    return console_page(request, ctx, "announcement_form.html", context)


@router.post("/announcements")
async def draft(request: Request, ctx: Staff) -> Response:
    ctx.require(P.ANNOUNCEMENT_EDIT)
    form = await read_form(request)
    context = await _editor(ctx, {})
    context["values"] = submitted(form, context["fields"])
    remember_form(request, ctx, "announcement_form.html", context)
    body = checked(request, AnnouncementIn, _given(form, context["fields"]), _named(context))
    row = await writing.draft_announcement(ctx, values_of(body))
    return send_to(request, f"{PATH}/{row.id}", "已存草稿，核对预览后提交。")


def _named(context: dict[str, Any]) -> list[Field]:
    return [*context["fields"], Field("audience", "发给谁")]


@router.get("/announcements/{announcement_id}/edit")
async def edit(request: Request, ctx: Staff, announcement_id: UUID) -> HTMLResponse:
    ctx.require(P.ANNOUNCEMENT_EDIT)
    row = await queries.read_announcement(ctx, announcement_id)
    context = await _editor(ctx, _values(row), row)
    return console_page(request, ctx, "announcement_form.html", context)


def _as_input(moment: datetime | None) -> str:
    return f"{moment.astimezone(SCHOOL_TIME):%Y-%m-%dT%H:%M}" if moment else ""


def _values(row: Announcement) -> dict[str, Any]:
    audience = row.audience
    return {
        "title": row.title,
        "body": row.body,
        "urgent": ["1"] if row.urgent else [],
        "send_at": _as_input(row.send_at),
        "roles": audience["roles"],
        "schools": audience.get("schools", []),
        "grades": [str(one) for one in audience.get("grades", [])],
        "classes": next(iter(audience.get("classes", [])), ""),
        "sessions": next(iter(audience.get("sessions", [])), ""),
    }


@router.post("/announcements/{announcement_id}")
async def change(request: Request, ctx: Staff, announcement_id: UUID) -> Response:
    form = await read_form(request)
    row = await queries.read_announcement(ctx, announcement_id)
    context = await _editor(ctx, {}, row)
    context["values"] = submitted(form, context["fields"])
    remember_form(request, ctx, "announcement_form.html", context)
    body = checked(request, AnnouncementIn, _given(form, context["fields"]), _named(context))
    await writing.change_announcement(ctx, announcement_id, values_of(body), form.version())
    return send_to(request, f"{PATH}/{announcement_id}", "已保存。改过的公告要重新提交、重新批准。")


@router.get("/announcements/{announcement_id}")
async def show(request: Request, ctx: Staff, announcement_id: UUID) -> HTMLResponse:
    """One page from draft to receipts; a school sees its own receipts."""
    row = await queries.read_announcement(ctx, announcement_id)
    context = await _context(ctx, row)
    if request.headers.get("hx-request"):
        return templates.TemplateResponse(request, "console/announcement_going.html", context)
    return console_page(request, ctx, "announcement.html", context)


async def _context(ctx: Ctx, row: Announcement) -> dict[str, Any]:
    whole = ctx.reach(P.ANNOUNCEMENT_READ).district
    edits = ctx.reach(P.ANNOUNCEMENT_EDIT).district
    approves = ctx.reach(P.ANNOUNCEMENT_APPROVE).district
    me = own_id(ctx)
    places = await queries.receipts(ctx, row.id) if row.state in OUT else []
    return {
        "row": row,
        "words": STATE_WORDS,
        "article_words": ARTICLE_WORDS,
        "paragraphs": paragraphs(row.body),
        "files": await queries.list_files(ctx, row.id),
        "audience": await say_audience(ctx, row.audience),
        "writers": await writer_names(ctx, row) if whole else [],
        "now": await queries.preview(ctx, row.id) if whole and row.state in EDITABLE else None,
        "may_edit": edits and row.state in EDITABLE,
        "may_submit": edits and row.state in (AnnouncementState.DRAFT, AnnouncementState.RETURNED),
        "may_approve": approves and row.state == AnnouncementState.SUBMITTED,
        "is_own": str(me) in row.writers or me == row.submitted_by,
        "may_stop": (edits or approves)
        and row.state in (AnnouncementState.COOLING, AnnouncementState.SENDING),
        "may_nudge": edits and row.state == AnnouncementState.DONE,
        "nudges": await queries.list_nudges(ctx, row.id) if edits else [],
        "places": places,
        "sums": {
            name: sum(getattr(one, name) for one in places)
            for name in ("people", "sent", "read", "unread", "not_following", "unbound")
        },
        "percent": percent,
        "reason": _REASON,
        "values": {},
        "errors": {},
        "problem": "",
    }


async def _remembered(request: Request, ctx: Ctx, announcement_id: UUID) -> Form:
    form = await read_form(request)
    row = await queries.read_announcement(ctx, announcement_id)
    remember_form(request, ctx, "announcement.html", await _context(ctx, row))
    return form


@router.post("/announcements/{announcement_id}/submit")
async def submit(request: Request, ctx: Staff, announcement_id: UUID) -> Response:
    await _remembered(request, ctx, announcement_id)
    row = await releasing.submit_announcement(ctx, announcement_id, cool_down(request))
    second = row.state == AnnouncementState.SUBMITTED
    said = "已提交，请第二个人批准。" if second else "等待发送，在这之前可以停止。"
    return send_to(request, f"{PATH}/{announcement_id}", said)


@router.post("/announcements/{announcement_id}/approve")
async def approve(request: Request, ctx: Staff, announcement_id: UUID) -> Response:
    form = await _remembered(request, ctx, announcement_id)
    body = checked(request, ApprovalIn, {"digest": form.one("digest")}, ())
    await releasing.approve_announcement(ctx, announcement_id, body.digest, cool_down(request))
    return send_to(request, f"{PATH}/{announcement_id}", "已批准。发送以前还可以停止。")


@router.post("/announcements/{announcement_id}/return")
async def give_back(request: Request, ctx: Staff, announcement_id: UUID) -> Response:
    form = await _remembered(request, ctx, announcement_id)
    body = checked(request, ReturnIn, typed(form, [_REASON]), [_REASON])
    await releasing.return_announcement(ctx, announcement_id, body.reason)
    return send_to(request, f"{PATH}/{announcement_id}", "已退回。")


@router.post("/announcements/{announcement_id}/stop")
async def stop(request: Request, ctx: Staff, announcement_id: UUID) -> Response:
    await _remembered(request, ctx, announcement_id)
    await releasing.stop_announcement(ctx, announcement_id)
    return send_to(request, f"{PATH}/{announcement_id}", "已停止，不会再发给任何人。")


@router.post("/announcements/{announcement_id}/nudge")
async def nudge(request: Request, ctx: Staff, announcement_id: UUID) -> Response:
    await _remembered(request, ctx, announcement_id)
    row = await receipts.nudge(ctx, announcement_id, None)
    return send_to(request, f"{PATH}/{announcement_id}", f"已催读，还没有读的有 {row.people} 人。")


@router.post("/announcements/{announcement_id}/files", max_body_size=LARGEST_UPLOAD)
async def attach(request: Request, file: Document, ctx: Staff, announcement_id: UUID) -> Response:
    await writing.attach(ctx, announcement_id, file)
    return send_to(request, f"{PATH}/{announcement_id}", "已加附件。")


@router.get("/announcements/{announcement_id}/files/{number}")
async def show_file(ctx: Staff, announcement_id: UUID, number: int) -> Response:
    return shown(await queries.read_attachment(ctx, announcement_id, number))


@router.post("/announcements/{announcement_id}/files/{number}/drop")
async def detach(request: Request, ctx: Staff, announcement_id: UUID, number: int) -> Response:
    await writing.detach(ctx, announcement_id, number)
    return send_to(request, f"{PATH}/{announcement_id}", "已去掉附件。")


@router.get("/announcements/{announcement_id}/unread/{place_id}")
async def unread(
    request: Request, ctx: Staff, announcement_id: UUID, place_id: UUID
) -> HTMLResponse:
    """Names to ring up or to hand paper to: a fresh proof, and the look is logged."""
    row = await queries.read_announcement(ctx, announcement_id)
    rows = await receipts.list_unread(ctx, announcement_id, place_id)
    places = await reading.organization_names(ctx, [place_id])
    context = {"row": row, "rows": rows, "place": places.get(place_id, ""), "reach": REACH_WORDS}
    return console_page(request, ctx, "announcement_unread.html", context)


async def _hosts(ctx: Ctx) -> dict[str, Any]:
    return {
        "rows": await queries.list_hosts(ctx),
        "known": sorted(KNOWN_HOSTS),
        "may_edit": P.ANNOUNCEMENT_EDIT in ctx.actor.permissions,
        "fields": (_HOST,),
        "values": {},
        "errors": {},
        "problem": "",
    }


@router.get("/link-hosts")
async def show_hosts(request: Request, ctx: Staff) -> HTMLResponse:
    return console_page(request, ctx, "link_hosts.html", await _hosts(ctx))


@router.post("/link-hosts")
async def allow(request: Request, ctx: Staff) -> Response:
    form = await read_form(request)
    context = {**await _hosts(ctx), "values": submitted(form, (_HOST,))}
    remember_form(request, ctx, "link_hosts.html", context)
    body = checked(request, HostIn, typed(form, [_HOST]), [_HOST])
    await writing.allow_host(ctx, body.host)
    return send_to(request, "/console/link-hosts", "已加入名单。")


@router.post("/link-hosts/{host_id}/drop")
async def drop(request: Request, ctx: Staff, host_id: UUID) -> Response:
    await writing.drop_host(ctx, host_id)
    return send_to(request, "/console/link-hosts", "已从名单里去掉。")


@router.get("/received")
async def list_received(request: Request, ctx: Staff, cursor: Cursor = None) -> HTMLResponse:
    """What the district wrote to me as a teacher or contact."""
    rows, following = await queries.received(ctx, cursor, 20)
    return console_page(request, ctx, "received.html", {"rows": rows, "next": following})


@router.get("/received/{announcement_id}")
async def open_letter(request: Request, ctx: Staff, announcement_id: UUID) -> HTMLResponse:
    letter = await receipts.open_letter(ctx, announcement_id)
    context = {"letter": letter, "paragraphs": paragraphs(letter.body)}
    return console_page(request, ctx, "received_letter.html", context)
