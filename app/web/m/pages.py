"""The family pages: activities, booking, the child's bookings, notices, children."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.activities.kinds import SessionMode, SessionState
from app.announcements.queries import received
from app.attendance.kinds import DecisionState
from app.attendance.service.leaving import EXPLAIN_WITHIN, ask_leave
from app.bookings.errors import NotEnoughForAll, SessionFull
from app.bookings.kinds import ACTIVE, AHEAD, BookingState, Said
from app.bookings.queries import answers_to
from app.bookings.rules import consent_until, say_answer, say_reserved
from app.bookings.service import (
    accept_offer,
    answer_consent,
    cancel_booking,
    decline_offer,
)
from app.evaluations.kinds import VISITOR_ITEMS
from app.evaluations.queries import activity_averages
from app.kit import cookies
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.deps import Authed, CallerDep
from app.kit.errors import DomainError, NotFound
from app.kit.http import Cursor
from app.notifications.queries import own_notifications
from app.notifications.service.reading import mark_read
from app.people.service.login import log_out
from app.web import labels
from app.web.console.forms import read_form
from app.web.m import booking_form, reading
from app.web.m.family import (
    CHILD,
    CHILD_SECONDS,
    Family,
    children,
    family_page,
    framed,
    is_own,
    with_children,
)
from app.web.m.notify_me import asking, offer_of
from app.web.m.seats import place_of, say_fill
from app.web.rendering import own_path, page, send_to

router = APIRouter(include_in_schema=False)
PAGE = 20


@router.get("/sessions/{session_id}")
async def show_session(request: Request, ctx: Family, session_id: UUID) -> HTMLResponse:
    """One date with everything a family asks, and the button that fits."""
    return page(request, "m/session.html", await _session(request, ctx, session_id))


async def _session(request: Request, ctx: Ctx, session_id: UUID) -> dict[str, Any]:
    pupils, chosen = await children(request, ctx)
    place = await place_of(ctx, chosen.id)
    row = await reading.family_session(ctx, session_id, place.school_id)
    standing = await reading.active_bookings(ctx, session_id)
    context = {
        "row": row,
        "fill": say_fill(row, ctx.now),
        "standing": standing,
        "labels": labels,
        "bookable": row.state == SessionState.PLANNED
        and row.booking_opens_at <= ctx.now < row.booking_closes_at,
        "not_yet": row.booking_opens_at > ctx.now,
        "opinions": await activity_averages(ctx, row.activity_id),
        "opinion_items": VISITOR_ITEMS,
        "free_children": [pupil for pupil in pupils if standing.get(pupil.id) is None],
        "together": row.mode == SessionMode.FIRST_COME,
        "guardian": ctx.actor.person_id not in ctx.actor.pupil_ids,
        "problem": "",
        **await booking_form.form_of(ctx, session_id),
    }
    return framed(request, pupils, chosen, context)


@router.post("/sessions/{session_id}/book")
async def book(request: Request, caller: CallerDep, session_id: UUID) -> Response:
    """Places for the ticked children, all or none; with `wait`, the queue when there are too few.

    The page is read again only to show what was refused: in a rush most are not.
    """
    form = await read_form(request)
    try:
        pupils = booking_form.ticked(form)
        said = await booking_form.book(caller, session_id, pupils, form)
    except DomainError as refusal:
        async with caller.unit_of_work() as ctx:
            context = await _session(request, with_children(ctx), session_id)
        booking_form.refill(context, form)
        context["full"] = isinstance(
            refusal, (SessionFull, NotEnoughForAll)
        )  # then it offers to wait
        request.state.form = ("m/session.html", context)
        raise
    response = send_to(request, "/m/bookings", said)
    cookies.put_cookie(request, response, CHILD, str(pupils[0]), CHILD_SECONDS)
    return response


@router.get("/bookings")
async def list_bookings(request: Request, ctx: Family) -> HTMLResponse:
    """The chosen child's dates: those ahead first, with the place in the queue; then the past."""
    pupils, chosen = await children(request, ctx)
    rows = await reading.family_bookings(ctx, chosen.id)
    ahead = [row for row in rows if row.ends_at > ctx.now and row.state in ACTIVE]
    context: dict[str, Any] = {
        "ahead": list(reversed(ahead)),
        "past": [row for row in rows if row not in ahead],
        "labels": labels,
        "may_leave": {row.id for row in rows if _may_leave(ctx, row)},
        "cancellable": {row.id for row in ahead if _may_cancel(ctx, row)},
        "guardian": ctx.actor.person_id not in ctx.actor.pupil_ids,
        "words": await booking_form.words_for(ctx, ahead),
        "untils": {row.id: _answer_until(row) for row in ahead if row.consent_asked_at},
        "answers": await answers_to(ctx, [row.id for row in ahead]),
        "say_answer": say_answer,
        "now": ctx.now,
        "offer": await offer_of(request, ctx, [row.state for row in ahead]),
        "notes": {row.id: say_reserved(row.reserved or (), row.reserve_until) for row in ahead},
    }
    return asking(family_page(request, "bookings.html", pupils, chosen, context), context["offer"])


def _may_cancel(ctx: Ctx, row: AnyRow) -> bool:
    """As `cancel_booking` decides: before the start, and a sure place before its limit."""
    if row.starts_at <= ctx.now or row.state not in AHEAD or row.state == BookingState.HELD:
        return False
    sure = row.state == BookingState.CONFIRMED
    return not (sure and row.cancel_until is not None and row.cancel_until <= ctx.now)


def _may_leave(ctx: Ctx, row: AnyRow) -> bool:
    """As `ask_leave` decides."""
    if row.state == BookingState.CONFIRMED:
        return row.starts_at > ctx.now and not _may_cancel(ctx, row)
    return bool(row.state == BookingState.ABSENT and row.starts_at > ctx.now - EXPLAIN_WITHIN)


def _answer_until(row: AnyRow) -> datetime:
    return consent_until(row.consent_asked_at, row.cancel_until, row.starts_at)


@router.post("/bookings/{booking_id}/consent")
async def answer(request: Request, ctx: Family, booking_id: UUID) -> Response:
    """One tap: yes, the child may come, or no and the place goes to somebody else."""
    form = await read_form(request)
    said = Said.YES if form.one("said") == Said.YES else Said.NO
    await answer_consent(ctx, booking_id, said, form.one("consent"))
    done = "已同意，孩子的名额定下了。" if said is Said.YES else "已取消，名额让给别的孩子。"
    return send_to(request, "/m/bookings", done)


@router.post("/bookings/{booking_id}/decline")
async def decline(request: Request, ctx: Family, booking_id: UUID) -> Response:
    """Leave the places that were offered together to the next."""
    await decline_offer(ctx, booking_id)
    return send_to(request, "/m/bookings", "已谢绝。名额让给下一位。")


@router.post("/bookings/{booking_id}/accept")
async def accept(request: Request, ctx: Family, booking_id: UUID) -> Response:
    """Take the place that is held for the child."""
    await accept_offer(ctx, booking_id)
    return send_to(request, "/m/bookings", "名额已确认，到时请准时参加。")


@router.post("/bookings/{booking_id}/cancel")
async def cancel(request: Request, ctx: Family, booking_id: UUID) -> Response:
    await cancel_booking(ctx, booking_id, "家长取消")
    return send_to(request, "/m/bookings", "已取消。名额已让给候补的孩子。")


@router.post("/bookings/{booking_id}/leave")
async def leave(request: Request, ctx: Family, booking_id: UUID) -> Response:
    """请假 before the start, also when it is too late to cancel; or why the child did not come."""
    form = await read_form(request)
    row = await ask_leave(ctx, booking_id, form.one("reason")[:200] or "家长未写原因")
    applied = row.state == DecisionState.APPLIED
    said = "已请假，名额让给候补的孩子。" if applied else "已提交，等老师确认。"
    return send_to(request, "/m/bookings", said)


@router.get("/notices")
async def list_notices(request: Request, ctx: Family, cursor: Cursor = None) -> HTMLResponse:
    """The inbox: everything that was also sent to WeChat."""
    pupils, chosen = await children(request, ctx)
    rows, following = await own_notifications(ctx, cursor, PAGE)
    letters, _ = await received(ctx, None, PAGE) if cursor is None else ([], None)
    context = {
        "rows": rows,
        "letters": letters,
        "next": f"/m/notices?cursor={following}" if following else None,
    }
    return family_page(request, "notices.html", pupils, chosen, context)


@router.post("/notices/{notification_id}/read")
async def read_notice(request: Request, ctx: Family, notification_id: UUID) -> Response:
    await mark_read(ctx, notification_id)
    return send_to(request, "/m/notices")


@router.get("/children")
async def list_children(request: Request, ctx: Family) -> HTMLResponse:
    pupils, chosen = await children(request, ctx)
    return family_page(request, "children.html", pupils, chosen, {})


@router.post("/child")
async def choose_child(request: Request, ctx: Family) -> Response:
    """Remember which child the pages are about."""
    form = await read_form(request)
    pupils, _ = await children(request, ctx)
    try:
        wanted = UUID(form.one("child"))
    except ValueError as exc:
        raise NotFound from exc
    if not is_own(pupils, wanted):
        raise NotFound
    response = send_to(request, own_path(form.one("back"), "/m"))
    cookies.put_cookie(request, response, CHILD, str(wanted), CHILD_SECONDS)
    return response


@router.get("/welcome")
async def welcome(request: Request) -> Response:
    """Where the way back from WeChat ends: on to the page that was asked for."""
    return send_to(request, own_path(request.query_params.get("next"), "/m"))


@router.post("/logout")
async def end_login(request: Request, ctx: Authed) -> Response:
    await log_out(ctx)
    response = send_to(request, "/m/goodbye")
    cookies.drop_cookie(request, response, cookies.LOGIN)
    cookies.drop_cookie(request, response, cookies.PHONE)
    return response


@router.get("/goodbye")
async def goodbye(request: Request) -> HTMLResponse:
    return page(request, "m/goodbye.html", {})
