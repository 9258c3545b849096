"""Tying a phone to a child with the one-time code from the school's letter."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, text, update

from app.audit import service as audit
from app.channels.service.tags import drop_tags
from app.kit.context import Actor, Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.ids import digest, new_id, spoken_code
from app.people.access import access_pupil
from app.people.errors import WrongBindingCode
from app.people.kinds import IdentityKind, PersonState, Relation, RequestState
from app.people.models import (
    BindingCode,
    Enrollment,
    GuardianRequest,
    Guardianship,
    Identity,
    LoginSession,
    Person,
)
from app.people.permissions import P
from app.people.service.people import tie_guardian

CODE_LENGTH = 10  # 31**10 codes: 10^5 guesses hit one of 7,000 with chance below 10^-6
CODE_DAYS = 30
TRIES_ALLOWED = 5


async def issue_binding_code(
    ctx: Ctx, pupil_id: UUID, relation: Relation
) -> tuple[BindingCode, str]:
    """A new code for a child's guardian, shown once; it works once and for 30 days."""
    await access_pupil(ctx, pupil_id, P.BINDING_CODE_CREATE)
    row, code = new_code(ctx, pupil_id, relation)
    await ctx.db.flush()
    await audit.record(ctx, "binding_code:create", "binding_code", row.id, pupil_id=pupil_id)
    return row, code


def new_code(ctx: Ctx, pupil_id: UUID, relation: Relation) -> tuple[BindingCode, str]:
    """A fresh code as a row not yet flushed; the caller has checked who may and writes the log."""
    code = spoken_code(CODE_LENGTH)
    row = BindingCode(
        district_id=ctx.district_id,
        id=new_id(),
        pupil_id=pupil_id,
        relation=relation,
        code_digest=digest(code),
        expires_at=ctx.now + timedelta(days=CODE_DAYS),
    )
    ctx.db.add(row)
    return row, code


async def bind_phone(
    ctx: Ctx, issuer: str, openid: str, person_id: UUID | None, code: str, pupil_name: str
) -> Person:
    """Make whoever holds this phone the child's guardian; answers the child.

    Code and name must both fit; a code works once, and only while the child is enrolled. A phone nobody knows yet
    becomes a new person called "<child>的家长" until its owner says otherwise.
    """
    found = await usable_code(ctx, code)
    if found is None or found.Person.name != pupil_name:
        raise WrongBindingCode
    guardian_id = person_id or await new_guardian(ctx, issuer, openid, found.Person.name)
    ctx.actor = Actor(ctx.district_id, guardian_id, "wechat")
    await tie_guardian(
        ctx, guardian_id, found.Person.id, Relation(found.BindingCode.relation), "binding_code"
    )
    await use_code(ctx, found.BindingCode, guardian_id)
    pupil: Person = found.Person
    return pupil


async def usable_code(ctx: Ctx, code: str) -> AnyRow | None:
    """The `BindingCode` and its `Person`, locked: unused, in time, and the child still enrolled."""
    stmt = (
        select(BindingCode, Person)
        .join(
            Person,
            (Person.district_id == BindingCode.district_id) & (Person.id == BindingCode.pupil_id),
        )
        .where(
            BindingCode.district_id == ctx.district_id,
            BindingCode.code_digest == digest(code.upper()),
            BindingCode.used_at.is_(None),
            BindingCode.expires_at > text("now()"),
            Person.state == PersonState.ACTIVE,
            exists().where(
                Enrollment.district_id == Person.district_id,
                Enrollment.pupil_id == Person.id,
                Enrollment.ends_on.is_(None),
            ),
        )
        .with_for_update(of=BindingCode)
    )
    found: AnyRow | None = (await ctx.db.execute(stmt)).first()
    return found


async def use_code(ctx: Ctx, row: BindingCode, guardian_id: UUID) -> None:
    """The code is spent; a request made with it no longer waits for the class teacher."""
    row.used_at, row.used_by = ctx.now, guardian_id
    await ctx.db.flush()
    await forget_requests(ctx, GuardianRequest.code_id == row.id)


async def forget_requests(ctx: Ctx, which: ColumnElement[bool]) -> None:
    """Withdraw waiting requests; whose phone it was is forgotten with them."""
    await ctx.conn.execute(
        update(GuardianRequest)
        .where(
            GuardianRequest.district_id == ctx.district_id,
            GuardianRequest.state == RequestState.PENDING,
            which,
        )
        .values(
            state=RequestState.WITHDRAWN,
            issuer=None,
            openid=None,
            typed_name=None,
            version=GuardianRequest.version + 1,
            updated_at=ctx.now,
        )
    )


async def detach_openid(ctx: Ctx, issuer: str, openid: str) -> None:
    """The phone left: forget its openid and end its logins. Passport, bookings and sums stay.

    The platform demands deletion on unsubscribe; detaching twice changes nothing.
    """
    await forget_requests(
        ctx, (GuardianRequest.issuer == issuer) & (GuardianRequest.openid == openid)
    )
    await _detach(
        ctx,
        (Identity.kind == IdentityKind.SERVICE_ACCOUNT)
        & (Identity.issuer == issuer)
        & (Identity.subject == openid),
    )


async def detach_phones(ctx: Ctx, person_id: UUID, pupil_id: UUID, reason: str | None) -> None:
    """End every WeChat of one person and take its tags off; without any, nothing happens."""
    phones = Identity.kind.in_((IdentityKind.MINIPROGRAM, IdentityKind.SERVICE_ACCOUNT))
    await _detach_tagged(ctx, (Identity.person_id == person_id) & phones, pupil_id, reason)


async def detach_staff_phones(ctx: Ctx, person_id: UUID) -> None:
    """A member of staff takes its own WeChats off; the caller has asked whose they are."""
    own = Identity.kind == IdentityKind.SERVICE_ACCOUNT
    await _detach_tagged(ctx, (Identity.person_id == person_id) & own)


async def _detach_tagged(
    ctx: Ctx,
    which: ColumnElement[bool],
    pupil_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    for issuer, openid in await _detach(ctx, which, pupil_id, reason):
        await drop_tags(ctx, issuer, openid)


async def detach_family_phone(ctx: Ctx, pupil_id: UUID, person_id: UUID, reason: str) -> None:
    """Staff take the WeChat off the pupil or one of its guardians; the tie itself stays.

    Anybody else's is `kit.not_found`; a second time nothing happens.
    """
    await access_pupil(ctx, pupil_id, P.GUARDIANSHIP_EDIT)
    tie = exists().where(
        Guardianship.district_id == ctx.district_id,
        Guardianship.pupil_id == pupil_id,
        Guardianship.guardian_id == person_id,
    )
    if person_id != pupil_id and not (await ctx.db.execute(select(tie))).scalar_one():
        raise NotFound
    await detach_phones(ctx, person_id, pupil_id, reason)


async def _detach(
    ctx: Ctx,
    which: ColumnElement[bool],
    pupil_id: UUID | None = None,
    reason: str | None = None,
) -> list[tuple[str, str]]:
    """Delete identities and end what was opened with them; one audit line each. Says which."""
    gone = await ctx.conn.execute(
        delete(Identity)
        .where(Identity.district_id == ctx.district_id, which)
        .returning(Identity.id, Identity.person_id, Identity.issuer, Identity.subject)
    )
    rows = gone.all()
    for identity_id, person_id, *_ in rows:
        await ctx.conn.execute(
            update(LoginSession)
            .where(
                LoginSession.district_id == ctx.district_id,
                LoginSession.person_id == person_id,
                LoginSession.channel.in_(("h5", "miniprogram")),
                LoginSession.ended_at.is_(None),
            )
            .values(ended_at=ctx.now)
        )
        await audit.record(
            ctx, "identity:detach", "identity", identity_id, pupil_id=pupil_id, purpose=reason
        )
    return [(row.issuer, row.subject) for row in rows]


async def new_guardian(ctx: Ctx, issuer: str, openid: str, pupil_name: str) -> UUID:
    """A person for a phone nobody knows yet, called after the child until its owner says otherwise."""
    person = Person(district_id=ctx.district_id, name=f"{pupil_name}的家长")
    ctx.db.add(person)
    await ctx.db.flush()
    await add_phone(ctx, person.id, issuer, openid)
    return person.id


async def add_phone(ctx: Ctx, person_id: UUID, issuer: str, openid: str) -> UUID:
    """This phone of the service account is that person's now; gives the identity."""
    identity = Identity(
        district_id=ctx.district_id,
        id=new_id(),
        person_id=person_id,
        kind=IdentityKind.SERVICE_ACCOUNT,
        issuer=issuer,
        subject=openid,
    )
    ctx.db.add(identity)
    await ctx.db.flush()
    return identity.id
