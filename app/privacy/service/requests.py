"""Families ask; schools answer corrections; erasures carry themselves out when they are due."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.ids import new_scene
from app.people.access import access_own_pupil
from app.people.models import Person
from app.people.queries import own_id
from app.privacy.errors import AlreadySettled, NothingSaid, NotToDecide, WrongName
from app.privacy.events import DataRequested, DataSettled
from app.privacy.kinds import DataRequestKind, DataRequestState
from app.privacy.models import DataRequest, Incident
from app.privacy.permissions import P
from app.privacy.queries import access_request, read_incident
from app.privacy.rules import ANSWER_WITHIN_DAYS, ERASE_AFTER_DAYS


async def ask(
    ctx: Ctx, pupil_id: UUID, kind: DataRequestKind, note: str, confirm_name: str
) -> DataRequest:
    """Ask for a correction (15 days) or for erasure (carried out after 7 days).

    For one's own child only. An erasure needs the child's name typed once
    more; asking again while one is open answers with the first.
    """
    ctx.require(P.DATA_REQUEST_CREATE)
    access_own_pupil(ctx, pupil_id)
    person = await ctx.db.get_one(Person, (ctx.district_id, pupil_id), with_for_update=True)
    if kind is DataRequestKind.ERASE:
        if confirm_name != person.name:
            raise WrongName
        if (open_one := await _open_erasure(ctx, pupil_id)) is not None:
            return open_one
    elif not note:
        raise NothingSaid
    days = ERASE_AFTER_DAYS if kind is DataRequestKind.ERASE else ANSWER_WITHIN_DAYS
    row = DataRequest(
        district_id=ctx.district_id,
        pupil_id=pupil_id,
        asked_by=own_id(ctx),
        kind=kind,
        note=note,
        due_at=ctx.now + timedelta(days=days),
        receipt=new_scene(),
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, f"data:{kind.value}", "data_request", row.id, pupil_id=pupil_id)
    await ctx.emit(DataRequested(row.id, pupil_id, person.name, kind, row.due_at))
    await ctx.db.refresh(row)
    return row


async def _open_erasure(ctx: Ctx, pupil_id: UUID) -> DataRequest | None:
    stmt = select(DataRequest).where(
        DataRequest.district_id == ctx.district_id,
        DataRequest.pupil_id == pupil_id,
        DataRequest.kind == DataRequestKind.ERASE,
        DataRequest.state == DataRequestState.OPEN,
    )
    return (await ctx.db.execute(stmt)).scalar_one_or_none()


async def take_back(ctx: Ctx, request_id: UUID) -> DataRequest:
    """Any guardian of the child may take a request back until it is settled; again is fine."""
    row = await access_request(ctx, request_id, P.DATA_REQUEST_CREATE)
    access_own_pupil(ctx, row.pupil_id)
    if row.state == DataRequestState.WITHDRAWN:
        return row
    return await _close(ctx, row, DataRequestState.WITHDRAWN, "")


async def settle(ctx: Ctx, request_id: UUID, *, done: bool, answer: str) -> DataRequest:
    """The school has corrected the record, or says why not; the guardian is told."""
    row = await access_request(ctx, request_id, P.DATA_REQUEST_SETTLE)
    if row.kind == DataRequestKind.ERASE:
        raise NotToDecide
    state = DataRequestState.DONE if done else DataRequestState.DECLINED
    if row.state == state and row.answer == answer:
        return row
    row = await _close(ctx, row, state, answer)
    person = await ctx.db.get_one(Person, (ctx.district_id, row.pupil_id))
    said = f"{'已更正' if done else '未采纳'}：{answer}"
    await ctx.emit(DataSettled(row.id, row.asked_by, person.name, said))
    return row


async def _close(ctx: Ctx, row: DataRequest, state: DataRequestState, answer: str) -> DataRequest:
    if row.state != DataRequestState.OPEN:
        raise AlreadySettled
    row.state, row.answer = state, answer
    row.settled_at, row.settled_by = ctx.now, ctx.actor.person_id
    row.version += 1
    await ctx.db.flush()
    await audit.record(
        ctx, f"data_request:{state.value}", "data_request", row.id, pupil_id=row.pupil_id
    )
    return row


async def report_incident(ctx: Ctx, values: dict[str, Any]) -> Incident:
    """Write down a breach or loss; the yearly pack lists it. The same day and title once."""
    ctx.require(P.INCIDENT_EDIT)
    return await add_row(ctx, Incident(district_id=ctx.district_id, **values), "incident")


async def change_incident(
    ctx: Ctx, incident_id: UUID, change: dict[str, Any], seen: int | None
) -> Incident:
    """Add what became known or was done since."""
    ctx.require(P.INCIDENT_EDIT)
    row = await read_incident(ctx, incident_id)
    return await change_row(ctx, row, change, seen, "incident")
