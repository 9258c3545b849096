"""The rotating code on a full screen: better than a poster, because a screenshot soon says nothing."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as pg_insert

from app.activities.access import access_session
from app.activities.kinds import EvidenceGrade
from app.attendance import statements
from app.attendance.errors import CodeExpired, CodeForged
from app.attendance.kinds import Way
from app.attendance.models import DoorDisplay
from app.attendance.permissions import P
from app.attendance.rules import (
    CODE_SECONDS,
    code_of,
    is_fresh,
    is_genuine,
    read_code,
    risks_of,
    window_of,
)
from app.attendance.service.checking_in import enter_at
from app.attendance.service.ledger import NO_MARK, Mark, Outcome, refuse
from app.audit import service as audit
from app.kit.context import Ctx
from app.kit.errors import NotFound
from app.kit.ids import new_id


async def open_display(ctx: Ctx, session_id: UUID) -> UUID:
    """A screen for this session's codes, for its unit; opened twice it is the same one."""
    await access_session(ctx, session_id, P.ATTENDANCE_RECORD)
    values = {
        "district_id": ctx.district_id,
        "id": new_id(),
        "session_id": session_id,
        "secret": secrets.token_hex(32),
        "opened_by": ctx.actor.person_id,
    }
    stmt = pg_insert(DoorDisplay).values(values).on_conflict_do_nothing().returning(DoorDisplay.id)
    made = (await ctx.conn.execute(stmt)).first()
    if made is not None:
        await audit.record(ctx, "door_display:open", "door_display", made.id)
        return UUID(str(made.id))
    return UUID(str((await _display_of(ctx, session_id)).id))


async def _display_of(ctx: Ctx, session_id: UUID) -> Any:
    params = {"district": ctx.district_id, "session": session_id}
    row = await statements.DISPLAY_OF.first(ctx.conn, params)
    if row is None:
        raise NotFound
    return row


async def current_code(ctx: Ctx, session_id: UUID) -> tuple[str, int]:
    """The word to show now, and for how many seconds it is the newest; `kit.not_found` when unopened."""
    await access_session(ctx, session_id, P.ATTENDANCE_RECORD)
    row = await _display_of(ctx, session_id)
    window = window_of(ctx.now)
    left = (window + 1) * CODE_SECONDS - int(ctx.now.timestamp())
    return code_of(row.id, row.secret, window), left


async def check_in_by_code(
    ctx: Ctx, word: str, pupil_id: UUID | None, mark: Mark = NO_MARK
) -> Outcome:
    """A family or pupil scanned the screen. Grade B; signals of cheating are kept, not punished.

    Refused and kept in the ledger: a forged word, and one older than the window before.
    """
    ctx.require(P.ATTENDANCE_SELF)
    way = Way.PUPIL if ctx.actor.pupil_ids == {ctx.actor.person_id} else Way.GUARDIAN
    shown = read_code(word)
    row = None
    if shown is not None:
        params = {"district": ctx.district_id, "display": shown.display_id}
        row = await statements.DISPLAY.first(ctx.conn, params)
    if shown is None or row is None or not is_genuine(shown, row.secret):
        return await refuse(ctx, CodeForged(), way, pupil_id=pupil_id, mark=mark)
    if not is_fresh(shown, ctx.now):
        place = {"base_id": row.base_id, "session_id": row.session_id}
        return await refuse(ctx, CodeExpired(), way, pupil_id=pupil_id, mark=mark, **place)
    seen = {
        "district": ctx.district_id,
        "session": row.session_id,
        "device": mark.device,
        "person": ctx.actor.person_id,
    }
    (near,) = await statements.NEAR_SCANS.rows(ctx.conn, seen)
    risks = mark.risks + risks_of(
        relayed=shown.window < window_of(ctx.now),
        people_on_device=near.people,
        in_same_moment=near.moment,
    )
    graded = Mark(mark.device, mark.nonce, None, mark.what, EvidenceGrade.B, risks)
    session_id: UUID = row.session_id
    return await enter_at(
        ctx, lambda visit: visit.session_id == session_id, way, pupil_id, graded, row.base_id
    )
