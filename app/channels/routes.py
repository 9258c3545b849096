"""HTTP for the district's WeChat accounts."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints

from app.channels import accounts
from app.channels.kinds import ITEMS, ItemKind, Way
from app.channels.rules import said
from app.channels.service import health, operations, stops
from app.kit.bounds import Change, Code, Line, Shape, Wire
from app.kit.deps import Authed
from app.kit.http import Cursor, IfMatch, PageSize, next_link, tagged, version_of
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


class OperationOut(Shape):
    """One thing that needs a person, with what to do in words."""

    id: UUID
    kind: ItemKind
    title: str
    sentence: str
    remedy: str
    subject: str
    detail: str
    times: int
    first_at: datetime
    last_at: datetime
    done_at: datetime | None
    note: str


class SettleIn(Wire):
    note: Line = ""


class ResumeIn(Wire):
    way: Way
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,40}$")] = ""


class QuotaOut(Shape):
    path: str
    daily_limit: int
    used: int
    read_at: datetime


class HealthOut(Shape):
    name: str
    kind: str
    token_fetched_at: datetime | None
    token_expires_at: datetime | None
    called_at: datetime | None
    refused_at: datetime | None
    errcode: int | None
    refusal: str
    rid: str | None
    pushed_at: datetime | None
    quotas: list[QuotaOut]


def _operation(row: Any) -> OperationOut:
    about = ITEMS[row.kind]
    words = {"title": about.title, "sentence": about.sentence, "remedy": about.remedy}
    fields = set(OperationOut.model_fields) - set(words)
    return OperationOut(**words, **{name: getattr(row, name) for name in fields})


@router.get("/operations")
async def list_operations(
    request: Request, ctx: Authed, done: bool = False, cursor: Cursor = None, limit: PageSize = 50
) -> Page[OperationOut]:
    rows, following = await operations.list_items(ctx, done=done, cursor=cursor, limit=limit)
    return Page(items=[_operation(row) for row in rows], next=next_link(request, following))


@router.post("/operations/{operation_id}/settle")
async def settle_operation(operation_id: UUID, ctx: Authed, body: SettleIn) -> OperationOut:
    return _operation(await operations.settle_item(ctx, operation_id, body.note))


@router.post("/channel-stops/resume", status_code=204)
async def resume_way(ctx: Authed, body: ResumeIn) -> None:
    await stops.resume_way(ctx, body.way, body.kind)


@router.get("/channel-health")
async def read_health(ctx: Authed) -> Page[HealthOut]:
    return Page(items=[_health(row) for row in await health.account_health(ctx)])


def _health(row: health.Health) -> HealthOut:
    fields = set(HealthOut.model_fields) - {"name", "kind", "refusal", "quotas"}
    return HealthOut(
        name=row.account.name,
        kind=row.account.kind,
        refusal=said(f"platform_{row.errcode}" if row.errcode is not None else None),
        quotas=[QuotaOut.model_validate(one) for one in row.quotas],
        **{name: getattr(row, name) for name in fields},
    )
