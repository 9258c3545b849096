"""Recording that a child was there (考勤): four equal ways in, one ledger."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from app.activities.kinds import SessionState
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
from app.attendance.kinds import Way, What
from app.attendance.permissions import P
from app.attendance.rules import (
    LEAVES_WITHIN,
    OPENS_BEFORE,
    Visit,
    choose_leaving,
    choose_visit,
    moment_of,
)
from app.attendance.service.ledger import NO_MARK, Mark, Outcome, arrive, leave, refuse
from app.audit import service as audit
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.errors import DomainError, NotFound
from app.people.access import visible_among
from app.people.errors import ChoosePupil, NoPupil
from app.people.queries import sole_or_all_pupils

NO_PHOTO = "家长未同意拍照，请不要拍摄这个孩子。"


async def check_in(
    ctx: Ctx, scene: str, pupil_id: UUID | None = None, mark: Mark = NO_MARK
) -> Outcome:
    """A guardian or pupil scanned the poster of a base; a second scan changes nothing.

    One phone may serve several children: when more than one is expected here
    now and none is named, the answer asks which (`people.choose_pupil`).
    """
    ctx.require(P.ATTENDANCE_SELF)
    way = Way.PUPIL if ctx.actor.pupil_ids == {ctx.actor.person_id} else Way.GUARDIAN
    base_id, visits = await _visits_at(ctx, scene, _own_ids(ctx, pupil_id))
    if base_id is None:
        return await refuse(ctx, UnknownCode(), way, mark=mark)
    return await _enter_there(ctx, visits, _at(base_id), way, pupil_id, mark, base_id)


def _at(base_id: UUID) -> Callable[[Visit], bool]:
    return lambda visit: visit.base_id == base_id


def _own_ids(ctx: Ctx, pupil_id: UUID | None) -> list[UUID]:
    """The family's children, or the one that is named, if it is theirs."""
    if not ctx.actor.pupil_ids:
        raise NoPupil
    return [one for one in sorted(ctx.actor.pupil_ids) if pupil_id in (None, one)]


async def enter_at(
    ctx: Ctx,
    here: Callable[[Visit], bool],
    way: Way,
    pupil_id: UUID | None,
    mark: Mark,
    base_id: UUID,
) -> Outcome:
    """A family at a door. Its phone tells no time of its own: only ours counts."""
    visits = await visits_of(ctx, _own_ids(ctx, pupil_id))
    return await _enter_there(ctx, visits, here, way, pupil_id, mark, base_id)


async def _enter_there(
    ctx: Ctx,
    visits: Sequence[Visit],
    here: Callable[[Visit], bool],
    way: Way,
    pupil_id: UUID | None,
    mark: Mark,
    base_id: UUID,
) -> Outcome:
    found = _chosen(visits, here, mark.what, ctx.now, "")
    if isinstance(found, DomainError):
        # Only a refusal names the children.
        pupils = [pupil for pupil in await sole_or_all_pupils(ctx) if pupil_id in (None, pupil.id)]
        names = "、".join(pupil.name for pupil in pupils)
        found = _chosen(visits, here, mark.what, ctx.now, names)
    if isinstance(found, DomainError):
        return await refuse(ctx, found, way, base_id=base_id, pupil_id=pupil_id, mark=mark)
    return await _enter(ctx, found, way, mark, ctx.now)


def _chosen(
    visits: Sequence[Visit], here: Callable[[Visit], bool], what: What, at: datetime, names: str
) -> Visit | DomainError:
    if what == What.OUT:
        return choose_leaving(visits, here, at, names)
    return choose_visit(visits, here, at, names)


async def _enter(ctx: Ctx, visit: Visit, way: Way, mark: Mark, at: datetime) -> Outcome:
    if mark.what == What.OUT:
        return await leave(ctx, visit, way, mark, at)
    return await arrive(ctx, visit, way, mark, at)


async def answer_choice(ctx: Ctx, number: int, since: datetime | None = None) -> Outcome:
    """The reply "1" or "2" to "which child?", within five minutes of the scan.

    A question from before `since` waits no more: something else was asked after it.

    The ledger is the memory: the last line of this person must be that question,
    and the number means the child it meant when it was asked, whoever came in meanwhile.
    """
    ctx.require(P.ATTENDANCE_SELF)
    params = {"district": ctx.district_id, "person": ctx.actor.person_id}
    asked = (await ctx.conn.execute(statements.WAITING_CHOICE, params)).first()
    if asked is None or asked.reason != ChoosePupil.code:
        raise NoChoiceWaiting
    if since is not None and asked.received_at < since:
        raise NoChoiceWaiting
    offered = [UUID(pupil) for pupil in asked.offered or ()]
    if not 1 <= number <= len(offered) or offered[number - 1] not in ctx.actor.pupil_ids:
        raise NoChoiceWaiting
    child = offered[number - 1]
    return await enter_at(ctx, _at(asked.base_id), Way.GUARDIAN, child, NO_MARK, asked.base_id)


async def check_in_pupil(
    ctx: Ctx, pupil_id: UUID, name: str, visits: Sequence[Visit], mark: Mark = NO_MARK
) -> Outcome:
    """Staff scanned this child's card: a unit checks in at its own door, a teacher its own pupils.

    The name is shown to staff, so the read is logged. `visits`: all of this child, from
    `statements.VISITS_OF`; whoever knows cards reads them together with the card.
    """
    reach = ctx.require(P.ATTENDANCE_RECORD)

    def ours(visit: Visit) -> bool:
        own_pupil = visit.class_id in reach.classes or reach.covers(visit.school_id)
        return own_pupil or reach.covers(visit.organization_id)

    at = moment_of(mark.scanned_at, ctx.now)
    found = at if isinstance(at, DomainError) else _chosen(visits, ours, mark.what, at, name)
    if isinstance(found, DomainError):
        await audit.record_reads(ctx, "passport", [pupil_id], "现场扫护照签到")
        return await refuse(ctx, found, Way.CARD, pupil_id=pupil_id, mark=mark)
    if isinstance(at, DomainError):
        raise at
    return await _enter(ctx, found, Way.CARD, mark, at)


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
    at = moment_of(mark.scanned_at, ctx.now)
    if isinstance(at, DomainError):
        raise at
    _check_open(session, mark.what, at)
    visits = {
        visit.pupil_id: visit
        for visit in await visits_of(ctx, pupil_ids)
        if visit.session_id == session_id
    }
    locked = {"session": session_id, "pupils": pupil_ids}
    await statements.LOCK_CHILDREN.rows(ctx.conn, locked)
    outcomes = []
    for pupil_id in dict.fromkeys(pupil_ids):
        nonce = f"{mark.nonce[:40]}.{pupil_id.hex[-20:]}" if mark.nonce else None
        own_mark = replace(mark, nonce=nonce)
        visit = visits.get(pupil_id)
        outcomes.append(
            await _refuse_tick(ctx, session, NotBooked(names="这名学生"), own_mark)
            if visit is None
            else await _tick(ctx, session, visit, own_mark, at)
        )
    return outcomes


def _check_open(session: Session, what: What, at: datetime) -> None:
    if session.state == SessionState.CANCELLED:
        raise ScanAfterClosing
    if at < session.starts_at - OPENS_BEFORE:
        raise TooEarly(opens=say_moment(session.starts_at - OPENS_BEFORE))
    if at > session.ends_at + (LEAVES_WITHIN if what == What.OUT else timedelta()):
        raise TooLate(ended=say_moment(session.ends_at))


async def _tick(ctx: Ctx, session: Session, visit: Visit, mark: Mark, at: datetime) -> Outcome:
    if mark.what == What.OUT:
        found = choose_leaving([visit], lambda _: True, at, visit.pupil_name)
        if isinstance(found, DomainError):
            return await _refuse_tick(ctx, session, found, mark, visit.pupil_id)
    return await _enter(ctx, visit, Way.ROSTER, mark, at)


async def _refuse_tick(
    ctx: Ctx, session: Session, refusal: DomainError, mark: Mark, pupil_id: UUID | None = None
) -> Outcome:
    return await refuse(
        ctx,
        refusal,
        Way.ROSTER,
        base_id=session.base_id,
        session_id=session.id,
        pupil_id=pupil_id,
        mark=mark,
    )


async def refuse_unknown(ctx: Ctx, mark: Mark = NO_MARK) -> Outcome:
    """A code nobody knows: stored, so that guessing shows in the ledger."""
    return await refuse(ctx, UnknownCode(), Way.CARD, mark=mark)


async def _visits_at(
    ctx: Ctx, scene: str, pupil_ids: list[UUID]
) -> tuple[UUID | None, list[Visit]]:
    """The base whose poster carries this word, and what these children have booked anywhere."""
    params = {"district": ctx.district_id, "pupils": pupil_ids, "scene": scene}
    rows = [row._asdict() for row in await statements.VISITS_AT.rows(ctx.conn, params)]
    here = [row.pop("here_id") for row in rows]
    return (here[0] if here else None), [Visit(**row) for row in rows if row["booking_id"]]


async def visits_of(ctx: Ctx, pupil_ids: list[UUID]) -> list[Visit]:
    """What these children have booked, as the door sees it."""
    params = {"district": ctx.district_id, "pupils": pupil_ids}
    return [Visit(**row._asdict()) for row in await statements.VISITS.rows(ctx.conn, params)]
