"""Who is behind a bearer token, and when was it seen last?

Both in one statement, because every request pays for it. A console login is over 30
minutes after its last use. The mark of use is written at most once a minute, and never
waits for another request of the same login.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.context import Actor
from app.kit.hot import Hot
from app.kit.ids import digest
from app.people.actors import ACTOR, ENTER, actor_of
from app.people.errors import PupilNeedsConsent

IDLE_MINUTES = 30
PROOF_MINUTES = 10
KEY_PREFIX = "wck_"

_ALIVE = """ended_at IS NULL AND expires_at > now()
    AND (channel <> 'console' OR seen_at > now() - make_interval(mins => :idle))"""
_SEE_LOGIN = """
WITH seen AS (
  UPDATE login_session SET seen_at = now() WHERE (district_id, id) IN (
    SELECT district_id, id FROM login_session
    WHERE {wanted} AND {alive} AND channel = 'console'
      AND seen_at < now() - interval '1 minute'
    FOR UPDATE SKIP LOCKED))
"""
_LOGIN = """
SELECT token_digest, district_id, person_id, id AS login_session_id, channel, proof,
  coalesce(proved_at > now() - make_interval(mins => :fresh), false) AS is_fresh,
  NULL::uuid AS api_key_id, NULL::jsonb AS key_permissions, NULL::uuid AS key_organization_id
FROM login_session WHERE {wanted} AND {alive}
"""
_LIVING_KEY = "key_digest = :digest AND revoked_at IS NULL AND expires_at > now()"
_SEE_KEY = """
WITH seen AS (
  UPDATE api_key SET last_used_at = now() WHERE (district_id, id) IN (
    SELECT district_id, id FROM api_key WHERE {alive}
      AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    FOR UPDATE SKIP LOCKED))
"""
_KEY = """
SELECT district_id, person_id, NULL::uuid AS login_session_id, 'api_key'::text AS channel,
  NULL::text AS proof, false AS is_fresh, id AS api_key_id,
  permissions AS key_permissions, organization_id AS key_organization_id
FROM api_key WHERE {alive}
"""


_PLANS = "set_config('plan_cache_mode', cast(:plans AS text), true)"


def _whole(see: str, source: str, enter: str, **words: str) -> Hot:
    source = source.format(**words)
    return Hot(see.format(**words) + ACTOR.format(enter=f"{enter}, {_PLANS}", source=source))


_BY_TOKEN = _whole(_SEE_LOGIN, _LOGIN, ENTER, wanted="token_digest = :digest", alive=_ALIVE)
_BY_KEY = _whole(_SEE_KEY, _KEY, ENTER, alive=_LIVING_KEY)
# Several at once may be of several districts: it enters none.
_BY_TOKENS = _whole(
    _SEE_LOGIN,
    _LOGIN,
    "a.token_digest",
    wanted="token_digest = ANY(cast(:digests AS text[]))",
    alive=_ALIVE,
)


async def actor_by_token(
    conn: AsyncConnection, token: str, *, strict: bool, plans: str = "auto"
) -> tuple[Actor, datetime] | None:
    """The actor behind a login or an API key, or None when it is unknown, ended, idle or expired.

    `strict`: some roles do nothing before they have a second factor; demo districts,
    whose passwords are printed anyway, are not strict. `plans`: see `app.kit.deps.AuthedHot`.
    """
    stmt = _BY_KEY if token.startswith(KEY_PREFIX) else _BY_TOKEN
    known = {"digest": digest(token), "plans": plans, "idle": IDLE_MINUTES, "fresh": PROOF_MINUTES}
    row = await stmt.opening(conn, known)
    return actor_of(row, strict=strict) if row else None


async def actors_by_tokens(
    conn: AsyncConnection, tokens: Sequence[str], *, strict: bool, plans: str = "auto"
) -> dict[str, Actor]:
    """The actors behind these logins, by token, in one statement; of any district, and none is entered.

    Left out is who needs a look of its own by `actor_by_token`: unknown or ended logins, API keys,
    pupils whose guardian has not agreed.
    """
    wanted = {digest(token): token for token in tokens if not token.startswith(KEY_PREFIX)}
    known = {"digests": list(wanted), "plans": plans, "idle": IDLE_MINUTES, "fresh": PROOF_MINUTES}
    found = {}
    for row in await _BY_TOKENS.openings(conn, known):
        with suppress(PupilNeedsConsent):
            actor, _ = actor_of(row, strict=strict)
            found[wanted[row.token_digest]] = actor
    return found
