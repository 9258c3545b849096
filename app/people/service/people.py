"""Registering people, guardians and roles."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.audit import service as audit
from app.channels.service.tags import order_tags
from app.kit.context import Ctx
from app.kit.edits import apply_change
from app.kit.errors import NotFound
from app.orgs.access import access_class, access_organization
from app.people.access import access_person, access_pupil
from app.people.errors import AlreadyBound, BeyondOwnRights, TooManyChildren, UnknownRole
from app.people.kinds import Relation
from app.people.models import Enrollment, Guardianship, Person, RoleGrant
from app.people.permissions import P
from app.people.roles import ROLES, Role, Scope

MOST_CHILDREN = 40  # of one guardian: more is no family, it is a phone passed around


async def register_person(
    ctx: Ctx, name: str, class_id: UUID | None, student_no: str | None
) -> Person:
    """Add a person; with a class, a pupil enrolled from today.

    Outside the actor's organizations only district-wide rights may register.
    """
    reach = ctx.require(P.PERSON_EDIT)
    if class_id is not None:
        await access_class(ctx, class_id, P.PERSON_EDIT)
    elif not reach.district:
        raise BeyondOwnRights
    person = Person(district_id=ctx.district_id, name=name)
    ctx.db.add(person)
    await ctx.db.flush()
    if class_id is not None:
        ctx.db.add(
            Enrollment(
                district_id=ctx.district_id,
                pupil_id=person.id,
                class_id=class_id,
                student_no=student_no,
                starts_on=ctx.today,
            )
        )
        await ctx.db.flush()
    await audit.record(ctx, "person:create", "person", person.id)
    await ctx.db.refresh(person)
    return person


async def change_person(
    ctx: Ctx, person_id: UUID, change: dict[str, Any], seen: int | None
) -> Person:
    """Correct a name or close a record; history stays in the audit log as digests."""
    person = await access_pupil(ctx, person_id, P.PERSON_EDIT)
    before = await apply_change(ctx, person, change, seen)
    if before:
        await audit.record(ctx, "person:change", "person", person.id, before=before, after=change)
    return person


async def change_pupil(
    ctx: Ctx, pupil_id: UUID, change: dict[str, Any], seen: int | None
) -> Person:
    """Correct a pupil's name or student number; a number somebody else has is `kit.duplicate`.

    `seen` is the version of the person's row, which moves with either change.
    """
    person = await access_pupil(ctx, pupil_id, P.PERSON_EDIT)
    own = {name: value for name, value in change.items() if name != "student_no"}
    before = await apply_change(ctx, person, own, seen)
    if "student_no" in change:
        stmt = select(Enrollment).where(
            Enrollment.district_id == ctx.district_id,
            Enrollment.pupil_id == pupil_id,
            Enrollment.ends_on.is_(None),
        )
        place = (await ctx.db.execute(stmt.with_for_update())).scalar_one_or_none()
        if place is None:
            raise NotFound
        before |= await apply_change(ctx, place, {"student_no": change["student_no"]}, None)
        if set(before) == {"student_no"}:
            person.version += 1
            await ctx.db.flush()
    if before:
        await audit.record(
            ctx, "person:change", "person", pupil_id, pupil_id=pupil_id, before=before, after=change
        )
    return person


async def add_guardian(
    ctx: Ctx, guardian_id: UUID, pupil_id: UUID, relation: Relation
) -> Guardianship:
    """Tie a guardian to a pupil on staff's word; a second open tie is `people.already_bound`."""
    await access_pupil(ctx, pupil_id, P.GUARDIANSHIP_EDIT)
    guardian = await ctx.db.get(Person, (ctx.district_id, guardian_id))
    if guardian is None:
        raise NotFound
    return await tie_guardian(ctx, guardian_id, pupil_id, relation, verified_by="staff")


async def tie_guardian(
    ctx: Ctx, guardian_id: UUID, pupil_id: UUID, relation: Relation, verified_by: str
) -> Guardianship:
    """Write the tie and the audit line; the caller has checked that it is right.

    Refused when it is there already (`people.already_bound`) and beyond forty
    open children of one guardian (`people.too_many_children`).
    """
    await _check_number(ctx, guardian_id)
    open_tie = select(Guardianship).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.guardian_id == guardian_id,
        Guardianship.pupil_id == pupil_id,
        Guardianship.ends_on.is_(None),
    )
    if (await ctx.db.execute(open_tie)).first():
        raise AlreadyBound
    tie = Guardianship(
        district_id=ctx.district_id,
        guardian_id=guardian_id,
        pupil_id=pupil_id,
        relation=relation,
        verified_by=verified_by,
        starts_on=ctx.today,
    )
    ctx.db.add(tie)
    await ctx.db.flush()
    await audit.record(
        ctx,
        "guardianship:create",
        "guardianship",
        tie.id,
        pupil_id=pupil_id,
        detail={"verified_by": verified_by},
    )
    await order_tags(ctx, guardian_id)
    await ctx.db.refresh(tie)
    return tie


async def _check_number(ctx: Ctx, guardian_id: UUID) -> None:
    """The guardian's row is locked, so that two ties at once are counted one after the other."""
    same = (Person.district_id == ctx.district_id, Person.id == guardian_id)
    await ctx.db.execute(select(Person.id).where(*same).with_for_update(key_share=True))
    stmt = select(func.count()).where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.guardian_id == guardian_id,
        Guardianship.ends_on.is_(None),
    )
    if (await ctx.db.execute(stmt)).scalar_one() >= MOST_CHILDREN:
        raise TooManyChildren


async def end_guardianship(
    ctx: Ctx, guardianship_id: UUID, reason: str | None = None
) -> Guardianship:
    """Close a tie from today, for a reason that goes into the log; again changes nothing."""
    tie = await ctx.db.get(Guardianship, (ctx.district_id, guardianship_id))
    if tie is None:
        raise NotFound
    await access_pupil(ctx, tie.pupil_id, P.GUARDIANSHIP_EDIT)
    if tie.ends_on is None:
        await apply_change(ctx, tie, {"ends_on": ctx.today}, None)
        await audit.record(
            ctx,
            "guardianship:end",
            "guardianship",
            tie.id,
            pupil_id=tie.pupil_id,
            purpose=reason,
        )
        await order_tags(ctx, tie.guardian_id)
    return tie


async def grant_role(ctx: Ctx, values: dict[str, Any]) -> RoleGrant:
    """Give a role within an organization.

    Guardian and pupil are never granted: they follow from guardianship and
    enrolment. A class role needs a class of that organization, others none. The person
    granting has to have proved itself a short while ago.
    """
    reach = ctx.require(P.ROLE_EDIT)
    ctx.require_proof()
    role = Role(values["role"])
    scope = ROLES[role].scope
    if scope is Scope.SELF or (scope is Scope.CLASS) != (values["class_id"] is not None):
        raise UnknownRole
    if not reach.covers(values["organization_id"]):
        raise BeyondOwnRights
    await access_organization(ctx, values["organization_id"], P.ROLE_EDIT)
    if values["class_id"] is not None:
        school_class = await access_class(ctx, values["class_id"], P.ROLE_EDIT)
        if school_class.organization_id != values["organization_id"]:
            raise UnknownRole
    await access_person(ctx, values["person_id"], P.ROLE_EDIT)
    grant = RoleGrant(
        district_id=ctx.district_id,
        **{**values, "role": role.value, "starts_on": values["starts_on"] or ctx.today},
        granted_by=ctx.actor.person_id,
    )
    ctx.db.add(grant)
    await ctx.db.flush()
    await audit.record(ctx, "role:grant", "role_grant", grant.id, detail={"role": role.value})
    await order_tags(ctx, grant.person_id)
    await ctx.db.refresh(grant)
    return grant


async def end_role(ctx: Ctx, grant_id: UUID) -> RoleGrant:
    """Take a role back from today on: the next request of that person no longer has it."""
    ctx.require(P.ROLE_EDIT)
    grant = await ctx.db.get(RoleGrant, (ctx.district_id, grant_id))
    if grant is None or not ctx.reach(P.ROLE_EDIT).covers(grant.organization_id):
        raise NotFound
    return await close_grant(ctx, grant)


async def close_grant(ctx: Ctx, grant: RoleGrant) -> RoleGrant:
    """End an open or dated grant with yesterday; one that is over stays as it is."""
    if grant.ends_on is None or grant.ends_on >= ctx.today:
        grant.ends_on = ctx.today - timedelta(days=1)
        grant.version += 1
        await ctx.db.flush()
        await audit.record(ctx, "role:end", "role_grant", grant.id)
        await order_tags(ctx, grant.person_id)
    return grant
