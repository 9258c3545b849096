"""A stranger scans a base's poster: the poster is remembered until the phone is bound to a child.

Only for as long as binding takes somebody who stands at the door, and under a digest of the phone.
"""

from sqlalchemy import text

from app.kit.context import Ctx
from app.kit.ids import digest

HOURS = 2
_REMEMBER = text(
    """
INSERT INTO waiting_scene (district_id, phone_digest, scene) VALUES (:district, :phone, :scene)
ON CONFLICT (district_id, phone_digest) DO UPDATE SET scene = excluded.scene, at = now()
"""
)
_TAKE = text(
    f"""
DELETE FROM waiting_scene WHERE district_id = :district AND phone_digest = :phone
RETURNING CASE WHEN at > now() - interval '{HOURS} hours' THEN scene END
"""  # noqa: S608 - a constant of this file
)


def _phone(issuer: str, openid: str) -> str:
    return digest(f"{issuer}\n{openid}")


async def remember_scene(ctx: Ctx, issuer: str, openid: str, scene: str) -> None:
    """The last poster counts."""
    params = {"district": ctx.district_id, "phone": _phone(issuer, openid), "scene": scene}
    await ctx.conn.execute(_REMEMBER, params)


async def take_scene(ctx: Ctx, issuer: str, openid: str) -> str | None:
    """The poster this phone scanned within two hours, once."""
    params = {"district": ctx.district_id, "phone": _phone(issuer, openid)}
    found: str | None = (await ctx.conn.execute(_TAKE, params)).scalar_one_or_none()
    return found
