"""The list of what can be booked: search, chips, and the months' days share its reading."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import ColumnElement, Integer, bindparam, func, select, true, tuple_

from app.activities.access import matching
from app.activities.kinds import ActivityKind, ActivityState, Category, SessionState
from app.activities.models import Activity, Session
from app.kit.bounds import Line
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import BadCursor
from app.kit.http import Cursor
from app.kit.paging import decode_cursor, encode_cursor
from app.kit.states import StoredEnum
from app.orgs.rules import WEEK, monday_of, say_grade
from app.rounds.queries import open_rounds
from app.web import labels
from app.web.m.family import FamilyHot, children, family_page
from app.web.m.reading import family_sessions
from app.web.m.seats import PLAN_ANEW, Place, has_place, place_of, say_fill
from app.web.reading import sessions_with_activity

PAGE = 20


class When(StoredEnum):
    """本周 (from today), 周末 (the coming Saturday and Sunday), 下周."""

    WEEK = "week"
    WEEKEND = "weekend"
    NEXT = "next"


WHEN_WORDS = {When.WEEK: "本周", When.WEEKEND: "周末", When.NEXT: "下周"}


def span_of(when: When, today: date) -> tuple[date, date]:
    """The first day, and the day after the last."""
    monday = monday_of(today)
    if when is When.WEEKEND:
        return monday + timedelta(days=5), monday + WEEK
    return (monday, monday + WEEK) if when is When.WEEK else (monday + WEEK, monday + 2 * WEEK)


@dataclass(frozen=True)
class Wanted:
    """What a family looks for; `grade` None means everybody's."""

    words: str = ""
    kind: ActivityKind | None = None
    category: Category | None = None
    unit: UUID | None = None
    base: UUID | None = None
    grade: int | None = None
    places: bool = False
    span: tuple[datetime, datetime] | None = None


async def bookable_sessions(
    ctx: Ctx, wanted: Wanted, place: Place, cursor: str | None, limit: int
) -> tuple[list[AnyRow], str | None]:
    """Coming sessions of published activities, nearest first, with what this child can get.

    A keyset page: the following one costs what the first one costs.
    """
    stmt: Any = sessions_with_activity(ctx, Session.id).where(
        Activity.state == ActivityState.PUBLISHED,
        Session.state == SessionState.PLANNED,
        Session.starts_at > ctx.now,
        # Not as a second plain limit: the database would take the two for independent, expect
        # hardly a row and sort all of them, instead of walking in the order of the page.
        func.greatest(Session.booking_closes_at, ctx.now) > ctx.now,
        *_conditions(ctx, wanted, place),
    )
    if cursor:
        starts_at, last = _position(cursor)
        stmt = stmt.where(
            Session.starts_at >= starts_at,
            tuple_(Session.starts_at, Session.id) > tuple_(starts_at, last),
        )
    # The page first, then what belongs to its rows: nothing is counted for rows not shown.
    # The limit stands in the text: a kept plan that does not know it expects a tenth of all sessions.
    most = bindparam("page_limit", limit + 1, Integer, literal_execute=True)
    page = stmt.order_by(Session.starts_at, Session.id).limit(most).subquery("page")
    found = family_sessions(ctx, place.school_id).where(Session.id.in_(select(page.c.id)))
    rows = list(await ctx.conn.execute(found.order_by(Session.starts_at, Session.id)))
    more, rows = len(rows) > limit, rows[:limit]
    following = encode_cursor([rows[-1].starts_at.isoformat(), rows[-1].id]) if more else None
    return rows, following


def _conditions(ctx: Ctx, wanted: Wanted, place: Place) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [true()]
    if wanted.words:
        found.append(matching(ctx, wanted.words))
    if wanted.kind:
        found.append(Activity.kind == wanted.kind)
    if wanted.category:
        found.append(Activity.category == wanted.category)
    if wanted.unit:
        found.append(Activity.organization_id == wanted.unit)
    if wanted.base:
        found.append(Session.base_id == wanted.base)
    if wanted.grade is not None:
        found += [Activity.min_grade <= wanted.grade, Activity.max_grade >= wanted.grade]
    if wanted.places:
        found += [has_place(place.school_id), Session.booking_opens_at <= ctx.now]
    if wanted.span:
        found += [Session.starts_at >= wanted.span[0], Session.starts_at < wanted.span[1]]
    return found


def _position(cursor: str) -> tuple[datetime, UUID]:
    values = decode_cursor(cursor)
    try:
        starts_at, last = datetime.fromisoformat(values[0]), UUID(values[1])
    except (ValueError, IndexError) as exc:
        raise BadCursor from exc
    if starts_at.tzinfo is None:
        raise BadCursor
    return starts_at, last


@dataclass(frozen=True)
class Asked:
    """The conditions as they stand in the address, so that every chip can keep the others."""

    values: dict[str, str]

    def to(self, **changes: str) -> str:
        """The list's address with these conditions changed; the empty ones are left out."""
        kept = {key: value for key, value in {**self.values, **changes}.items() if value}
        return f"/m?{urlencode(kept)}" if kept else "/m"

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


async def list_sessions(
    request: Request,
    ctx: FamilyHot,
    q: Annotated[Line, Query(max_length=40)] = "",
    kind: ActivityKind | None = None,
    category: Category | None = None,
    when: When | None = None,
    unit: UUID | None = None,
    base: UUID | None = None,
    places: Annotated[int, Query(ge=0, le=1)] = 0,
    everyone: Annotated[int, Query(ge=0, le=1)] = 0,
    cursor: Cursor = None,
) -> HTMLResponse:
    """What can be booked next, for the chosen child's grade unless all grades are asked for."""
    pupils, chosen = await children(request, ctx)
    narrowed = bool(q or kind or category or when or unit or base or places)
    # One plan walks along the dates, whoever asks, and is kept; what is rare needs one of its own.
    place = await place_of(ctx, chosen.id, PLAN_ANEW if narrowed else None)
    span = None
    if when:
        first, after = span_of(when, ctx.today)
        span = (at_school(first, 0), at_school(after, 0))
    grade = None if everyone else place.grade
    wanted = Wanted(q, kind, category, unit, base, grade, bool(places), span)
    rows, following = await bookable_sessions(ctx, wanted, place, cursor, PAGE)
    given = {"q": q, "kind": kind, "category": category, "when": when, "unit": unit, "base": base}
    flags = {"places": places, "everyone": everyone}
    asked = Asked({key: str(value) for key, value in {**given, **flags}.items() if value})
    context = {
        "rows": [(row, say_fill(row, ctx.now)) for row in rows],
        "next": asked.to(cursor=following) if following else None,
        "is_later": cursor is not None,
        "asked": asked,
        "narrowed": narrowed,
        "whens": [(str(key), word) for key, word in WHEN_WORDS.items()],
        "grade": say_grade(place.grade) if place.grade is not None else "",
        "labels": labels,
        "opened_at": ctx.now,
        "rounds": await open_rounds(ctx),
    }
    return family_page(request, "sessions.html", pupils, chosen, context)
