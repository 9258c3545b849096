"""What becomes of messages that were waiting when the backup was taken?"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HOLD = text(
    "UPDATE delivery SET state = 'unknown', reason = 'outcome_unknown', lease_until = NULL, "
    "settled_at = now() WHERE state IN ('pending', 'leased')"
)


async def hold_unsent(conn: AsyncConnection) -> int:
    """Turn them into 待核实: they probably left since, and nobody wants yesterday's messages twice."""
    return (await conn.execute(_HOLD)).rowcount
