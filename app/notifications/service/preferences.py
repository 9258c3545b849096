"""What does a person want on the phone? Safety cannot be muted; all else stays in the inbox."""

from sqlalchemy import text

from app.kit.context import Ctx
from app.notifications.errors import NotMutable
from app.notifications.kinds import MUTABLE, Kind
from app.notifications.permissions import P
from app.notifications.schemas import PreferencesOut

_READ = text(
    "SELECT muted, quiet, version FROM notification_preference "
    "WHERE district_id = :district AND person_id = :person"
)
_SAVE = text(
    """
INSERT INTO notification_preference AS p (district_id, person_id, muted, quiet)
VALUES (:district, :person, cast(:muted AS text[]), :quiet)
ON CONFLICT (district_id, person_id) DO UPDATE
SET muted = excluded.muted, quiet = excluded.quiet, version = p.version + 1
RETURNING muted, quiet, version
"""
)


async def own_preferences(ctx: Ctx) -> PreferencesOut:
    """The person's wishes; who never said anything gets all, and a quiet night."""
    ctx.require(P.NOTIFICATION_READ)
    params = {"district": ctx.district_id, "person": ctx.actor.person_id}
    row = (await ctx.conn.execute(_READ, params)).first()
    if row is None:
        return PreferencesOut(muted=[], quiet=True, version=0)
    return PreferencesOut(muted=row.muted, quiet=row.quiet, version=row.version)


async def save_preferences(ctx: Ctx, muted: set[Kind], *, quiet: bool) -> PreferencesOut:
    """From now on. A kind of safety is `notifications.not_mutable`."""
    ctx.require(P.NOTIFICATION_READ)
    if not muted <= MUTABLE:
        raise NotMutable
    params = {
        "district": ctx.district_id,
        "person": ctx.actor.person_id,
        "muted": sorted(kind.value for kind in muted),
        "quiet": quiet,
    }
    row = (await ctx.conn.execute(_SAVE, params)).one()
    return PreferencesOut(muted=row.muted, quiet=row.quiet, version=row.version)
