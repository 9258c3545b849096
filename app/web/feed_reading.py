"""Which dates stand in the calendar of a family, a class or a unit? Reads only.

These calendars leave our house: no child's full name, no coordinates.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select

from app.activities.kinds import ActivityState, SessionState
from app.activities.models import Activity, Session
from app.bookings.kinds import ACTIVE, BookingState
from app.bookings.models import Booking
from app.kit.context import Ctx
from app.kit.db import AnyRow
from app.kit.errors import NotFound
from app.kit.icalendar import CANCELLED, CONFIRMED, TENTATIVE, Entry
from app.orgs.models import Organization, SchoolClass
from app.people.models import Enrollment
from app.people.queries import own_pupils
from app.people.rules import mask_name
from app.resources.models import LearningBase
from app.web import labels
from app.web.reading import sessions_with_activity

LOOK_BACK = timedelta(days=90)
MOST = 500
_SURE = (BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.ABSENT)


def _sessions(ctx: Ctx, *columns: Any) -> Any:
    """Sessions with what an entry needs, and further columns."""
    stmt = sessions_with_activity(
        ctx,
        Session.id,
        Session.starts_at,
        Session.ends_at,
        Session.state,
        Session.capacity,
        (Session.version + Activity.version).label("version"),
        func.greatest(Session.updated_at, Activity.updated_at).label("updated_at"),
        Activity.title,
        Activity.state.label("activity_state"),
        Activity.what_to_bring,
        LearningBase.name.label("base_name"),
        LearningBase.address,
        *columns,
    )
    return stmt.join(
        LearningBase,
        and_(LearningBase.district_id == Session.district_id, LearningBase.id == Session.base_id),
    )


def _entry(row: AnyRow, base_url: str, **more: Any) -> Entry:
    """A session as a date; `more` says what is particular about it."""
    values: dict[str, Any] = {
        "uid": _uid(row.id),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "title": row.title,
        "changed_at": row.updated_at,
        "sequence": row.version,
        "place": "，".join(part for part in (row.base_name, row.address) if part),
        "note": f"要带：{row.what_to_bring}" if row.what_to_bring else "",
        "url": f"{base_url}/m/sessions/{row.id}",
        **more,
    }
    if row.state == SessionState.CANCELLED or row.activity_state != ActivityState.PUBLISHED:
        values["status"] = CANCELLED
    return Entry(**values)


def _uid(*parts: object) -> str:
    """The same date has the same name in every copy; it tells nothing about the child."""
    told = ":".join(str(part) for part in parts)
    return f"{hashlib.sha256(told.encode()).hexdigest()[:32]}@wuchuang"


def _with_bookings(stmt: Any) -> Any:
    return stmt.join(
        Booking,
        and_(Booking.district_id == Session.district_id, Booking.session_id == Session.id),
    )


async def family_entries(ctx: Ctx, base_url: str) -> tuple[str, list[Entry]]:
    """What the actor's children have booked; with several children a masked name says whose it is."""
    pupils = await own_pupils(ctx)
    stmt = _with_bookings(
        _sessions(
            ctx,
            Booking.pupil_id,
            Booking.state.label("booking_state"),
            func.greatest(Session.updated_at, Activity.updated_at, Booking.updated_at).label(
                "changed_at"
            ),
            func.sum(Booking.version)
            .over(partition_by=(Booking.session_id, Booking.pupil_id))
            .label("steps"),
        )
    ).where(Booking.pupil_id.in_(ctx.actor.pupil_ids), Session.starts_at > ctx.now - LOOK_BACK)
    rows = list(await ctx.conn.execute(stmt.order_by(Session.starts_at, Booking.id).limit(MOST)))
    names = {pupil.id: mask_name(pupil.name) for pupil in pupils}
    newest = {(row.id, row.pupil_id): row for row in rows}
    return "游学活动", [
        _entry(
            row,
            base_url,
            uid=_uid(row.id, row.pupil_id),
            title=_family_title(row, names.get(row.pupil_id, "") if len(pupils) > 1 else ""),
            changed_at=row.changed_at,
            sequence=row.version + int(row.steps),
            status=_family_status(row.booking_state),
        )
        for row in newest.values()
    ]


def _family_title(row: AnyRow, name: str) -> str:
    sure = row.booking_state in (*_SURE, BookingState.CANCELLED)
    state = "" if sure else f"（{labels.BOOKING_STATES[row.booking_state]}）"
    return f"{name}：{row.title}{state}" if name else f"{row.title}{state}"


def _family_status(state: str) -> str:
    if state == BookingState.CANCELLED:
        return CANCELLED
    return CONFIRMED if state in _SURE else TENTATIVE


async def class_entries(ctx: Ctx, row: SchoolClass, base_url: str) -> tuple[str, list[Entry]]:
    """Where pupils of a class go, and how many of them; nobody is named."""
    active = func.count(case((Booking.state.in_(ACTIVE), 1)))
    stmt = _with_bookings(
        _sessions(
            ctx,
            active.label("number"),
            func.sum(Booking.version).label("steps"),
            func.max(Booking.updated_at).label("booked_at"),
        )
    ).where(
        Booking.pupil_id.in_(
            select(Enrollment.pupil_id).where(
                Enrollment.district_id == ctx.district_id,
                Enrollment.class_id == row.id,
                Enrollment.ends_on.is_(None),
            )
        ),
        Session.starts_at > ctx.now - LOOK_BACK,
    )
    stmt = stmt.group_by(Session.district_id, Session.id, *_ACTIVITY_KEYS, *_BASE_KEYS)
    rows = await ctx.conn.execute(stmt.order_by(Session.starts_at).limit(MOST))
    return f"{row.name}游学活动", [_counted(one, base_url, f"{one.number} 人") for one in rows]


async def unit_entries(ctx: Ctx, organization_id: UUID, base_url: str) -> tuple[str, list[Entry]]:
    """The published dates of a unit, and how far they are booked."""
    unit = await ctx.db.get(Organization, (ctx.district_id, organization_id))
    if unit is None:
        raise NotFound
    stmt = _sessions(
        ctx,
        func.count(case((Booking.state.in_(_HOLDING), 1))).label("number"),
        func.coalesce(func.sum(Booking.version), 0).label("steps"),
        func.max(Booking.updated_at).label("booked_at"),
    ).outerjoin(
        Booking,
        and_(Booking.district_id == Session.district_id, Booking.session_id == Session.id),
    )
    stmt = stmt.where(
        Activity.organization_id == organization_id,
        Activity.state.in_(
            (ActivityState.PUBLISHED, ActivityState.WITHDRAWN, ActivityState.ARCHIVED)
        ),
        Session.starts_at > ctx.now - LOOK_BACK,
    ).group_by(Session.district_id, Session.id, *_ACTIVITY_KEYS, *_BASE_KEYS)
    rows = await ctx.conn.execute(stmt.order_by(Session.starts_at).limit(MOST))
    entries = [_counted(one, base_url, f"{one.number}/{one.capacity}", always=True) for one in rows]
    return f"{unit.name}场次", entries


_ACTIVITY_KEYS = (Activity.district_id, Activity.id)
_BASE_KEYS = (LearningBase.district_id, LearningBase.id)
_HOLDING = (
    BookingState.CONFIRMED,
    BookingState.ATTENDED,
    BookingState.ABSENT,
    BookingState.OFFERED,
    BookingState.HELD,
)


def _counted(row: AnyRow, base_url: str, said: str, *, always: bool = False) -> Entry:
    changed = max(row.updated_at, row.booked_at) if row.booked_at else row.updated_at
    return _entry(
        row,
        base_url,
        title=f"{row.title}（{said}）",
        changed_at=changed,
        sequence=row.version + int(row.steps),
        status=CONFIRMED if row.number or always else CANCELLED,
    )


async def session_entry(ctx: Ctx, session_id: UUID, base_url: str) -> Sequence[Entry]:
    """One date of a published activity."""
    stmt = _sessions(ctx).where(Session.id == session_id, Activity.state == ActivityState.PUBLISHED)
    row = (await ctx.conn.execute(stmt)).first()
    if row is None:
        raise NotFound
    return [_entry(row, base_url)]
