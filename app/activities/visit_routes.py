"""HTTP for choosing and calling off visits, and for mentors: invitations, hours, certificates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.activities import queries
from app.activities.kinds import InvitationState
from app.activities.schemas import (
    CallOffIn,
    HoursCorrectionIn,
    HoursCorrectionOut,
    InvitationAnswer,
    InvitationIn,
    InvitationOut,
    SchoolYear,
    ServiceOut,
    VisitAcceptIn,
)
from app.activities.service import inviting, thanking, visits
from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page
from app.resources.schemas import NeedOut, OfferOut

router = APIRouter(tags=["activities"])
Year = Annotated[SchoolYear, Query()]


@router.post("/school-needs/{need_id}/withdraw")
async def withdraw_need(need_id: UUID, ctx: Authed, body: CallOffIn) -> NeedOut:
    return NeedOut.model_validate(await visits.withdraw_need(ctx, need_id, body.reason))


@router.post("/visit-offers/{offer_id}/accept")
async def accept_visit(offer_id: UUID, ctx: Authed, body: VisitAcceptIn) -> OfferOut:
    return OfferOut.model_validate(await visits.accept_visit(ctx, offer_id, body.class_ids))


@router.post("/visit-offers/{offer_id}/withdraw")
async def withdraw_offer(offer_id: UUID, ctx: Authed, body: CallOffIn) -> OfferOut:
    return OfferOut.model_validate(await visits.withdraw_offer(ctx, offer_id, body.reason))


@router.get("/mentor-invitations")
async def list_invitations(
    request: Request,
    ctx: Authed,
    state: InvitationState | None = None,
    activity_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[InvitationOut]:
    found = await queries.list_invitations(ctx, state, activity_id, cursor, limit)
    return page_of(InvitationOut, request, found)


@router.post("/mentor-invitations", status_code=201)
async def invite_mentor(ctx: Authed, body: InvitationIn, once: OnceDep) -> InvitationOut:
    async def use_case() -> InvitationOut:
        return InvitationOut.model_validate(await inviting.invite_mentor(ctx, body.model_dump()))

    return await once.run(ctx, body, use_case, 201)


@router.post("/mentor-invitations/{invitation_id}/accept")
async def accept_invitation(
    invitation_id: UUID, ctx: Authed, body: InvitationAnswer
) -> InvitationOut:
    row = await inviting.answer_invitation(ctx, invitation_id, body.answer, agreed=True)
    return InvitationOut.model_validate(row)


@router.post("/mentor-invitations/{invitation_id}/decline")
async def decline_invitation(
    invitation_id: UUID, ctx: Authed, body: InvitationAnswer
) -> InvitationOut:
    row = await inviting.answer_invitation(ctx, invitation_id, body.answer, agreed=False)
    return InvitationOut.model_validate(row)


@router.post("/mentor-invitations/{invitation_id}/withdraw")
async def withdraw_invitation(invitation_id: UUID, ctx: Authed) -> InvitationOut:
    return InvitationOut.model_validate(await inviting.withdraw_invitation(ctx, invitation_id))


@router.get("/mentors/{mentor_id}/service")
async def read_service(mentor_id: UUID, year: Year, ctx: Authed) -> ServiceOut:
    return ServiceOut.model_validate(await queries.read_service(ctx, mentor_id, year))


@router.post("/mentors/{mentor_id}/service-corrections", status_code=201)
async def correct_service(
    mentor_id: UUID, ctx: Authed, body: HoursCorrectionIn, once: OnceDep
) -> HoursCorrectionOut:
    async def use_case() -> HoursCorrectionOut:
        row = await thanking.correct_service(ctx, mentor_id, body.model_dump())
        return HoursCorrectionOut.model_validate(row)

    return await once.run(ctx, body, use_case, 201)


@router.get(
    "/mentors/{mentor_id}/thanks",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def print_thanks(mentor_id: UUID, year: Year, ctx: Authed) -> Response:
    certificate, pdf = await thanking.print_thanks(ctx, mentor_id, year)
    headers = {"Content-Disposition": f'attachment; filename="{certificate.number}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
