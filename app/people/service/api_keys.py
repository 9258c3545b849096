"""Keys for programs of others: few rights, an end, and nothing dangerous."""

from datetime import date, timedelta
from uuid import UUID

from app.audit import service as audit
from app.kit.clock import at_school
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import digest, new_id, new_token
from app.orgs.access import access_organization
from app.orgs.permissions import P as OrgP
from app.people.errors import BeyondIssuer, BrokenTerm
from app.people.models import ApiKey
from app.people.permissions import P
from app.people.service.recognition import KEY_PREFIX

LONGEST_DAYS = 366
# What a program never does, and whose inbox it never reads.
NEVER = frozenset(
    {"account:edit", "api_key:edit", "channel:edit", "notification:read", "role:edit"}
)


def rights_to_give(ctx: Ctx) -> list[str]:
    """Which rights this actor may put into a key."""
    return sorted(right for right in ctx.actor.permissions if right not in NEVER)


async def create_api_key(
    ctx: Ctx, name: str, permissions: list[str], organization_id: UUID | None, expires_on: date
) -> tuple[ApiKey, str]:
    """A new key, shown once. It never reaches further than its issuer does at the time of use.

    Refuses rights or a place the issuer lacks (`people.beyond_issuer`) and an end in the
    past or more than a year away (`people.broken_term`); needs a fresh proof.
    """
    ctx.require(P.API_KEY_EDIT)
    ctx.require_proof()
    wanted = sorted(set(permissions))
    if not set(wanted) <= set(rights_to_give(ctx)):
        raise BeyondIssuer
    if organization_id is not None:
        await access_organization(ctx, organization_id, OrgP.ORGANIZATION_READ)
        if not all(ctx.reach(right).covers(organization_id) for right in wanted):
            raise BeyondIssuer
    if not ctx.today <= expires_on <= ctx.today + timedelta(days=LONGEST_DAYS):
        raise BrokenTerm
    key = KEY_PREFIX + new_token()
    row = ApiKey(
        district_id=ctx.district_id,
        id=new_id(),
        name=name,
        key_digest=digest(key),
        person_id=ctx.actor.person_id,
        organization_id=organization_id,
        permissions=wanted,
        expires_at=at_school(expires_on + timedelta(days=1), 0),
    )
    ctx.db.add(row)
    await ctx.db.flush()
    detail = {"permissions": wanted, "organization": str(organization_id or "")}
    await audit.record(ctx, "api_key:create", "api_key", row.id, detail=detail)
    await ctx.db.refresh(row)
    return row, key


async def revoke_api_key(ctx: Ctx, key_id: UUID) -> ApiKey:
    """End a key at once; ending it again changes nothing."""
    ctx.require(P.API_KEY_EDIT)
    row = await ctx.db.get(ApiKey, (ctx.district_id, key_id))
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = ctx.now
        await ctx.db.flush()
        await audit.record(ctx, "api_key:revoke", "api_key", row.id)
    return row
