"""The second factor: codes of an authenticator app (TOTP), and recovery codes for a lost phone.

A code fits the database's clock by one step of 30 seconds either way and works once.
The secret is sealed; recovery codes are kept as digests.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

import pyotp
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import DomainError
from app.kit.ids import digest, new_id, spoken_code
from app.kit.sealing import Sealer
from app.people.errors import NoSecondFactor, SecondFactorOn, WrongCode
from app.people.kinds import Proof
from app.people.models import LoginSession, Person, SecondFactor
from app.people.service.tries import give_back, take_try

STEP_SECONDS = 30
RECOVERY_CODES, RECOVERY_LENGTH = 10, 10
ISSUER = "吾创吾品"

_SPEND_STEP = text(
    "UPDATE second_factor SET last_step = :step WHERE district_id = :d AND person_id = :p "
    "AND last_step < :step RETURNING id"
)
_SPEND_RECOVERY = text(
    "UPDATE second_factor SET recovery = recovery - :code WHERE district_id = :d AND person_id = :p "
    "AND confirmed_at IS NOT NULL AND jsonb_exists(recovery, :code) RETURNING id"
)


@dataclass(frozen=True)
class Enrolment:
    """What the app has to know; shown until the first code confirms it."""

    secret: str
    uri: str


async def is_on(conn: AsyncConnection, district_id: UUID, person_id: UUID) -> bool:
    """Whether this person's logins need a code."""
    stmt = select(SecondFactor.id).where(
        SecondFactor.district_id == district_id,
        SecondFactor.person_id == person_id,
        SecondFactor.confirmed_at.is_not(None),
    )
    return (await conn.execute(stmt)).first() is not None


async def use_code(
    conn: AsyncConnection, sealer: Sealer, district_id: UUID, person_id: UUID, given: str
) -> bool:
    """Whether this code fits; it is spent with that. Six digits, or a recovery code."""
    code = given.replace(" ", "").replace("-", "").upper()
    if not code.isascii() or not code.isalnum():
        return False
    if len(code) == RECOVERY_LENGTH:
        spent = {"d": district_id, "p": person_id, "code": digest(code)}
        return (await conn.execute(_SPEND_RECOVERY, spent)).first() is not None
    return await _use_step(conn, sealer, district_id, person_id, code, confirmed=True)


async def _use_step(
    conn: AsyncConnection,
    sealer: Sealer,
    district_id: UUID,
    person_id: UUID,
    code: str,
    *,
    confirmed: bool,
) -> bool:
    stmt = select(SecondFactor.sealed_secret, text("extract(epoch FROM now())::bigint AS now"))
    stmt = stmt.where(
        SecondFactor.district_id == district_id,
        SecondFactor.person_id == person_id,
        SecondFactor.confirmed_at.is_not(None) == confirmed,
    )
    row = (await conn.execute(stmt)).first()
    if row is None:
        return False
    clock = pyotp.TOTP(sealer.unseal(row.sealed_secret))
    current = row.now // STEP_SECONDS
    for step in (current - 1, current, current + 1):
        expected = clock.at(step * STEP_SECONDS)
        if hmac.compare_digest(expected.encode(), code.encode()):
            spent = {"step": step, "d": district_id, "p": person_id}
            return (await conn.execute(_SPEND_STEP, spent)).first() is not None
    return False


async def start_enrolment(ctx: Ctx, person_id: UUID, sealer: Sealer) -> None:
    """Make a new secret that waits for its first code; an unconfirmed one is replaced.

    Refuses `people.second_factor_on` while one is in force, and needs a fresh proof:
    who finds an open console must not lock its owner out.
    """
    ctx.require_proof()
    if await is_on(ctx.conn, ctx.district_id, person_id):
        raise SecondFactorOn
    await _forget(ctx, person_id)
    await ctx.conn.execute(
        insert(SecondFactor).values(
            district_id=ctx.district_id,
            id=new_id(),
            person_id=person_id,
            sealed_secret=sealer.seal(pyotp.random_base32()),
        )
    )
    await audit.record(ctx, "second_factor:start", "person", person_id)


async def waiting_enrolment(ctx: Ctx, person_id: UUID, sealer: Sealer) -> Enrolment | None:
    """The secret that still waits for its first code, for the app to scan."""
    stmt = (
        select(SecondFactor.sealed_secret, Person.name)
        .join(
            Person,
            (Person.district_id == SecondFactor.district_id)
            & (Person.id == SecondFactor.person_id),
        )
        .where(
            SecondFactor.district_id == ctx.district_id,
            SecondFactor.person_id == person_id,
            SecondFactor.confirmed_at.is_(None),
        )
    )
    row = (await ctx.conn.execute(stmt)).first()
    if row is None:
        return None
    secret = sealer.unseal(row.sealed_secret)
    uri = pyotp.TOTP(secret).provisioning_uri(name=row.name, issuer_name=ISSUER)
    return Enrolment(secret, uri)


async def confirm_enrolment(
    ctx: Ctx, person_id: UUID, sealer: Sealer, code: str
) -> list[str] | DomainError:
    """With its first code the factor comes into force; gives ten recovery codes, shown once.

    A wrong code is answered with a refusal that is not raised, so that its count commits.
    """
    if await waiting_enrolment(ctx, person_id, sealer) is None:
        raise NoSecondFactor
    try_id = await take_try(ctx.conn, ctx.district_id, person_id)
    given = code.replace(" ", "")
    good = given.isascii() and await _use_step(
        ctx.conn, sealer, ctx.district_id, person_id, given, confirmed=False
    )
    if not good:
        return WrongCode()
    await give_back(ctx.conn, ctx.district_id, try_id)
    codes, stored = _new_recovery_codes()
    await _change(ctx, person_id, confirmed_at=ctx.now, recovery=stored)
    await _note_proof(ctx, person_id, Proof.TOTP, only_this=True)
    await audit.record(ctx, "second_factor:confirm", "person", person_id)
    return codes


async def renew_recovery_codes(ctx: Ctx, person_id: UUID) -> list[str]:
    """Ten new ones; the old ones stop working. Needs a fresh proof."""
    if not await is_on(ctx.conn, ctx.district_id, person_id):
        raise NoSecondFactor
    ctx.require_proof()
    codes, stored = _new_recovery_codes()
    await _change(ctx, person_id, recovery=stored)
    await audit.record(ctx, "recovery_code:create", "person", person_id)
    return codes


async def remove_second_factor(ctx: Ctx, person_id: UUID) -> None:
    """Switch it off, after a fresh proof; roles that need one have to set up another at once."""
    ctx.require_proof()
    await drop_second_factor(ctx, person_id)


async def drop_second_factor(ctx: Ctx, person_id: UUID) -> None:
    """The same for somebody else's recovery; the caller answers for the right. Twice is fine."""
    if await _forget(ctx, person_id):
        await _note_proof(ctx, person_id, Proof.PASSWORD)
        await audit.record(ctx, "second_factor:remove", "person", person_id)


async def count_recovery_codes(ctx: Ctx, person_id: UUID) -> int | None:
    """How many are left; None when there is no second factor in force."""
    stmt = select(SecondFactor.recovery).where(
        SecondFactor.district_id == ctx.district_id,
        SecondFactor.person_id == person_id,
        SecondFactor.confirmed_at.is_not(None),
    )
    row = (await ctx.conn.execute(stmt)).first()
    return len(row.recovery) if row else None


def _new_recovery_codes() -> tuple[list[str], list[str]]:
    codes = [spoken_code(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    return codes, [digest(code) for code in codes]


async def _forget(ctx: Ctx, person_id: UUID) -> bool:
    stmt = (
        delete(SecondFactor)
        .where(SecondFactor.district_id == ctx.district_id, SecondFactor.person_id == person_id)
        .returning(SecondFactor.confirmed_at)
    )
    row = (await ctx.conn.execute(stmt)).first()
    return row is not None and row.confirmed_at is not None


async def _change(ctx: Ctx, person_id: UUID, **values: object) -> None:
    stmt = update(SecondFactor).where(
        SecondFactor.district_id == ctx.district_id, SecondFactor.person_id == person_id
    )
    await ctx.conn.execute(stmt.values(values))


async def _note_proof(ctx: Ctx, person_id: UUID, proof: Proof, *, only_this: bool = False) -> None:
    """What the person's open logins are worth from now on."""
    stmt = update(LoginSession).where(
        LoginSession.district_id == ctx.district_id,
        LoginSession.person_id == person_id,
        LoginSession.ended_at.is_(None),
    )
    if only_this:
        stmt = stmt.where(LoginSession.id == ctx.actor.login_session_id)
    else:
        stmt = stmt.where(LoginSession.proof == Proof.TOTP)
    await ctx.conn.execute(stmt.values(proof=proof))
