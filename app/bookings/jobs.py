"""Background work of bookings."""

from app.activities.service.reserves import release_reserves
from app.activities.service.sessions import close_ended_sessions
from app.bookings.service import (
    draw_closed,
    lapse_offers,
    mark_absent,
    promote_everywhere,
    watch_class_bookings,
    watch_consents,
)
from app.jobs.service import Arguments, Job, Unit


async def _promote(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await lapse_offers(ctx)
        await release_reserves(ctx)
        await promote_everywhere(ctx)


async def _draw(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await draw_closed(ctx)


async def _class_limits(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await watch_class_bookings(ctx)


async def _consents(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        await watch_consents(ctx)


async def _close(unit: Unit, _: Arguments) -> None:
    async with unit() as ctx:
        closed = await close_ended_sessions(ctx)
        if closed:
            await mark_absent(ctx, closed)


JOBS = (
    Job(
        "bookings.promote_everywhere",
        _promote,
        "收回到期的保留名额，把空出的名额递补给候补",
        "* * * * *",
    ),
    Job("bookings.draw", _draw, "报名截止后抽签，发放名额并通知家长", "* * * * *"),
    Job(
        "bookings.class_limits",
        _class_limits,
        "提醒学校和单位答复整班预约，过期自动取消",
        "*/10 * * * *",
    ),
    Job(
        "bookings.consents",
        _consents,
        "提醒家长答复是否同意参加，过期让出名额",
        "*/10 * * * *",
    ),
    Job("bookings.close_sessions", _close, "关闭已结束的场次并登记缺席", "*/10 * * * *"),
)
