"""How does an installation get its first district and the first person who may log in?"""

from dataclasses import dataclass
from uuid import UUID

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.ids import spoken_code
from app.orgs.service import open_office
from app.people.kinds import IdentityKind
from app.people.models import Identity, Person, RoleGrant
from app.people.roles import Role
from app.people.service.login import hash_password

PASSWORD_LENGTH = 16


@dataclass(frozen=True)
class Founded:
    """The first administrator; the password is shown once and nowhere stored."""

    district_id: UUID
    username: str
    password: str


async def found_district(ctx: Ctx, code: str, name: str, admin_name: str, username: str) -> Founded:
    """Open a district with its office and one administrator, who then grants all other roles.

    Run by the operator on the machine itself; a code that exists is refused
    (`kit.duplicate`), and then nothing is made.
    """
    office_id = await open_office(ctx, code, name)
    password = spoken_code(PASSWORD_LENGTH)
    person = Person(district_id=ctx.district_id, name=admin_name)
    ctx.db.add(person)
    await ctx.db.flush()
    for role in (Role.DISTRICT_ADMIN, Role.SECRETARIAT):
        ctx.db.add(
            RoleGrant(
                district_id=ctx.district_id,
                person_id=person.id,
                organization_id=office_id,
                role=role.value,
                starts_on=ctx.today,
            )
        )
    ctx.db.add(
        Identity(
            district_id=ctx.district_id,
            person_id=person.id,
            kind=IdentityKind.PASSWORD,
            subject=username,
            secret_hash=hash_password(password),
        )
    )
    await ctx.db.flush()
    await audit.record(ctx, "district:found", "district", ctx.district_id)
    return Founded(ctx.district_id, username, password)
