"""How long may we still write to a phone? What it last did, and what it has had since."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# May a customer message be written to the phone of window `w` now? A little before the platform's own
# ends (48 hours and five messages after a word of theirs, a minute and three after a tap).
IS_OPEN = """
((w.text_at > now() - interval '47 hours 50 minutes' AND w.text_used < 5)
    OR (w.tap_at > now() - interval '50 seconds' AND w.tap_used < 3))"""
# One more message used in the window that is open: of a message first, else of a tap.
_USED = text(
    """
UPDATE chat_window w SET
  text_used = w.text_used + CASE WHEN w.text_at > now() - interval '48 hours' THEN v.n ELSE 0 END,
  tap_used = w.tap_used + CASE WHEN w.text_at > now() - interval '48 hours' THEN 0 ELSE v.n END
FROM (SELECT district_id, appid, openid, least(sum(number), 100)::int AS n
  FROM unnest(cast(:districts AS uuid[]), cast(:appids AS text[]), cast(:openids AS text[]),
    cast(:numbers AS int[])) AS given(district_id, appid, openid, number)
  GROUP BY 1, 2, 3) AS v
WHERE w.district_id = v.district_id AND w.appid = v.appid AND w.openid = v.openid
"""
)
_FORGET = text(
    "DELETE FROM chat_window WHERE district_id = :district AND (appid = :appid OR :appid = '') "
    "AND openid = :openid"
)
_FORGET_MANY = text(
    """
DELETE FROM chat_window w USING unnest(cast(:districts AS uuid[]), cast(:appids AS text[]),
  cast(:openids AS text[])) AS v(district_id, appid, openid)
WHERE w.district_id = v.district_id AND w.appid = v.appid AND w.openid = v.openid
"""
)
CLOSED = 100  # the platform says the window is closed: as if all its messages were used


async def use_windows(conn: AsyncConnection, used: Sequence[tuple[UUID, str, str, int]]) -> None:
    """Count messages against the windows: (district, appid, openid, number); `CLOSED` closes one."""
    params = {
        "districts": [row[0] for row in used],
        "appids": [row[1] for row in used],
        "openids": [row[2] for row in used],
        "numbers": [row[3] for row in used],
    }
    await conn.execute(_USED, params)


async def forget_window(conn: AsyncConnection, district_id: UUID, appid: str, openid: str) -> None:
    """The phone left: nothing about it stays."""
    await conn.execute(_FORGET, {"district": district_id, "appid": appid, "openid": openid})


async def forget_windows(conn: AsyncConnection, phones: Sequence[tuple[UUID, str, str]]) -> None:
    """These openids are worth nothing any more: (district, appid, openid)."""
    params = {
        "districts": [phone[0] for phone in phones],
        "appids": [phone[1] for phone in phones],
        "openids": [phone[2] for phone in phones],
    }
    await conn.execute(_FORGET_MANY, params)
