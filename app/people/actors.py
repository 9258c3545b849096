"""Who is behind a login, a key or an openid? One statement, then pure rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Actor, Reach
from app.kit.db import ENTER_DISTRICT
from app.people.errors import PupilNeedsConsent, SecondFactorFirst, StepUpNeeded
from app.people.kinds import Proof
from app.people.roles import ROLES, SECOND_FACTOR_ROLES, Role, Scope

CONSOLE = "console"

# One round trip: the actor, the dated roles, the children, the clock, and the wall of its district.
ACTOR = """
SELECT now() AS now, {enter}, a.district_id, a.person_id, a.login_session_id, a.channel,
  a.proof, a.is_fresh, a.api_key_id, a.key_permissions, a.key_organization_id,
  (SELECT coalesce(json_agg(json_build_array(g.role, g.organization_id, g.class_id)), '[]')
     FROM role_grant g
    WHERE g.district_id = a.district_id AND g.person_id = a.person_id
      AND g.starts_on <= (now() AT TIME ZONE 'Asia/Shanghai')::date
      AND (g.ends_on IS NULL OR g.ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
  ) AS grants,
  (SELECT coalesce(json_agg(w.pupil_id), '[]') FROM guardianship w
    WHERE w.district_id = a.district_id AND w.guardian_id = a.person_id AND w.ends_on IS NULL
  ) AS wards,
  EXISTS (SELECT 1 FROM enrollment e
    WHERE e.district_id = a.district_id AND e.pupil_id = a.person_id AND e.ends_on IS NULL
  ) AS enrolled, (a.channel NOT IN ('wechat', 'h5', 'miniprogram') OR EXISTS (SELECT 1 FROM consent c
    WHERE c.district_id = a.district_id AND c.pupil_id = a.person_id AND c.withdrawn_at IS NULL
      AND c.text_id = (SELECT t.id FROM consent_text t
        WHERE t.district_id = a.district_id AND t.purpose = 'pupil_wechat'
        ORDER BY t.number DESC LIMIT 1))) AS agreed
FROM ({source}) a
JOIN person p ON p.district_id = a.district_id AND p.id = a.person_id AND p.state = 'active'
"""
ENTER = ENTER_DISTRICT.format(district="a.district_id")
# The source of `ACTOR` for the phone behind an openid of one account.
OF_IDENTITY = """
SELECT district_id, person_id, NULL::uuid AS login_session_id,
  'wechat'::text AS channel, NULL::text AS proof, false AS is_fresh,
  NULL::uuid AS api_key_id, NULL::jsonb AS key_permissions,
  NULL::uuid AS key_organization_id FROM identity
  WHERE district_id = :district AND kind = :kind AND issuer = :issuer AND subject = :subject"""
_BY_IDENTITY = text(ACTOR.format(enter=ENTER, source=OF_IDENTITY))


async def actor_by_identity(
    conn: AsyncConnection, district_id: UUID, kind: str, issuer: str, subject: str
) -> tuple[Actor, datetime] | None:
    """The actor behind an openid of one account, or None when nobody is bound to it.

    A pupil's own phone is refused (`people.pupil_needs_consent`) unless a guardian
    agrees to the newest text about it.
    """
    params = {"district": district_id, "kind": kind, "issuer": issuer, "subject": subject}
    row = (await conn.execute(_BY_IDENTITY, params)).first()
    return actor_of(row) if row else None


def actor_of(row: Any, *, strict: bool = False) -> tuple[Actor, datetime]:
    """The actor of a row of `ACTOR`, with the time; `strict` asks some roles for a second factor."""
    if row.api_key_id is not None:
        return _program(row), row.now
    if row.enrolled and not row.agreed:
        raise PupilNeedsConsent
    pupils = {UUID(pupil) for pupil in row.wards}
    implied = [Role.GUARDIAN] if pupils else []
    if row.enrolled:
        pupils.add(row.person_id)
        implied.append(Role.PUPIL)
    weak = row.channel == CONSOLE and row.proof == Proof.PASSWORD
    hindered = strict and weak and any(role in SECOND_FACTOR_ROLES for role, *_ in row.grants)
    actor = Actor(
        district_id=row.district_id,
        person_id=row.person_id,
        channel=row.channel,
        permissions={} if hindered else reaches(row.grants, implied),
        pupil_ids=frozenset() if hindered else frozenset(pupils),
        login_session_id=row.login_session_id,
        hindered=SecondFactorFirst if hindered else None,
        unproved=None if row.is_fresh else StepUpNeeded,
    )
    return actor, row.now


def _program(row: Any) -> Actor:
    """What the issuer may do today, narrowed to the key; never a family's rights, never dangerous."""
    place = row.key_organization_id
    found = {
        right: reach if place is None else Reach(organizations=frozenset({place}))
        for right, reach in reaches(row.grants, ()).items()
        if right in row.key_permissions and (place is None or reach.covers(place))
    }
    return Actor(
        district_id=row.district_id,
        person_id=row.person_id,
        channel=row.channel,
        permissions=found,
        api_key_id=row.api_key_id,
        unproved=StepUpNeeded,
    )


def reaches(grants: Iterable[list[str | None]], implied: Iterable[Role]) -> Mapping[str, Reach]:
    """What dated grants and implied roles add up to; unknown role names add nothing."""
    return _added_up(tuple(map(tuple, grants)), tuple(implied))


@lru_cache(maxsize=2048)
def _added_up(
    grants: tuple[tuple[str | None, ...], ...], implied: tuple[Role, ...]
) -> Mapping[str, Reach]:
    """Kept, because it is the same for every family and for each request of one person."""
    found: dict[str, list[tuple[Scope, str | None, str | None]]] = defaultdict(list)
    known = {role.value: row for role, row in ROLES.items()}
    for role, organization, school_class in grants:
        row = known.get(role or "")
        if row is None or row.scope is Scope.SELF:
            continue
        for permission in row.permissions:
            found[permission].append((row.scope, organization, school_class))
    for role in implied:
        for permission in ROLES[role].permissions:
            found[permission].append((Scope.SELF, None, None))
    return MappingProxyType({right: _reach(places) for right, places in found.items()})


def _reach(places: list[tuple[Scope, str | None, str | None]]) -> Reach:
    return Reach(
        district=any(scope is Scope.DISTRICT for scope, _, _ in places),
        organizations=frozenset(
            UUID(org) for scope, org, _ in places if scope is Scope.ORGANIZATION and org
        ),
        classes=frozenset(UUID(cls) for scope, _, cls in places if scope is Scope.CLASS and cls),
    )
