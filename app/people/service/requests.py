"""Asking the class teacher, when the letter's code fits and the typed name does not quite."""

from uuid import UUID

from sqlalchemy import select

from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.people.access import access_pupil
from app.people.errors import AlreadyBound, RequestSettled, WrongBindingCode
from app.people.kinds import IdentityKind, Relation, RequestState
from app.people.models import BindingCode, GuardianRequest, Identity
from app.people.permissions import P
from app.people.rules import is_near_name
from app.people.service.binding import forget_requests, new_guardian, usable_code, use_code
from app.people.service.people import tie_guardian

TRIES_BEFORE_ASKING = 2  # wrong tries after which the page offers to ask, whatever was typed


async def may_ask(ctx: Ctx, code: str, typed_name: str, tries: int) -> bool:
    """Whether the page offers 请班主任确认: the name is one letter off, or it went wrong twice.

    The code itself is not judged after two wrong tries: the offer tells a guesser nothing.
    """
    if tries >= TRIES_BEFORE_ASKING:
        return True
    found = await usable_code(ctx, code)
    return found is not None and is_near_name(typed_name, found.Person.name)


async def ask_teacher(
    ctx: Ctx, issuer: str, openid: str, person_id: UUID | None, code: str, typed_name: str
) -> GuardianRequest:
    """Leave a request with the code's child; it shows the family nothing until it is approved.

    A wrong code is `people.wrong_binding_code`, as when binding. Asking again
    with the same code from the same phone changes nothing.
    """
    found = await usable_code(ctx, code)
    if found is None:
        raise WrongBindingCode
    waiting = select(GuardianRequest).where(
        GuardianRequest.district_id == ctx.district_id,
        GuardianRequest.code_id == found.BindingCode.id,
        GuardianRequest.state == RequestState.PENDING,
    )
    row = (await ctx.db.execute(waiting)).scalar_one_or_none()
    if row is not None:
        if row.openid != openid:
            raise WrongBindingCode
        return row
    row = GuardianRequest(
        district_id=ctx.district_id,
        code_id=found.BindingCode.id,
        pupil_id=found.Person.id,
        person_id=person_id,
        issuer=issuer,
        openid=openid,
        typed_name=typed_name,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(
        ctx, "guardian_request:create", "guardian_request", row.id, pupil_id=row.pupil_id
    )
    return row


async def approve_request(ctx: Ctx, request_id: UUID) -> GuardianRequest:
    """Make whoever asked the child's guardian and spend the code; approving again changes nothing.

    A request that was declined, or whose code was used meanwhile, is
    `people.request_settled`.
    """
    row = await _waiting(ctx, request_id, RequestState.APPROVED)
    if row.state == RequestState.APPROVED:
        return row
    code = await ctx.db.get(BindingCode, (ctx.district_id, row.code_id))
    if code is None or code.used_at is not None or row.issuer is None or row.openid is None:
        raise RequestSettled
    guardian_id = await _guardian(ctx, row)
    try:
        await tie_guardian(ctx, guardian_id, row.pupil_id, Relation(code.relation), "class_teacher")
    except AlreadyBound:
        await forget_requests(ctx, GuardianRequest.id == row.id)
        await ctx.db.refresh(row)
        return row
    await _settle(ctx, row, RequestState.APPROVED)
    await use_code(ctx, code, guardian_id)
    return row


async def decline_request(ctx: Ctx, request_id: UUID, reason: str) -> GuardianRequest:
    """Refuse it for a reason that goes into the log; the code stays good for a right name."""
    row = await _waiting(ctx, request_id, RequestState.DECLINED)
    if row.state == RequestState.PENDING:
        await _settle(ctx, row, RequestState.DECLINED, reason)
    return row


async def _waiting(ctx: Ctx, request_id: UUID, wanted: RequestState) -> GuardianRequest:
    """The request, its code's row locked first, as binding locks it; else refused.

    One that already is what is wanted comes back as it is.
    """
    ctx.require(P.GUARDIANSHIP_APPROVE)
    code = (
        select(BindingCode.id)
        .join(
            GuardianRequest,
            (GuardianRequest.district_id == BindingCode.district_id)
            & (GuardianRequest.code_id == BindingCode.id),
        )
        .where(BindingCode.district_id == ctx.district_id, GuardianRequest.id == request_id)
    )
    await ctx.db.execute(code.with_for_update(of=BindingCode))
    row = await ctx.db.get(GuardianRequest, (ctx.district_id, request_id), with_for_update=True)
    if row is None:
        raise NotFound
    await access_pupil(ctx, row.pupil_id, P.GUARDIANSHIP_APPROVE)
    if row.state not in (RequestState.PENDING, wanted):
        raise RequestSettled
    return row


async def _guardian(ctx: Ctx, row: GuardianRequest) -> UUID:
    """Whoever the phone belongs to now; a person of its own when that is still nobody."""
    known = select(Identity.person_id).where(
        Identity.district_id == ctx.district_id,
        Identity.kind == IdentityKind.SERVICE_ACCOUNT,
        Identity.issuer == row.issuer,
        Identity.subject == row.openid,
    )
    found = row.person_id or (await ctx.db.execute(known)).scalar_one_or_none()
    if found is not None:
        return found
    pupil = await access_pupil(ctx, row.pupil_id, P.GUARDIANSHIP_APPROVE)
    return await new_guardian(ctx, str(row.issuer), str(row.openid), pupil.name)


async def _settle(
    ctx: Ctx, row: GuardianRequest, state: RequestState, reason: str | None = None
) -> None:
    row.state, row.decided_by = state, ctx.actor.person_id
    row.issuer = row.openid = row.typed_name = None
    row.version += 1
    row.updated_at = ctx.now
    await ctx.db.flush()
    await audit.record(
        ctx,
        f"guardian_request:{'approve' if state is RequestState.APPROVED else 'decline'}",
        "guardian_request",
        row.id,
        pupil_id=row.pupil_id,
        purpose=reason,
    )
