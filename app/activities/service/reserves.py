"""What schools reserve of a session's seats: by enrolment in its grades, until a date."""

from uuid import UUID

from sqlalchemy import func, select, update

from app.activities.errors import ReserveWithoutEnd
from app.activities.events import SeatsAdded
from app.activities.kinds import SessionState
from app.activities.models import Activity, Seat, Session
from app.activities.rules import check_reserve, reserves_of
from app.audit import service as audit
from app.kit.context import Ctx
from app.orgs.models import SchoolClass
from app.people.models import Enrollment


async def shares_of(ctx: Ctx, grades: tuple[int, int], seats: int, percent: int) -> dict[UUID, int]:
    """How many of so many seats each school would get; refused (`activity.reserve_too_large`)
    when there are fewer seats than schools with children in these grades.
    """
    stmt = (
        select(SchoolClass.organization_id, func.count())
        .join(
            Enrollment,
            (Enrollment.district_id == SchoolClass.district_id)
            & (Enrollment.class_id == SchoolClass.id),
        )
        .where(
            SchoolClass.district_id == ctx.district_id,
            SchoolClass.grade.between(*grades),
            Enrollment.ends_on.is_(None),
        )
        .group_by(SchoolClass.organization_id)
    )
    enrolled = {str(school): number for school, number in (await ctx.conn.execute(stmt)).all()}
    check_reserve(seats, len(enrolled), percent)
    shares = reserves_of(seats, enrolled, percent / 100)
    return {UUID(school): number for school, number in shares.items()}


async def pools_of(ctx: Ctx, activity: Activity, session: Session) -> list[UUID]:
    """The school of each reserved seat of a new session; empty without a reserve."""
    if not session.reserve_percent:
        return []
    if session.reserve_until is None or session.reserve_until >= session.starts_at:
        raise ReserveWithoutEnd
    grades = (activity.min_grade, activity.max_grade)
    shares = await shares_of(ctx, grades, session.capacity, session.reserve_percent)
    return [school for school, number in shares.items() for _ in range(number)]


async def check_kept(ctx: Ctx, session: Session, capacity: int) -> None:
    """Refuse a capacity that leaves some school without a seat while its reserve lasts."""
    stmt = select(func.count(Seat.pool_id.distinct())).where(
        Seat.district_id == ctx.district_id, Seat.session_id == session.id
    )
    schools = (await ctx.conn.execute(stmt)).scalar_one()
    check_reserve(capacity, schools, session.reserve_percent)


async def release_reserves(ctx: Ctx) -> list[UUID]:
    """Open to everybody what schools did not use by their date; says which sessions. Again is fine."""
    due = select(Session.id).where(
        Session.district_id == ctx.district_id,
        Session.state == SessionState.PLANNED,
        Session.reserve_until <= func.now(),
    )
    opened = (
        update(Seat)
        .where(
            Seat.district_id == ctx.district_id,
            Seat.session_id.in_(due),
            Seat.pool_id.is_not(None),
        )
        .values(pool_id=None)
        .returning(Seat.session_id)
    )
    sessions = sorted(set((await ctx.conn.execute(opened)).scalars()))
    for session_id in sessions:
        await audit.record(ctx, "session:release_reserve", "session", session_id)
        await ctx.emit(SeatsAdded(session_id))
    return sessions
