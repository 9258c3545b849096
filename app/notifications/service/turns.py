"""Few of the day's calls are left, or nobody knows how many: one process asks, the others wait.

Whoever is refused for the quota stops the way before the next one has its turn, however many
processes there are. No transaction is open while the platform is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.channels.service.meter import Key, Turn, end_turn, take_turn
from app.kit.db import transaction
from app.kit.ids import new_id
from app.notifications.ports import Verdict
from app.notifications.service.claiming import Outgoing
from app.notifications.service.recording import stop_for

log = structlog.get_logger()
LOOK_SECONDS = 0.05


async def in_turn(
    engine: AsyncEngine,
    key: Key,
    one: Outgoing,
    most: int,
    ask: Callable[[], Awaitable[Verdict]],
    is_late: Callable[[], bool],
) -> Verdict | None:
    """What the platform said, at most `most` calls being under way in all processes.

    None: nothing was asked, because the way has been stopped or the turn did not come in time.
    """
    holder = new_id()
    while True:
        async with transaction(engine) as conn:
            turn = await take_turn(conn, key, one.message.way, holder, most)
        if turn is Turn.MINE:
            break
        if turn is Turn.STOPPED or is_late():
            return None
        await asyncio.sleep(LOOK_SECONDS)
    verdict = await ask()
    try:
        async with transaction(engine) as conn:
            await stop_for(conn, one, verdict)
            await end_turn(conn, key, holder)
    except Exception as exc:
        # What was sent is recorded all the same; the turn ends by itself.
        log.error("turn_not_ended", error=type(exc).__name__, exc_info=exc)
    return verdict
