"""Reading children, their guardians, requests and consents."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import Unauthenticated
from app.kit.paging import cut_page, fetch_page, page_of_rows
from app.orgs.models import Organization, SchoolClass
from app.people.access import (
    access_person,
    access_pupil,
    named,
    visible_pupils,
)
from app.people.errors import NoPupil
from app.people.kinds import RequestState
from app.people.models import (
    CalendarFeed,
    Consent,
    ConsentText,
    Enrollment,
    GuardianRequest,
    Guardianship,
    Person,
)
from app.people.permissions import P
from app.people.schemas import PupilBrief


async def own_pupils(ctx: Ctx) -> list[PupilBrief]:
    """The actor's own children (or itself), oldest record first."""
    return [_brief(row) for row in await _pupil_rows(ctx, list(ctx.actor.pupil_ids))]


async def sole_or_all_pupils(ctx: Ctx) -> list[PupilBrief]:
    """The actor's children; refuses (`people.no_pupil`) when there is none."""
    pupils = await own_pupils(ctx)
    if not pupils:
        raise NoPupil
    return pupils


async def pupil_briefs(ctx: Ctx, pupil_ids: Iterable[UUID]) -> dict[UUID, PupilBrief]:
    """Name, class and school of these pupils; the caller answers for who may see them."""
    return {row.id: _brief(row) for row in await _pupil_rows(ctx, list(pupil_ids))}


async def _pupil_rows(ctx: Ctx, pupil_ids: list[UUID] | Select[UUID]) -> list[AnyRow]:
    ever = Enrollment.__table__.alias("ever")
    stmt = (
        select(
            Person.id,
            Person.name,
            Person.state,
            SchoolClass.name.label("class_name"),
            Organization.name.label("organization_name"),
            exists()
            .where(
                ever.c.district_id == Person.district_id,
                ever.c.pupil_id == Person.id,
            )
            .label("was_pupil"),
        )
        .outerjoin(
            Enrollment,
            and_(
                Enrollment.district_id == Person.district_id,
                Enrollment.pupil_id == Person.id,
                Enrollment.ends_on.is_(None),
            ),
        )
        .outerjoin(
            SchoolClass,
            and_(
                SchoolClass.district_id == Person.district_id,
                SchoolClass.id == Enrollment.class_id,
            ),
        )
        .outerjoin(
            Organization,
            and_(
                Organization.district_id == Person.district_id,
                Organization.id == SchoolClass.organization_id,
            ),
        )
        .where(Person.district_id == ctx.district_id, Person.id.in_(pupil_ids))
        .order_by(Person.id)
    )
    return list((await ctx.conn.execute(stmt)).all())


def _brief(row: AnyRow) -> PupilBrief:
    return PupilBrief.model_validate(row)


def own_id(ctx: Ctx) -> UUID:
    """Who is acting; refuses the system, which is nobody."""
    if ctx.actor.person_id is None:
        raise Unauthenticated
    return ctx.actor.person_id


async def own_name(ctx: Ctx) -> str:
    stmt = select(Person.name).where(
        Person.district_id == ctx.district_id, Person.id == own_id(ctx)
    )
    return str((await ctx.conn.execute(stmt)).scalar_one())


async def list_people(
    ctx: Ctx,
    class_id: UUID | None,
    name: str | None,
    cursor: str | None,
    limit: int,
    purpose: str,
) -> tuple[list[Person], str | None]:
    """Children (and others, district-wide) the actor may see; every name shown is logged."""
    stmt = _people(ctx, select(Person), class_id, name)
    rows, following = await fetch_page(ctx, stmt, Person.id, cursor, limit)
    await audit.record_reads(ctx, "person", [row.id for row in rows], purpose)
    return rows, following


async def list_pupil_lines(
    ctx: Ctx,
    class_id: UUID | None,
    name: str | None,
    cursor: str | None,
    limit: int,
    purpose: str,
) -> tuple[list[AnyRow], str | None]:
    """The same people with state, class and school, for a list that shows them beside the name."""
    stmt = _people(ctx, select(Person.id), class_id, name)
    page = page_of_rows(stmt, Person.id, cursor, limit).subquery("page")
    rows, following = cut_page(await _pupil_rows(ctx, select(page.c.id)), limit)
    await audit.record_reads(ctx, "person", [row.id for row in rows], purpose)
    return rows, following


def _people(ctx: Ctx, stmt: Select[Any], class_id: UUID | None, name: str | None) -> Select[Any]:
    stmt = stmt.where(Person.district_id == ctx.district_id, visible_pupils(ctx, P.PERSON_READ))
    if class_id:
        stmt = stmt.where(
            Person.id.in_(
                select(Enrollment.pupil_id).where(
                    Enrollment.district_id == ctx.district_id,
                    Enrollment.class_id == class_id,
                    Enrollment.ends_on.is_(None),
                )
            )
        )
    return stmt.where(named(ctx, name)) if name else stmt


async def read_person(ctx: Ctx, person_id: UUID, purpose: str) -> Person:
    """One person the actor may see; the read is logged with its purpose, whatever edge asks."""
    person = await access_person(ctx, person_id, P.PERSON_READ)
    if person_id != ctx.actor.person_id:
        await audit.record_reads(ctx, "person", [person_id], purpose)
    return person


async def list_guardianships(
    ctx: Ctx, pupil_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[Guardianship], str | None]:
    stmt = (
        select(Guardianship)
        .join(
            Person,
            (Person.district_id == Guardianship.district_id) & (Person.id == Guardianship.pupil_id),
        )
        .where(Guardianship.district_id == ctx.district_id, visible_pupils(ctx, P.PERSON_READ))
    )
    if pupil_id:
        stmt = stmt.where(Guardianship.pupil_id == pupil_id)
    rows, following = await fetch_page(ctx, stmt, Guardianship.id, cursor, limit)
    await audit.record_reads(ctx, "guardianship", [row.pupil_id for row in rows], "查看监护关系")
    return rows, following


async def guardians_of(ctx: Ctx, pupil_id: UUID) -> list[UUID]:
    """Who is told about this child: open guardianships, and the child itself if it has a phone."""
    stmt = select(Guardianship.guardian_id).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.pupil_id == pupil_id,
        Guardianship.ends_on.is_(None),
    )
    return list((await ctx.conn.execute(stmt)).scalars())


async def guardians_of_many(ctx: Ctx, pupil_ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Who is told about each of these children: (pupil, guardian), open ties only."""
    stmt = select(Guardianship.pupil_id, Guardianship.guardian_id).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.pupil_id.in_(list(pupil_ids)),
        Guardianship.ends_on.is_(None),
    )
    return [(row.pupil_id, row.guardian_id) for row in await ctx.conn.execute(stmt)]


async def list_requests(
    ctx: Ctx, state: RequestState | None, cursor: str | None, limit: int
) -> tuple[list[GuardianRequest], str | None]:
    """Families that ask to be confirmed, of the actor's classes; the names shown are logged."""
    stmt = (
        select(GuardianRequest)
        .join(
            Person,
            (Person.district_id == GuardianRequest.district_id)
            & (Person.id == GuardianRequest.pupil_id),
        )
        .where(
            GuardianRequest.district_id == ctx.district_id,
            visible_pupils(ctx, P.GUARDIANSHIP_APPROVE),
        )
    )
    if state:
        stmt = stmt.where(GuardianRequest.state == state)
    rows, following = await fetch_page(
        ctx, stmt, GuardianRequest.id, cursor, limit, newest_first=True
    )
    await audit.record_reads(
        ctx, "guardian_request", [row.pupil_id for row in rows], "处理家长申请"
    )
    return rows, following


async def count_requests(ctx: Ctx) -> int:
    """How many families wait for this actor."""
    stmt = (
        select(func.count())
        .select_from(GuardianRequest)
        .join(
            Person,
            (Person.district_id == GuardianRequest.district_id)
            & (Person.id == GuardianRequest.pupil_id),
        )
        .where(
            GuardianRequest.district_id == ctx.district_id,
            GuardianRequest.state == RequestState.PENDING,
            visible_pupils(ctx, P.GUARDIANSHIP_APPROVE),
        )
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def current_texts(ctx: Ctx) -> list[ConsentText]:
    """The newest text of each purpose."""
    ctx.require(P.CONSENT_READ)
    stmt = (
        select(ConsentText)
        .where(ConsentText.district_id == ctx.district_id)
        .ext(distinct_on(ConsentText.purpose))
        .order_by(ConsentText.purpose, ConsentText.number.desc())
    )
    return list((await ctx.db.execute(stmt)).scalars())


async def list_consents(ctx: Ctx, pupil_id: UUID) -> list[tuple[Consent, ConsentText]]:
    """What was ever agreed for a child, newest first; staff reads are logged."""
    await access_pupil(ctx, pupil_id, P.CONSENT_READ)
    stmt = (
        select(Consent, ConsentText)
        .join(
            ConsentText,
            (ConsentText.district_id == Consent.district_id) & (ConsentText.id == Consent.text_id),
        )
        .where(Consent.district_id == ctx.district_id, Consent.pupil_id == pupil_id)
        .order_by(Consent.id.desc())
    )
    await audit.record_reads(ctx, "consent", [pupil_id], "查看同意书")
    return [(row.Consent, row.ConsentText) for row in await ctx.db.execute(stmt)]


async def own_feed(
    ctx: Ctx, class_id: UUID | None = None, organization_id: UUID | None = None
) -> CalendarFeed | None:
    """The actor's own calendar address in force: the family's, or that of a class or unit."""
    stmt = select(CalendarFeed).where(
        CalendarFeed.district_id == ctx.district_id,
        CalendarFeed.person_id == own_id(ctx),
        CalendarFeed.revoked_at.is_(None),
        CalendarFeed.class_id.is_not_distinct_from(class_id),
        CalendarFeed.organization_id.is_not_distinct_from(organization_id),
    )
    row: CalendarFeed | None = (await ctx.db.execute(stmt)).scalar_one_or_none()
    return row


async def own_feeds(ctx: Ctx) -> list[CalendarFeed]:
    """All calendar addresses of the actor in force, oldest first."""
    stmt = select(CalendarFeed).where(
        CalendarFeed.district_id == ctx.district_id,
        CalendarFeed.person_id == own_id(ctx),
        CalendarFeed.revoked_at.is_(None),
    )
    return list((await ctx.db.execute(stmt.order_by(CalendarFeed.id))).scalars())
