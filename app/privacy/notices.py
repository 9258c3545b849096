"""Who is told what about personal data."""

from app.kit.clock import platform_time
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.queries import guardians_of, holders_of
from app.people.roles import Role
from app.privacy.events import AccessReviewed, DataRequested, DataSettled
from app.privacy.kinds import DataRequestKind

WORDS = {DataRequestKind.CORRECT: "更正资料", DataRequestKind.ERASE: "删除资料"}


async def tell_requested(ctx: Ctx, fact: DataRequested) -> None:
    """All guardians: the other one must be able to stop an erasure in time."""
    fields = {
        "pupil": fact.pupil_name,
        "what": WORDS[fact.kind],
        "due": platform_time(fact.due_at),
    }
    people = await guardians_of(ctx, fact.pupil_id)
    await notify(ctx, Kind.DATA_REQUESTED, people, f"data_request:{fact.request_id}", fields)


async def tell_settled(ctx: Ctx, fact: DataSettled) -> None:
    fields = {"pupil": fact.pupil_name, "result": fact.result}
    key = f"data_request:{fact.request_id}"
    await notify(ctx, Kind.DATA_SETTLED, [fact.asked_by], key, fields)


async def tell_reviewed(ctx: Ctx, fact: AccessReviewed) -> None:
    """The school's contacts; a week nobody looked is said too."""
    fields = {
        "week": f"{fact.monday.year}年{fact.monday.month}月{fact.monday.day}日起",
        "summary": f"{fact.readers} 人查看了 {fact.children} 名学生",
        "reads": str(fact.reads),
    }
    people = await holders_of(ctx, Role.SCHOOL_ADMIN, fact.organization_id)
    key = f"access:{fact.organization_id}:{fact.monday}"
    await notify(ctx, Kind.ACCESS_REVIEWED, people, key, fields)
