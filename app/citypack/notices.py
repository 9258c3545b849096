"""Which families are told that a list is open, or how their objection ended."""

from datetime import timedelta

from app.citypack.events import ObjectionSettled, PublicityOpened
from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.rules import hearers
from app.notifications.service.notify import notify, notify_each


async def tell_opened(ctx: Ctx, fact: PublicityOpened) -> None:
    """Once a child and list."""
    until = platform_time(fact.closes_at - timedelta(minutes=1))
    messages = [
        (
            guardian,
            f"publicity:{fact.publicity_id}:{one.pupil_id}",
            {"pupil": one.pupil_name, "title": fact.title, "until": until},
        )
        for one in fact.listed
        for guardian in hearers(Kind.RECORD_PUBLISHED, one.guardians, one.pupil_id)
    ]
    await notify_each(ctx, Kind.RECORD_PUBLISHED, messages)


async def tell_settled(ctx: Ctx, fact: ObjectionSettled) -> None:
    fields = {"pupil": fact.listed.pupil_name, "title": fact.title, "result": fact.result}
    people = list(fact.listed.guardians)
    await notify(ctx, Kind.OBJECTION_SETTLED, people, f"objection:{fact.objection_id}", fields)
