"""Many dates in one go: a weekly pattern over a term, and last term's dates in another term."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from app.activities.access import access_activity
from app.activities.errors import (
    NoCalendar,
    NoDates,
    NothingToCopy,
    TimesOutOfOrder,
    TooManySessions,
    WeeksOutsideTerm,
)
from app.activities.kinds import SessionMode, SessionState
from app.activities.models import Activity, Session
from app.activities.permissions import P
from app.activities.rules import Skipped, Special, moved_day, pattern_days, why_closed
from app.activities.service.fields import copy_fields
from app.activities.service.publishing import draft_activity
from app.activities.service.sessions import add_session
from app.kit.clock import at_school, school_day
from app.kit.context import Ctx
from app.orgs.kinds import DayKind
from app.orgs.models import Term
from app.orgs.queries import list_terms, read_term, term_days
from app.orgs.rules import week_of
from app.resources.queries import is_vetted

MOST_SESSIONS, MOST_SEATS = 60, 6000
_COPIED = (
    "organization_id",
    "base_id",
    "course_id",
    "kind",
    "category",
    "title",
    "summary",
    "what_to_bring",
    "min_grade",
    "max_grade",
    "credited_minutes",
    "evidence_needed",
    "consent_needed",
    "stalls",
)


@dataclass(frozen=True)
class Slot:
    """A session that is to be made."""

    starts_at: datetime
    ends_at: datetime
    booking_opens_at: datetime | None = None
    booking_closes_at: datetime | None = None
    capacity: int = 0
    mode: SessionMode = SessionMode.FIRST_COME
    reserve_percent: int = 0
    reserve_until: datetime | None = None
    cancel_until: datetime | None = None


@dataclass(frozen=True)
class Plan:
    """What would be made, and which dates are left out with the reason."""

    slots: Sequence[Slot]
    skipped: Sequence[Skipped] = field(default_factory=list)


@dataclass(frozen=True)
class Pattern:
    """Weekly on these weekdays (1 Monday … 7 Sunday), from week to week of a term.

    How places are given is the same for each date; its limits are days before its start.
    """

    term_id: UUID
    first_week: int
    last_week: int
    weekdays: Sequence[int]
    starts: time
    ends: time
    capacity: int
    mode: SessionMode = SessionMode.FIRST_COME
    reserve_percent: int = 0
    reserve_days: int = 3
    cancel_days: int | None = None
    booking_opens_at: datetime | None = None

    def slot(self, day: date) -> Slot:
        starts = _at(day, self.starts)
        limited = None if self.cancel_days is None else starts - timedelta(days=self.cancel_days)
        reserved = starts - timedelta(days=self.reserve_days) if self.reserve_percent else None
        return Slot(
            starts,
            _at(day, self.ends),
            self.booking_opens_at,
            capacity=self.capacity,
            mode=self.mode,
            reserve_percent=self.reserve_percent,
            reserve_until=reserved,
            cancel_until=limited,
        )


async def plan_pattern(
    ctx: Ctx, activity_id: UUID, pattern: Pattern, *, lock: bool = False
) -> Plan:
    """The dates a pattern gives, before anything is made.

    Left out: days off, what is past, and dates on which this activity has the
    same session already. Refused: a term without a calendar, weeks it has not,
    more than sixty sessions or six thousand places, and a pattern without any date.
    """
    await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=lock)
    term, special = await _calendar(ctx, pattern.term_id)
    weeks = week_of(term, term.ends_on) or 0
    if not 1 <= pattern.first_week <= pattern.last_week <= weeks:
        raise WeeksOutsideTerm(term=term.name, weeks=weeks)
    if pattern.starts >= pattern.ends:
        raise TimesOutOfOrder
    first, last, weekdays = pattern.first_week, pattern.last_week, pattern.weekdays
    days, skipped = pattern_days(term, first, last, weekdays, special)
    if len(days) > MOST_SESSIONS or len(days) * pattern.capacity > MOST_SEATS:
        raise TooManySessions(most=MOST_SESSIONS, seats=MOST_SEATS, number=len(days))
    slots = [pattern.slot(day) for day in days]
    plan = await _without_repeats(ctx, activity_id, slots, skipped)
    if not plan.slots and not any(one.reason == _THERE for one in plan.skipped):
        raise NoDates
    return plan


async def repeat_sessions(ctx: Ctx, activity_id: UUID, pattern: Pattern) -> Plan:
    """Make every session of the pattern or none; the same again makes none and says so."""
    plan = await plan_pattern(ctx, activity_id, pattern, lock=True)
    await _make(ctx, activity_id, plan)
    return plan


async def plan_copy(ctx: Ctx, activity_id: UUID, term_id: UUID) -> Plan:
    """Last term's dates of the activity in another term: same week, same weekday, same hour.

    "Last" is the newest earlier term in which it has sessions. Left out: days off,
    weeks the other term has not, and what is past.
    """
    await access_activity(ctx, activity_id, P.ACTIVITY_EDIT)
    target, special = await _calendar(ctx, term_id)
    source, sessions = await _last_term(ctx, activity_id, target)
    slots, skipped = list[Slot](), list[Skipped]()
    for session in sessions:
        day = school_day(session.starts_at)
        moved = moved_day(day, source, target)
        reason = "这个学期没有这一天" if moved is None else why_closed(moved, special)
        if moved is None or reason:
            skipped.append(Skipped(moved or day, reason or ""))
        else:
            slots.append(_moved(session, moved - day))
    if len(slots) > MOST_SESSIONS or sum(slot.capacity for slot in slots) > MOST_SEATS:
        raise TooManySessions(most=MOST_SESSIONS, seats=MOST_SEATS, number=len(slots))
    return _ahead(ctx, slots, skipped)


async def copy_activity(ctx: Ctx, activity_id: UUID, term_id: UUID) -> tuple[Activity, Plan]:
    """A draft with last term's dates moved; copying again to that term gives the same draft."""
    source = await access_activity(ctx, activity_id, P.ACTIVITY_EDIT, lock=True)
    stmt = select(Activity).where(
        Activity.district_id == ctx.district_id,
        Activity.copied_from == activity_id,
        Activity.copied_term == term_id,
    )
    plan = await plan_copy(ctx, activity_id, term_id)
    made = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if made is not None:
        return made, plan
    values = {name: getattr(source, name) for name in _COPIED}
    if source.mentor_id and await is_vetted(ctx, source.mentor_id):
        values["mentor_id"] = source.mentor_id
    origin = {"copied_from": source.id, "copied_term": term_id}
    copy = await draft_activity(ctx, {**values, **origin})
    await copy_fields(ctx, source.id, copy.id)
    await _make(ctx, copy.id, plan)
    return copy, plan


async def _calendar(ctx: Ctx, term_id: UUID) -> tuple[Term, Special]:
    term = await read_term(ctx, term_id)
    special = {row.day: (DayKind(row.kind), row.name) for row in await term_days(ctx, term_id)}
    if not special:
        raise NoCalendar(term=term.name)
    return term, special


async def _last_term(ctx: Ctx, activity_id: UUID, target: Term) -> tuple[Term, list[Session]]:
    terms, _ = await list_terms(ctx, None, 200)
    stmt = (
        select(Session)
        .where(
            Session.district_id == ctx.district_id,
            Session.activity_id == activity_id,
            Session.state != SessionState.CANCELLED,
            Session.starts_at < at_school(target.starts_on, 0),
        )
        .order_by(Session.starts_at, Session.id)
    )
    sessions = list((await ctx.db.execute(stmt)).scalars())
    for term in sorted(terms, key=lambda one: one.starts_on, reverse=True):
        inside = [one for one in sessions if week_of(term, school_day(one.starts_at)) is not None]
        if inside:
            return term, inside
    raise NothingToCopy(term=target.name)


def _moved(session: Session, by: timedelta) -> Slot:
    """The same session later; what a round had given out starts as first come again."""
    by_round = session.mode == SessionMode.WISHES
    return Slot(
        session.starts_at + by,
        session.ends_at + by,
        session.booking_opens_at + by,
        session.booking_closes_at + by,
        session.capacity,
        SessionMode.FIRST_COME if by_round else SessionMode(session.mode),
        session.reserve_percent,
        session.reserve_until + by if session.reserve_until else None,
        session.cancel_until + by if session.cancel_until else None,
    )


def _at(day: date, clock: time) -> datetime:
    return at_school(day, clock.hour, clock.minute)


_THERE = "已经有这个场次"


async def _without_repeats(
    ctx: Ctx, activity_id: UUID, slots: Sequence[Slot], skipped: Sequence[Skipped]
) -> Plan:
    stmt = select(Session.starts_at).where(
        Session.district_id == ctx.district_id,
        Session.activity_id == activity_id,
        Session.state != SessionState.CANCELLED,
    )
    there = set((await ctx.conn.execute(stmt)).scalars())
    repeated = [slot for slot in slots if slot.starts_at in there]
    more = [Skipped(school_day(slot.starts_at), _THERE) for slot in repeated]
    fresh = [slot for slot in slots if slot.starts_at not in there]
    return _ahead(ctx, fresh, [*skipped, *more])


def _ahead(ctx: Ctx, slots: Sequence[Slot], skipped: Sequence[Skipped]) -> Plan:
    past = [
        Skipped(school_day(slot.starts_at), "日期已过")
        for slot in slots
        if slot.starts_at <= ctx.now
    ]
    ahead = [slot for slot in slots if slot.starts_at > ctx.now]
    return Plan(ahead, sorted([*skipped, *past], key=lambda one: one.day))


async def _make(ctx: Ctx, activity_id: UUID, plan: Plan) -> None:
    for slot in plan.slots:
        await add_session(ctx, {"activity_id": activity_id, **vars(slot)})
