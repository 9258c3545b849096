"""Which account is this, and what are its secrets?"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit import service as audit
from app.audit.changes import add_row, change_row
from app.channels.kinds import PUSH_DECLARED, SERVICE_ACCOUNT
from app.channels.models import ChannelAccount
from app.channels.permissions import P
from app.jobs.service import enqueue
from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.errors import Forbidden, NotFound
from app.kit.sealing import Sealer

_SEALED = ("secret", "token", "aes_key", "previous_aes_key")


@dataclass(frozen=True)
class Account:
    """An account with its secrets open; lives in memory only, and its repr hides them."""

    district_id: UUID
    name: str
    kind: str
    appid: str
    original_id: str
    mode: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(repr=False)


def _open(row: Any, sealer: Sealer) -> Account:
    keys = [row.sealed_aes_key, row.sealed_previous_aes_key]
    return Account(
        district_id=row.district_id,
        name=row.name,
        kind=row.kind,
        appid=row.appid,
        original_id=row.original_id,
        mode=row.mode,
        secret=sealer.unseal(row.sealed_secret),
        token=sealer.unseal(row.sealed_token),
        aes_keys=tuple(sealer.unseal(key) for key in keys if key),
    )


async def find_account(engine: AsyncEngine, sealer: Sealer, name: str) -> Account | None:
    """The account behind a callback address."""
    async with transaction(engine) as conn:
        stmt = select(ChannelAccount.__table__).where(ChannelAccount.name == name)
        row = (await conn.execute(stmt)).first()
    return _open(row, sealer) if row else None


async def account_of_district(
    engine: AsyncEngine, sealer: Sealer, district_id: UUID, kind: str
) -> Account | None:
    """The account through which a district speaks."""
    async with transaction(engine) as conn:
        stmt = select(ChannelAccount.__table__).where(
            ChannelAccount.district_id == district_id, ChannelAccount.kind == kind
        )
        row = (await conn.execute(stmt)).first()
    return _open(row, sealer) if row else None


async def account_name(ctx: Ctx, kind: str) -> str | None:
    """What the district's account of this kind is called; a name is no secret."""
    stmt = select(ChannelAccount.name).where(
        ChannelAccount.district_id == ctx.district_id, ChannelAccount.kind == kind
    )
    return (await ctx.conn.execute(stmt.order_by(ChannelAccount.id).limit(1))).scalar_one_or_none()


async def list_accounts(ctx: Ctx) -> list[ChannelAccount]:
    """The district's accounts; secrets never leave."""
    ctx.require(P.CHANNEL_READ)
    stmt = select(ChannelAccount).where(ChannelAccount.district_id == ctx.district_id)
    return list((await ctx.db.execute(stmt.order_by(ChannelAccount.id))).scalars())


async def connect_account(ctx: Ctx, values: dict[str, Any], sealer: Sealer) -> ChannelAccount:
    """Register an account with its keys; its name becomes part of the callback address. A fresh proof is needed."""
    ctx.require(P.CHANNEL_EDIT)
    ctx.require_proof()
    row = ChannelAccount(district_id=ctx.district_id, **_sealed(values, sealer))
    await add_row(ctx, row, "channel_account")
    if row.kind == SERVICE_ACCOUNT:
        await enqueue(ctx, PUSH_DECLARED)
    return row


async def order_push(ctx: Ctx, account_id: UUID) -> None:
    """按声明恢复: the worker brings menus and tags to the platform; ordering it twice does no harm."""
    if not ctx.require(P.OPERATION_SETTLE).district:
        raise Forbidden
    row = await ctx.db.get(ChannelAccount, (ctx.district_id, account_id))
    if row is None or row.kind != SERVICE_ACCOUNT:
        raise NotFound
    await enqueue(ctx, PUSH_DECLARED)
    await audit.record(ctx, "channel:restore", "channel_account", row.id)


async def change_account(
    ctx: Ctx, account_id: UUID, change: dict[str, Any], seen: int | None, sealer: Sealer
) -> ChannelAccount:
    """Change keys. The AES key before the last one stays valid: the platform may still use it.

    A fresh proof of the person is needed.
    """
    ctx.require(P.CHANNEL_EDIT)
    ctx.require_proof()
    row = await ctx.db.get(ChannelAccount, (ctx.district_id, account_id))
    if row is None:
        raise NotFound
    sealed = _sealed(change, sealer)
    if "sealed_aes_key" in sealed:
        sealed["sealed_previous_aes_key"] = row.sealed_aes_key
    return await change_row(ctx, row, sealed, seen, "channel_account")


def _sealed(values: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    return {
        (f"sealed_{key}" if key in _SEALED else key): (
            sealer.seal(value) if key in _SEALED else value
        )
        for key, value in values.items()
    }
