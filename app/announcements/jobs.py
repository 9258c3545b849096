"""Background work of announcements that needs no platform."""

from uuid import UUID

from app.announcements.kinds import SEND_JOB
from app.announcements.service.sending import send_announcement, send_due
from app.jobs.service import Arguments, Job, Unit


async def _send(unit: Unit, arguments: Arguments) -> None:
    await send_announcement(unit, UUID(arguments["announcement"]))


async def _watch(unit: Unit, _: Arguments) -> None:
    await send_due(unit)


JOBS = (
    Job(SEND_JOB, _send, "把批准的公告送进每个人的收件箱"),
    Job("announcements.watch", _watch, "到时间的公告开始发送，中断的接着发", "* * * * *"),
)
