"""Which children and people may this actor touch?"""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, and_, func, or_, select, true, union_all

from app.kit.context import Ctx, Reach
from app.kit.errors import NotFound
from app.kit.search import among, found_by_grams
from app.orgs.models import SchoolClass
from app.people.kinds import PersonState
from app.people.models import Enrollment, Person, PersonGram, RoleGrant
from app.people.permissions import P
from app.people.roles import ROLES, STAFF_ROLES, Scope

_DISTRICT_WIDE = [role.value for role, row in ROLES.items() if row.scope is Scope.DISTRICT]


def visible_pupils(ctx: Ctx, permission: str) -> ColumnElement[bool]:
    """A condition on `Person.id`: own children, own classes, own school, or the whole district."""
    reach = ctx.require(permission)
    if reach.district:
        return true()
    return among(Person.id, pupils_within(ctx, reach))


def pupils_within(ctx: Ctx, reach: Reach) -> CompoundSelect[UUID]:
    """The ids of own children and of the pupils of own classes and schools."""
    classes = select(SchoolClass.id).where(
        SchoolClass.district_id == ctx.district_id,
        or_(
            SchoolClass.id.in_(reach.classes), SchoolClass.organization_id.in_(reach.organizations)
        ),
    )
    enrolled = select(Enrollment.pupil_id).where(
        Enrollment.district_id == ctx.district_id,
        Enrollment.ends_on.is_(None),
        Enrollment.class_id.in_(classes),
    )
    own = select(Person.id).where(
        Person.district_id == ctx.district_id, Person.id.in_(ctx.actor.pupil_ids)
    )
    return union_all(enrolled, own)


def named(ctx: Ctx, said: str) -> ColumnElement[bool]:
    """A condition on `Person`: each word occurs in the name."""
    return found_by_grams(
        said,
        ctx.district_id,
        PersonGram.__table__,
        "person_id",
        Person.id,
        func.search_text(Person.name),
    )


async def access_pupil(ctx: Ctx, pupil_id: UUID, permission: str) -> Person:
    """The child, or `kit.not_found` when absent or not the actor's: the answer is the same."""
    stmt = select(Person).where(
        Person.district_id == ctx.district_id,
        Person.id == pupil_id,
        visible_pupils(ctx, permission),
    )
    person = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if person is None:
        raise NotFound
    return person


def access_own_pupil(ctx: Ctx, pupil_id: UUID) -> None:
    """Refuse unless it is the actor's own child: some acts belong to guardians alone."""
    if pupil_id not in ctx.actor.pupil_ids or pupil_id == ctx.actor.person_id:
        raise NotFound


async def visible_among(ctx: Ctx, pupil_ids: list[UUID], permission: str) -> set[UUID]:
    """Those of these children whom the permission reaches through class or school."""
    stmt = select(Person.id).where(
        Person.district_id == ctx.district_id,
        Person.id.in_(pupil_ids),
        visible_pupils(ctx, permission),
    )
    return set((await ctx.conn.execute(stmt)).scalars())


async def access_person(ctx: Ctx, person_id: UUID, permission: str) -> Person:
    """A person of any kind; the actor itself always."""
    if person_id == ctx.actor.person_id:
        person = await ctx.db.get(Person, (ctx.district_id, person_id))
        if person is not None:
            return person
    return await access_pupil(ctx, person_id, permission)


def granted_on(day: date) -> ColumnElement[bool]:
    """A condition on `RoleGrant`: in force on this day, as `app.people.actors` reads it."""
    return and_(
        RoleGrant.starts_on <= day, or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= day)
    )


def visible_accounts(ctx: Ctx) -> ColumnElement[bool]:
    """A condition on `Person.id`: staff whose way in the actor may restore.

    Within one organization only those all of whose roles lie there and none of which
    reaches the district: otherwise a school could make itself an administrator.
    """
    reach = ctx.require(P.ACCOUNT_EDIT)
    staff = (
        select(RoleGrant.id)
        .where(
            RoleGrant.district_id == Person.district_id,
            RoleGrant.person_id == Person.id,
            RoleGrant.role.in_([role.value for role in STAFF_ROLES]),
            or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= ctx.today),
        )
        .correlate(Person)
    )
    if reach.district:
        return staff.exists()
    beyond = staff.where(
        or_(
            RoleGrant.organization_id.not_in(reach.organizations),
            RoleGrant.role.in_(_DISTRICT_WIDE),
        )
    )
    return and_(staff.exists(), ~beyond.exists())


async def access_account(ctx: Ctx, person_id: UUID) -> Person:
    """A member of staff whose account the actor may restore, or `kit.not_found`."""
    stmt = select(Person).where(
        Person.district_id == ctx.district_id,
        Person.id == person_id,
        Person.state == PersonState.ACTIVE,
        visible_accounts(ctx),
    )
    person = (await ctx.db.execute(stmt)).scalar_one_or_none()
    if person is None:
        raise NotFound
    return person


async def works_at(ctx: Ctx, person_id: UUID, organization_id: UUID) -> bool:
    """Whether this person holds any role in this organization today."""
    stmt = select(RoleGrant.id).where(
        RoleGrant.district_id == ctx.district_id,
        RoleGrant.organization_id == organization_id,
        RoleGrant.person_id == person_id,
        granted_on(ctx.today),
    )
    return (await ctx.conn.execute(stmt.limit(1))).first() is not None


# What the calendar of a class or unit shows are bookings.
FEED_RIGHT = "booking:read"


async def access_feed_place(
    ctx: Ctx, class_id: UUID | None, organization_id: UUID | None
) -> SchoolClass | None:
    """Refuse (`kit.not_found`) a calendar of a class or organization beyond the actor's reach; a
    family's needs a child. Gives the class.
    """
    reach = ctx.reach(FEED_RIGHT)
    if class_id is not None:
        row = await ctx.db.get(SchoolClass, (ctx.district_id, class_id))
        if row is None or not (reach.covers(row.organization_id) or class_id in reach.classes):
            raise NotFound
        return row
    if not (reach.covers(organization_id) if organization_id else ctx.actor.pupil_ids):
        raise NotFound
    return None
