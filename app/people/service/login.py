"""Logging in and out."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.ids import digest, new_id, new_token
from app.orgs.models import District
from app.people.actors import actor_by_identity
from app.people.errors import TooManyTries, Unbound, WrongLogin
from app.people.kinds import IdentityKind
from app.people.models import FailedTry, Identity, LoginSession, Person

SESSION_HOURS = 8
FAMILY_SESSION_DAYS = 30
TRIES_ALLOWED = 10
TRIES_MINUTES = 15

_hasher = PasswordHash((Argon2Hasher(),))
# A check costs 180 ms of CPU and 64 MiB: two at a time, so that guessing cannot starve booking.
_slots = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_COUNT_TRIES = text(
    "SELECT count(*) FROM failed_try WHERE district_id = :d AND kind = :k "
    "AND subject_digest = :s AND at > now() - make_interval(mins => :minutes)"
)
_DUMMY = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class Opened:
    """A fresh login: the token is shown once, only its digest is stored."""

    token: str
    person_id: UUID
    expires_at: datetime


def hash_password(password: str) -> str:
    return _hasher.hash(password)


async def count_tries(conn: AsyncConnection, district_id: UUID, kind: str, subject: str) -> int:
    """Wrong tries of the last 15 minutes."""
    params = {"d": district_id, "k": kind, "s": digest(subject), "minutes": TRIES_MINUTES}
    return int((await conn.execute(_COUNT_TRIES, params)).scalar_one())


async def check_tries(
    conn: AsyncConnection, district_id: UUID, kind: str, subject: str, allowed: int = TRIES_ALLOWED
) -> None:
    """Refuse (`people.too_many_tries`) an account that failed too often; never a whole address."""
    if await count_tries(conn, district_id, kind, subject) >= allowed:
        raise TooManyTries


async def note_failure(conn: AsyncConnection, district_id: UUID, kind: str, subject: str) -> None:
    """Count a wrong try; the caller sees to it that this commits although the try is refused."""
    await conn.execute(
        insert(FailedTry).values(
            district_id=district_id, id=new_id(), kind=kind, subject_digest=digest(subject)
        )
    )


async def log_in_with_password(
    engine: AsyncEngine, district: str, username: str, password: str
) -> Opened:
    """Open a staff session of 8 hours. The hash is checked with no transaction open.

    Ten wrong passwords in 15 minutes close the door for that account only. An
    unknown name costs the same time as a wrong password.
    """
    async with transaction(engine) as conn:
        found = (
            await conn.execute(
                select(Identity.district_id, Identity.person_id, Identity.secret_hash)
                .join(District, District.id == Identity.district_id)
                .join(
                    Person,
                    (Person.district_id == Identity.district_id)
                    & (Person.id == Identity.person_id)
                    & (Person.state == "active"),
                )
                .where(
                    District.code == district,
                    Identity.kind == IdentityKind.PASSWORD,
                    Identity.subject == username,
                )
            )
        ).first()
        if found is not None:
            await check_tries(conn, found.district_id, "password", username)
    stored = found.secret_hash if found is not None else None
    loop = asyncio.get_running_loop()
    good = await loop.run_in_executor(_slots, _hasher.verify, password, stored or _DUMMY)
    if found is None or not good:
        if found is not None:
            async with transaction(engine) as conn:
                await note_failure(conn, found.district_id, "password", username)
        raise WrongLogin
    async with transaction(engine) as conn:
        return await open_session(
            conn, found.district_id, found.person_id, "console", timedelta(hours=SESSION_HOURS)
        )


async def log_in_with_openid(
    engine: AsyncEngine, district_id: UUID, issuer: str, openid: str
) -> Opened:
    """Open a family session of 30 days for whoever is bound to this mini-program openid."""
    async with transaction(engine) as conn:
        found = await actor_by_identity(conn, district_id, IdentityKind.MINIPROGRAM, issuer, openid)
        if found is None or found[0].person_id is None:
            raise Unbound
        return await open_session(
            conn,
            district_id,
            found[0].person_id,
            "miniprogram",
            timedelta(days=FAMILY_SESSION_DAYS),
        )


async def open_session(
    conn: AsyncConnection, district_id: UUID, person_id: UUID, channel: str, life: timedelta
) -> Opened:
    """A new random session; an older one of the same person stays as it is."""
    token = new_token()
    expires_at = (
        await conn.execute(
            insert(LoginSession)
            .values(
                district_id=district_id,
                id=new_id(),
                person_id=person_id,
                token_digest=digest(token),
                channel=channel,
                expires_at=text("now() + make_interval(secs => :life)").bindparams(
                    life=life.total_seconds()
                ),
            )
            .returning(LoginSession.expires_at)
        )
    ).scalar_one()
    return Opened(token, person_id, expires_at)


async def log_out(ctx: Ctx) -> None:
    """End this session on the server; ending it twice is fine."""
    await ctx.conn.execute(
        update(LoginSession)
        .where(
            LoginSession.district_id == ctx.district_id,
            LoginSession.id == ctx.actor.login_session_id,
        )
        .values(ended_at=ctx.now)
    )
