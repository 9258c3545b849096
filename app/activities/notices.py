"""Who is told how a review ended."""

from app.activities.events import ActivityReviewed
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify


async def tell_author(ctx: Ctx, fact: ActivityReviewed) -> None:
    """The author hears the verdict, and the reason when it came back."""
    if fact.author_id is None:
        return
    key = f"review:{fact.review_id}"
    if fact.approved:
        fields = {"title": fact.title, "result": "审核通过"}
        await notify(ctx, Kind.ACTIVITY_APPROVED, [fact.author_id], key, fields)
    else:
        fields = {"title": fact.title, "reason": fact.reason}
        await notify(ctx, Kind.ACTIVITY_RETURNED, [fact.author_id], key, fields)
