"""The same person in all accounts of one open platform: known in one, recognised in the others.

Never re-linked in silence: an openid whose unionid changes, or a unionid that two people hold, is
left exactly as it is, and a line in the operations inbox asks for a person.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit import service as audit
from app.channels.kinds import ItemKind
from app.channels.service.operations import note
from app.kit.context import Ctx
from app.kit.ids import new_id
from app.people.kinds import IdentityKind

# Whoever links the same unionid at the same time waits here.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(cast(:alone AS text), 7))")
_OWN = text(
    "SELECT id, person_id, unionid FROM identity WHERE district_id = :district AND kind = :kind "
    "AND issuer = :issuer AND subject = :openid FOR UPDATE"
)
_HOLDERS = text(
    "SELECT DISTINCT person_id FROM identity WHERE district_id = :district AND unionid = :unionid"
)
_LEARN = text("UPDATE identity SET unionid = :unionid WHERE district_id = :district AND id = :id")
_LINK = text(
    """
INSERT INTO identity (district_id, id, person_id, kind, issuer, subject, unionid)
VALUES (:district, :id, :person, :kind, :issuer, :openid, :unionid)
ON CONFLICT (district_id, kind, issuer, subject) DO NOTHING
"""
)
LONGEST = 64


@dataclass(frozen=True)
class Phone:
    """An openid of one account, with what the platform says about its owner."""

    kind: IdentityKind
    issuer: str
    openid: str
    unionid: str


async def recognise(ctx: Ctx, phone: Phone) -> bool:
    """Learn the unionid of a known openid, or link an unknown one to the person who has it elsewhere.

    False: the openid's owner is not who it was; nothing is changed, and nobody is let in by it.
    """
    params = {
        "district": ctx.district_id,
        "kind": phone.kind,
        "issuer": phone.issuer,
        "openid": phone.openid,
        "unionid": phone.unionid[:LONGEST],
    }
    await ctx.conn.execute(_ALONE, {"alone": f"{ctx.district_id}{phone.unionid}"})
    own = (await ctx.conn.execute(_OWN, params)).first()
    if own is not None and own.unionid == phone.unionid:
        return True
    if own is not None and own.unionid is not None:
        await _strange(ctx, own.id, "绑定时的微信身份和现在的不同")
        return False
    holders = set((await ctx.conn.execute(_HOLDERS, params)).scalars())
    if own is None:
        await _link(ctx, params, holders)
    elif holders - {own.person_id}:
        await _strange(ctx, own.id, "同一个微信的两个账号绑在两个人名下")
    else:
        await ctx.conn.execute(_LEARN, {**params, "id": own.id})
    return True


async def _link(ctx: Ctx, params: dict[str, Any], holders: set[UUID]) -> None:
    if len(holders) > 1:
        await _strange(ctx, min(holders), "同一个微信身份在两个人名下，新的账号没有连上")
    if len(holders) != 1:
        return
    (person_id,) = holders
    identity_id = new_id()
    await ctx.conn.execute(_LINK, {**params, "id": identity_id, "person": person_id})
    await audit.record(ctx, "identity:recognise", "identity", identity_id)


async def _strange(ctx: Ctx, about: UUID, why: str) -> None:
    """One open line an identity: its number, and no name."""
    detail = f"{why}（编号尾数 {str(about)[-8:]}）"
    await note(ctx.conn, ctx.district_id, ItemKind.IDENTITY_CHANGED, str(about), detail)
