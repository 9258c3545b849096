"""Logging in and out."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Select, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.kit.context import Ctx
from app.kit.db import system_context, transaction
from app.kit.ids import digest, new_id, new_token
from app.kit.sealing import Sealer
from app.orgs.models import District
from app.people.actors import CONSOLE, actor_by_identity
from app.people.errors import (
    IdentityChanged,
    SecondFactorNeeded,
    Unbound,
    WrongCode,
    WrongLogin,
)
from app.people.kinds import IdentityKind, PersonState, Proof
from app.people.models import Identity, LoginSession, Person
from app.people.service import second_factor
from app.people.service.tries import give_back, take_try
from app.people.service.unionids import Phone, recognise

SESSION_HOURS = 8
FAMILY_SESSION_DAYS = 30

_hasher = PasswordHash((Argon2Hasher(),))
# A check costs 180 ms of CPU and 64 MiB: two at a time, so that guessing cannot starve booking.
_slots = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


@cache
def _nobodys() -> str:
    """Made at the first log-in: a hash takes a fifth of a second, and most processes need none."""
    return _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class Opened:
    """A fresh login: the token is shown once, only its digest is stored."""

    token: str
    person_id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class Known:
    """Whoever gave the right password; `stamp` changes with the password."""

    district_id: UUID
    person_id: UUID
    stamp: str


def hash_password(password: str) -> str:
    return _hasher.hash(password)


async def hash_in_turn(password: str) -> str:
    """The same while requests go on."""
    return await asyncio.get_running_loop().run_in_executor(_slots, _hasher.hash, password)


async def is_password(password: str, stored: str | None) -> bool:
    """Whether it fits the stored hash; without one the answer is no and takes as long."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_slots, _fits, password, stored)


def _fits(password: str, stored: str | None) -> bool:
    return _hasher.verify(password, stored or _nobodys()) and stored is not None


def _with_password() -> Select[UUID, UUID, str | None]:
    return (
        select(Identity.district_id, Identity.person_id, Identity.secret_hash)
        .join(
            Person,
            (Person.district_id == Identity.district_id)
            & (Person.id == Identity.person_id)
            & (Person.state == PersonState.ACTIVE),
        )
        .where(Identity.kind == IdentityKind.PASSWORD)
    )


async def check_password(engine: AsyncEngine, district: str, username: str, password: str) -> Known:
    """Who this is. The hash is checked with no transaction open.

    Ten wrong passwords or codes in 15 minutes close the door for that account only. An
    unknown name costs the same time as a wrong password.
    """
    async with transaction(engine) as conn:
        stmt = _with_password().join(District, District.id == Identity.district_id)
        stmt = stmt.where(District.code == district, Identity.subject == username)
        found = (await conn.execute(stmt)).first()
        try_id = found and await take_try(conn, found.district_id, found.person_id)
    good = await is_password(password, found.secret_hash if found else None)
    if found is None or try_id is None or not good:
        raise WrongLogin
    async with transaction(engine) as conn:
        await give_back(conn, found.district_id, try_id)
    return Known(found.district_id, found.person_id, digest(found.secret_hash or ""))


async def enter(engine: AsyncEngine, sealer: Sealer, known: Known, code: str | None) -> Opened:
    """Open a staff session of 8 hours, with the second factor of whoever has one.

    Refuses `people.second_factor_needed` without a code, `people.wrong_code` for a wrong
    or used one, and `people.wrong_login` when the password was changed meanwhile.
    """
    district_id, person_id = known.district_id, known.person_id
    async with transaction(engine) as conn:
        stmt = _with_password().where(
            Identity.district_id == district_id, Identity.person_id == person_id
        )
        found = (await conn.execute(stmt)).first()
        if found is None or digest(found.secret_hash or "") != known.stamp:
            raise WrongLogin
        needs_code = await second_factor.is_on(conn, district_id, person_id)
        if needs_code and not code:
            raise SecondFactorNeeded
        try_id = await take_try(conn, district_id, person_id)
    async with transaction(engine) as conn:
        if needs_code and not await second_factor.use_code(
            conn, sealer, district_id, person_id, code or ""
        ):
            raise WrongCode
        await give_back(conn, district_id, try_id)
        proof = Proof.TOTP if needs_code else Proof.PASSWORD
        return await open_staff_session(conn, district_id, person_id, proof)


async def log_in_with_password(
    engine: AsyncEngine,
    sealer: Sealer,
    district: str,
    username: str,
    password: str,
    code: str | None = None,
) -> Opened:
    """Password and, where the account has one, the second factor in one step."""
    return await enter(
        engine, sealer, await check_password(engine, district, username, password), code
    )


async def log_in_with_openid(
    engine: AsyncEngine, district_id: UUID, issuer: str, openid: str, unionid: str = ""
) -> Opened:
    """Open a family session of 30 days for whoever is bound to this mini-program openid.

    Known by unionid through another account is known, too. Another owner than when it was bound is
    `people.identity_changed`.
    """
    if unionid:
        phone = Phone(IdentityKind.MINIPROGRAM, issuer, openid, unionid)
        async with system_context(engine, {}, district_id) as ctx:
            same = await recognise(ctx, phone)
        if not same:
            raise IdentityChanged
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


async def open_staff_session(
    conn: AsyncConnection, district_id: UUID, person_id: UUID, proof: Proof
) -> Opened:
    """Eight hours at most, 30 minutes without use; logging in is itself a fresh proof."""
    life = timedelta(hours=SESSION_HOURS)
    return await open_session(conn, district_id, person_id, CONSOLE, life, proof)


async def open_session(
    conn: AsyncConnection,
    district_id: UUID,
    person_id: UUID,
    channel: str,
    life: timedelta,
    proof: Proof | None = None,
) -> Opened:
    """A new random session; an older one of the same person stays as it is."""
    token = new_token()
    proved = {"proof": proof, "proved_at": text("now()")} if proof else {}
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
                **proved,
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
