"""What a door's device scanned, also long after it happened: any order, any number of times.

A line is known by device and number. Each entry stands by itself: refused ones are kept in
the ledger with their reason and spoil no other. Children are locked in one order, so that
two devices that upload the same children wait for each other and never for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.activities.kinds import EvidenceGrade, SessionState
from app.activities.models import Session
from app.attendance import statements
from app.attendance.errors import (
    NoEntryYet,
    NotBooked,
    RefusedBefore,
    ScanAfterClosing,
    TooEarly,
    TooLate,
    UndoTooLate,
)
from app.attendance.kinds import Way, What
from app.attendance.permissions import P
from app.attendance.rules import LEAVES_WITHIN, OPENS_BEFORE, Visit, moment_of
from app.attendance.service.checking_in import visits_of
from app.attendance.service.ledger import Mark, add_line, arrive, compute, leave, refuse
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.db import savepoint
from app.kit.errors import BrokenRule, DomainError, NotFound
from app.kit.hot import Hot

UNDO_WITHIN = timedelta(minutes=2)
STRANGER = "这名学生"  # who is not of this session is not named at its door

_SEEN = Hot(
    """
SELECT n.id, n.device, n.nonce, n.session_id, n.pupil_id, n.accepted FROM scan n
WHERE n.district_id = :district AND (n.device, n.nonce) IN (
  SELECT * FROM unnest(cast(:devices AS text[]), cast(:nonces AS text[])))
"""
)
_DEPARTED = Hot(
    """
SELECT DISTINCT n.pupil_id FROM scan n WHERE n.district_id = :district AND n.session_id = :session
  AND n.accepted AND n.what = 'out' AND n.pupil_id = ANY(:pupils)
"""
)


class Status(StrEnum):
    """What became of an entry; `waiting`: a departure that is kept until its arrival is uploaded."""

    ACCEPTED = "accepted"
    AGAIN = "again"
    REFUSED = "refused"
    UNDONE = "undone"
    WAITING = "waiting"


@dataclass(frozen=True)
class Entry:
    """One tap or scan of a device. `refusal`: why it means no child, found while reading its code.

    `undone_at`: the same person took it back, at most two minutes later.
    """

    device: str
    nonce: str
    scanned_at: datetime
    way: Way
    what: What
    pupil_id: UUID | None
    refusal: DomainError | None = None
    undone_at: datetime | None = None

    @property
    def mark(self) -> Mark:
        return Mark(self.device, self.nonce, self.scanned_at, self.what)

    @property
    def undoing(self) -> Mark:
        return Mark(self.device, f"{self.nonce}.undo", self.undone_at, What.VOID)

    @property
    def is_undone_in_time(self) -> bool:
        """At most two minutes later, by the device's own clock."""
        later = (self.undone_at or self.scanned_at) - self.scanned_at
        return timedelta() <= later <= UNDO_WITHIN

    @property
    def in_order(self) -> tuple[str, datetime, str]:
        """Children one after the other, what happened first comes first."""
        return (str(self.pupil_id or ""), self.scanned_at, self.nonce)


@dataclass(frozen=True)
class Answer:
    """What the device hears; `visit` is the child's as it stands now."""

    status: Status
    refusal: DomainError | None = None
    visit: Visit | None = None


async def record_entries(ctx: Ctx, session_id: UUID, entries: Sequence[Entry]) -> list[Answer]:
    """Entries of one session in the caller's transaction; answers in the order of the entries.

    Only a door's actor: its reach names the session. Sent again, an entry answers `again`.
    """
    reach = ctx.require(P.ATTENDANCE_RECORD)
    session = await ctx.db.get(Session, (ctx.district_id, session_id))
    if session is None or session_id not in reach.sessions:
        raise NotFound
    pupils = sorted({entry.pupil_id for entry in entries if entry.pupil_id})
    await statements.LOCK_CHILDREN.rows(ctx.conn, {"session": session_id, "pupils": pupils})
    visits = await _visits(ctx, session, pupils)
    departed = await _DEPARTED.rows(
        ctx.conn, {"district": ctx.district_id, "session": session_id, "pupils": pupils}
    )
    seen = await _seen(ctx, entries)
    upload = _Upload(ctx, session, seen, visits, {row.pupil_id for row in departed})
    answers = {}
    for place in sorted(range(len(entries)), key=lambda place: entries[place].in_order):
        answers[place] = await upload.record(entries[place])
    return [answers[place] for place in range(len(entries))]


async def _visits(ctx: Ctx, session: Session, pupils: list[UUID]) -> dict[UUID, Visit]:
    found = await visits_of(ctx, pupils) if pupils else []
    return {visit.pupil_id: visit for visit in found if visit.session_id == session.id}


async def _seen(ctx: Ctx, entries: Sequence[Entry]) -> dict[tuple[str, str], Any]:
    marks = [mark for entry in entries for mark in (entry.mark, entry.undoing)]
    params = {
        "district": ctx.district_id,
        "devices": [mark.device for mark in marks],
        "nonces": [mark.nonce for mark in marks],
    }
    return {(row.device, row.nonce): row for row in await _SEEN.rows(ctx.conn, params)}


@dataclass
class _Upload:
    """One transaction's entries; `visits` follow what the entries before have done."""

    ctx: Ctx
    session: Session
    seen: dict[tuple[str, str], Any]
    visits: dict[UUID, Visit]
    departed: set[UUID]
    recorded: set[tuple[str, str]] = field(default_factory=set)

    async def record(self, entry: Entry) -> Answer:
        """One entry by itself: what it wrote before it failed is undone, its refusal is kept."""
        try:
            async with savepoint(self.ctx.conn):
                return await self._record(entry)
        except DomainError as refusal:
            return await self._refuse(entry, refusal)
        except IntegrityError:
            return await self._refuse(entry, BrokenRule())

    async def _record(self, entry: Entry) -> Answer:
        visit = self.visits.get(entry.pupil_id) if entry.pupil_id else None
        key = (entry.device, entry.nonce)
        if key in self.recorded:  # twice in one upload: as if it came with the next
            self.seen |= await _seen(self.ctx, [entry])
        self.recorded.add(key)
        was = self.seen.get(key)
        if was is not None and not was.accepted:
            # History is not rewritten; the sentence is today's.
            self._check(entry, visit)
            raise RefusedBefore
        if was is None:
            self._check(entry, visit)
        elif visit is None or (was.session_id, was.pupil_id) != (self.session.id, entry.pupil_id):
            raise RefusedBefore
        if visit is None:
            raise NotBooked(names=STRANGER)
        if entry.undone_at is not None:
            return await self._take_back(entry, visit, is_new=was is None)
        if was is not None:
            return Answer(Status.AGAIN, visit=visit)
        return await self._enter(entry, visit)

    def _check(self, entry: Entry, visit: Visit | None) -> None:
        """Raise why this entry is refused: code, clock, session, booking, time.

        Not whether a child that goes has come: its arrival may lie on another device.
        """
        if entry.refusal is not None:
            raise entry.refusal
        at = moment_of(entry.scanned_at, self.ctx.now)
        if isinstance(at, DomainError):
            raise at
        if self.session.state == SessionState.CANCELLED:
            raise ScanAfterClosing
        if visit is None:
            raise NotBooked(names=STRANGER)
        if at < visit.starts_at - OPENS_BEFORE:
            raise TooEarly(opens=say_moment(visit.starts_at - OPENS_BEFORE))
        late = LEAVES_WITHIN if entry.what == What.OUT else timedelta()
        if at > visit.ends_at + late:
            raise TooLate(ended=say_moment(visit.ends_at))

    async def _enter(self, entry: Entry, visit: Visit) -> Answer:
        at = self._at(entry)
        if entry.what == What.OUT:
            self.departed.add(visit.pupil_id)
            outcome = await leave(self.ctx, visit, entry.way, entry.mark, at)
        else:
            outcome = await arrive(self.ctx, visit, entry.way, entry.mark, at)
            if visit.pupil_id in self.departed:
                # Its departure came before: the whole ledger counts.
                return Answer(Status.ACCEPTED, visit=await self._computed(visit))
        visit = replace(visit, arrived_at=outcome.arrived_at, left_at=outcome.left_at)
        self.visits[visit.pupil_id] = visit
        if entry.what == What.OUT and visit.left_at is None:
            return Answer(Status.WAITING, NoEntryYet(), visit)
        return Answer(Status.AGAIN if outcome.again else Status.ACCEPTED, visit=visit)

    def _at(self, entry: Entry) -> datetime:
        return min(entry.scanned_at, self.ctx.now)

    async def _computed(self, visit: Visit) -> Visit:
        seen = await compute(self.ctx, visit)
        arrived_at, left_at = (seen.arrived_at, seen.left_at) if seen else (None, None)
        visit = replace(visit, arrived_at=arrived_at, left_at=left_at)
        self.visits[visit.pupil_id] = visit
        return visit

    async def _take_back(self, entry: Entry, visit: Visit, *, is_new: bool) -> Answer:
        """A counter-entry: the line stays, what was right beside it is stated again."""
        undo = self.seen.get((entry.device, entry.undoing.nonce or ""))
        if undo is not None and undo.accepted:
            return Answer(Status.UNDONE, visit=visit)
        if undo is not None:
            return Answer(Status.REFUSED, UndoTooLate(), visit)
        if not entry.is_undone_in_time:
            if is_new:
                await self._enter(entry, visit)
            return await self._refuse(entry, UndoTooLate())
        if is_new:
            # Not `arrive`: nobody is told that a child came who did not.
            await add_line(self.ctx, visit, entry.way, entry.mark, self._at(entry))
        await self._void(entry, visit)
        return Answer(Status.UNDONE, visit=await self._computed(visit))

    async def _void(self, entry: Entry, visit: Visit) -> None:
        ctx = self.ctx
        key = {"district": ctx.district_id, "session": self.session.id, "pupil": visit.pupil_id}
        lines = await statements.LEDGER.rows(ctx.conn, key)
        own = {row.id for row in (await _seen(ctx, [entry])).values()}
        since = max((line.received_at for line in lines if line.what == What.VOID), default=None)
        valid = [line for line in lines if since is None or line.received_at > since]
        at = min(entry.undone_at or entry.scanned_at, ctx.now)
        is_first = await add_line(ctx, visit, Way.CORRECTION, entry.undoing, at)
        for line in valid:
            if is_first and line.id not in own:
                grade = EvidenceGrade(line.evidence) if line.evidence else None
                mark = Mark(what=What(line.what), evidence=grade)
                await add_line(ctx, visit, Way.CORRECTION, mark, line.at)

    async def _refuse(self, entry: Entry, refusal: DomainError) -> Answer:
        undo = isinstance(refusal, UndoTooLate)
        await refuse(
            self.ctx,
            refusal,
            Way.CORRECTION if undo else entry.way,
            base_id=self.session.base_id,
            session_id=self.session.id,
            pupil_id=entry.pupil_id if entry.pupil_id in self.visits else None,
            mark=entry.undoing if undo else entry.mark,
        )
        visit = self.visits.get(entry.pupil_id) if entry.pupil_id else None
        return Answer(Status.REFUSED, refusal, visit)
