"""Reading rights and duties: a child's own data, requests, proofs, incidents, digests."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.announcements import personal as announcements
from app.attendance import personal as attendance
from app.audit import personal as audit_log
from app.audit import service as audit
from app.bookings import personal as bookings
from app.citypack import personal as citypack
from app.evaluations import personal as evaluations
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.paging import fetch_page
from app.kit.personal import Section
from app.kit.sheets import write_book
from app.notifications import personal as notifications
from app.passports import personal as passports
from app.people import personal as people
from app.people.access import access_own_pupil, access_pupil, visible_pupils
from app.people.models import Person
from app.privacy import statements
from app.privacy.kinds import DataRequestKind
from app.privacy.models import DataRequest, DeletionProof, Incident
from app.privacy.permissions import P
from app.privacy.rules import span_of, week_before
from app.rounds import personal as rounds


async def own_data(ctx: Ctx, pupil_id: UUID) -> list[Section]:
    """Everything held about one's own child, by chapter (个人信息保护法 art. 45).

    Refused like an absent child to everybody who is not its guardian.
    """
    ctx.require(P.DATA_REQUEST_CREATE)
    access_own_pupil(ctx, pupil_id)
    person = await access_pupil(ctx, pupil_id, P.DATA_REQUEST_CREATE)
    told = [ctx.actor.person_id] if ctx.actor.person_id else []
    return [
        *await people.about(ctx, pupil_id),
        *await bookings.about(ctx, pupil_id),
        *await attendance.about(ctx, pupil_id),
        *await passports.about(ctx, pupil_id),
        *await citypack.about(ctx, pupil_id),
        *await evaluations.about(ctx, pupil_id),
        *await rounds.about(ctx, pupil_id),
        *await notifications.about(ctx, told, person.name),
        *await announcements.about(ctx, told),
        *await audit_log.about(ctx, pupil_id),
    ]


async def take_copy(ctx: Ctx, pupil_id: UUID) -> bytes:
    """The same as a workbook, one sheet a chapter; logged."""
    sections = await own_data(ctx, pupil_id)
    await audit.record(ctx, "data:export", "person", pupil_id, pupil_id=pupil_id)
    return write_book([(one.title, one.head, one.rows) for one in sections])


async def list_requests(
    ctx: Ctx, pupil_id: UUID | None, state: str | None, cursor: str | None, limit: int
) -> tuple[list[DataRequest], str | None]:
    """A guardian's own children's, or those of the actor's school, newest first."""
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, P.DATA_REQUEST_READ)
    )
    stmt = select(DataRequest).where(
        DataRequest.district_id == ctx.district_id, DataRequest.pupil_id.in_(pupils)
    )
    if pupil_id:
        stmt = stmt.where(DataRequest.pupil_id == pupil_id)
    if state:
        stmt = stmt.where(DataRequest.state == state)
    rows, following = await fetch_page(ctx, stmt, DataRequest.id, cursor, limit, newest_first=True)
    await audit.record_reads(ctx, "data_request", [row.pupil_id for row in rows], "处理家长申请")
    return rows, following


async def access_request(ctx: Ctx, request_id: UUID, permission: str) -> DataRequest:
    """A request about a child the actor reaches, locked; else `kit.not_found`."""
    pupils = select(Person.id).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, permission)
    )
    stmt = (
        select(DataRequest)
        .where(
            DataRequest.district_id == ctx.district_id,
            DataRequest.id == request_id,
            DataRequest.pupil_id.in_(pupils),
        )
        .with_for_update()
    )
    row = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def list_proofs(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[DeletionProof], str | None]:
    ctx.require(P.COMPLIANCE_READ)
    stmt = select(DeletionProof).where(DeletionProof.district_id == ctx.district_id)
    return await fetch_page(ctx, stmt, DeletionProof.id, cursor, limit, newest_first=True)


async def list_incidents(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[Incident], str | None]:
    ctx.require(P.COMPLIANCE_READ)
    stmt = select(Incident).where(Incident.district_id == ctx.district_id)
    return await fetch_page(ctx, stmt, Incident.id, cursor, limit, newest_first=True)


async def read_incident(ctx: Ctx, incident_id: UUID) -> Incident:
    ctx.require(P.COMPLIANCE_READ)
    row = await ctx.db.get(Incident, (ctx.district_id, incident_id))
    if row is None:
        raise NotFound
    return row


async def access_digest(ctx: Ctx, monday: date | None) -> list[AnyRow]:
    """Who looked at how many children of each school the actor answers for, in that week or the last."""
    reach = ctx.require(P.ACCESS_DIGEST_READ)
    first = monday or week_before(ctx.today)[0]
    begin, end = span_of(first, first + timedelta(days=6))
    params: dict[str, Any] = {
        "district": ctx.district_id,
        "begin": begin,
        "end": end,
        "everywhere": reach.district,
        "schools": list(reach.organizations),
    }
    return list((await ctx.conn.execute(statements.DIGEST, params)).all())


async def receipt_of(conn: AsyncConnection, receipt: str) -> AnyRow | None:
    """An erasure by its receipt, across districts: state, times and counts, nobody's name."""
    stmt = select(
        DataRequest.state,
        DataRequest.created_at,
        DataRequest.due_at,
        DataRequest.settled_at,
        DataRequest.counts,
    ).where(DataRequest.receipt == receipt, DataRequest.kind == DataRequestKind.ERASE)
    row: AnyRow | None = (await conn.execute(stmt)).first()
    return row
