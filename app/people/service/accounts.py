"""A member of staff's own account: password, fresh proof, open logins."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.audit import service as audit
from app.kit.context import NOWHERE, Ctx
from app.kit.db import AnyRow, savepoint
from app.kit.errors import DomainError, Forbidden, NotFound
from app.kit.ids import digest, new_token
from app.kit.sealing import Sealer
from app.people.actors import CONSOLE
from app.people.errors import (
    BadLoginName,
    LoginNameTaken,
    WeakPassword,
    WrongProof,
)
from app.people.kinds import IdentityKind
from app.people.models import Identity, LoginSession
from app.people.rules import is_login_name, password_problem
from app.people.service import second_factor
from app.people.service.login import Opened, hash_in_turn, is_password
from app.people.service.tries import give_back, take_try

LAST_LOGINS = 10


def own_account(ctx: Ctx) -> UUID:
    """Whose account it is; refuses families and programs, which have none."""
    actor = ctx.actor
    is_staff = any(reach != NOWHERE for reach in actor.permissions.values())
    may = (is_staff or actor.hindered) and actor.api_key_id is None and actor.channel == CONSOLE
    if actor.person_id is None or not may:
        raise Forbidden
    return actor.person_id


async def own_password(ctx: Ctx, person_id: UUID) -> AnyRow | None:
    """Login name and hash, of whoever has them."""
    stmt = select(Identity.id, Identity.subject, Identity.secret_hash).where(
        Identity.district_id == ctx.district_id,
        Identity.person_id == person_id,
        Identity.kind == IdentityKind.PASSWORD,
    )
    row: AnyRow | None = (await ctx.conn.execute(stmt)).first()
    return row


async def prove_again(ctx: Ctx, sealer: Sealer, password: str, code: str) -> Opened | DomainError:
    """The password or a code once more: good for dangerous acts during ten minutes.

    The login gets a new token, the old one ends. A wrong guess is answered with a refusal
    that is not raised, so that its count commits.
    """
    person_id = own_account(ctx)
    try_id = await take_try(ctx.conn, ctx.district_id, person_id)
    if code:
        good = await second_factor.use_code(ctx.conn, sealer, ctx.district_id, person_id, code)
    else:
        row = await own_password(ctx, person_id)
        good = await is_password(password, row.secret_hash if row else None)
    if not good:
        return WrongProof()
    await give_back(ctx.conn, ctx.district_id, try_id)
    token = new_token()
    stmt = (
        update(LoginSession)
        .where(
            LoginSession.district_id == ctx.district_id,
            LoginSession.id == ctx.actor.login_session_id,
        )
        .values(token_digest=digest(token), proved_at=text("now()"))
        .returning(LoginSession.expires_at)
    )
    expires_at = (await ctx.conn.execute(stmt)).scalar_one()
    await audit.record(ctx, "login:prove", "login_session", ctx.actor.login_session_id)
    return Opened(token, person_id, expires_at)


async def change_password(ctx: Ctx, old: str, new: str) -> DomainError | None:
    """Set a new password, against the old one; ends the person's other logins.

    A wrong old one is answered with a refusal that is not raised, so that its count commits.
    """
    person_id = own_account(ctx)
    row = await own_password(ctx, person_id)
    if problem := password_problem(new, row.subject if row else ""):
        raise WeakPassword(reason=problem)
    try_id = await take_try(ctx.conn, ctx.district_id, person_id)
    if row is None or not await is_password(old, row.secret_hash):
        return WrongProof()
    await give_back(ctx.conn, ctx.district_id, try_id)
    await set_password(ctx, person_id, row.subject, new)
    await end_logins(ctx, person_id, but=ctx.actor.login_session_id)
    return None


async def set_password(ctx: Ctx, person_id: UUID, login_name: str, password: str) -> None:
    """Write login name and password, checked; the caller has made sure who asks.

    Somebody who has a login name keeps it. A name of somebody else is refused
    (`people.login_name_taken`).
    """
    row = await own_password(ctx, person_id)
    name = row.subject if row else login_name
    if not row and not is_login_name(name):
        raise BadLoginName
    if problem := password_problem(password, name):
        raise WeakPassword(reason=problem)
    hashed = await hash_in_turn(password)
    if row:
        stmt = update(Identity).where(
            Identity.district_id == ctx.district_id, Identity.id == row.id
        )
        await ctx.conn.execute(stmt.values(secret_hash=hashed))
    else:
        fresh = Identity(
            district_id=ctx.district_id,
            person_id=person_id,
            kind=IdentityKind.PASSWORD,
            subject=name,
            secret_hash=hashed,
        )
        try:
            async with savepoint(ctx.conn):
                ctx.db.add(fresh)
                await ctx.db.flush()
        except IntegrityError as exc:
            ctx.db.expunge_all()
            raise LoginNameTaken from exc
    await audit.record(ctx, "password:change", "person", person_id)


async def end_logins(ctx: Ctx, person_id: UUID, but: UUID | None = None) -> None:
    """End every open login of this person, on every device, but one."""
    stmt = update(LoginSession).where(
        LoginSession.district_id == ctx.district_id,
        LoginSession.person_id == person_id,
        LoginSession.ended_at.is_(None),
    )
    if but is not None:
        stmt = stmt.where(LoginSession.id != but)
    await ctx.conn.execute(stmt.values(ended_at=func.now()))
    await audit.record(ctx, "login:end_all", "person", person_id)


async def end_own_login(ctx: Ctx, login_session_id: UUID) -> None:
    """Log one's other device out; ending it twice changes nothing."""
    person_id = own_account(ctx)
    row = await ctx.db.get(LoginSession, (ctx.district_id, login_session_id))
    if row is None or row.person_id != person_id:
        raise NotFound
    if row.ended_at is None:
        row.ended_at = ctx.now
        await ctx.db.flush()
        await audit.record(ctx, "login:end", "login_session", row.id)


async def own_logins(ctx: Ctx) -> Sequence[LoginSession]:
    """The person's last ten logins, newest first; ended ones too, so that a stranger's shows."""
    stmt = (
        select(LoginSession)
        .where(
            LoginSession.district_id == ctx.district_id,
            LoginSession.person_id == own_account(ctx),
        )
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
        .limit(LAST_LOGINS)
    )
    return (await ctx.db.execute(stmt)).scalars().all()
