"""Writing the audit log."""

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert

from app.audit.models import AuditEntry
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
    """One row as values, for callers that append many at once."""
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
        "detail": detail or {},
    }


async def record(
    ctx: Ctx, action: str, object_type: str, object_id: UUID | None, **more: Any
) -> None:
    """Append one act in the caller's transaction; `detail` may hold ids and codes, never names."""
    await ctx.conn.execute(_APPEND, entry(ctx, action, object_type, object_id, **more))


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


async def record_many(ctx: Ctx, acts: list[tuple[str, str, UUID | None]]) -> None:
    """Append one line a child for a mass change: action, object type, pupil."""
    rows = [entry(ctx, action, noun, pupil, pupil_id=pupil) for action, noun, pupil in acts]
    if rows:
        await ctx.conn.execute(_APPEND, rows)
