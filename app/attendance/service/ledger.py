"""Writing the ledger, and the attendance that follows from it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.activities.kinds import Category, EvidenceGrade
from app.attendance import statements
from app.attendance.events import AttendanceVoided, CheckedIn, CheckedOut
from app.attendance.kinds import STAFF_WAYS, Way, What
from app.attendance.rules import Line, Presence, Visit, is_late, presence
from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import DomainError
from app.kit.ids import new_id
from app.people.errors import ChoosePupil

EVIDENCE = {
    Way.CARD: EvidenceGrade.A,
    Way.ROSTER: EvidenceGrade.A,
    Way.CORRECTION: EvidenceGrade.A,
    Way.GUARDIAN: EvidenceGrade.C,
    Way.PUPIL: EvidenceGrade.C,
}
_PURPOSES = {Way.CARD: "现场扫护照签到", Way.ROSTER: "点名签到", Way.CORRECTION: "更正考勤"}


@dataclass(frozen=True)
class Mark:
    """Where a scan came from: lets an offline queue be uploaded any number of times.

    `evidence` and `risks` are what a rotating code adds to a family's claim.
    """

    device: str | None = None
    nonce: str | None = None
    scanned_at: datetime | None = None
    what: What = What.IN
    evidence: EvidenceGrade | None = None
    risks: tuple[str, ...] = ()


NO_MARK = Mark()


@dataclass(frozen=True)
class Outcome:
    """What the door says. A refusal is a value, not an exception: its ledger line must commit."""

    refusal: DomainError | None = None
    visit: Visit | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    again: bool = False
    no_photo: bool = False


def _values(ctx: Ctx, visit: Visit, way: Way, mark: Mark, at: datetime) -> dict[str, Any]:
    read = audit.bound(
        ctx, "pupil:read", "attendance", None, visit.pupil_id, purpose=_PURPOSES.get(way)
    )
    return {
        **read,
        "is_read": way in STAFF_WAYS and visit.pupil_id not in ctx.actor.pupil_ids,
        "district": ctx.district_id,
        "scan": new_id(),
        "attendance": new_id(),
        "base": visit.base_id,
        "session": visit.session_id,
        "pupil": visit.pupil_id,
        "booking": visit.booking_id,
        "person": ctx.actor.person_id,
        "way": way,
        "what": mark.what,
        "evidence": mark.evidence or EVIDENCE[way],
        "risks": json.dumps(mark.risks) if mark.risks else None,
        "device": mark.device,
        "nonce": mark.nonce,
        "at": at,
    }


async def arrive(ctx: Ctx, visit: Visit, way: Way, mark: Mark, at: datetime) -> Outcome:
    """The child is here. The first line makes the attendance; more lines change nothing.

    Somebody who had left and is seen again has come back: then the whole ledger counts.
    """
    # Whoever stands there with a camera must know; the family knows what it answered.
    no_photo = way in STAFF_WAYS and not visit.photo_agreed
    late = is_late(at, visit.starts_at)
    values = {**_values(ctx, visit, way, mark, at), "is_late": late}
    (row,) = await statements.ARRIVE.rows(ctx.conn, values)
    if row.id is not None:
        await _tell_arrived(ctx, visit, values, at)
        return Outcome(visit=visit, arrived_at=at, no_photo=no_photo)
    was = row if row.arrived_at else await _standing(ctx, visit)
    arrived_at = was.arrived_at if was else at
    if row.is_new and was is not None and (was.left_at is not None or at < was.arrived_at):
        seen = await compute(ctx, visit)
        if was.left_at is not None and seen is not None and seen.left_at is None:
            return Outcome(visit=visit, arrived_at=at, no_photo=no_photo)
        arrived_at = seen.arrived_at if seen else arrived_at
    return Outcome(visit=visit, arrived_at=arrived_at, again=True, no_photo=no_photo)


async def _standing(ctx: Ctx, visit: Visit) -> Any | None:
    """A twin was faster: its row became visible only after our statement had started."""
    params = {"district": ctx.district_id, "session": visit.session_id, "pupil": visit.pupil_id}
    return await statements.STANDING.first(ctx.conn, params)


async def leave(ctx: Ctx, visit: Visit, way: Way, mark: Mark, at: datetime) -> Outcome:
    """The child goes. A repeated upload of the same line changes nothing."""
    added = await statements.ADD_LINE.rows(ctx.conn, _values(ctx, visit, way, mark, at))
    if not added:
        return Outcome(visit=visit, arrived_at=visit.arrived_at, left_at=visit.left_at, again=True)
    seen = await compute(ctx, visit)
    if seen is None or seen.left_at is None:
        return Outcome(visit=visit, arrived_at=visit.arrived_at, again=True)
    return Outcome(visit=visit, arrived_at=seen.arrived_at, left_at=seen.left_at)


async def add_line(ctx: Ctx, visit: Visit, way: Way, mark: Mark, at: datetime) -> bool:
    """One more line, without its meaning: the caller computes. Whether it is new."""
    return bool(await statements.ADD_LINE.rows(ctx.conn, _values(ctx, visit, way, mark, at)))


async def compute(ctx: Ctx, visit: Visit) -> Presence | None:
    """The attendance of one child at one session, from all its lines; says what came out."""
    key = {"district": ctx.district_id, "session": visit.session_id, "pupil": visit.pupil_id}
    await statements.LOCK_CHILD.rows(ctx.conn, key)
    rows = await statements.LEDGER.rows(ctx.conn, key)
    lines = [Line(row.id, row.what, row.evidence, row.at, row.received_at) for row in rows]
    seen = presence(lines, visit.starts_at, visit.ends_at)
    was = await statements.STANDING.first(ctx.conn, key)
    if seen is None:
        if was is not None:
            await _void(ctx, visit, key)
        return None
    values = {**key, "attendance": new_id(), "booking": visit.booking_id, "scan": seen.scan_id}
    (kept,) = await statements.KEEP.rows(ctx.conn, {**vars(seen), **values})
    if kept.is_new:
        fields = {"attendance": kept.id, "evidence": seen.evidence}
        await _tell_arrived(ctx, visit, fields, seen.arrived_at)
    elif seen.left_at is not None and (was is None or was.left_at != seen.left_at):
        await ctx.emit(
            CheckedOut(
                attendance_id=kept.id,
                pupil_id=visit.pupil_id,
                pupil_name=visit.pupil_name,
                title=visit.title,
                base_name=visit.base_name,
                left_at=seen.left_at,
                guardians=tuple(visit.guardians),
            )
        )
    return seen


async def _void(ctx: Ctx, visit: Visit, key: dict[str, Any]) -> None:
    gone = await statements.ATTENDANCE_ID.first(ctx.conn, key)
    if gone is not None:
        await ctx.emit(AttendanceVoided(gone.id, visit.session_id, visit.pupil_id))
        await statements.FORGET.rows(ctx.conn, {**key, "booking": visit.booking_id})


async def _tell_arrived(ctx: Ctx, visit: Visit, values: dict[str, Any], at: datetime) -> None:
    await ctx.emit(
        CheckedIn(
            attendance_id=values["attendance"],
            session_id=visit.session_id,
            pupil_id=visit.pupil_id,
            pupil_name=visit.pupil_name,
            base_id=visit.base_id,
            base_name=visit.base_name,
            title=visit.title,
            category=Category(visit.category),
            minutes=visit.minutes,
            evidence=EvidenceGrade(values["evidence"]),
            evidence_needed=EvidenceGrade(visit.evidence_needed),
            arrived_at=at,
            guardians=tuple(visit.guardians),
        )
    )


async def refuse(
    ctx: Ctx,
    refusal: DomainError,
    way: Way,
    *,
    base_id: UUID | None = None,
    session_id: UUID | None = None,
    pupil_id: UUID | None = None,
    mark: Mark = NO_MARK,
) -> Outcome:
    """Keep the try with its reason, and answer with it."""
    params = {
        "district": ctx.district_id,
        "scan": new_id(),
        "base": base_id,
        "session": session_id,
        "pupil": pupil_id,
        "person": ctx.actor.person_id,
        "way": way,
        "what": mark.what,
        "reason": refusal.code,
        "offered": _offered(refusal),
        "device": mark.device,
        "nonce": mark.nonce,
        "at": mark.scanned_at or ctx.now,
    }
    await ctx.conn.execute(statements.REFUSE, params)
    return Outcome(refusal=refusal)


def _offered(refusal: DomainError) -> str | None:
    """The children a question named, in the order of its numbers."""
    if not isinstance(refusal, ChoosePupil):
        return None
    return json.dumps([str(pupil_id) for pupil_id in refusal.pupil_ids])
