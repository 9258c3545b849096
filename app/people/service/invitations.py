"""Letting staff in without e-mail: a one-time link, handed over on paper or by a message."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update

from app.audit import service as audit
from app.kit.context import Actor, Ctx
from app.kit.db import AnyRow, Connection
from app.kit.ids import digest, new_id, new_token
from app.people.access import access_account
from app.people.actors import CONSOLE
from app.people.errors import WrongInvitation
from app.people.kinds import PersonState, Proof
from app.people.models import Invitation, Person, RoleGrant
from app.people.roles import STAFF_ROLES
from app.people.service import second_factor
from app.people.service.accounts import end_logins, own_password, set_password
from app.people.service.login import Opened, open_staff_session

INVITATION_HOURS = 72


@dataclass(frozen=True)
class Invited:
    """Whom a link invites; `login_name` when the person has one already."""

    id: UUID
    person_id: UUID
    name: str
    login_name: str | None
    resets_factor: bool


async def issue_invitation(
    ctx: Ctx, person_id: UUID, *, resets_factor: bool
) -> tuple[Invitation, str]:
    """A new link for a member of staff, shown once; earlier ones that wait stop working.

    It works once and for 72 hours. `resets_factor` also switches off the second factor
    when the link is used. Needs a fresh proof of whoever issues it.
    """
    await access_account(ctx, person_id)
    ctx.require_proof()
    waiting = update(Invitation).where(
        Invitation.district_id == ctx.district_id,
        Invitation.person_id == person_id,
        Invitation.used_at.is_(None),
        Invitation.expires_at > ctx.now,
    )
    await ctx.conn.execute(waiting.values(expires_at=ctx.now))
    token = new_token()
    row = Invitation(
        district_id=ctx.district_id,
        id=new_id(),
        person_id=person_id,
        issued_by=ctx.actor.person_id,
        token_digest=digest(token),
        resets_factor=resets_factor,
        expires_at=ctx.now + timedelta(hours=INVITATION_HOURS),
    )
    ctx.db.add(row)
    await ctx.db.flush()
    detail = {"person": str(person_id), "resets_factor": resets_factor}
    await audit.record(ctx, "invitation:create", "invitation", row.id, detail=detail)
    return row, token


async def district_of_invitation(conn: Connection, token: str) -> UUID:
    """Where a link leads; refuses `people.wrong_invitation` for every other one alike."""
    row = (await conn.execute(_open(token))).first()
    if row is None:
        raise WrongInvitation
    district_id: UUID = row.district_id
    return district_id


async def read_invitation(ctx: Ctx, token: str) -> Invited:
    """Whom this link invites; reading it uses nothing up."""
    return await _invited(ctx, (await ctx.conn.execute(_open(token))).first())


async def use_invitation(ctx: Ctx, token: str, login_name: str, password: str) -> Opened | None:
    """Set login name (the first time) and password; every other login of the person ends.

    Gives a login, or None when the person still has a second factor to show. Twice at
    once: the second is refused like a used link.
    """
    locked = _open(token).with_for_update(of=Invitation)
    invited = await _invited(ctx, (await ctx.conn.execute(locked)).first())
    ctx.actor = Actor(ctx.district_id, invited.person_id, CONSOLE)
    await set_password(ctx, invited.person_id, login_name, password)
    used = update(Invitation).where(
        Invitation.district_id == ctx.district_id, Invitation.id == invited.id
    )
    await ctx.conn.execute(used.values(used_at=ctx.now))
    if invited.resets_factor:
        await second_factor.drop_second_factor(ctx, invited.person_id)
    await end_logins(ctx, invited.person_id)
    await audit.record(ctx, "invitation:use", "invitation", invited.id)
    if await second_factor.is_on(ctx.conn, ctx.district_id, invited.person_id):
        return None
    return await open_staff_session(ctx.conn, ctx.district_id, invited.person_id, Proof.PASSWORD)


def _open(token: str) -> Select[UUID, UUID, UUID, bool, str]:
    """A link that waits, for somebody who still works here."""
    return (
        select(
            Invitation.district_id,
            Invitation.id,
            Invitation.person_id,
            Invitation.resets_factor,
            Person.name,
        )
        .join(
            Person,
            (Person.district_id == Invitation.district_id) & (Person.id == Invitation.person_id),
        )
        .where(
            Invitation.token_digest == digest(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > func.now(),
            Person.state == PersonState.ACTIVE,
        )
    )


async def _invited(ctx: Ctx, row: AnyRow | None) -> Invited:
    if row is None or row.district_id != ctx.district_id:
        raise WrongInvitation
    still = select(RoleGrant.id).where(
        RoleGrant.district_id == ctx.district_id,
        RoleGrant.person_id == row.person_id,
        RoleGrant.role.in_([role.value for role in STAFF_ROLES]),
        or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= ctx.today),
    )
    if (await ctx.conn.execute(still.limit(1))).first() is None:
        raise WrongInvitation
    known = await own_password(ctx, row.person_id)
    return Invited(
        row.id, row.person_id, row.name, known.subject if known else None, row.resets_factor
    )
