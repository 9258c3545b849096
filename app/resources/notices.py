"""Who is told that a paper runs out, and what is new about needs and visits."""

from app.kit.clock import at_school, platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.queries import holders_of
from app.people.roles import Role
from app.resources.events import NeedDue, PaperRunsOut, VisitNews
from app.resources.queries import read_mentor_of, visit_facts


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


async def tell_visit(ctx: Ctx, fact: VisitNews) -> None:
    """The school: who posted and the school's contacts. The other side: who offered, the mentor, the
    unit's publishers."""
    offer, need, school, unit = await visit_facts(ctx, fact.offer_id)
    if fact.to_school:
        people, party = [need.posted_by], unit
        people += await holders_of(ctx, Role.SCHOOL_ADMIN, need.organization_id)
    else:
        mentor = await read_mentor_of(ctx, offer.mentor_id)
        people, party = [offer.offered_by, mentor.person_id], school
        people += await holders_of(ctx, Role.UNIT_PUBLISHER, offer.organization_id)
    time = platform_time(offer.starts_at)
    fields = {"title": need.title, "party": party, "time": time, "result": fact.result}
    told = [person for person in dict.fromkeys(people) if person is not None]
    await notify(ctx, Kind.VISIT_NEWS, told, f"visit:{fact.offer_id}:{fact.step}", fields)


async def remind_school(ctx: Ctx, fact: NeedDue) -> None:
    people = [fact.posted_by, *await holders_of(ctx, Role.SCHOOL_ADMIN, fact.organization_id)]
    until = platform_time(at_school(fact.until, 23, 59))
    fields = {"title": fact.title, "what": fact.what, "until": until}
    told = [person for person in dict.fromkeys(people) if person is not None]
    await notify(
        ctx, Kind.NEED_DUE, told, f"need:{fact.need_id}:{fact.until}:{fact.number}", fields
    )
