"""Issuing passports, awarding stamps, and checking a child in by its card."""

from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, func, select, update

from app.attendance import permissions as attendance_permissions
from app.attendance import service as attendance
from app.attendance.events import AttendanceVoided, CheckedIn
from app.attendance.rules import CODE_PREFIX, Visit
from app.attendance.service.codes import check_in_by_code
from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id, new_scene, spoken_code
from app.notifications.kinds import Kind
from app.notifications.service.notify import told
from app.orgs.models import District
from app.passports import statements
from app.passports.errors import AlreadyHasPassport, RevokedCard
from app.passports.events import ArrivedWithoutStamp
from app.passports.kinds import PassportState
from app.passports.models import Passport, Stamp
from app.passports.permissions import P
from app.passports.rules import good_enough, passport_number, stamp_fields
from app.people.access import access_pupil

CARD_SCENE_PREFIX = "p"


async def issue_passport(ctx: Ctx, pupil_id: UUID) -> Passport:
    """Give a child its numbered passport; a second active one is refused."""
    await access_pupil(ctx, pupil_id, P.PASSPORT_EDIT)
    active = select(Passport.id).where(
        Passport.district_id == ctx.district_id,
        Passport.pupil_id == pupil_id,
        Passport.state == PassportState.ACTIVE,
    )
    if (await ctx.conn.execute(active)).first():
        raise AlreadyHasPassport
    code, serial = await next_serial(ctx)
    number = passport_number(code, serial)
    row = Passport(
        district_id=ctx.district_id,
        pupil_id=pupil_id,
        number=number,
        scene=CARD_SCENE_PREFIX + new_scene(),
    )
    ctx.db.add(row)
    await ctx.db.flush()
    await audit.record(ctx, "passport:issue", "passport", row.id, pupil_id=pupil_id)
    await ctx.db.refresh(row)
    return row


async def next_serial(ctx: Ctx) -> tuple[str, int]:
    """The district's code and the first number not given yet; nobody else numbers until the commit."""
    district = await ctx.db.get(District, ctx.district_id, with_for_update=True)
    if district is None:
        raise NotFound
    tail = cast(func.substring(Passport.number, "[0-9]+$"), Integer)
    highest = select(func.coalesce(func.max(tail), 0)).where(
        Passport.district_id == ctx.district_id
    )
    return district.code, int((await ctx.conn.execute(highest)).scalar_one()) + 1


async def revoke_passport(ctx: Ctx, passport_id: UUID) -> Passport:
    """Report a card lost: its code stops working at once; stamps belong to the child and stay."""
    row = await ctx.db.get(Passport, (ctx.district_id, passport_id), with_for_update=True)
    if row is None:
        raise NotFound
    await access_pupil(ctx, row.pupil_id, P.PASSPORT_EDIT)
    if row.state == PassportState.ACTIVE:
        row.state = PassportState.REVOKED
        row.version += 1
        await ctx.db.flush()
        await audit.record(ctx, "passport:revoke", "passport", row.id, pupil_id=row.pupil_id)
    return row


async def check_in_by_scene(
    ctx: Ctx, scene: str, pupil_id: UUID | None, mark: attendance.Mark
) -> attendance.Outcome:
    """Any code read at a door: a child's card by staff; a poster or a rotating code by a family."""
    if scene.startswith(CARD_SCENE_PREFIX):
        return await check_in_card(ctx, scene, mark)
    if scene.startswith(CODE_PREFIX):
        return await check_in_by_code(ctx, scene, pupil_id, mark)
    return await attendance.check_in(ctx, scene, pupil_id, mark)


async def check_in_card(
    ctx: Ctx, scene: str, mark: attendance.Mark = attendance.NO_MARK
) -> attendance.Outcome:
    """Staff scanned the code of a child's passport; a revoked or unknown one is refused."""
    ctx.require(attendance_permissions.P.ATTENDANCE_RECORD)
    params = {"district": ctx.district_id, "scene": scene}
    rows = await statements.CARD.rows(ctx.conn, params)
    if not rows:
        return await attendance.refuse_unknown(ctx, mark)
    card = rows[0]
    if card.card_state != PassportState.ACTIVE:
        raise RevokedCard
    visits = [Visit(**_visit_of(row)) for row in rows if row.booking_id is not None]
    return await attendance.check_in_pupil(ctx, card.card_pupil_id, card.card_name, visits, mark)


def _visit_of(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if not name.startswith("card_")}


async def award_stamp(ctx: Ctx, fact: CheckedIn) -> None:
    """A visit with good enough evidence earns one stamp, whatever is scanned again.

    The stamp and the family's message about it are one statement: at the door it counts.
    """
    about = (fact.pupil_id, fact.pupil_name, fact.title, fact.base_name, fact.arrived_at)
    if not good_enough(fact.evidence, fact.evidence_needed):
        await ctx.emit(ArrivedWithoutStamp(fact.attendance_id, *about, fact.guardians))
        return
    stamp_id = new_id()
    params = {
        "district": ctx.district_id,
        "id": stamp_id,
        "pupil": fact.pupil_id,
        "session": fact.session_id,
        "attendance": fact.attendance_id,
        "base": fact.base_id,
        "title": fact.title,
        "base_name": fact.base_name,
        "category": fact.category,
        "minutes": fact.minutes,
        "evidence": fact.evidence,
        "code": spoken_code(16),
        "awarded_at": fact.arrived_at,
        **told(Kind.STAMP_AWARDED, fact.guardians, f"stamp:{stamp_id}", stamp_fields(fact)),
    }
    await statements.AWARD.rows(ctx.conn, params)


async def revoke_stamp(ctx: Ctx, fact: AttendanceVoided) -> None:
    """The visit did not take place: the stamp no longer counts. It stays, as history."""
    await ctx.conn.execute(
        update(Stamp)
        .where(
            Stamp.district_id == ctx.district_id,
            Stamp.attendance_id == fact.attendance_id,
            Stamp.revoked_at.is_(None),
        )
        .values(revoked_at=ctx.now, attendance_id=None, counted_at=None)
    )
