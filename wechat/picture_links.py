"""How does the platform fetch a picture it should check? By a sealed address that is good for two hours."""

import json
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.kit.db import enter_district, transaction
from app.kit.errors import NotFound
from app.kit.sealing import CannotUnseal, Sealer
from app.moderation.queries import waiting_picture

GOOD_FOR_SECONDS = 2 * 3600
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class PictureLinks:
    """Addresses that name an item and nothing else; nobody can make one without our key."""

    sealer: Sealer
    base_url: str

    def make(self, district_id: UUID, item_id: UUID) -> str:
        word = self.sealer.seal(json.dumps([str(district_id), str(item_id)]))
        return f"{self.base_url}/wechat/picture/{word}"


@router.get("/wechat/picture/{word}")
async def fetch(word: str, request: Request) -> Response:
    """The picture, as long as it waits for its check and its two hours are not over."""
    try:
        opened = json.loads(request.app.state.sealer.unseal(word[:400], GOOD_FOR_SECONDS))
    except CannotUnseal as exc:
        raise NotFound from exc
    district, item = (UUID(one) for one in opened)
    async with transaction(request.app.state.engine) as conn:
        await enter_district(conn, district)
        found = await waiting_picture(conn, district, item)
    if found is None:
        raise NotFound
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "no-store"})
