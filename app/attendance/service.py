"""Recording that a child was there (考勤): four equal ways in, one ledger."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.activities.kinds import Category, EvidenceGrade, SessionState
from app.activities.models import Session
from app.activities.queries import read_activity
from app.attendance import statements
from app.attendance.errors import (
    NoChoiceWaiting,
    NotBooked,
    ScanAfterClosing,
    TooEarly,
    TooLate,
    UnknownCode,
)
from app.attendance.events import CheckedIn
from app.attendance.kinds import Way
from app.attendance.permissions import P
from app.attendance.rules import OPENS_BEFORE, Visit, choose_visit
from app.audit import service as audit
from app.bookings.service import mark_attended
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.errors import DomainError, NotFound
from app.kit.ids import new_id
from app.people.access import visible_among
from app.people.errors import ChoosePupil
from app.people.queries import sole_or_all_pupils
from app.resources.access import base_of_scene

EVIDENCE = {
    Way.CARD: EvidenceGrade.A,
    Way.ROSTER: EvidenceGrade.A,
    Way.GUARDIAN: EvidenceGrade.C,
    Way.PUPIL: EvidenceGrade.C,
}


@dataclass(frozen=True)
class Mark:
    """Where a scan came from: lets an offline queue be uploaded any number of times."""

    device: str | None = None
    nonce: str | None = None
    scanned_at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What the door says. A refusal is a value, not an exception: its ledger line must commit."""

    refusal: DomainError | None = None
    visit: Visit | None = None
    arrived_at: datetime | None = None
    again: bool = False
    no_photo: bool = False


NO_MARK = Mark()
NO_PHOTO = "家长未同意拍照，请不要拍摄这个孩子。"


async def check_in(ctx: Ctx, scene: str, pupil_id: UUID | None = None) -> Outcome:
    """A guardian or pupil scanned the poster of a base; a second scan changes nothing.

    One phone may serve several children: when more than one is expected here
    now and none is named, the answer asks which (`people.choose_pupil`).
    """
    ctx.require(P.ATTENDANCE_SELF)
    way = Way.PUPIL if ctx.actor.pupil_ids == {ctx.actor.person_id} else Way.GUARDIAN
    base = await base_of_scene(ctx, scene)
    if base is None:
        return await _refuse(ctx, UnknownCode(), way)
    return await _check_in_at(ctx, base.id, way, pupil_id)


async def _check_in_at(ctx: Ctx, base_id: UUID, way: Way, pupil_id: UUID | None) -> Outcome:
    pupils = [pupil for pupil in await sole_or_all_pupils(ctx) if pupil_id in (None, pupil.id)]
    visits = await _visits(ctx, [pupil.id for pupil in pupils])
    names = "、".join(pupil.name for pupil in pupils)
    found = choose_visit(visits, lambda visit: visit.base_id == base_id, ctx.now, names)
    if isinstance(found, DomainError):
        return await _refuse(ctx, found, way, base_id=base_id, pupil_id=pupil_id)
    return await _accept(ctx, found, way, NO_MARK)


async def answer_choice(ctx: Ctx, number: int) -> Outcome:
    """The reply "1" or "2" to "which child?", within five minutes of the scan.

    The ledger is the memory: the last line of this person must be that question,
    and the number means the child it meant when it was asked, whoever came in meanwhile.
    """
    ctx.require(P.ATTENDANCE_SELF)
    params = {"district": ctx.district_id, "person": ctx.actor.person_id}
    asked = (await ctx.conn.execute(statements.WAITING_CHOICE, params)).first()
    if asked is None or asked.reason != ChoosePupil.code:
        raise NoChoiceWaiting
    offered = [UUID(pupil) for pupil in asked.offered or ()]
    if not 1 <= number <= len(offered) or offered[number - 1] not in ctx.actor.pupil_ids:
        raise NoChoiceWaiting
    return await _check_in_at(ctx, asked.base_id, Way.GUARDIAN, offered[number - 1])


async def check_in_pupil(ctx: Ctx, pupil_id: UUID, name: str, mark: Mark = NO_MARK) -> Outcome:
    """Staff scanned this child's card: a unit checks in at its own door, a teacher its own pupils.

    The name is shown to staff, so the read is logged.
    """
    reach = ctx.require(P.ATTENDANCE_RECORD)
    visits = await _visits(ctx, [pupil_id])
    own_pupil = bool(await visible_among(ctx, [pupil_id], P.ATTENDANCE_RECORD))

    def ours(visit: Visit) -> bool:
        return own_pupil or reach.covers(visit.organization_id)

    await audit.record_reads(ctx, "passport", [pupil_id], "现场扫护照签到")
    found = choose_visit(visits, ours, ctx.now, name)
    if isinstance(found, DomainError):
        return await _refuse(ctx, found, Way.CARD, pupil_id=pupil_id, mark=mark)
    return await _accept(ctx, found, Way.CARD, mark)


async def tick_roster(
    ctx: Ctx, session_id: UUID, pupil_ids: list[UUID], mark: Mark = NO_MARK
) -> list[Outcome]:
    """Names ticked off at one session: a unit ticks all of its own, a teacher the own pupils.

    A name that is not booked, or not the teacher's, is refused by itself.
    """
    reach = ctx.require(P.ATTENDANCE_RECORD)
    session = await ctx.db.get(Session, (ctx.district_id, session_id))
    if session is None:
        raise NotFound
    activity = await read_activity(ctx, session.activity_id)
    if not reach.covers(activity.organization_id):
        pupil_ids = list(await visible_among(ctx, pupil_ids, P.ATTENDANCE_RECORD))
        if not pupil_ids:
            raise NotFound
    if session.state != SessionState.PLANNED:
        raise ScanAfterClosing
    if ctx.now < session.starts_at - OPENS_BEFORE:
        raise TooEarly(opens=say_moment(session.starts_at - OPENS_BEFORE))
    if ctx.now > session.ends_at:
        raise TooLate(ended=say_moment(session.ends_at))
    visits = {
        visit.pupil_id: visit
        for visit in await _visits(ctx, pupil_ids)
        if visit.session_id == session_id
    }
    await audit.record_reads(ctx, "roster", list(visits), "点名签到")
    outcomes = []
    for number, pupil_id in enumerate(dict.fromkeys(pupil_ids)):
        own_mark = Mark(mark.device, f"{mark.nonce}.{number}" if mark.nonce else None)
        visit = visits.get(pupil_id)
        if visit is None:
            refusal = NotBooked(names="这名学生")
            outcomes.append(
                await _refuse(ctx, refusal, Way.ROSTER, base_id=session.base_id, mark=own_mark)
            )
        else:
            outcomes.append(await _accept(ctx, visit, Way.ROSTER, own_mark))
    return outcomes


async def refuse_unknown(ctx: Ctx) -> Outcome:
    """A code nobody knows: stored, so that guessing shows in the ledger."""
    return await _refuse(ctx, UnknownCode(), Way.CARD)


async def _visits(ctx: Ctx, pupil_ids: list[UUID]) -> list[Visit]:
    params = {"district": ctx.district_id, "pupils": pupil_ids}
    rows = await ctx.conn.execute(statements.VISITS, params)
    return [Visit(**row) for row in rows.mappings()]


async def _accept(ctx: Ctx, visit: Visit, way: Way, mark: Mark) -> Outcome:
    attendance_id = new_id()
    # Whoever stands there with a camera must know; the family knows what it answered.
    no_photo = way in (Way.CARD, Way.ROSTER) and not visit.photo_agreed
    params: dict[str, Any] = {
        "district": ctx.district_id,
        "scan": new_id(),
        "attendance": attendance_id,
        "base": visit.base_id,
        "session": visit.session_id,
        "pupil": visit.pupil_id,
        "booking": visit.booking_id,
        "person": ctx.actor.person_id,
        "way": way,
        "evidence": EVIDENCE[way],
        "device": mark.device,
        "nonce": mark.nonce,
        "scanned_at": mark.scanned_at,
    }
    row = (await ctx.conn.execute(statements.RECORD, params)).one()
    if row.id is None:
        arrived_at = row.arrived_at or await _arrived_at(ctx, visit)
        return Outcome(visit=visit, arrived_at=arrived_at, again=True, no_photo=no_photo)
    await mark_attended(ctx, visit.booking_id)
    await ctx.emit(
        CheckedIn(
            attendance_id=attendance_id,
            session_id=visit.session_id,
            pupil_id=visit.pupil_id,
            pupil_name=visit.pupil_name,
            base_id=visit.base_id,
            base_name=visit.base_name,
            title=visit.title,
            category=Category(visit.category),
            minutes=visit.minutes,
            evidence=EVIDENCE[way],
            evidence_needed=EvidenceGrade(visit.evidence_needed),
            arrived_at=row.arrived_at,
        )
    )
    return Outcome(visit=visit, arrived_at=row.arrived_at, no_photo=no_photo)


async def _arrived_at(ctx: Ctx, visit: Visit) -> datetime:
    params = {
        "district": ctx.district_id,
        "session": visit.session_id,
        "pupil": visit.pupil_id,
    }
    # A twin was faster: its row became visible only after our statement had started.
    found: datetime | None = (await ctx.conn.execute(statements.ARRIVED_AT, params)).scalar()
    return found or ctx.now


async def _refuse(
    ctx: Ctx,
    refusal: DomainError,
    way: Way,
    *,
    base_id: UUID | None = None,
    pupil_id: UUID | None = None,
    mark: Mark = NO_MARK,
) -> Outcome:
    params = {
        "district": ctx.district_id,
        "scan": new_id(),
        "base": base_id,
        "session": None,
        "pupil": pupil_id,
        "person": ctx.actor.person_id,
        "way": way,
        "reason": refusal.code,
        "offered": _offered(refusal),
        "device": mark.device,
        "nonce": mark.nonce,
    }
    await ctx.conn.execute(statements.REFUSE, params)
    return Outcome(refusal=refusal)


def _offered(refusal: DomainError) -> str | None:
    """The children a question named, in the order of its numbers."""
    if not isinstance(refusal, ChoosePupil):
        return None
    return json.dumps([str(pupil_id) for pupil_id in refusal.pupil_ids])
