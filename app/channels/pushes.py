"""Remembering pushes: the same push again gets the same reply, in any process."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.hot import Hot
from app.kit.retention import Kept

KEPT = (
    Kept(
        "inbound_push",
        "微信推送的原文",
        "inbound_push",
        "received_at < now() - make_interval(days => :days)",
        7,
        key="dedupe_key",
    ),
    Kept(
        "chat_window",
        "微信号最近一次发消息或点菜单的时间",
        "chat_window",
        "greatest(text_at, tap_at) < now() - make_interval(days => :days)",
        3,
        key="openid",
    ),
    Kept(
        "follower_tag",
        "微信没有答复要取下的标签",
        "follower_tag",
        "NOT wanted AND changed_at < now() - make_interval(days => :days)",
        7,
        key="openid",
    ),
)

# In a WITH. The conflicting insert waits for the first one's commit, so the reply is there when it returns.
PUSHED = """
pushed AS (INSERT INTO inbound_push (district_id, account, dedupe_key, event, raw)
  VALUES (:district, :account, :key, :event, :raw) ON CONFLICT DO NOTHING RETURNING received_at)"""
_RECALL = Hot(
    "SELECT reply FROM inbound_push WHERE district_id = :district AND account = :account "
    "AND dedupe_key = :key"
)
# What the phone has just done opens a window for customer messages: `acted` is text, tap or nothing.
_ANSWERED = Hot(
    """
WITH window_opened AS (
  INSERT INTO chat_window AS w (district_id, appid, openid, text_at, tap_at)
  SELECT :district, :appid, :openid, CASE WHEN cast(:acted AS text) = 'text' THEN now() END,
    CASE WHEN :acted = 'tap' THEN now() END
  WHERE :acted <> ''
  ON CONFLICT (district_id, appid, openid) DO UPDATE SET
    text_at = coalesce(excluded.text_at, w.text_at), tap_at = coalesce(excluded.tap_at, w.tap_at),
    text_used = CASE WHEN excluded.text_at IS NULL THEN w.text_used ELSE 0 END,
    tap_used = CASE WHEN excluded.tap_at IS NULL THEN w.tap_used ELSE 0 END)
UPDATE inbound_push SET reply = :reply, outcome = :outcome WHERE district_id = :district
AND account = :account AND dedupe_key = :key
"""
)
_FORGET_WORDS = text(
    "UPDATE inbound_push SET raw = '', reply = NULL WHERE district_id = :district "
    "AND (strpos(reply, :word) > 0 OR position(convert_to(:word, 'UTF8') IN raw) > 0)"
)


@dataclass(frozen=True)
class PushKey:
    """What makes a push itself: account and the wide key of its identifying fields."""

    district_id: UUID
    account: str
    key: str

    def params(self) -> dict[str, object]:
        return {"district": self.district_id, "account": self.account, "key": self.key}

    def pushed(self, event: str, raw: bytes) -> dict[str, object]:
        """The values of `PUSHED`."""
        return {**self.params(), "event": event[:60], "raw": raw}


async def recall(conn: AsyncConnection, push: PushKey) -> str:
    """The reply that was given the first time; empty when it was none."""
    row = await _RECALL.first(conn, push.params())
    return (row.reply if row else None) or ""


@dataclass(frozen=True)
class Acted:
    """Whose phone it was, and whether it wrote (`text`) or tapped (`tap`); empty for neither."""

    appid: str
    openid: str
    how: str = ""


async def answered(
    conn: AsyncConnection, push: PushKey, reply: str, outcome: str, acted: Acted
) -> None:
    """Keep the reply beside the push, in the same transaction as its effect."""
    params = {
        **push.params(),
        "reply": reply,
        "outcome": outcome[:60],
        "appid": acted.appid,
        "openid": acted.openid[:64],
        "acted": acted.how,
    }
    await _ANSWERED.rows(conn, params)


async def forget_words(conn: AsyncConnection, district_id: UUID, word: str) -> int:
    """Empty every stored push and reply in which a name stands; the keys stay against repeats."""
    params = {"district": district_id, "word": word}
    return (await conn.execute(_FORGET_WORDS, params)).rowcount
