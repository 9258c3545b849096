"""The month on a phone: the child's dates, what is open, terms and days off; tap a day for its list."""

from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Date, and_, cast, func, literal, select, union_all

from app.activities.kinds import ActivityState, SessionState
from app.activities.models import Activity, Session
from app.bookings.kinds import ACTIVE
from app.bookings.models import Booking
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import DomainError, Kind
from app.orgs.kinds import DayKind
from app.orgs.models import Term, TermDay
from app.orgs.rules import WEEK, monday_of
from app.web import labels
from app.web.m.family import Family, children, family_page
from app.web.m.finding import Wanted, bookable_sessions
from app.web.m.seats import Place, place_of, say_fill
from app.web.reading import sessions_with_activity

router = APIRouter(include_in_schema=False)
SHOWN = 40
YEARS = (2000, 2099)
TERM = "term"


class NoSuchMonth(DomainError):
    kind, code, sentence = Kind.INVALID, "web.no_such_month", "没有这个月份或日期，请重新选择。"


class Day(NamedTuple):
    """One square: how many of the child's dates and how many open ones; a day off and its name."""

    day: date
    mine: int
    open: int
    off: str


@router.get("/calendar")
async def show_month(
    request: Request,
    ctx: Family,
    month: Annotated[str, Query(max_length=7)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """The month (`2026-11`, else this one) for the chosen child, with the list of one of its days."""
    chosen_day = _day(day) if day else None
    first = _day(f"{month}-01") if month else (chosen_day or ctx.today).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    if chosen_day is None and first <= ctx.today < after:
        chosen_day = ctx.today
    pupils, child = await children(request, ctx)
    place = await place_of(ctx, child.id)
    rows = await _sums(ctx, first, after, place, child.id)
    terms, off = await _school_calendar(ctx, first, after)
    context = {
        "first": first,
        "previous": (first - timedelta(days=1)).strftime("%Y-%m"),
        "following": after.strftime("%Y-%m"),
        "weeks": _weeks(first, after, rows, off),
        "terms": terms,
        "today": ctx.today,
        "day": chosen_day,
        "off": off.get(chosen_day, "") if chosen_day else "",
        "labels": labels,
    }
    if chosen_day:
        context |= await _list_of(ctx, chosen_day, place, child.id)
    return family_page(request, "calendar.html", pupils, child, context)


def _day(said: str) -> date:
    try:
        found = date.fromisoformat(said)
    except ValueError as exc:
        raise NoSuchMonth from exc
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise NoSuchMonth
    return found


def _weeks(
    first: date, after: date, rows: dict[date, AnyRow], off: dict[date, str]
) -> list[list[Day | None]]:
    """Monday to Sunday; days of other months stay empty."""
    monday, weeks = monday_of(first), []
    while monday < after:
        days = [monday + timedelta(days=number) for number in range(7)]
        weeks.append([_square(one, rows, off) if first <= one < after else None for one in days])
        monday += WEEK
    return weeks


def _square(day: date, rows: dict[date, AnyRow], off: dict[date, str]) -> Day:
    row = rows.get(day)
    return Day(day, row.mine if row else 0, row.open if row else 0, off.get(day, ""))


async def _sums(
    ctx: Ctx, first: date, after: date, place: Place, pupil_id: Any
) -> dict[date, AnyRow]:
    """Per day: the child's standing bookings, and sessions it could still book."""
    day = cast(func.timezone("Asia/Shanghai", Session.starts_at), Date)
    fits = and_(
        Activity.state == ActivityState.PUBLISHED,
        Session.state == SessionState.PLANNED,
        Session.booking_closes_at > ctx.now,
        Session.starts_at > ctx.now,
        literal(place.grade).between(Activity.min_grade, Activity.max_grade)
        if place.grade is not None
        else literal(value=True),
    )
    booked = and_(
        Booking.district_id == Session.district_id,
        Booking.session_id == Session.id,
        Booking.pupil_id == pupil_id,
        Booking.state.in_(ACTIVE),
    )
    stmt = (
        sessions_with_activity(
            ctx,
            day.label("day"),
            func.count(Booking.id).label("mine"),
            func.count().filter(fits, Booking.id.is_(None)).label("open"),
        )
        .outerjoin(Booking, booked)
        .where(Session.starts_at >= at_school(first, 0), Session.starts_at < at_school(after, 0))
        .group_by(day)
    )
    return {row.day: row for row in await ctx.conn.execute(stmt)}


async def _school_calendar(
    ctx: Ctx, first: date, after: date
) -> tuple[list[AnyRow], dict[date, str]]:
    """Terms that touch the month, and its days that are not as their weekday says."""
    terms = select(
        literal(TERM).label("kind"), Term.name, Term.starts_on.label("day"), Term.ends_on
    ).where(Term.district_id == ctx.district_id, Term.starts_on < after, Term.ends_on >= first)
    days = select(TermDay.kind, TermDay.name, TermDay.day, TermDay.day).where(
        TermDay.district_id == ctx.district_id, TermDay.day >= first, TermDay.day < after
    )
    rows: list[AnyRow] = list(await ctx.conn.execute(union_all(terms, days)))
    off = {
        row.day: labels.DAY_KINDS[row.kind] + (f"：{row.name}" if row.name else "")
        for row in rows
        if row.kind in (DayKind.HOLIDAY, DayKind.MAKEUP)
    }
    return sorted((row for row in rows if row.kind == TERM), key=lambda row: row.day), off


async def _list_of(ctx: Ctx, day: date, place: Place, pupil_id: Any) -> dict[str, Any]:
    """The day's dates of the child, and what it can still book."""
    begin, end = at_school(day, 0), at_school(day + timedelta(days=1), 0)
    mine = sessions_with_activity(
        ctx, Session.id, Session.starts_at, Session.ends_at, Activity.title, Booking.state
    ).join(
        Booking,
        and_(Booking.district_id == Session.district_id, Booking.session_id == Session.id),
    )
    mine = mine.where(
        Booking.pupil_id == pupil_id,
        Booking.state.in_(ACTIVE),
        Session.starts_at >= begin,
        Session.starts_at < end,
    )
    booked = list(await ctx.conn.execute(mine.order_by(Session.starts_at)))
    wanted = Wanted(grade=place.grade, span=(begin, end))
    found, more = await bookable_sessions(ctx, wanted, place, None, SHOWN)
    taken = {row.id for row in booked}
    rows = [(row, say_fill(row, ctx.now)) for row in found if row.id not in taken]
    return {"booked": booked, "rows": rows, "more": more is not None}
