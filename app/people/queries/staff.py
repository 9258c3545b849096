"""Reading who works where: roles, contacts, accounts, keys."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true

from app.kit.context import Ctx
from app.kit.paging import fetch_page
from app.orgs.access import access_organization
from app.people.access import (
    granted_on,
    named,
    visible_accounts,
)
from app.people.actors import CONSOLE
from app.people.kinds import IdentityKind, PersonState
from app.people.models import (
    ApiKey,
    Contact,
    Identity,
    LoginSession,
    Person,
    RoleGrant,
    SavedFilter,
    SecondFactor,
)
from app.people.permissions import P
from app.people.queries.pupils import own_id
from app.people.roles import Role
from app.people.schemas import StaffAccountOut, StaffOut


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


async def holders_of(ctx: Ctx, role: Role, organization_id: UUID | None) -> list[UUID]:
    """Who holds this role in this organization today; without one, anywhere in the district."""
    here = RoleGrant.organization_id == organization_id if organization_id else true()
    stmt = select(RoleGrant.person_id).where(
        RoleGrant.district_id == ctx.district_id,
        here,
        RoleGrant.role == role,
        granted_on(ctx.today),
    )
    return list((await ctx.conn.execute(stmt.distinct())).scalars())


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


async def list_staff_accounts(
    ctx: Ctx, name: str | None, cursor: str | None, limit: int
) -> tuple[list[StaffAccountOut], str | None]:
    """Who of the staff can log in, and how; only those whose account the actor may restore."""
    stmt = select(Person).where(
        Person.district_id == ctx.district_id,
        Person.state == PersonState.ACTIVE,
        visible_accounts(ctx),
    )
    if name:
        stmt = stmt.where(named(ctx, name))
    people, following = await fetch_page(ctx, stmt, Person.id, cursor, limit)
    ids = [person.id for person in people]
    names = await _by_person(
        ctx, select(Identity.person_id, Identity.subject), Identity, ids,
        Identity.kind == IdentityKind.PASSWORD,
    )  # fmt: skip
    factors = await _by_person(
        ctx, select(SecondFactor.person_id, SecondFactor.confirmed_at), SecondFactor, ids,
        SecondFactor.confirmed_at.is_not(None),
    )  # fmt: skip
    last = select(LoginSession.person_id, func.max(LoginSession.created_at))
    seen = await _by_person(
        ctx, last.group_by(LoginSession.person_id), LoginSession, ids,
        LoginSession.channel == CONSOLE,
    )  # fmt: skip
    accounts = [
        StaffAccountOut(
            person_id=person.id,
            name=person.name,
            username=names.get(person.id),
            has_second_factor=person.id in factors,
            last_login_at=seen.get(person.id),
        )
        for person in people
    ]
    return accounts, following


async def _by_person(
    ctx: Ctx, stmt: Any, model: Any, ids: list[UUID], *more: ColumnElement[bool]
) -> dict[UUID, Any]:
    where = (model.district_id == ctx.district_id, model.person_id.in_(ids), *more)
    rows = await ctx.conn.execute(stmt.where(*where))
    return {row[0]: row[1] for row in rows}


async def list_api_keys(
    ctx: Ctx, cursor: str | None, limit: int
) -> tuple[list[ApiKey], str | None]:
    """The district's keys, newest first; the keys themselves are stored nowhere."""
    ctx.require(P.API_KEY_EDIT)
    stmt = select(ApiKey).where(ApiKey.district_id == ctx.district_id)
    return await fetch_page(ctx, stmt, ApiKey.id, cursor, limit, newest_first=True)
