"""Background work of bookings."""

from app.activities.service.sessions import close_ended_sessions
from app.bookings.service import mark_absent, promote_everywhere
from app.jobs.service import Arguments, Job, Unit


async def _promote(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await promote_everywhere(ctx)


async def _close(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        closed = await close_ended_sessions(ctx)
        if closed:
            await mark_absent(ctx, closed)


JOBS = (
    Job("bookings.promote_everywhere", _promote, "把空出的名额递补给候补", "* * * * *"),
    Job("bookings.close_sessions", _close, "关闭已结束的场次并登记缺席", "*/10 * * * *"),
)
