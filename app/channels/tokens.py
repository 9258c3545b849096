"""The shared access token: read it, and let exactly one process fetch a new one."""

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.kit.db import transaction
from app.kit.sealing import Sealer

LEASE_SECONDS = 10
FORCED_APART_SECONDS = 30
RENEW_BEFORE_SECONDS = 300

_READ = text(
    f"""
SELECT sealed_token, greatest(0, extract(epoch FROM expires_at - now()))::int AS seconds_left,
  coalesce(forced_at > now() - interval '{FORCED_APART_SECONDS} seconds', false) AS forced_lately
FROM access_token WHERE appid = :appid
"""  # noqa: S608 - a constant of this file, nothing from outside
)
_CLAIM = text(
    f"""
INSERT INTO access_token (appid, refresh_until)
VALUES (:appid, now() + interval '{LEASE_SECONDS} seconds')
ON CONFLICT (appid) DO UPDATE SET refresh_until = excluded.refresh_until
WHERE access_token.refresh_until IS NULL OR access_token.refresh_until < now()
RETURNING appid
"""  # noqa: S608
)
_STORE = text(
    """
UPDATE access_token SET sealed_token = :sealed, fetched_at = now(), refresh_until = NULL,
  expires_at = now() + make_interval(secs => :life),
  forced_at = CASE WHEN :forced THEN now() ELSE forced_at END
WHERE appid = :appid
"""
)
_GIVE_UP = text("UPDATE access_token SET refresh_until = NULL WHERE appid = :appid")


@dataclass(frozen=True)
class StoredToken:
    token: str = field(repr=False)
    seconds_left: int
    forced_lately: bool

    @property
    def fresh(self) -> bool:
        return self.seconds_left > RENEW_BEFORE_SECONDS


class TokenStore:
    """One row an appid. No method holds a transaction open while the network is."""

    def __init__(self, engine: AsyncEngine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    async def read(self, appid: str) -> StoredToken | None:
        async with transaction(self._engine) as conn:
            row = (await conn.execute(_READ, {"appid": appid})).first()
        if row is None or row.sealed_token is None:
            return None
        return StoredToken(
            self._sealer.unseal(row.sealed_token), row.seconds_left or 0, row.forced_lately
        )

    async def claim_refresh(self, appid: str) -> bool:
        """True for the one caller who may fetch during the next ten seconds."""
        async with transaction(self._engine) as conn:
            return (await conn.execute(_CLAIM, {"appid": appid})).first() is not None

    async def store(self, appid: str, token: str, life_seconds: int, *, forced: bool) -> None:
        async with transaction(self._engine) as conn:
            params = {
                "appid": appid,
                "sealed": self._sealer.seal(token),
                "life": float(life_seconds),
                "forced": forced,
            }
            await conn.execute(_STORE, params)

    async def give_up(self, appid: str) -> None:
        """The fetch failed: let the next one try at once."""
        async with transaction(self._engine) as conn:
            await conn.execute(_GIVE_UP, {"appid": appid})
