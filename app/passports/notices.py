"""Which families are told that their child has arrived and what it earned."""

from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.passports.events import ArrivedWithoutStamp, StampAwarded
from app.people.queries import guardians_of


def _fields(fact: StampAwarded | ArrivedWithoutStamp) -> dict[str, str]:
    return {
        "pupil": fact.pupil_name,
        "title": fact.title,
        "place": fact.base_name,
        "time": platform_time(fact.arrived_at),
    }


async def tell_stamp(ctx: Ctx, fact: StampAwarded) -> None:
    """One message says both: the child has arrived, and the passport has a new stamp."""
    people = await guardians_of(ctx, fact.pupil_id)
    fields = {**_fields(fact), "total": str(fact.total)}
    await notify(ctx, Kind.STAMP_AWARDED, people, f"stamp:{fact.stamp_id}", fields)


async def tell_arrived(ctx: Ctx, fact: ArrivedWithoutStamp) -> None:
    people = await guardians_of(ctx, fact.pupil_id)
    await notify(ctx, Kind.ARRIVED, people, f"attendance:{fact.attendance_id}", _fields(fact))
