"""Which families are told that their child has arrived, left, or reached a level."""

from app.attendance.events import CheckedOut
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify, notify_each
from app.passports.events import ArrivedWithoutStamp, LevelsReached


async def tell_arrived(ctx: Ctx, fact: ArrivedWithoutStamp) -> None:
    fields = {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "place": fact.base_name,
        "time": platform_time(fact.arrived_at),
    }
    people = list(fact.guardians)
    await notify(ctx, Kind.ARRIVED, people, f"attendance:{fact.attendance_id}", fields)


async def tell_left(ctx: Ctx, fact: CheckedOut) -> None:
    """Once a departure: who comes back and leaves again is told again, a repeated scan is not."""
    fields = {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "place": fact.base_name,
        "time": platform_time(fact.left_at),
    }
    key = f"left:{fact.attendance_id}:{int(fact.left_at.timestamp())}"
    await notify(ctx, Kind.LEFT, list(fact.guardians), key, fields)


async def tell_levels(ctx: Ctx, fact: LevelsReached) -> None:
    """Once a child and level, however often it is computed."""
    messages = [
        (
            guardian,
            f"level:{one.id}",
            {
                "pupil": one.pupil_name,
                "level": one.level,
                "rules": one.rules,
                "following": one.following,
            },
        )
        for one in fact.levels
        for guardian in one.guardians
    ]
    await notify_each(ctx, Kind.LEVEL_REACHED, messages)
