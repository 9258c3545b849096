"""HTTP for schools' needs and the offers to visit."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.kit.deps import Authed, OnceDep
from app.kit.http import Cursor, PageSize, page_of
from app.kit.paging import Page
from app.resources import queries
from app.resources.kinds import NeedState
from app.resources.schemas import NeedFullOut, NeedIn, NeedOut, OfferIn, OfferOut
from app.resources.service import needs

router = APIRouter(prefix="/school-needs", tags=["resources"])


@router.get("")
async def list_needs(
    request: Request,
    ctx: Authed,
    state: NeedState | None = None,
    organization_id: UUID | None = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Page[NeedOut]:
    found = await queries.list_needs(ctx, state, organization_id, cursor, limit)
    return page_of(NeedOut, request, found)


@router.post("", status_code=201)
async def post_need(ctx: Authed, body: NeedIn, once: OnceDep) -> NeedOut:
    async def use_case() -> NeedOut:
        return NeedOut.model_validate(await needs.post_need(ctx, body.model_dump()))

    return await once.run(ctx, body, use_case, 201)


@router.get("/{need_id}")
async def read_need(need_id: UUID, ctx: Authed) -> NeedFullOut:
    row = await queries.read_need(ctx, need_id)
    offers = [OfferOut.model_validate(one) for one in await queries.offers_of(ctx, [need_id])]
    return NeedFullOut(**NeedOut.model_validate(row).model_dump(), offers=offers)


@router.post("/{need_id}/offers", status_code=201)
async def offer_visit(need_id: UUID, ctx: Authed, body: OfferIn, once: OnceDep) -> OfferOut:
    async def use_case() -> OfferOut:
        return OfferOut.model_validate(await needs.offer_visit(ctx, need_id, body.model_dump()))

    return await once.run(ctx, body, use_case, 201)
