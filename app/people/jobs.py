"""Background work of people: what is kept no longer than it is needed."""

from uuid import UUID

from sqlalchemy import text

from app.channels.pushes import forget_old_pushes
from app.jobs.service import Arguments, Job, Unit
from app.kit.idempotency import forget_old_keys
from app.people.service.roster import APPLY, CHECK, check_roster
from app.people.service.roster_apply import apply_roster

_OLD_TRIES = text(
    "DELETE FROM failed_try WHERE district_id = :district AND at < now() - interval '1 day'"
)
_OLD_LOGINS = text(
    "DELETE FROM login_session WHERE district_id = :district "
    "AND coalesce(ended_at, expires_at) < now() - interval '30 days'"
)
_OLD_INVITATIONS = text(
    "DELETE FROM invitation WHERE district_id = :district "
    "AND expires_at < now() - interval '30 days'"
)
_OLD_SCANS = text(
    "DELETE FROM scan_login WHERE district_id = :district AND expires_at < now() - interval '1 day'"
)


async def _forget(unit: Unit, _: Arguments) -> None:
    """Raw pushes after 7 days, idempotency keys after 48 hours, tries and codes to scan after 1.

    Logins and invitations after 30 days.
    """
    async with unit() as ctx:
        await forget_old_pushes(ctx.conn, ctx.district_id)
        await forget_old_keys(ctx)
        for old in (_OLD_TRIES, _OLD_LOGINS, _OLD_INVITATIONS, _OLD_SCANS):
            await ctx.conn.execute(old, {"district": ctx.district_id})


async def _check(unit: Unit, arguments: Arguments) -> None:
    async with unit() as ctx:
        await check_roster(ctx, UUID(arguments["roster"]))


async def _apply(unit: Unit, arguments: Arguments) -> None:
    async with unit() as ctx:
        await apply_roster(ctx, UUID(arguments["roster"]))


JOBS = (
    Job("people.forget_old", _forget, "清除过期的登录、推送原文和提交编号", "20 18 * * *"),
    Job(CHECK, _check, "检查上传的名册"),
    Job(APPLY, _apply, "导入检查过的名册"),
)
