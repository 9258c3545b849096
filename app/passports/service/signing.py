"""Keys and signatures. Nothing of it happens at the door: a job signs what has no signature yet."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.audit import service as audit
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.db import transaction
from app.kit.errors import NotFound
from app.kit.leisure import Leisure
from app.kit.sealing import Sealer
from app.passports import statements
from app.passports.errors import NotSignedYet
from app.passports.kinds import CATEGORY_WORDS, EVIDENCE_WORDS
from app.passports.queries import own_stamp
from app.passports.rules.signing import (
    KeyPair,
    badge,
    canonical,
    commitment,
    new_pair,
    payload_of,
    to_bytes,
    to_text,
)
from app.people.access import access_own_pupil

AT_ONCE = 100


async def signing_pair(conn: AsyncConnection, sealer: Sealer, *, make: bool) -> KeyPair | None:
    """The pair that signs now; with `make`, the first one is made. Two at once make one."""
    row = (await conn.execute(text(statements.SIGNING_KEY))).first()
    if row is None and make:
        await _add_pair(conn, sealer)
        row = (await conn.execute(text(statements.SIGNING_KEY))).first()
    if row is None:
        return None
    return KeyPair(row.kid, row.public, to_bytes(sealer.unseal(row.sealed_private)))


async def _add_pair(conn: AsyncConnection, sealer: Sealer) -> str:
    pair = new_pair()
    params = {"kid": pair.kid, "public": pair.public, "sealed": sealer.seal(to_text(pair.private))}
    await conn.execute(text(statements.KEY_ADDED), params)
    return pair.kid


async def rotate_key(engine: AsyncEngine, sealer: Sealer, leaked: str | None = None) -> str:
    """A new pair signs from now on; what the old one signed stays good.

    `leaked`: others may know its private part. Its signatures end, and the stamps are signed anew.
    """
    async with transaction(engine) as conn:
        await conn.execute(text(statements.KEY_RETIRED))
        if leaked is not None:
            params = {"kid": leaked}
            if (await conn.execute(text(statements.KEY_WITHDRAWN), params)).first() is None:
                raise NotFound
            await conn.execute(text(statements.UNSIGN), params)
        return await _add_pair(conn, sealer)


async def sign_stamps(engine: AsyncEngine, sealer: Sealer) -> int:
    """Sign everything that waits, a hundred a transaction; says how many."""
    signed, leisure = 0, Leisure()
    while True:
        async with transaction(engine) as conn:
            waiting = (await conn.execute(text(statements.UNSIGNED), {"size": AT_ONCE})).all()
            if not waiting:
                return signed
            pair = await signing_pair(conn, sealer, make=True)
            if pair is None:
                return signed
            params = await asyncio.to_thread(_signatures, waiting, pair)
            await conn.execute(text(statements.SIGN), params)
            signed += len(waiting)
        await leisure.rest()


def _signatures(waiting: Sequence[Any], pair: KeyPair) -> dict[str, list[Any]]:
    """Half a tenth of a millisecond each: outside the loop that also sends messages."""
    found: dict[str, list[Any]] = {
        "districts": [row.district_id for row in waiting],
        "ids": [row.id for row in waiting],
        "kids": [pair.kid for _ in waiting],
        "salts": [row.salt or secrets.token_hex(16) for row in waiting],
        "holders": [],
        "signatures": [],
    }
    for row, salt in zip(waiting, found["salts"], strict=True):
        holder = row.holder or commitment(salt, row.pupil_id)
        found["holders"].append(holder)
        found["signatures"].append(pair.sign(canonical(payload_of(row, holder, pair.kid))))
    return found


async def export_badge(ctx: Ctx, stamp_id: UUID, sealer: Sealer, issuer: str) -> tuple[str, str]:
    """(file name, Open Badges 3.0 credential) of an own child's stamp; for guardians alone.

    The recipient is a random urn: the badge names no child, and two exports cannot be matched.
    """
    row = await own_stamp(ctx, stamp_id)
    access_own_pupil(ctx, row.pupil_id)
    pair = await signing_pair(ctx.conn, sealer, make=False)
    if row.signature is None or pair is None:
        raise NotSignedYet
    minutes = f"{CATEGORY_WORDS[row.category]}，{row.minutes} 分钟"
    words = {
        "description": f"{row.base_name}：{row.title}（{minutes}）",
        "criteria": f"{say_moment(row.awarded_at)}，{EVIDENCE_WORDS[row.evidence]}。",
    }
    ids = {
        "issuer": issuer,
        "credential": f"urn:uuid:{uuid4()}",
        "recipient": f"urn:uuid:{uuid4()}",
        "issued": ctx.now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "seconds": str(int(ctx.now.timestamp())),
    }
    await audit.record(ctx, "stamp:export", "stamp", stamp_id, pupil_id=row.pupil_id)
    payload = payload_of(row, row.holder, row.kid)
    return f"{row.code}.jwt", badge(pair, payload, words, ids)
