"""What becomes of a message once it is out: the platform's report, the reply, another try by hand."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.notifications.kinds import DeliveryState, Kind
from app.notifications.permissions import P

# A report may overtake the record of the sending it is about; then it waits for the next round.
# A state that no index can look up: in the middle of a mailing thousands are 'sent'.
_CONFIRM = text(
    """
WITH told AS (
  UPDATE delivery SET state = :state, reason = :reason, settled_at = now()
  WHERE district_id = :district AND platform_id = :platform_id
    AND state IS NOT DISTINCT FROM 'sent' RETURNING id)
INSERT INTO early_report (district_id, platform_id, state, reason)
SELECT :district, :platform_id, :state, :reason WHERE NOT EXISTS (SELECT 1 FROM told)
ON CONFLICT DO NOTHING
"""
)
# `now()` is the transaction's: only what this very transaction has written.
_IN_REPLY = text(
    """
UPDATE delivery d SET state = 'sent', channel = 'reply', settled_at = now()
FROM notification n
WHERE n.district_id = :district AND n.person_id = :person AND n.created_at = now()
  AND n.kind = ANY(cast(:kinds AS text[]))
  AND d.district_id = n.district_id AND d.notification_id = n.id AND d.state = 'pending'
"""
)
_FORGET_EARLY = text(
    "DELETE FROM early_report WHERE district_id = :district AND at < now() - interval '1 day'"
)
_RETRY = text(
    """
UPDATE delivery SET state = 'pending', due_at = now(), attempts = 0, first_attempt_at = NULL,
  reason = NULL, settled_at = NULL, rid = NULL, channel = 'wechat'
WHERE district_id = :district AND id = :id AND state IN ('failed', 'unknown', 'not_following')
RETURNING id
"""
)


async def confirm_delivery(ctx: Ctx, platform_id: str, *, arrived: bool, reason: str) -> None:
    """The platform's job-finish push: 送达, or 拒收 with its reason."""
    state = DeliveryState.DELIVERED if arrived else DeliveryState.REFUSED
    params = {
        "district": ctx.district_id,
        "platform_id": platform_id[:40],
        "state": state,
        "reason": None if arrived else reason[:120],
    }
    await ctx.conn.execute(_CONFIRM, params)


async def told_in_reply(ctx: Ctx, kinds: Sequence[Kind]) -> None:
    """What this transaction has to tell the acting person stands in the reply: not told twice."""
    params = {
        "district": ctx.district_id,
        "person": ctx.actor.person_id,
        "kinds": [kind.value for kind in kinds],
    }
    await ctx.conn.execute(_IN_REPLY, params)


async def retry_delivery(ctx: Ctx, delivery_id: UUID) -> None:
    """Send again what a person has looked at: failed, unknown or not following."""
    if not ctx.require(P.DELIVERY_RETRY).district:
        raise Forbidden
    params = {"district": ctx.district_id, "id": delivery_id}
    if (await ctx.conn.execute(_RETRY, params)).first() is None:
        raise NotFound


async def forget_early_reports(ctx: Ctx) -> None:
    """Drop the reports of a day ago that matched no message of ours."""
    await ctx.conn.execute(_FORGET_EARLY, {"district": ctx.district_id})
