"""From rows to the input of the allocation, and from its outcome to figures and a proof."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.activities.rules import reserves_of
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.rounds import statements
from app.rounds.models import BookingRound
from app.rounds.rules import (
    Offer,
    Outcome,
    Wanter,
    Why,
    canonical_digest,
    equity,
    explain,
)
from app.rounds.service.wishing import clashes

CODE_LENGTH = 16


@dataclass(frozen=True)
class Input:
    """Everything an allocation needs, and what has to be said about wishes left out."""

    wanters: list[Wanter[str]]
    offers: dict[str, Offer]
    pupils: dict[str, AnyRow]  # by code
    sessions: dict[str, AnyRow]
    left_out: dict[str, dict[str, str]]  # code → session → why
    wishes: dict[str, list[str]]  # code → all wishes in order, left out or not

    def anonymous(self) -> dict[str, Any]:
        """What is published: codes instead of pupils, ids of schools and sessions."""
        return {
            "wanters": [one.published() for one in self.wanters],
            "offers": {
                session: {"seats": offer.seats, "reserves": dict(offer.reserves)}
                for session, offer in self.offers.items()
            },
        }


def code_of(round_id: UUID, pupil_id: UUID) -> str:
    """A pupil's code in a round: fixed by ids nobody outside knows, so it cannot be rolled again."""
    return hashlib.sha256(f"{round_id}\n{pupil_id}".encode()).hexdigest()[:CODE_LENGTH]


async def gather(ctx: Ctx, row: BookingRound) -> Input:
    """Read wishes, schools, memory, seats and bookings; leave out what cannot be given any more."""
    params: dict[str, Any] = {"district": ctx.district_id, "round": row.id}
    pupils = (await ctx.conn.execute(statements.WANTERS, params)).all()
    listed: dict[UUID, list[UUID]] = defaultdict(list)
    for wish in await ctx.conn.execute(statements.WISHES, params):
        listed[wish.pupil_id].append(wish.session_id)
    sessions = {one.id: one for one in await ctx.conn.execute(statements.SESSIONS, params)}
    params["pupils"] = [pupil.pupil_id for pupil in pupils]
    busy: dict[UUID, list[AnyRow]] = defaultdict(list)
    for one in await ctx.conn.execute(statements.BUSY, params):
        busy[one.pupil_id].append(one)
    found = Input([], {}, {}, {str(key): one for key, one in sessions.items()}, {}, {})
    for pupil in pupils:
        code = code_of(row.id, pupil.pupil_id)
        reasons = {
            str(session_id): why
            for session_id in listed[pupil.pupil_id]
            if (why := _why_not(sessions.get(session_id), pupil, busy[pupil.pupil_id], row))
        }
        mine = [str(session_id) for session_id in listed[pupil.pupil_id]]
        found.pupils[code], found.left_out[code], found.wishes[code] = pupil, reasons, mine
        wishes = tuple(session for session in mine if session not in reasons)
        school = str(pupil.school_id)
        found.wanters.append(Wanter(code, school, pupil.unlucky, wishes, pupil.missed))
    found.wanters.sort(key=lambda wanter: wanter.code)
    found.offers.update(await _offers(ctx, row, sessions))
    return found


def _why_not(session: AnyRow | None, pupil: AnyRow, busy: list[AnyRow], row: BookingRound) -> str:
    if session is None or not session.open:
        return "场次已取消或不再开放"
    if not session.min_grade <= pupil.grade <= session.max_grade:
        return "不面向孩子现在的年级"
    if clashes(session, busy, row.gap_minutes):
        return "和孩子已有的预约时间冲突"
    return ""


async def _offers(ctx: Ctx, row: BookingRound, sessions: dict[UUID, AnyRow]) -> dict[str, Offer]:
    by_grade: dict[int, Counter[str]] = defaultdict(Counter)
    for one in await ctx.conn.execute(statements.ENROLLED, {"district": ctx.district_id}):
        by_grade[one.grade][str(one.school_id)] += one.children
    offers = {}
    for session_id, session in sessions.items():
        if not session.open:
            continue
        enrolled: Counter[str] = Counter()
        for grade in range(session.min_grade, session.max_grade + 1):
            enrolled.update(by_grade.get(grade, Counter()))
        reserves = reserves_of(session.free, enrolled, row.reserve_percent / 100)
        offers[str(session_id)] = Offer(session.free, reserves)
    return offers


def figures(data: Input, outcome: Outcome[str]) -> dict[str, Any]:
    """What is shown beside a result: seats, fill, wishes fulfilled, schools, shares."""
    found = equity(data.wanters, outcome)
    seats = sum(offer.seats for offer in data.offers.values())
    return {
        "took_part": found.took_part,
        "placed": found.placed,
        "seats": seats,
        "by_wish": list(found.by_wish),
        "nothing_percent": round(100 * found.nothing, 1),
        "ratio": round(found.ratio, 3) if found.ratio is not None else None,
        "schools": [list(school) for school in found.schools],
        "sessions": [
            [session, offer.seats, len(outcome.rolls[session])]
            for session, offer in data.offers.items()
        ],
    }


def digests(data: Input, outcome: Outcome[str]) -> tuple[str, str]:
    """Of the anonymous input and of the result: two equal runs have equal ones."""
    return canonical_digest(data.anonymous()), canonical_digest(outcome.placed)


def verdicts(data: Input, outcome: Outcome[str], seed: str) -> dict[str, list[dict[str, Any]]]:
    """For each pupil every wish with its answer, ready to be stored and said."""
    told = explain(data.wanters, data.offers, outcome, seed)
    found: dict[str, list[dict[str, Any]]] = {}
    for code, wishes in data.wishes.items():
        answers = {answer.session: answer for answer in told[code]}
        found[code] = [
            _stored(data, answers.get(session), session, number, data.left_out[code].get(session))
            for number, session in enumerate(wishes, start=1)
        ]
    return found


def _stored(
    data: Input, answer: Any, session: str, number: int, note: str | None
) -> dict[str, Any]:
    shared: dict[str, Any] = {"session": session, "number": number, "title": "场次"}
    if known := data.sessions.get(session):
        # An activity may be in the round with several dates: the reason says which one.
        shared |= {"title": known.title, "when": say_moment(known.starts_at)}
    if note or answer is None:
        return {**shared, "why": Why.LEFT_OUT.value, "note": note or "场次已取消或不再开放"}
    return {
        **shared,
        "why": answer.why.value,
        "place": answer.place,
        "asked": answer.asked,
        "last": answer.last,
        "seats": answer.seats,
        "reserve": answer.reserve,
    }
