"""Which families are told what about rounds."""

from collections import defaultdict
from uuid import UUID

from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.rules import hearers
from app.notifications.service.notify import notify, notify_each
from app.people.queries import guardians_of, guardians_of_many
from app.rounds.events import RoundPublished, SwapDone


async def tell_published(ctx: Ctx, fact: RoundPublished) -> None:
    """Everybody who took part, each with the own result and the reason, in a few statements."""
    guardians: dict[UUID, list[UUID]] = defaultdict(list)
    pupils = [one.pupil_id for one in fact.results]
    for pupil_id, guardian_id in await guardians_of_many(ctx, pupils):
        guardians[pupil_id].append(guardian_id)
    messages = [
        (
            guardian_id,
            f"round:{fact.round_id}:{one.pupil_id}",
            {
                "pupil": one.pupil_name,
                "round": fact.name,
                "result": one.result,
                "reason": one.reason,
            },
        )
        for one in fact.results
        for guardian_id in hearers(Kind.ROUND_RESULT, guardians[one.pupil_id], one.pupil_id)
    ]
    await notify_each(ctx, Kind.ROUND_RESULT, messages)


async def tell_swapped(ctx: Ctx, fact: SwapDone) -> None:
    fields = {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "time": platform_time(fact.starts_at),
    }
    people = await guardians_of(ctx, fact.pupil_id)
    await notify(ctx, Kind.SWAP_DONE, people, f"swap:{fact.swap_id}", fields)
