"""Writing notifications in the transaction of the fact they are about."""

import json
from uuid import UUID

from sqlalchemy import text

from app.kit.context import Ctx
from app.kit.ids import new_id
from app.notifications.kinds import KINDS, Kind

WECHAT = "wechat"

# One message a person and fact: a repeated fact adds neither a notification nor a delivery.
_NOTIFY = text(
    """
WITH told AS (
  INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  SELECT :district, n.id, n.person, :kind, :fact_key, cast(:fields AS jsonb)
  FROM unnest(cast(:ids AS uuid[]), cast(:people AS uuid[])) AS n(id, person)
  ON CONFLICT (district_id, person_id, kind, fact_key) DO NOTHING
  RETURNING id)
INSERT INTO delivery (district_id, id, notification_id, channel, state)
SELECT :district, d.delivery, told.id, :channel, 'pending'
FROM unnest(cast(:ids AS uuid[]), cast(:deliveries AS uuid[])) AS d(notification, delivery)
JOIN told ON told.id = d.notification
"""
)


class WrongFields(Exception):
    """A message was written with other fields than its kind declares: a bug of ours."""


async def notify(
    ctx: Ctx, kind: Kind, people: list[UUID], fact_key: str, fields: dict[str, str]
) -> None:
    """Tell these people once; the worker delivers after the commit."""
    if set(fields) != set(KINDS[kind].fields):
        raise WrongFields(kind)
    if not people:
        return
    params = {
        "district": ctx.district_id,
        "kind": kind,
        "fact_key": fact_key,
        "fields": json.dumps(fields, ensure_ascii=False),
        "ids": [new_id() for _ in people],
        "deliveries": [new_id() for _ in people],
        "people": people,
        "channel": WECHAT,
    }
    await ctx.conn.execute(_NOTIFY, params)
