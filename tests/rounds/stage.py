"""What the tests of rounds share: a round with sessions, wishes, and its result."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.kit.db import system_context
from app.rounds.jobs import JOBS
from app.wiring import WIRING
from tests.cast import CAST, HERE, Somebody
from tests.client import Client


def window(**more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    times = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(days=1)}
    return {
        "name": "2026 秋季第一轮",
        **{key: value.isoformat() for key, value in times.items()},
        **more,
    }


async def sessions(client: Client, *seats: int, **more: Any) -> list[UUID]:
    """One session a number of seats, a day apart, all after the window."""
    return [
        await client.add_session(
            seats=number, starts_in=timedelta(days=3 + day), title=f"课程{day + 1}", **more
        )
        for day, number in enumerate(seats)
    ]


async def announced(client: Client, session_ids: list[UUID], **more: Any) -> str:
    made = await client.post(CAST.secretary, "/rounds", window(**more))
    assert made.status_code == 201, made.text
    round_id = str(made.json()["id"])
    body = {"session_ids": [str(one) for one in session_ids]}
    added = await client.post(CAST.secretary, f"/rounds/{round_id}/sessions", body)
    assert added.status_code == 200, added.text
    shown = await client.post(CAST.secretary, f"/rounds/{round_id}/announce")
    assert shown.status_code == 200, shown.text
    return round_id


async def wish(
    client: Client, who: Somebody, round_id: str, pupil: Somebody, *session_ids: UUID
) -> Any:
    body = {"pupil_id": str(pupil.id), "session_ids": [str(one) for one in session_ids]}
    return await client.call(who, "PUT", f"/rounds/{round_id}/wishes", body)


async def close(client: Client, round_id: str) -> None:
    """Let the window pass."""
    await client.rows(
        "UPDATE booking_round SET closes_at = now() - interval '1 second', "
        "opens_at = opens_at - interval '2 days' WHERE id = :id",
        id=round_id,
    )


async def allocate(client: Client, round_id: str) -> None:
    """The queued job, as the worker runs it."""
    unit = partial(system_context, client.engine, WIRING, HERE)
    await JOBS[0].run(unit, {"round": round_id})


async def published(client: Client, round_id: str) -> None:
    await close(client, round_id)
    ordered = await client.post(CAST.secretary, f"/rounds/{round_id}/publish")
    assert ordered.status_code == 202, ordered.text
    await allocate(client, round_id)


async def got(client: Client, pupil: Somebody) -> list[UUID]:
    """The sessions in which a child has a place."""
    sql = "SELECT session_id FROM booking WHERE pupil_id = :p AND state = 'confirmed' ORDER BY id"
    return [row.session_id for row in await client.rows(sql, p=pupil.id)]
