"""Who is behind a login token or an openid? One statement, then pure rules."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Actor, Reach
from app.kit.db import ENTER_DISTRICT
from app.kit.ids import digest
from app.people.errors import PupilNeedsConsent
from app.people.roles import ROLES, Role, Scope

# One round trip: the actor, the dated roles, the children, the clock, and the wall of its district.
_ACTOR = """
SELECT now() AS now, {enter}, a.district_id, a.person_id, a.login_session_id, a.channel,
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
  ) AS enrolled, {agreed} AS agreed
FROM ({source}) a
JOIN person p ON p.district_id = a.district_id AND p.id = a.person_id AND p.state = 'active'
"""
# Asked for whatever comes from a phone; a console belongs to nobody's childhood.
_AGREED = """EXISTS (SELECT 1 FROM consent c
    WHERE c.district_id = a.district_id AND c.pupil_id = a.person_id AND c.withdrawn_at IS NULL
      AND c.text_id = (SELECT t.id FROM consent_text t
        WHERE t.district_id = a.district_id AND t.purpose = 'pupil_wechat'
        ORDER BY t.number DESC LIMIT 1))"""
_ENTER = ENTER_DISTRICT.format(district="a.district_id")
_BY_TOKEN = text(
    _ACTOR.format(
        enter=_ENTER,
        agreed=f"(a.channel NOT IN ('h5', 'miniprogram') OR {_AGREED})",
        source="""SELECT district_id, person_id, id AS login_session_id, channel
        FROM login_session WHERE token_digest = :digest
        AND ended_at IS NULL AND expires_at > now()""",
    )
)
_BY_IDENTITY = text(
    _ACTOR.format(
        enter=_ENTER,
        agreed=_AGREED,
        source="""SELECT district_id, person_id, NULL::uuid AS login_session_id,
        'wechat'::text AS channel FROM identity
        WHERE district_id = :district AND kind = :kind AND issuer = :issuer
        AND subject = :subject""",
    )
)


async def actor_by_token(conn: AsyncConnection, token: str) -> tuple[Actor, datetime] | None:
    """The actor behind a bearer token, or None when it is unknown, ended or expired.

    A pupil's own phone is refused as in `actor_by_identity`.
    """
    return _actor((await conn.execute(_BY_TOKEN, {"digest": digest(token)})).first())


async def actor_by_identity(
    conn: AsyncConnection, district_id: UUID, kind: str, issuer: str, subject: str
) -> tuple[Actor, datetime] | None:
    """The actor behind an openid of one account, or None when nobody is bound to it.

    A pupil's own phone is refused (`people.pupil_needs_consent`) unless a guardian
    agrees to the newest text about it.
    """
    params = {"district": district_id, "kind": kind, "issuer": issuer, "subject": subject}
    return _actor((await conn.execute(_BY_IDENTITY, params)).first())


def _actor(row: Any) -> tuple[Actor, datetime] | None:
    if row is None:
        return None
    if row.enrolled and not row.agreed:
        raise PupilNeedsConsent
    pupils = {UUID(pupil) for pupil in row.wards}
    implied = [Role.GUARDIAN] if pupils else []
    if row.enrolled:
        pupils.add(row.person_id)
        implied.append(Role.PUPIL)
    actor = Actor(
        district_id=row.district_id,
        person_id=row.person_id,
        channel=row.channel,
        permissions=reaches(row.grants, implied),
        pupil_ids=frozenset(pupils),
        login_session_id=row.login_session_id,
    )
    return actor, row.now


def reaches(grants: Iterable[list[str | None]], implied: Iterable[Role]) -> dict[str, Reach]:
    """What dated grants and implied roles add up to; unknown role names add nothing."""
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
    return {permission: _reach(places) for permission, places in found.items()}


def _reach(places: list[tuple[Scope, str | None, str | None]]) -> Reach:
    return Reach(
        district=any(scope is Scope.DISTRICT for scope, _, _ in places),
        organizations=frozenset(
            UUID(org) for scope, org, _ in places if scope is Scope.ORGANIZATION and org
        ),
        classes=frozenset(UUID(cls) for scope, _, cls in places if scope is Scope.CLASS and cls),
    )
