"""A volunteer's link to one session's door (现场页): made, opened with a PIN, bound to one device.

Nobody knows who the volunteer is, so nobody is named: the actor has no person, the channel
`door` and the link's id, and reaches this one session and nothing else.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.activities.access import access_session
from app.activities.kinds import SessionState
from app.activities.models import Session
from app.attendance.errors import (
    DoorLocked,
    DoorNotYet,
    DoorOver,
    DoorReleased,
    DoorRevoked,
    DoorTaken,
    DoorUnknown,
    DoorWrongPin,
    ScanAfterClosing,
    TooManyDoorLinks,
)
from app.attendance.models import DoorLink
from app.attendance.permissions import P
from app.attendance.rules import LEAVES_WITHIN, UPLOADS_WITHIN
from app.audit import service as audit
from app.kit.clock import say_moment
from app.kit.context import Actor, Ctx, Reach
from app.kit.db import ENTER_DISTRICT, AnyRow
from app.kit.errors import DomainError, NotFound, Unauthenticated
from app.kit.events import Wiring
from app.kit.ids import digest, new_id, new_token
from app.people.errors import TooManyTries
from app.people.service.tries import count_tries, give_back, take_guess

CHANNEL = "door"
# Early enough to load the list where there is a network, on the morning of the visit.
OPENS_BEFORE_START = timedelta(hours=12)
MOST_LINKS = 10
PIN_TRIES = 5

_FIND = """
SELECT now() AS now, {enter}, k.district_id, k.id, k.session_id, k.pin_digest, k.device_digest,
  k.revoked_at, s.starts_at, s.ends_at, s.state
FROM door_link k
JOIN session s ON s.district_id = k.district_id AND s.id = k.session_id
WHERE {how}
"""
_ENTER = ENTER_DISTRICT.format(district="k.district_id")
_BY_TOKEN = text(_FIND.format(enter=_ENTER, how="k.token_digest = :digest"))
_BY_DEVICE = text(_FIND.format(enter=_ENTER, how="k.device_digest = :digest"))


@dataclass(frozen=True)
class Door:
    """Whoever stands at this door, and from when to when."""

    ctx: Ctx
    session_id: UUID
    opens_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Made:
    """A fresh link; address and PIN are shown once, only digests are stored."""

    row: DoorLink
    token: str
    pin: str
    opens_at: datetime
    expires_at: datetime


def window(session: Session) -> tuple[datetime, datetime]:
    """From twelve hours before the start until the last departure; it moves with the session."""
    return session.starts_at - OPENS_BEFORE_START, session.ends_at + LEAVES_WITHIN


def _pin_digest(token: str, pin: str) -> str:
    return hmac.new(token.encode(), pin.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


async def make_link(ctx: Ctx, session_id: UUID, name: str) -> Made:
    """A new address with a PIN of six digits, for one device of one volunteer.

    The unit's staff only; refused for a session that is over or cancelled, and beyond ten.
    """
    session, _ = await access_session(ctx, session_id, P.ATTENDANCE_RECORD, lock=True)
    if ctx.actor.person_id is None:
        raise Unauthenticated
    opens_at, expires_at = window(session)
    if session.state == SessionState.CANCELLED:
        raise ScanAfterClosing
    if ctx.now > expires_at:
        raise DoorOver
    living = select(func.count()).where(
        DoorLink.district_id == ctx.district_id,
        DoorLink.session_id == session_id,
        DoorLink.revoked_at.is_(None),
    )
    if (await ctx.conn.execute(living)).scalar_one() >= MOST_LINKS:
        raise TooManyDoorLinks(most=MOST_LINKS)
    token, pin = new_token(), f"{secrets.randbelow(10**6):06d}"
    row = DoorLink(
        district_id=ctx.district_id,
        id=new_id(),
        session_id=session_id,
        name=name,
        token_digest=digest(token),
        pin_digest=_pin_digest(token, pin),
        made_by=ctx.actor.person_id,
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await ctx.db.refresh(row)
    await audit.record(ctx, "door_link:create", "door_link", row.id)
    return Made(row, token, pin, opens_at, expires_at)


async def revoke_link(ctx: Ctx, link_id: UUID) -> DoorLink:
    """The link ends at once, on every device; ending it twice is fine."""
    row = await _access_link(ctx, link_id)
    if row.revoked_at is None:
        row.revoked_at = ctx.now
        await ctx.db.flush()
        await audit.record(ctx, "door_link:revoke", "door_link", row.id)
    return row


async def release_device(ctx: Ctx, link_id: UUID) -> DoorLink:
    """换设备: the next device with the right PIN is bound; the one before reads nothing more."""
    row = await _access_link(ctx, link_id)
    if row.device_digest is not None:
        row.device_digest = row.bound_at = None
        await ctx.db.flush()
        await audit.record(ctx, "door_link:release", "door_link", row.id)
    return row


async def _access_link(ctx: Ctx, link_id: UUID) -> DoorLink:
    ctx.require(P.ATTENDANCE_RECORD)
    row = await ctx.db.get(DoorLink, (ctx.district_id, link_id), with_for_update=True)
    if row is None:
        raise NotFound
    await access_session(ctx, row.session_id, P.ATTENDANCE_RECORD)
    return row


async def open_link(
    conn: AsyncConnection, wiring: Wiring, token: str, pin: str, secret: str
) -> DomainError | None:
    """Bind the device that made this secret, with the right PIN; the same one again is fine.

    Five wrong PINs close the link to new devices for 15 minutes; a bound device goes on.
    A refusal is a value, because the count of a wrong PIN must commit.
    """
    found = (await conn.execute(_BY_TOKEN, {"digest": digest(token)})).first()
    if found is None:
        return DoorUnknown()
    try:
        door = _door_of(conn, found, wiring)
        _check_window(door)
        try_id = await take_guess(conn, found.district_id, CHANNEL, str(found.id), PIN_TRIES)
    except TooManyTries:
        return DoorLocked()
    except DomainError as refusal:
        return refusal
    if not hmac.compare_digest(found.pin_digest, _pin_digest(token, pin)):
        tried = await count_tries(conn, found.district_id, CHANNEL, str(found.id))
        return DoorWrongPin(left=PIN_TRIES - tried) if tried < PIN_TRIES else DoorLocked()
    await give_back(conn, found.district_id, try_id)
    return await _bind(door, found, secret)


async def _bind(door: Door, found: AnyRow, secret: str) -> DomainError | None:
    if found.device_digest == digest(secret):
        return None  # the answer of the first time got lost
    bind = (
        update(DoorLink)
        .where(
            DoorLink.district_id == found.district_id,
            DoorLink.id == found.id,
            DoorLink.device_digest.is_(None),
        )
        .values(device_digest=digest(secret), bound_at=found.now)
        .returning(DoorLink.id)
    )
    if (await door.ctx.conn.execute(bind)).first() is None:
        return DoorTaken()
    await audit.record(door.ctx, "door_link:bind", "door_link", found.id)
    return None


async def door_of_device(
    conn: AsyncConnection, wiring: Wiring, secret: str, request_id: str, *, uploads: bool = False
) -> Door:
    """The door this device is bound to; enters the district.

    `uploads`: what was scanned in time may come up to two days later. Refused: released,
    revoked, cancelled, too early, over.
    """
    found = (await conn.execute(_BY_DEVICE, {"digest": digest(secret)})).first()
    if found is None:
        raise DoorReleased
    door = _door_of(conn, found, wiring, request_id)
    _check_window(door, UPLOADS_WITHIN if uploads else timedelta())
    return door


def _door_of(conn: AsyncConnection, row: AnyRow, wiring: Wiring, request_id: str = "") -> Door:
    if row.revoked_at is not None:
        raise DoorRevoked
    if row.state == SessionState.CANCELLED:
        raise ScanAfterClosing
    reach = Reach(sessions=frozenset({row.session_id}))
    actor = Actor(row.district_id, None, CHANNEL, {P.ATTENDANCE_RECORD: reach}, door_link_id=row.id)
    return Door(
        Ctx(conn, actor, row.now, wiring, request_id),
        row.session_id,
        row.starts_at - OPENS_BEFORE_START,
        row.ends_at + LEAVES_WITHIN,
    )


def _check_window(door: Door, longer: timedelta = timedelta()) -> None:
    if door.ctx.now < door.opens_at:
        raise DoorNotYet(opens=say_moment(door.opens_at))
    if door.ctx.now > door.expires_at + longer:
        raise DoorOver
