"""Logging a computer in with the phone: the service account knows whose phone it is.

The computer shows a QR code; the phone, already bound to a member of staff, confirms.
Only the browser that asked for the code gets the login, once, within three minutes.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.audit import service as audit
from app.channels.accounts import account_name
from app.channels.kinds import SERVICE_ACCOUNT
from app.kit.context import NOWHERE, Actor, Ctx
from app.kit.db import AnyRow, enter_district, transaction
from app.kit.errors import Forbidden
from app.kit.events import Wiring
from app.kit.ids import digest, new_id, new_scene, new_token
from app.orgs.models import District
from app.people.errors import ScanLoginOver
from app.people.kinds import Proof
from app.people.models import ScanLogin
from app.people.service.login import Opened, open_staff_session

WAIT_SECONDS = 180
PHONES = ("h5", "miniprogram")


@dataclass(frozen=True)
class Waiting:
    """What the computer keeps: the scene for the QR code, its own secret, the digits to compare."""

    scene: str
    browser: str
    code: str
    account: str


async def wait_for_phone(engine: AsyncEngine, wiring: Wiring, district: str) -> Waiting | None:
    """Begin; None when the district is unknown or speaks through no service account."""
    async with transaction(engine) as conn:
        stmt = select(District.id).where(District.code == district)
        district_id = (await conn.execute(stmt)).scalar_one_or_none()
        if district_id is None:
            return None
        now = await enter_district(conn, district_id)
        ctx = Ctx(conn, Actor(district_id, None, "console"), now, wiring)
        account = await account_name(ctx, SERVICE_ACCOUNT)
        if account is None:
            return None
        made = Waiting(new_scene(), new_token(), f"{secrets.randbelow(10_000):04}", account)
        await conn.execute(
            insert(ScanLogin).values(
                district_id=district_id,
                id=new_id(),
                scene_digest=digest(made.scene),
                browser_digest=digest(made.browser),
                code=made.code,
                expires_at=now + timedelta(seconds=WAIT_SECONDS),
            )
        )
    return made


async def code_to_compare(ctx: Ctx, scene: str) -> str:
    """The digits that the computer shows too; refuses a code that is over."""
    row = await _waiting(ctx, scene)
    return str(row.code)


async def confirm_scan(ctx: Ctx, scene: str) -> None:
    """The phone says yes: the waiting computer may enter as this person. Twice is fine.

    Only a login that came from a phone counts, and only staff.
    """
    row = await _waiting(ctx, scene)
    if row.person_id == ctx.actor.person_id:
        return
    stmt = update(ScanLogin).where(
        ScanLogin.district_id == ctx.district_id,
        ScanLogin.id == row.id,
        ScanLogin.person_id.is_(None),
    )
    done = await ctx.conn.execute(
        stmt.values(person_id=ctx.actor.person_id).returning(ScanLogin.id)
    )
    if done.first() is None:
        raise ScanLoginOver
    await audit.record(ctx, "login:confirm", "scan_login", row.id)


async def _waiting(ctx: Ctx, scene: str) -> AnyRow:
    is_staff = any(reach != NOWHERE for reach in ctx.actor.permissions.values())
    if ctx.actor.channel not in PHONES or not is_staff:
        raise Forbidden
    stmt = select(ScanLogin.id, ScanLogin.code, ScanLogin.person_id).where(
        ScanLogin.district_id == ctx.district_id,
        ScanLogin.scene_digest == digest(scene),
        ScanLogin.used_at.is_(None),
        ScanLogin.expires_at > func.now(),
    )
    row: AnyRow | None = (await ctx.conn.execute(stmt)).first()
    if row is None or row.person_id not in (None, ctx.actor.person_id):
        raise ScanLoginOver
    return row


async def enter_after_scan(engine: AsyncEngine, browser: str) -> Opened | None:
    """The login of whoever confirmed; None while nobody has. Works once, for this browser only."""
    async with transaction(engine) as conn:
        stmt = update(ScanLogin).where(*_of_browser(browser), ScanLogin.person_id.is_not(None))
        stmt = stmt.values(used_at=text("now()"))
        done = stmt.returning(ScanLogin.district_id, ScanLogin.person_id)
        row = (await conn.execute(done)).first()
        if row is None:
            if not await is_waiting(conn, browser):
                raise ScanLoginOver
            return None
        person_id: UUID = row.person_id
        return await open_staff_session(conn, row.district_id, person_id, Proof.WECHAT)


async def is_waiting(conn: AsyncConnection, browser: str) -> bool:
    """Whether this browser's code can still be scanned."""
    stmt = select(ScanLogin.id).where(*_of_browser(browser))
    return (await conn.execute(stmt)).first() is not None


def _of_browser(browser: str) -> tuple[ColumnElement[bool], ...]:
    return (
        ScanLogin.browser_digest == digest(browser),
        ScanLogin.used_at.is_(None),
        ScanLogin.expires_at > func.now(),
    )
