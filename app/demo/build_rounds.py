"""How do two course-selection rounds become rows: one that is open, one of last term with its result?"""

import hashlib
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.activities.kinds import SessionMode
from app.activities.models import Seat
from app.activities.rules import commitment, reserves_of
from app.demo.build_activities import PlannedSession
from app.demo.build_people import Crowd, Pupil
from app.demo.build_visits import Visits
from app.demo.draft import SEED, Draft, Row
from app.demo.extras import CHOSEN, FRIDAY, PRIMARY, Program, afternoon, families_of, on_weekday
from app.demo.schools import TERMS
from app.kit.clock import at_school
from app.orgs.models import Organization
from app.rounds.kinds import RoundState, RunKind
from app.rounds.models import (
    AllocationResult,
    AllocationRun,
    BookingRound,
    RoundSession,
    Wish,
)
from app.rounds.rules import Offer, Outcome, Wanter, allocate
from app.rounds.service.allocation import Input, code_of, digests, figures, verdicts

OPEN_NAME, PAST_NAME = "周五选修课（本学期）", "周五选修课（上学期）"
WISHING, TOOK_PART = 300, 180
RESERVE_PERCENT = 80
Dates = dict[UUID, PlannedSession]


def build_rounds(program: Program, crowd: Crowd, visits: Visits) -> None:
    """Both rounds choose among the same courses."""
    draft = program.draft
    activities = [program.activity(about) for about in CHOSEN]
    _build_past(program, crowd, visits, activities)
    opens = at_school(draft.today - timedelta(days=1), 8)
    closes = at_school(draft.today + timedelta(days=5), 20)
    first = on_weekday(draft.today + timedelta(days=14), FRIDAY)
    dates = _dates(program, activities, first, (closes, closes + timedelta(days=1)), 30)
    for session_id, plan in dates.items():
        for _ in range(plan.capacity):
            draft.add(Seat, session_id=session_id, booking_id=None)
    round_id = _round(draft, OPEN_NAME, (opens, closes), dates, RoundState.ANNOUNCED)
    luck = draft.luck("wishes")
    wishing = luck.sample(families_of(crowd, PRIMARY), WISHING)
    for pupil in wishing:
        _wish(draft, round_id, pupil, _choose(luck, list(dates), luck.randint(2, 5)), opens)


def _dates(
    program: Program,
    activities: list[UUID],
    first: date,
    window: tuple[datetime, datetime],
    capacity: int,
) -> Dates:
    """One Friday a course."""
    found = {}
    for number, (about, activity) in enumerate(zip(CHOSEN, activities, strict=True)):
        starts = afternoon(first + timedelta(weeks=number))
        session_id, plan = program.session(
            about, activity, starts, window, capacity, mode=SessionMode.WISHES
        )
        found[session_id] = plan
    return found


def _round(
    draft: Draft,
    name: str,
    window: tuple[datetime, datetime],
    dates: Dates,
    state: RoundState,
    published_at: datetime | None = None,
) -> UUID:
    seed = hashlib.sha256(f"{SEED}/{draft.code}/{name}".encode()).hexdigest()[:40]
    round_id = draft.add(
        BookingRound,
        name=name,
        opens_at=window[0],
        closes_at=window[1],
        reserve_percent=RESERVE_PERCENT,
        state=state,
        seed=seed,
        seed_digest=commitment(seed),
        published_at=published_at,
    )
    for session_id in dates:
        draft.link(RoundSession, round_id=round_id, session_id=session_id)
    return round_id


def _choose(luck: Random, sessions: list[UUID], number: int) -> list[UUID]:
    """Some wishes; the first courses are the most popular."""
    left, found = list(sessions), list[UUID]()
    while left and len(found) < number:
        weights = [2.0 ** -sessions.index(one) for one in left]
        found.append(luck.choices(left, weights)[0])
        left.remove(found[-1])
    return found


def _wish(
    draft: Draft, round_id: UUID, pupil: Pupil, wishes: list[UUID], made_at: datetime
) -> None:
    for number, session_id in enumerate(wishes, start=1):
        draft.add(
            Wish,
            round_id=round_id,
            pupil_id=pupil.id,
            session_id=session_id,
            number=number,
            made_by=pupil.guardians[0],
            made_at=made_at,
        )


def last_term_end(today: date) -> date:
    """When the term before this one ended; without a calendar, half a year ago."""
    ended = [ends for _, _, _, ends in TERMS if ends < today]
    return max(ended, default=today - timedelta(days=150))


def _build_past(program: Program, crowd: Crowd, visits: Visits, activities: list[UUID]) -> None:
    """Last term's round, decided by the product's own rules, and who came to what they got."""
    draft = program.draft
    first = on_weekday(last_term_end(draft.today) - timedelta(weeks=7), FRIDAY)
    closes = at_school(first - timedelta(days=8), 20)
    window = (closes - timedelta(days=7), closes)
    published = closes + timedelta(hours=1)
    dates = _dates(program, activities, first, (closes, published), 25)
    round_id = _round(draft, PAST_NAME, window, dates, RoundState.PUBLISHED, published)
    luck = draft.luck("past wishes")
    days = [plan.starts_at for plan in dates.values()]
    free = [one for one in families_of(crowd, PRIMARY) if not visits.is_busy(one.id, days)]
    wishes = {
        pupil.id: _choose(luck, list(dates), luck.randint(2, 4))
        for pupil in luck.sample(free, TOOK_PART)
    }
    for pupil_id, wanted in wishes.items():
        _wish(draft, round_id, crowd.pupils[pupil_id], wanted, window[0])
    seed = next(row["seed"] for row in draft.rows[BookingRound] if row["id"] == round_id)
    data = _input(crowd, round_id, dates, wishes, _schools(draft))
    outcome = allocate(data.wanters, data.offers, seed)
    _store(draft, round_id, data, outcome, (seed, published))
    for session_id, plan in dates.items():
        roll = outcome.rolls.get(str(session_id), [])
        visits.attend(session_id, plan, [data.pupils[code].pupil_id for code in roll])


def _schools(draft: Draft) -> dict[str, UUID]:
    return {row["name"]: row["id"] for row in draft.rows[Organization]}


def _input(
    crowd: Crowd,
    round_id: UUID,
    dates: Dates,
    wishes: dict[UUID, list[UUID]],
    schools: dict[str, UUID],
) -> Input:
    """What the allocation reads from the database in a real round."""
    enrolled = Counter(
        str(schools[pupil.room.school])
        for pupil in crowd.pupils.values()
        if PRIMARY[0] <= pupil.room.grade <= PRIMARY[1]
    )
    offers = {
        str(session_id): Offer(
            plan.capacity, reserves_of(plan.capacity, enrolled, RESERVE_PERCENT / 100)
        )
        for session_id, plan in dates.items()
    }
    titles: Any = {
        str(session_id): SimpleNamespace(title=plan.offer.title, starts_at=plan.starts_at)
        for session_id, plan in dates.items()
    }
    data = Input([], offers, {}, titles, {}, {})
    for pupil_id, wanted in wishes.items():
        code, school = code_of(round_id, pupil_id), schools[crowd.pupils[pupil_id].room.school]
        about: Any = SimpleNamespace(pupil_id=pupil_id, school_id=school)
        data.pupils[code], data.left_out[code] = about, {}
        data.wishes[code] = [str(one) for one in wanted]
        data.wanters.append(Wanter(code, str(school), 0, tuple(data.wishes[code])))
    data.wanters.sort(key=lambda wanter: wanter.code)
    return data


def _store(
    draft: Draft,
    round_id: UUID,
    data: Input,
    outcome: Outcome[str],
    made: tuple[str, datetime],
) -> None:
    """The final run with everybody's result and reasons, as the worker would leave them."""
    seed, published = made
    input_digest, result_digest = digests(data, outcome)
    run_id = draft.add(
        AllocationRun,
        round_id=round_id,
        kind=RunKind.FINAL,
        input_digest=input_digest,
        result_digest=result_digest,
        figures=figures(data, outcome),
        offers=data.anonymous()["offers"],
        at=published,
    )
    told = verdicts(data, outcome, seed)
    for wanter in data.wanters:
        session = outcome.placed.get(wanter.code)
        result: Row = {
            "run_id": run_id,
            "pupil_id": data.pupils[wanter.code].pupil_id,
            "code": wanter.code,
            "school_id": data.pupils[wanter.code].school_id,
            "unlucky": 0,
            "wishes": list(wanter.wishes),
            "session_id": UUID(session) if session else None,
            "number": wanter.wishes.index(session) + 1 if session else None,
            "verdicts": told[wanter.code],
        }
        draft.link(AllocationResult, **result)
