"""Writing the audit log."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert

from app.audit import statements
from app.audit.models import AuditEntry, AuditSeal
from app.audit.rules import GENESIS, chained
from app.kit.context import Ctx
from app.kit.ids import new_id

_COLUMNS = (
    "district_id id at person_id channel action object_type object_id pupil_id purpose "
    "before_digest after_digest detail"
).split()
_APPEND = insert(AuditEntry).values({name: bindparam(name) for name in _COLUMNS})


def digest_of(values: dict[str, Any] | None) -> str | None:
    """A fingerprint instead of the values: personal data does not belong into the log."""
    if values is None:
        return None
    dumped = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(dumped.encode("utf-8", "replace")).hexdigest()


def entry(
    ctx: Ctx,
    action: str,
    object_type: str,
    object_id: UUID | None,
    *,
    pupil_id: UUID | None = None,
    purpose: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One row as values, for callers that append many at once; a program's key or a door's link is named."""
    key = {"api_key": str(ctx.actor.api_key_id)} if ctx.actor.api_key_id else {}
    if ctx.actor.door_link_id:
        key["door_link"] = str(ctx.actor.door_link_id)
    return {
        "district_id": ctx.district_id,
        "id": new_id(),
        "at": ctx.now,
        "person_id": ctx.actor.person_id,
        "channel": ctx.actor.channel,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "pupil_id": pupil_id,
        "purpose": purpose,
        "before_digest": digest_of(before),
        "after_digest": digest_of(after),
        "detail": {**(detail or {}), **key},
    }


async def record(
    ctx: Ctx, action: str, object_type: str, object_id: UUID | None, **more: Any
) -> None:
    """Append one act in the caller's transaction; `detail` may hold ids and codes, never names."""
    await ctx.conn.execute(_APPEND, entry(ctx, action, object_type, object_id, **more))


def bound(
    ctx: Ctx,
    action: str,
    object_type: str,
    object_id: UUID | None,
    pupil_id: UUID,
    *,
    purpose: str | None = None,
    detail: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters of `statements.LOGGED`: the act is logged inside the statement that does it."""
    row = entry(
        ctx, action, object_type, object_id, pupil_id=pupil_id, purpose=purpose, detail=detail
    )
    row["detail"] = json.dumps(row["detail"])
    names = "id at person_id channel action object_type object_id pupil_id purpose detail"
    return {f"audit_{name}": row[name] for name in names.split()}


def bound_each(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The parameters of `statements.LOGGED_EACH` for rows of `entry` that share action and noun."""
    first = entries[0]
    return {
        "audit_at": first["at"],
        "audit_action": first["action"],
        "audit_object_type": first["object_type"],
        "audit_ids": [row["id"] for row in entries],
        "audit_people": [row["person_id"] for row in entries],
        "audit_channels": [row["channel"] for row in entries],
        "audit_objects": [row["object_id"] for row in entries],
        "audit_pupils": [row["pupil_id"] for row in entries],
        "audit_purposes": [row["purpose"] for row in entries],
        "audit_details": [json.dumps(row["detail"]) for row in entries],
    }


async def record_reads(ctx: Ctx, object_type: str, pupil_ids: list[UUID], purpose: str) -> None:
    """Log that staff read these named children's records (未成年人网络保护条例 art. 36)."""
    own = ctx.actor.pupil_ids
    rows = [
        entry(ctx, "pupil:read", object_type, None, pupil_id=pupil_id, purpose=purpose)
        for pupil_id in dict.fromkeys(pupil_ids)
        if pupil_id not in own
    ]
    if rows:
        await ctx.conn.execute(_APPEND, rows)


async def record_many(ctx: Ctx, acts: Sequence[tuple[str, str, UUID | None]]) -> None:
    """Append one line a child for a mass change: action, object type, pupil."""
    rows = [entry(ctx, action, noun, pupil, pupil_id=pupil) for action, noun, pupil in acts]
    if rows:
        await ctx.conn.execute(_APPEND, rows)


async def seal_entries(ctx: Ctx) -> int:
    """Chain what was logged and is committed; says how many entries were sealed.

    Entries younger than ten seconds wait: a transaction still open may bring
    one that is older. Two sealers of one district take turns.
    """
    params: dict[str, Any] = {"district": ctx.district_id}
    await ctx.conn.execute(statements.SEALING_ALONE, params)
    head = (await ctx.conn.execute(statements.HEAD, params)).first()
    seq, previous = (head.seq, head.hash) if head else (0, GENESIS)
    params["since"] = head.entry_at if head else None
    seals = []
    for found in await ctx.conn.execute(statements.UNSEALED, params):
        seq, previous = seq + 1, chained(previous, found)
        seals.append(
            {
                "district_id": ctx.district_id,
                "seq": seq,
                "entry_id": found.id,
                "entry_at": found.at,
                "hash": previous,
            }
        )
    if seals:
        await ctx.conn.execute(insert(AuditSeal), seals)
    return len(seals)
