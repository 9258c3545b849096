"""What does a volunteer's device learn? One session's children: masked names, no more than the door needs.

Reads only, for a door's actor; opening the list is logged for each child.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.attendance.rules import LEAVES_WITHIN, OPENS_BEFORE
from app.attendance.service.door_links import Door
from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import DomainError
from app.passports.errors import RevokedCard
from app.passports.kinds import PassportState
from app.passports.models import Passport

_SESSION = text(
    """
SELECT s.id, a.title, b.name AS base_name, s.starts_at, s.ends_at FROM session s
JOIN activity a ON a.district_id = s.district_id AND a.id = s.activity_id
JOIN learning_base b ON b.district_id = s.district_id AND b.id = s.base_id
WHERE s.district_id = :district AND s.id = :session
"""
)
_EXPECTED = """
FROM booking k
JOIN person p ON p.district_id = k.district_id AND p.id = k.pupil_id
LEFT JOIN attendance came ON came.district_id = k.district_id AND came.session_id = k.session_id
  AND came.pupil_id = k.pupil_id
{more}
WHERE k.district_id = :district AND k.session_id = :session
  AND k.state IN ('confirmed', 'attended', 'absent')
"""
_OF_CHILDREN = _EXPECTED.format(
    more="""
LEFT JOIN enrollment e ON e.district_id = p.district_id AND e.pupil_id = p.id AND e.ends_on IS NULL
LEFT JOIN school_class c ON c.district_id = e.district_id AND c.id = e.class_id
LEFT JOIN passport card ON card.district_id = p.district_id AND card.pupil_id = p.id
  AND card.state = 'active'
LEFT JOIN LATERAL (SELECT t.id FROM consent_text t WHERE t.district_id = k.district_id
  AND t.purpose = 'photo' ORDER BY t.number DESC LIMIT 1) photo ON true"""
)
_CHILDREN = text(
    f"""
SELECT p.id, p.name, c.name AS class_name, k.consent_asked_at IS NOT NULL AS consent_missing,
  came.arrived_at, came.left_at, card.scene,
  photo.id IS NULL OR EXISTS (SELECT 1 FROM consent g WHERE g.district_id = k.district_id
    AND g.pupil_id = k.pupil_id AND g.text_id = photo.id AND g.withdrawn_at IS NULL)
    AS photo_agreed
{_OF_CHILDREN}
ORDER BY c.grade, c.name, p.name, p.id
"""  # noqa: S608 - our own fragment
)
_ROLL = text("SELECT p.id, came.arrived_at, came.left_at" + _EXPECTED.format(more=""))


def half_masked(name: str) -> str:
    """`王*明`, `王*`: whoever has the child before them recognizes it, a lost phone tells little."""
    return f"{name[0]}*{name[-1]}" if len(name) > 2 else f"{name[:1]}*"


def shown_names(rows: Iterable[AnyRow]) -> dict[UUID, str]:
    """Masked, except where two of a class would look alike: then a door needs the names."""
    kept = list(rows)
    alike = Counter((row.class_name, half_masked(row.name)) for row in kept)
    return {
        row.id: half_masked(row.name)
        if alike[row.class_name, half_masked(row.name)] == 1
        else row.name
        for row in kept
    }


def card_digest(door: Door, scene: str) -> str:
    """By which the device recognizes a card without a network, and from which nobody prints one."""
    return hashlib.sha256(f"{door.session_id}:{scene}".encode()).hexdigest()[:32]


async def roster(door: Door, secret: str) -> dict[str, str]:
    """The list as one text, signed with what only this device and we know."""
    ctx = door.ctx
    params = {"district": ctx.district_id, "session": door.session_id}
    session = (await ctx.conn.execute(_SESSION, params)).one()
    rows = list(await ctx.conn.execute(_CHILDREN, params))
    names = shown_names(rows)
    await audit.record_reads(ctx, "roster", [row.id for row in rows], "打开现场页名单")
    said = {
        "session_id": str(session.id),
        "title": session.title,
        "base": session.base_name,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "entry_from": (session.starts_at - OPENS_BEFORE).isoformat(),
        "exit_until": (session.ends_at + LEAVES_WITHIN).isoformat(),
        "expires_at": door.expires_at.isoformat(),
        "now": ctx.now.isoformat(),
        "children": [_child(door, row, names[row.id]) for row in rows],
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return {"roster": body, "signature": signature(secret, body)}


def _child(door: Door, row: AnyRow, name: str) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": name,
        "class_name": row.class_name or "",
        "no_photo": not row.photo_agreed,
        "consent_missing": row.consent_missing,
        "card": card_digest(door, row.scene) if row.scene else None,
        **_standing(row),
    }


def _standing(row: AnyRow) -> dict[str, Any]:
    return {
        "arrived_at": row.arrived_at.isoformat() if row.arrived_at else None,
        "left_at": row.left_at.isoformat() if row.left_at else None,
    }


def signature(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


async def roll(door: Door) -> dict[str, Any]:
    """Who is in, by id only: what a device asks every few seconds names nobody."""
    params = {"district": door.ctx.district_id, "session": door.session_id}
    rows = list(await door.ctx.conn.execute(_ROLL, params))
    return {
        "now": door.ctx.now.isoformat(),
        "expected": len(rows),
        "arrived": sum(row.arrived_at is not None for row in rows),
        "children": [{"id": str(row.id), **_standing(row)} for row in rows],
    }


async def cards(ctx: Ctx, scenes: set[str]) -> dict[str, UUID | DomainError]:
    """Whose these cards are; a card reported lost is refused."""
    stmt = select(Passport.scene, Passport.pupil_id, Passport.state).where(
        Passport.district_id == ctx.district_id, Passport.scene.in_(scenes)
    )
    rows = await ctx.conn.execute(stmt) if scenes else ()
    return {
        row.scene: row.pupil_id if row.state == PassportState.ACTIVE else RevokedCard()
        for row in rows
    }
