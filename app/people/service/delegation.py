"""Handing a role on: what may somebody grant who is no administrator of the district?"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.channels.service.tags import order_tags
from app.kit.context import Ctx
from app.kit.db import enter_district, transaction
from app.kit.errors import DomainError, NotFound
from app.orgs.access import access_organization
from app.orgs.models import SchoolClass
from app.people.access import granted_on
from app.people.errors import BeyondDelegation, DelegationTooLong, NotStaff
from app.people.models import Person, RoleGrant
from app.people.permissions import P
from app.people.queries import own_id, staff_of
from app.people.roles import DELEGABLE, ROLES, Role, Scope
from app.people.service.people import close_grant

LONGEST = timedelta(days=366)


async def delegable_at(ctx: Ctx, organization_id: UUID) -> set[Role]:
    """The roles the actor may hand on there, by what the actor holds there today."""
    stmt = select(RoleGrant.role).where(
        RoleGrant.district_id == ctx.district_id,
        RoleGrant.person_id == own_id(ctx),
        RoleGrant.organization_id == organization_id,
        granted_on(ctx.today),
    )
    held = {str(role) for role in (await ctx.conn.execute(stmt)).scalars()}
    return {role for own, given in DELEGABLE.items() if own in held for role in given}


async def delegate_role(ctx: Ctx, values: dict[str, Any]) -> RoleGrant:
    """Grant a role that `DELEGABLE` allows, inside the own organization, dated, a year at most.

    A role or class beyond that is refused alike (`people.beyond_delegation`), a place
    beyond as if absent, and every refused attempt is logged. The person works there already, or is new and is
    registered by name. The same grant again is the grant that stands.
    """
    try:
        await _check(ctx, values)
    except DomainError as refusal:
        await _log_refusal(ctx, values, refusal)
        raise
    starts_on = values["starts_on"] or ctx.today
    if not starts_on <= values["ends_on"] <= ctx.today + LONGEST or starts_on < ctx.today:
        raise DelegationTooLong
    # Two grants of one organization take turns, so that the second finds the first.
    organization_id = values["organization_id"]
    own = select(RoleGrant.id).where(
        RoleGrant.district_id == ctx.district_id,
        RoleGrant.person_id == own_id(ctx),
        RoleGrant.organization_id == organization_id,
    )
    await ctx.conn.execute(own.with_for_update(key_share=True))
    person_id = values["person_id"] or await _find_by_name(ctx, values)
    if person_id is not None and (standing := await _standing(ctx, person_id, values)):
        return standing
    if person_id is None:
        person = Person(district_id=ctx.district_id, name=values["name"])
        ctx.db.add(person)
        await ctx.db.flush()
        await audit.record(ctx, "person:create", "person", person.id)
        person_id = person.id
    role = Role(values["role"])
    grant = RoleGrant(
        district_id=ctx.district_id,
        person_id=person_id,
        organization_id=organization_id,
        class_id=values["class_id"],
        role=role.value,
        starts_on=starts_on,
        ends_on=values["ends_on"],
        granted_by=own_id(ctx),
    )
    ctx.db.add(grant)
    await ctx.db.flush()
    await audit.record(ctx, "role:delegate", "role_grant", grant.id, detail={"role": role.value})
    await order_tags(ctx, person_id)
    await ctx.db.refresh(grant)
    return grant


async def _check(ctx: Ctx, values: dict[str, Any]) -> None:
    organization_id, role = values["organization_id"], Role(values["role"])
    await access_organization(ctx, organization_id, P.ROLE_DELEGATE)
    if role not in await delegable_at(ctx, organization_id):
        raise BeyondDelegation
    needs_class = ROLES[role].scope is Scope.CLASS
    if needs_class != (values["class_id"] is not None):
        raise BeyondDelegation
    if needs_class:
        found = await ctx.db.get(SchoolClass, (ctx.district_id, values["class_id"]))
        if found is None or found.organization_id != organization_id:
            raise BeyondDelegation
    if values["person_id"] is not None:
        staff = await staff_of(ctx, organization_id)
        if values["person_id"] not in {one.id for one in staff}:
            raise NotStaff


async def _find_by_name(ctx: Ctx, values: dict[str, Any]) -> UUID | None:
    """Somebody whom this form already registered: a repeated form must not make a second person."""
    stmt = (
        select(RoleGrant.person_id)
        .join(
            Person,
            (Person.district_id == RoleGrant.district_id) & (Person.id == RoleGrant.person_id),
        )
        .where(*_same(ctx, values), Person.name == values["name"])
    )
    found: UUID | None = (await ctx.conn.execute(stmt.limit(1))).scalar_one_or_none()
    return found


def _same(ctx: Ctx, values: dict[str, Any]) -> tuple[Any, ...]:
    """The grants of this role at this place that are in force."""
    same_class = (
        RoleGrant.class_id.is_(None)
        if values["class_id"] is None
        else RoleGrant.class_id == values["class_id"]
    )
    return (
        RoleGrant.district_id == ctx.district_id,
        RoleGrant.organization_id == values["organization_id"],
        RoleGrant.role == Role(values["role"]).value,
        same_class,
        granted_on(values["starts_on"] or ctx.today),
    )


async def _standing(ctx: Ctx, person_id: UUID, values: dict[str, Any]) -> RoleGrant | None:
    """A grant in force that lasts at least as long: nothing is left to do."""
    stmt = select(RoleGrant).where(*_same(ctx, values), RoleGrant.person_id == person_id)
    for grant in (await ctx.db.execute(stmt)).scalars():
        if grant.ends_on is None or grant.ends_on >= values["ends_on"]:
            return grant
    return None


async def end_delegation(ctx: Ctx, grant_id: UUID) -> RoleGrant:
    """Take back, from today on, a role one could have handed on there, whoever granted it."""
    ctx.require(P.ROLE_DELEGATE)
    grant = await ctx.db.get(RoleGrant, (ctx.district_id, grant_id))
    if grant is None or grant.role not in await delegable_at(ctx, grant.organization_id):
        raise NotFound
    return await close_grant(ctx, grant)


async def _log_refusal(ctx: Ctx, values: dict[str, Any], refusal: DomainError) -> None:
    """The attempt, in a transaction of its own, because the refused one is rolled back."""
    async with transaction(ctx.conn.engine) as conn:
        await enter_district(conn, ctx.district_id)
        apart = Ctx(conn, ctx.actor, ctx.now, {}, ctx.request_id)
        detail = {"role": Role(values["role"]).value, "code": refusal.code}
        place = values["organization_id"]
        await audit.record(apart, "role:refused", "organization", place, detail=detail)
