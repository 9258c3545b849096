"""联系人: one open contact an organization, with a deputy, handed over in one act."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.orgs.access import access_organization
from app.orgs.models import Organization
from app.people.errors import NotStaff, SamePerson
from app.people.models import Contact
from app.people.permissions import P
from app.people.queries import current_contacts, staff_of


async def appoint_contact(
    ctx: Ctx, organization_id: UUID, person_id: UUID, deputy_id: UUID | None, position: str
) -> Contact:
    """Name the contact and deputy from today: the one before ends in the same act and is kept.

    Both hold a role at the organization (`people.not_staff`) and are two people
    (`people.same_person`). Naming who is named already changes nothing.
    """
    await access_organization(ctx, organization_id, P.CONTACT_EDIT)
    if person_id == deputy_id:
        raise SamePerson
    staff = {one.id for one in await staff_of(ctx, organization_id)}
    if not {person_id, deputy_id} - {None} <= staff:
        raise NotStaff
    await _alone(ctx, organization_id)
    before = (await current_contacts(ctx, [organization_id])).get(organization_id)
    if before is not None:
        if (before.person_id, before.deputy_id, before.position) == (
            person_id,
            deputy_id,
            position,
        ):
            return before
        await _close(ctx, before)
    row = Contact(
        district_id=ctx.district_id,
        organization_id=organization_id,
        person_id=person_id,
        deputy_id=deputy_id,
        position=position,
        starts_on=ctx.today,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    action = "contact:hand_over" if before is not None else "contact:appoint"
    await audit.record(ctx, action, "contact", row.id)
    await ctx.db.refresh(row)
    return row


async def end_contact(ctx: Ctx, contact_id: UUID) -> Contact:
    """Somebody leaves and nobody follows yet: a gap the district sees. Ending again changes nothing."""
    reach = ctx.require(P.CONTACT_EDIT)
    row = await ctx.db.get(Contact, (ctx.district_id, contact_id))
    if row is None or not reach.covers(row.organization_id):
        raise NotFound
    await _alone(ctx, row.organization_id)
    await ctx.db.refresh(row)
    if row.ends_on is None:
        await _close(ctx, row)
        await audit.record(ctx, "contact:end", "contact", row.id)
    return row


async def _close(ctx: Ctx, row: Contact) -> None:
    """The last day is yesterday, or the first day when that is today."""
    row.ends_on = max(row.starts_on, ctx.today - timedelta(days=1))
    row.version += 1
    await ctx.db.flush()


async def _alone(ctx: Ctx, organization_id: UUID) -> None:
    """Two hand-overs of one organization take turns."""
    stmt = select(Organization.id).where(
        Organization.district_id == ctx.district_id, Organization.id == organization_id
    )
    await ctx.conn.execute(stmt.with_for_update(key_share=True))
