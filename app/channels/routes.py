"""HTTP for the district's WeChat accounts."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints

from app.channels import accounts
from app.kit.bounds import Change, Code, Shape, Wire
from app.kit.deps import Authed
from app.kit.http import IfMatch, tagged, version_of
from app.kit.paging import Page
from app.kit.sealing import Sealer

router = APIRouter(tags=["channels"])

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,38}$")]
AesKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}$")]
CallbackToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{3,32}$")]
Mode = Literal["plain", "compatible", "safe"]


class AccountIn(Wire):
    name: AccountName
    kind: Literal["service_account", "miniprogram"]
    appid: Code
    original_id: Code
    mode: Mode = "safe"
    secret: Code
    token: CallbackToken
    aes_key: AesKey


class AccountChange(Change):
    mode: Mode | None = None
    secret: Code | None = None
    token: CallbackToken | None = None
    aes_key: AesKey | None = None


class AccountOut(Shape):
    """Never the secrets."""

    id: UUID
    name: str
    kind: str
    appid: str
    original_id: str
    mode: str
    version: int


def _sealer(request: Request) -> Sealer:
    sealer: Sealer = request.app.state.sealer
    return sealer


@router.get("/channel-accounts")
async def list_accounts(ctx: Authed) -> Page[AccountOut]:
    rows = await accounts.list_accounts(ctx)
    return Page(items=[AccountOut.model_validate(row) for row in rows])


@router.post("/channel-accounts", status_code=201)
async def connect_account(ctx: Authed, body: AccountIn, request: Request) -> AccountOut:
    row = await accounts.connect_account(ctx, body.model_dump(), _sealer(request))
    return AccountOut.model_validate(row)


@router.patch("/channel-accounts/{account_id}")
async def change_account(
    account_id: UUID,
    ctx: Authed,
    body: AccountChange,
    request: Request,
    response: Response,
    if_match: IfMatch = None,
) -> AccountOut:
    row = await accounts.change_account(
        ctx, account_id, body.changes(), version_of(if_match), _sealer(request)
    )
    tagged(response, row.version)
    return AccountOut.model_validate(row)
