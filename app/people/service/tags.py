"""What does a follower of the service account carry? Roles and schools, as they are today."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.channels.service import tags
from app.kit.context import Ctx
from app.orgs.kinds import OrgKind
from app.orgs.models import Organization
from app.people.rules import declared_tags, tags_of

SCHOOLS = (OrgKind.KINDERGARTEN, OrgKind.SCHOOL)
# A child that left takes its school away from its guardians, not the guardian's tag.
_FACTS = text(
    """
WITH phone AS (
  SELECT i.district_id, i.person_id, i.subject AS openid FROM identity i
  JOIN person p ON p.district_id = i.district_id AND p.id = i.person_id AND p.state = 'active'
  WHERE i.district_id = :district AND i.kind = 'service_account' AND i.issuer = :appid
    AND (cast(:person AS uuid) IS NULL OR i.person_id = :person))
SELECT h.openid, 'guardian' AS role, c.organization_id AS school
FROM phone h
JOIN guardianship g ON g.district_id = h.district_id AND g.guardian_id = h.person_id
  AND g.ends_on IS NULL
LEFT JOIN enrollment e ON e.district_id = g.district_id AND e.pupil_id = g.pupil_id
  AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
UNION
SELECT h.openid, g.role, CASE WHEN o.kind IN ('school', 'kindergarten') THEN o.id END
FROM phone h
JOIN role_grant g ON g.district_id = h.district_id AND g.person_id = h.person_id
  AND g.starts_on <= :today AND (g.ends_on IS NULL OR g.ends_on >= :today)
JOIN organization o ON o.district_id = g.district_id AND o.id = g.organization_id
"""
)
_PHONES = text(
    "SELECT subject FROM identity WHERE district_id = :district AND kind = 'service_account' "
    "AND issuer = :appid AND person_id = :person"
)


async def tag_names(ctx: Ctx) -> dict[str, str]:
    """The tags this district's account should have: key → name."""
    stmt = (
        select(Organization.id, Organization.name)
        .where(Organization.district_id == ctx.district_id, Organization.kind.in_(SCHOOLS))
        .order_by(Organization.id)
    )
    return declared_tags({row.id: row.name for row in await ctx.conn.execute(stmt)})


async def note_tags(ctx: Ctx, appid: str, person_id: UUID | None) -> None:
    """Write down what this person, or everybody, should carry now."""
    await tags.take_turns(ctx)
    params = {"district": ctx.district_id, "appid": appid, "person": person_id}
    facts = (await ctx.conn.execute(_FACTS, {**params, "today": ctx.today})).all()
    scope = None
    if person_id is not None:
        scope = list((await ctx.conn.execute(_PHONES, params)).scalars())
    await tags.keep_wanted(ctx, appid, _wanted(facts), scope)


def _wanted(facts: Iterable[Any]) -> list[tuple[str, str]]:
    roles: dict[str, set[str]] = defaultdict(set)
    schools: dict[str, set[UUID]] = defaultdict(set)
    for fact in facts:
        roles[fact.openid].add(fact.role)
        if fact.school is not None:
            schools[fact.openid].add(fact.school)
    return [(openid, key) for openid, own in roles.items() for key in tags_of(own, schools[openid])]
