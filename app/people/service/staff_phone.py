"""Tying a phone to a member of staff: a word from the own account page, sent from WeChat."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.audit import service as audit
from app.channels.service.tags import order_tags
from app.kit.context import Actor, Ctx
from app.kit.ids import digest, new_id, spoken_code
from app.people.errors import PhoneOfAnother, WrongStaffCode
from app.people.kinds import IdentityKind
from app.people.models import Identity, Person, StaffCode
from app.people.service.accounts import own_account
from app.people.service.binding import CODE_LENGTH, add_phone, detach_staff_phones

CODE_MINUTES = 15


async def new_staff_code(ctx: Ctx) -> str:
    """A word for the own account, shown once; it takes the place of an older one."""
    person_id = own_account(ctx)
    code = spoken_code(CODE_LENGTH)
    fresh = {
        "code_digest": digest(code),
        "expires_at": ctx.now + timedelta(minutes=CODE_MINUTES),
    }
    row = {"district_id": ctx.district_id, "id": new_id(), "person_id": person_id, **fresh}
    stmt = pg_insert(StaffCode).values(row)
    keys = [StaffCode.district_id, StaffCode.person_id]
    await ctx.conn.execute(stmt.on_conflict_do_update(index_elements=keys, set_=fresh))
    await audit.record(ctx, "staff_code:create", "person", person_id)
    return code


async def tie_staff_phone(
    ctx: Ctx, issuer: str, openid: str, known_as: UUID | None, code: str
) -> str:
    """Make this phone the member of staff's whose word it sent; answers the name. Works once.

    `known_as`: whose phone it is already. Refused (`people.phone_of_another`) for a family's:
    two persons on one phone would see each other's messages.
    """
    spent = (
        delete(StaffCode)
        .where(
            StaffCode.district_id == ctx.district_id,
            StaffCode.code_digest == digest(code.upper()),
            StaffCode.expires_at > func.now(),
        )
        .returning(StaffCode.person_id)
    )
    person_id = (await ctx.conn.execute(spent)).scalar_one_or_none()
    if person_id is None:
        raise WrongStaffCode
    if known_as not in (None, person_id):
        raise PhoneOfAnother
    person = await ctx.db.get_one(Person, (ctx.district_id, person_id))
    if known_as is None:
        identity_id = await add_phone(ctx, person_id, issuer, openid)
        ctx.actor = Actor(ctx.district_id, person_id, "wechat")
        await audit.record(ctx, "identity:tie", "identity", identity_id)
        await order_tags(ctx, person_id)
    return person.name


async def own_phones(ctx: Ctx) -> int:
    """How many WeChats the own account is known by."""
    stmt = select(func.count()).where(
        Identity.district_id == ctx.district_id,
        Identity.person_id == own_account(ctx),
        Identity.kind == IdentityKind.SERVICE_ACCOUNT,
    )
    return int((await ctx.conn.execute(stmt)).scalar_one())


async def drop_own_phones(ctx: Ctx) -> None:
    """Take every WeChat off the own account and end its logins there; again changes nothing."""
    await detach_staff_phones(ctx, own_account(ctx))
