"""Logging in a family whose phone the service account has just recognised."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.kit.db import transaction
from app.people.actors import actor_by_identity
from app.people.kinds import IdentityKind
from app.people.service.login import FAMILY_SESSION_DAYS, Opened, open_session

H5 = "h5"


async def log_in_from_service_account(
    engine: AsyncEngine, district_id: UUID, issuer: str, openid: str
) -> Opened | None:
    """A family session of 30 days for whoever is bound to this openid; None when nobody is."""
    async with transaction(engine) as conn:
        found = await actor_by_identity(
            conn, district_id, IdentityKind.SERVICE_ACCOUNT, issuer, openid
        )
        if found is None or found[0].person_id is None:
            return None
        return await open_family_session(conn, district_id, found[0].person_id)


async def open_family_session(conn: AsyncConnection, district_id: UUID, person_id: UUID) -> Opened:
    """The session of a person whose phone has been recognised; the caller has made sure of that."""
    life = timedelta(days=FAMILY_SESSION_DAYS)
    return await open_session(conn, district_id, person_id, H5, life)
