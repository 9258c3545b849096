"""Writing notifications in the transaction of the fact they are about."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.kit.context import Ctx
from app.kit.hot import Hot
from app.kit.ids import new_id
from app.notifications.kinds import KINDS, Kind

WECHAT = "wechat"

# One message a person and fact: a repeated fact adds neither a notification nor a delivery.
_NOTIFY = Hot(
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
    await _NOTIFY.rows(ctx.conn, params)


def told(
    kind: Kind, people: Sequence[UUID], fact_key: str, fields: dict[str, str]
) -> dict[str, Any]:
    """The values of `statements.TELL`: for a hot statement that tells people in the same breath."""
    return {
        "told_kind": kind,
        "told_key": fact_key,
        "told_fields": json.dumps(fields, ensure_ascii=False),
        "told_ids": [new_id() for _ in people],
        "told_people": list(people),
        "told_deliveries": [new_id() for _ in people],
        "told_channel": WECHAT,
    }


def told_each(
    messages: Sequence[tuple[UUID, str, Kind, str, dict[str, str], Sequence[UUID]]],
) -> dict[str, Any]:
    """The values of `statements.TELL_EACH`: (about, outcome, kind, fact key, fields, people), …"""
    each = [
        (about, outcome, kind, key, words, person)
        for about, outcome, kind, key, fields, people in messages
        for words in [json.dumps(fields, ensure_ascii=False)]
        for person in people
    ]
    names = ("about", "outcomes", "kinds", "keys", "fields", "people")
    return {
        **{f"told_{name}": [one[at] for one in each] for at, name in enumerate(names)},
        "told_ids": [new_id() for _ in each],
        "told_deliveries": [new_id() for _ in each],
        "told_channel": WECHAT,
    }


# Many people, each with their own words, about one fact; again adds nothing.
_NOTIFY_EACH = text(
    """
WITH told AS (
  INSERT INTO notification (district_id, id, person_id, kind, fact_key, fields)
  SELECT :district, n.id, n.person, :kind, n.fact_key, n.fields
  FROM unnest(cast(:ids AS uuid[]), cast(:people AS uuid[]), cast(:keys AS text[]),
    cast(:fields AS jsonb[])) AS n(id, person, fact_key, fields)
  ON CONFLICT (district_id, person_id, kind, fact_key) DO NOTHING
  RETURNING id)
INSERT INTO delivery (district_id, id, notification_id, channel, state)
SELECT :district, d.delivery, told.id, :channel, 'pending'
FROM unnest(cast(:ids AS uuid[]), cast(:deliveries AS uuid[])) AS d(notification, delivery)
JOIN told ON told.id = d.notification
"""
)
AT_ONCE = 2000


async def notify_each(
    ctx: Ctx, kind: Kind, messages: Sequence[tuple[UUID, str, dict[str, str]]]
) -> None:
    """Tell each person their own words once: (person, fact key, fields), …"""
    if any(set(fields) != set(KINDS[kind].fields) for _, _, fields in messages):
        raise WrongFields(kind)
    for start in range(0, len(messages), AT_ONCE):
        part = messages[start : start + AT_ONCE]
        params = {
            "district": ctx.district_id,
            "kind": kind,
            "ids": [new_id() for _ in part],
            "deliveries": [new_id() for _ in part],
            "people": [person for person, _, _ in part],
            "keys": [fact_key for _, fact_key, _ in part],
            "fields": [json.dumps(fields, ensure_ascii=False) for _, _, fields in part],
            "channel": WECHAT,
        }
        await ctx.conn.execute(_NOTIFY_EACH, params)
