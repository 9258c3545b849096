"""筑梦导师: listed by a unit or school, vetted by the secretariat before anybody names them."""

from typing import Any
from uuid import UUID

from app.audit.changes import add_row, change_row
from app.kit.context import Ctx
from app.kit.errors import Forbidden, NotFound
from app.orgs.access import access_organization
from app.people.access import works_at
from app.resources.access import access_mentor
from app.resources.errors import DecisionNeedsReason, ForeignPerson
from app.resources.kinds import Vetting
from app.resources.models import Mentor
from app.resources.permissions import P

# Whoever changes one of these presents somebody else than the one who was vetted.
_IDENTITY = ("name", "skills")


async def add_mentor(ctx: Ctx, values: dict[str, Any]) -> Mentor:
    """List a mentor; a colleague must work at that organization (`resources.foreign_person`)."""
    await access_organization(ctx, values["organization_id"], P.MENTOR_EDIT)
    person_id = values["person_id"]
    if person_id and not await works_at(ctx, person_id, values["organization_id"]):
        raise ForeignPerson
    return await add_row(ctx, Mentor(district_id=ctx.district_id, **values), "mentor")


async def change_mentor(
    ctx: Ctx, mentor_id: UUID, change: dict[str, Any], seen: int | None
) -> Mentor:
    """Edit; another name or other skills are vetted anew, other hours are not."""
    mentor = await access_mentor(ctx, mentor_id, P.MENTOR_EDIT)
    if any(name in change and change[name] != getattr(mentor, name) for name in _IDENTITY):
        anew = {"vetting": Vetting.PENDING, "vetted_on": None, "vetted_by": None}
        change = {**change, **anew, "vetting_note": ""}
    return await change_row(ctx, mentor, change, seen, "mentor")


async def vet_mentor(ctx: Ctx, mentor_id: UUID, note: str, *, passed: bool) -> Mentor:
    """Pass or refuse, with the day and who looked; a refusal says why. Again changes nothing."""
    if not ctx.require(P.MENTOR_VET).district:
        raise Forbidden
    key = (ctx.district_id, mentor_id)
    mentor = await ctx.db.get(Mentor, key, with_for_update=True)
    if mentor is None:
        raise NotFound
    if not passed and not note:
        raise DecisionNeedsReason
    verdict = Vetting.PASSED if passed else Vetting.REFUSED
    if mentor.vetting == verdict and mentor.vetting_note == note:
        return mentor
    decided = {"vetted_on": ctx.today, "vetted_by": ctx.actor.person_id, "vetting_note": note}
    return await change_row(ctx, mentor, {"vetting": verdict, **decided}, None, "mentor")
