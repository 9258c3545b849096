"""How do bases, courses, activities and their sessions become rows?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.activities.kinds import ActivityState, SessionState
from app.activities.models import Activity, Review, Session
from app.demo.build_orgs import Members, unit_address
from app.demo.build_people import Crowd
from app.demo.cast import LOGINS, POTTERY
from app.demo.draft import Draft, demo_scene
from app.demo.units import (
    DRAFTS,
    POTTERY_COURSE,
    POTTERY_FULL,
    POTTERY_WALK_IN,
    RETURNED,
    SUBMITTED,
    UNITS,
    Offer,
    Unit,
)
from app.kit.clock import at_school, school_day
from app.people.roles import Role
from app.resources.models import Course, LearningBase

PAST_DAYS, AHEAD_DAYS, WALK_IN_DAYS = 60, 45, 14
OPENS_DAYS_BEFORE = 30
# What the secretariat has recognised, by unit.
MARKS = {
    "职业技术学校烘焙室": ("labour_post", "vocational_school"),
    "竹编工艺坊": ("labour_post", "recognised"),
    "陶艺工坊": ("labour_post", "recognised"),
    "博物馆分馆": ("patriotic", "recognised"),
}
SATURDAY, SUNDAY = 5, 6
CULTURES = ("“匠心”文化", "“求真”文化", "“和美”文化", "“向上”文化")


@dataclass
class PlannedSession:
    """A session that is to become a row, with what its visitors need to know."""

    offer: Offer
    unit: str
    activity: UUID
    base: UUID
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    capacity: int
    past: bool


class Calendar:
    """Which dates are still free at a base: school afternoons and Saturdays."""

    def __init__(self, today: date, luck: Random) -> None:
        self._today, self._luck = today, luck
        self._taken: set[tuple[UUID, datetime]] = set()

    def pick(self, base: UUID, least: int, most: int) -> datetime:
        """A random free start between so many days from today, both inclusive."""
        starts = self._starts(least, most)
        free = [start for start in starts if (base, start) not in self._taken]
        return self._take(base, self._luck.choice(free))

    def first(self, base: UUID, least: int, most: int) -> datetime:
        """The earliest free start."""
        starts = self._starts(least, most)
        return self._take(base, min(at for at in starts if (base, at) not in self._taken))

    def _take(self, base: UUID, start: datetime) -> datetime:
        self._taken.add((base, start))
        return start

    def _starts(self, least: int, most: int) -> list[datetime]:
        days = [self._today + timedelta(days=away) for away in range(least, most + 1)]
        return [
            at_school(day, hour, minute)
            for day in days
            if not is_holiday(day)
            for hour, minute in (
                ((9, 0), (13, 30)) if day.weekday() == SATURDAY else ((13, 30), (15, 30))
            )
        ]


def is_holiday(day: date) -> bool:
    """Sundays and the first week of October."""
    return day.weekday() == SUNDAY or (day.month == 10 and day.day <= 7)


def build_activities(
    draft: Draft, members: Members, crowd: Crowd
) -> list[tuple[UUID, PlannedSession]]:
    """All activities with their sessions, in the order of time so that ids follow it."""
    calendar = Calendar(draft.today, draft.luck("calendar"))
    luck = draft.luck("activities")
    planned: list[PlannedSession] = []
    for number, unit in enumerate(UNITS, start=1):
        base = draft.add(
            LearningBase,
            organization_id=members.units[unit.name],
            name=unit.name,
            theme=unit.theme,
            address=unit_address(number),
            scene=demo_scene("b", unit.name),
            marks=list(MARKS.get(unit.name, ())),
        )
        courses = _build_courses(draft, members.units[unit.name], unit)
        for offer in unit.offers:
            course = courses[offer.course] if offer.course else None
            activity = add_activity(draft, members, crowd, (unit.name, offer, base), course)
            planned += _plan_sessions(draft, calendar, luck, (unit.name, offer, activity, base))
    planned.sort(key=lambda session: (session.starts_at, session.activity))
    return [(_build_session(draft, session), session) for session in planned]


def state_of(title: str) -> ActivityState:
    if title in DRAFTS:
        return ActivityState.DRAFT
    if title in SUBMITTED:
        return ActivityState.SUBMITTED
    return ActivityState.RETURNED if title in RETURNED else ActivityState.PUBLISHED


def _build_courses(draft: Draft, organization: UUID, unit: Unit) -> dict[str, UUID]:
    return {
        offer.course: draft.add(
            Course,
            organization_id=organization,
            title=offer.course,
            summary=f"{unit.theme}课程：动手为主，{offer.minutes} 分钟一课。",
            culture=CULTURES[sum(map(ord, unit.name)) % len(CULTURES)],
            feature=f"{unit.theme}进课堂",
            theme=unit.theme,
            place=unit.name,
            leader=f"{unit.name[:2]}老师",
            min_grade=offer.grades[0],
            max_grade=offer.grades[1],
        )
        for offer in unit.offers
        if offer.course
    }


def add_activity(
    draft: Draft,
    members: Members,
    crowd: Crowd,
    about: tuple[str, Offer, UUID],
    course: UUID | None = None,
) -> UUID:
    """An activity of a unit at its base, with the steps of its review."""
    unit, offer, base = about
    author, state = crowd.publishers[unit], state_of(offer.title)
    activity = draft.add(
        Activity,
        organization_id=members.units[unit],
        base_id=base,
        course_id=course,
        kind=offer.kind,
        category=offer.category,
        title=offer.title,
        summary=f"在{unit}，{offer.minutes} 分钟，免费参加。请提前十分钟到达。",
        what_to_bring=offer.bring,
        min_grade=offer.grades[0],
        max_grade=offer.grades[1],
        credited_minutes=offer.minutes,
        evidence_needed=offer.evidence,
        state=state,
        author_id=author,
    )
    _build_reviews(draft, crowd, activity, offer.title, author)
    return activity


def _build_reviews(draft: Draft, crowd: Crowd, activity: UUID, title: str, author: UUID) -> None:
    state = state_of(title)
    if state is ActivityState.DRAFT:
        return
    fresh = state is not ActivityState.PUBLISHED
    day = draft.today - timedelta(days=4 if fresh else PAST_DAYS + OPENS_DAYS_BEFORE + 8)
    steps = [(ActivityState.SUBMITTED, "", author)]
    reviewer = next(crowd.staff[login.name] for login in LOGINS if login.role is Role.SECRETARIAT)
    if state is ActivityState.RETURNED:
        steps.append((ActivityState.RETURNED, RETURNED[title], reviewer))
    elif state is ActivityState.PUBLISHED:
        steps.append((ActivityState.APPROVED, "", reviewer))
    for later, (verdict, reason, person) in enumerate(steps):
        draft.add(
            Review,
            activity_id=activity,
            verdict=verdict,
            reason=reason,
            person_id=person,
            at=at_school(day + timedelta(days=later), 10),
        )


def _plan_sessions(
    draft: Draft, calendar: Calendar, luck: Random, about: tuple[str, Offer, UUID, UUID]
) -> list[PlannedSession]:
    unit, offer, _, base = about
    if offer.title == POTTERY_WALK_IN:
        return [_walk_in(about, *times) for times in walk_in_times(draft.today, draft.now)]
    if state_of(offer.title) is ActivityState.DRAFT:
        return []
    starts = []
    if state_of(offer.title) is ActivityState.PUBLISHED:
        starts += [calendar.pick(base, -PAST_DAYS, -31), calendar.pick(base, -30, -1)]
    if unit == POTTERY and offer.title in (POTTERY_COURSE, POTTERY_FULL):
        # The stories need a date to book and a full one, soon and at any time of the year.
        starts.append(calendar.first(base, 3, 14))
    starts += [calendar.pick(base, 15, AHEAD_DAYS)]
    if luck.random() < 0.5:
        starts.append(calendar.pick(base, 2, 14))
    return [_planned(draft, luck, about, start) for start in starts]


def _planned(
    draft: Draft, luck: Random, about: tuple[str, Offer, UUID, UUID], start: datetime
) -> PlannedSession:
    unit, offer, activity, base = about
    day = school_day(start)
    return PlannedSession(
        offer,
        unit,
        activity,
        base,
        starts_at=start,
        ends_at=start + timedelta(minutes=max(60, offer.minutes)),
        opens_at=at_school(day - timedelta(days=OPENS_DAYS_BEFORE), 8),
        closes_at=at_school(day - timedelta(days=1), 18),
        capacity=20 if offer.title == POTTERY_FULL else luck.choice((20, 24, 30, 36, 40)),
        past=day < draft.today,
    )


def walk_in_times(today: date, now: datetime) -> list[tuple[datetime, datetime]]:
    """Open days 8:00-21:00; and one that is open at this very hour, however late it is.

    So the demonstration can book, scan and stamp at once, by day and by night.
    """
    days = [today + timedelta(days=away) for away in range(WALK_IN_DAYS)]
    times = [(at_school(day, 8), at_school(day, 21)) for day in days]
    hour = now.replace(minute=0, second=0, microsecond=0)
    if not times[0][0] <= now < times[0][1] - timedelta(hours=2):
        night = (hour, hour + timedelta(hours=3))
        times = [night, *(slot for slot in times if slot[0] >= night[1])]
    return times


def _walk_in(
    about: tuple[str, Offer, UUID, UUID], starts_at: datetime, ends_at: datetime
) -> PlannedSession:
    unit, offer, activity, base = about
    opens_at = starts_at - timedelta(days=WALK_IN_DAYS)
    return PlannedSession(
        offer, unit, activity, base, starts_at, ends_at, opens_at, ends_at, 40, past=False
    )


def _build_session(draft: Draft, session: PlannedSession) -> UUID:
    return draft.add(
        Session,
        activity_id=session.activity,
        base_id=session.base,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        booking_opens_at=session.opens_at,
        booking_closes_at=session.closes_at,
        capacity=session.capacity,
        state=SessionState.CLOSED if session.past else SessionState.PLANNED,
    )
