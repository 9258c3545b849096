"""Who is warned that a paper of a unit runs out."""

from app.kit.clock import at_school, platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.queries import holders_of
from app.people.roles import Role
from app.resources.events import PaperRunsOut


async def warn_unit(ctx: Ctx, fact: PaperRunsOut) -> None:
    """The unit's publishers and the secretariat, once a paper and step."""
    people = await holders_of(ctx, Role.UNIT_PUBLISHER, fact.organization_id)
    people += await holders_of(ctx, Role.SECRETARIAT, None)
    left = f"还有 {fact.days_left} 天到期" if fact.days_left > 0 else "今天到期"
    fields = {
        "unit": fact.unit_name,
        "paper": fact.paper,
        "until": platform_time(at_school(fact.valid_until, 23, 59)),
        "left": left if fact.days_left >= 0 else "已经过期，新场次不能发布",
    }
    # The last day is part of the key: a corrected date starts anew.
    key = f"paper:{fact.paper_id}:{fact.valid_until}:{fact.step}"
    await notify(ctx, Kind.PAPER_EXPIRING, list(dict.fromkeys(people)), key, fields)
