"""Reading people."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import defer

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import DomainError, Unauthenticated
from app.kit.paging import fetch_page
from app.kit.sheets import read_table, write_table
from app.orgs.access import access_organization
from app.orgs.models import Organization, SchoolClass
from app.people.access import access_person, access_pupil, granted_on, visible_pupils
from app.people.errors import NoPupil, UnknownColumns
from app.people.kinds import Act, ImportKind, RequestState
from app.people.models import (
    Consent,
    ConsentText,
    Contact,
    Enrollment,
    GuardianRequest,
    Guardianship,
    Person,
    RoleGrant,
    RosterImport,
    SavedFilter,
)
from app.people.permissions import P
from app.people.roles import Role
from app.people.rules import ACT_WORDS, COLUMNS, NoSuchColumns, Row, read_rows
from app.people.schemas import PupilBrief, StaffOut


async def own_pupils(ctx: Ctx) -> list[PupilBrief]:
    """The actor's own children (or itself), oldest record first."""
    return [_brief(row) for row in await _pupil_rows(ctx, ctx.actor.pupil_ids)]


async def sole_or_all_pupils(ctx: Ctx) -> list[PupilBrief]:
    """The actor's children; refuses (`people.no_pupil`) when there is none."""
    pupils = await own_pupils(ctx)
    if not pupils:
        raise NoPupil
    return pupils


async def pupil_briefs(ctx: Ctx, pupil_ids: Iterable[UUID]) -> dict[UUID, PupilBrief]:
    """Name, class and school of these pupils; the caller answers for who may see them."""
    return {row.id: _brief(row) for row in await _pupil_rows(ctx, pupil_ids)}


async def _pupil_rows(ctx: Ctx, pupil_ids: Iterable[UUID]) -> list[AnyRow]:
    stmt = (
        select(
            Person.id,
            Person.name,
            SchoolClass.name.label("class_name"),
            Organization.name.label("organization_name"),
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
        .where(Person.district_id == ctx.district_id, Person.id.in_(list(pupil_ids)))
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
    stmt = select(Person).where(
        Person.district_id == ctx.district_id, visible_pupils(ctx, P.PERSON_READ)
    )
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
    if name:
        stmt = stmt.where(Person.name.contains(name, autoescape=True))
    rows, following = await fetch_page(ctx, stmt, Person.id, cursor, limit)
    await audit.record_reads(ctx, "person", [row.id for row in rows], purpose)
    return rows, following


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


async def list_roles(
    ctx: Ctx, person_id: UUID | None, cursor: str | None, limit: int
) -> tuple[list[RoleGrant], str | None]:
    """Granted roles of the district, or of the actor's own organizations."""
    reach = ctx.require(P.ROLE_READ)
    stmt = select(RoleGrant).where(RoleGrant.district_id == ctx.district_id)
    if not reach.district:
        stmt = stmt.where(RoleGrant.organization_id.in_(reach.organizations))
    if person_id:
        stmt = stmt.where(RoleGrant.person_id == person_id)
    return await fetch_page(ctx, stmt, RoleGrant.id, cursor, limit)


async def guardians_of(ctx: Ctx, pupil_id: UUID) -> list[UUID]:
    """Who is told about this child: open guardianships, and the child itself if it has a phone."""
    stmt = select(Guardianship.guardian_id).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.pupil_id == pupil_id,
        Guardianship.ends_on.is_(None),
    )
    return list((await ctx.conn.execute(stmt)).scalars())


async def holders_of(ctx: Ctx, role: Role, organization_id: UUID | None) -> list[UUID]:
    """Who holds this role in this organization today; without one, anywhere in the district."""
    here = RoleGrant.organization_id == organization_id if organization_id else true()
    stmt = select(RoleGrant.person_id).where(
        RoleGrant.district_id == ctx.district_id,
        here,
        RoleGrant.role == role,
        RoleGrant.starts_on <= ctx.today,
        or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= ctx.today),
    )
    return list((await ctx.conn.execute(stmt.distinct())).scalars())


async def list_imports(
    ctx: Ctx,
    organization_id: UUID | None,
    cursor: str | None,
    limit: int,
    kind: ImportKind = ImportKind.ROSTER,
) -> tuple[list[RosterImport], str | None]:
    """The roster imports (or yearly moves) of the actor's schools, newest first."""
    reach = ctx.require(P.PERSON_EDIT)
    stmt = select(RosterImport).where(
        RosterImport.district_id == ctx.district_id, RosterImport.kind == kind
    )
    if not reach.district:
        stmt = stmt.where(RosterImport.organization_id.in_(reach.organizations))
    if organization_id:
        stmt = stmt.where(RosterImport.organization_id == organization_id)
    stmt = stmt.options(defer(RosterImport.content), defer(RosterImport.rows))
    return await fetch_page(ctx, stmt, RosterImport.id, cursor, limit, newest_first=True)


def roster_template() -> bytes:
    """An empty roster with two lines that show how to fill it; delete them before use."""
    rows = [("20260301001", "张小三", "三（2）班", "在读"), ("", "李小四", "中（1）班", "")]
    return write_table(COLUMNS, rows, "学生名册")


def roster_report(row: RosterImport) -> bytes:
    """The uploaded file again, every line with what follows from it and why not."""
    table = read_table(row.content)
    found = {line["row"]: line for line in row.rows or []}
    head = [*table[0], "处理结果", "原因"]
    width = len(table[0])
    lines = [
        [
            *(cells + [""] * (width - len(cells)))[:width],
            ACT_WORDS.get(found.get(number, {}).get("act", ""), ""),
            "；".join(found.get(number, {}).get("reasons", [])),
        ]
        for number, cells in enumerate(table[1:], start=2)
    ]
    return write_table(head, lines, "检查结果")


def roster_lines(row: RosterImport) -> tuple[list[Row], str]:
    """The file's lines with what was decided about each; or why the file cannot be read."""
    try:
        lines = read_rows(read_table(row.content))
    except NoSuchColumns as exc:
        return [], UnknownColumns(missing=str(exc)).text()
    except DomainError as refusal:
        return [], refusal.text()
    decided = {found["row"]: found for found in row.rows or []}
    for line in lines:
        found = decided.get(line.number)
        if found is not None:
            line.act, line.reasons = Act(found["act"]), found["reasons"]
    return lines, ""


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


async def staff_of(ctx: Ctx, organization_id: UUID) -> list[StaffOut]:
    """Who holds a role there today; the people among whom contacts and delegates are chosen."""
    await access_organization(ctx, organization_id, P.STAFF_READ)
    stmt = (
        select(Person.id, Person.name, RoleGrant.role)
        .join(
            RoleGrant,
            and_(
                RoleGrant.district_id == Person.district_id,
                RoleGrant.person_id == Person.id,
            ),
        )
        .where(
            Person.district_id == ctx.district_id,
            RoleGrant.organization_id == organization_id,
            granted_on(ctx.today),
        )
        .order_by(Person.name, Person.id, RoleGrant.role)
    )
    found: dict[UUID, StaffOut] = {}
    for row in await ctx.conn.execute(stmt):
        one = found.setdefault(row.id, StaffOut(id=row.id, name=row.name, roles=[]))
        if row.role not in one.roles:
            one.roles.append(row.role)
    return list(found.values())


async def current_contacts(ctx: Ctx, organization_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """Whom to remind: the open contact of each organization; the caller answers for who may see it."""
    stmt = select(Contact).where(
        Contact.district_id == ctx.district_id,
        Contact.organization_id.in_(list(organization_ids)),
        Contact.ends_on.is_(None),
    )
    return {row.organization_id: row for row in (await ctx.db.execute(stmt)).scalars()}


async def list_contacts(ctx: Ctx, organization_id: UUID | None) -> list[Contact]:
    """The open contacts of the organizations the actor reaches."""
    reach = ctx.require(P.CONTACT_READ)
    stmt = select(Contact).where(Contact.district_id == ctx.district_id, Contact.ends_on.is_(None))
    if not reach.district:
        stmt = stmt.where(Contact.organization_id.in_(reach.organizations))
    if organization_id:
        stmt = stmt.where(Contact.organization_id == organization_id)
    return list((await ctx.db.execute(stmt.order_by(Contact.id).limit(500))).scalars())


async def contact_history(ctx: Ctx, organization_id: UUID) -> list[Contact]:
    """Everybody who was contact of an organization, newest first."""
    await access_organization(ctx, organization_id, P.CONTACT_READ)
    stmt = select(Contact).where(
        Contact.district_id == ctx.district_id, Contact.organization_id == organization_id
    )
    return list((await ctx.db.execute(stmt.order_by(Contact.id.desc()).limit(200))).scalars())


async def own_filters(ctx: Ctx, screen: str) -> list[SavedFilter]:
    """What the actor saved for one list, by name."""
    stmt = select(SavedFilter).where(
        SavedFilter.district_id == ctx.district_id,
        SavedFilter.person_id == own_id(ctx),
        SavedFilter.screen == screen,
    )
    return list((await ctx.db.execute(stmt.order_by(SavedFilter.name))).scalars())
