"""HTTP for staff accounts: second factor, fresh proof, invitations, keys of programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.kit.bounds import Name
from app.kit.deps import Authed
from app.kit.errors import DomainError
from app.kit.http import Cursor, PageSize, next_link, page_of
from app.kit.paging import Page
from app.kit.problems import of_error
from app.kit.sealing import Sealer
from app.people import queries
from app.people.schemas import (
    ApiKeyIn,
    ApiKeyMade,
    ApiKeyOut,
    CodeIn,
    EnrolmentOut,
    InvitationIn,
    InvitationOut,
    LoginOut,
    OwnLoginOut,
    PasswordChange,
    RecoveryCodesOut,
    StaffAccountOut,
    StepUpIn,
)
from app.people.service import accounts, api_keys, invitations, second_factor

router = APIRouter(tags=["accounts"])


def _sealer(request: Request) -> Sealer:
    sealer: Sealer = request.app.state.sealer
    return sealer


@router.post("/login-sessions/current/step-up", response_model=LoginOut)
async def step_up(request: Request, ctx: Authed, body: StepUpIn) -> LoginOut | Response:
    """Prove yourself again: for ten minutes dangerous acts work; the login gets a new token."""
    outcome = await accounts.prove_again(
        ctx, _sealer(request), body.password or "", body.totp or ""
    )
    # Answered, not raised: the wrong guess has to be counted, so the transaction commits.
    return (
        of_error(outcome) if isinstance(outcome, DomainError) else LoginOut.model_validate(outcome)
    )


@router.get("/login-sessions")
async def list_own_logins(ctx: Authed) -> Page[OwnLoginOut]:
    return Page(items=[OwnLoginOut.model_validate(row) for row in await accounts.own_logins(ctx)])


@router.post("/login-sessions/{login_session_id}/end", status_code=204)
async def end_own_login(login_session_id: UUID, ctx: Authed) -> None:
    await accounts.end_own_login(ctx, login_session_id)


@router.post("/me/password", status_code=204)
async def change_password(ctx: Authed, body: PasswordChange) -> Response:
    refusal = await accounts.change_password(ctx, body.old, body.new)
    return of_error(refusal) if refusal else Response(status_code=204)


@router.post("/me/second-factor", status_code=201)
async def start_second_factor(request: Request, ctx: Authed) -> EnrolmentOut:
    """A new secret for the authenticator app; in force after its first code."""
    person_id, sealer = accounts.own_account(ctx), _sealer(request)
    await second_factor.start_enrolment(ctx, person_id, sealer)
    return EnrolmentOut.model_validate(
        await second_factor.waiting_enrolment(ctx, person_id, sealer)
    )


@router.post("/me/second-factor/confirm", response_model=RecoveryCodesOut)
async def confirm_second_factor(
    request: Request, ctx: Authed, body: CodeIn
) -> RecoveryCodesOut | Response:
    person_id = accounts.own_account(ctx)
    outcome = await second_factor.confirm_enrolment(ctx, person_id, _sealer(request), body.totp)
    return (
        of_error(outcome) if isinstance(outcome, DomainError) else RecoveryCodesOut(codes=outcome)
    )


@router.post("/me/second-factor/remove", status_code=204)
async def remove_second_factor(ctx: Authed) -> None:
    await second_factor.remove_second_factor(ctx, accounts.own_account(ctx))


@router.post("/me/recovery-codes", status_code=201)
async def renew_recovery_codes(ctx: Authed) -> RecoveryCodesOut:
    codes = await second_factor.renew_recovery_codes(ctx, accounts.own_account(ctx))
    return RecoveryCodesOut(codes=codes)


@router.get("/staff-accounts")
async def list_staff_accounts(
    request: Request,
    ctx: Authed,
    name: Annotated[Name | None, Query()] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[StaffAccountOut]:
    items, following = await queries.list_staff_accounts(ctx, name, cursor, limit)
    return Page(items=items, next=next_link(request, following))


@router.post("/invitations", status_code=201)
async def issue_invitation(request: Request, ctx: Authed, body: InvitationIn) -> InvitationOut:
    """A one-time link with which a member of staff sets login name and password."""
    row, token = await invitations.issue_invitation(
        ctx, body.person_id, resets_factor=body.resets_second_factor
    )
    url = f"{request.app.state.settings.base_url}/console/invitation/{token}"
    return InvitationOut(id=row.id, url=url, expires_at=row.expires_at)


@router.get("/api-keys")
async def list_api_keys(
    request: Request, ctx: Authed, cursor: Cursor = None, limit: PageSize = 50
) -> Page[ApiKeyOut]:
    return page_of(ApiKeyOut, request, await queries.list_api_keys(ctx, cursor, limit))


@router.post("/api-keys", status_code=201)
async def create_api_key(ctx: Authed, body: ApiKeyIn) -> ApiKeyMade:
    row, key = await api_keys.create_api_key(
        ctx, body.name, body.permissions, body.organization_id, body.expires_on
    )
    return ApiKeyMade(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@router.post("/api-keys/{api_key_id}/revoke")
async def revoke_api_key(api_key_id: UUID, ctx: Authed) -> ApiKeyOut:
    return ApiKeyOut.model_validate(await api_keys.revoke_api_key(ctx, api_key_id))
