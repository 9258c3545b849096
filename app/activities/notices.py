"""Who is told how a review ended, and what was asked of a mentor and answered."""

from app.activities.events import ActivityReviewed, MentorAnswered, MentorInvited
from app.kit.context import Ctx
from app.notifications.kinds import Kind
from app.notifications.service.notify import notify
from app.people.queries import holders_of
from app.people.roles import Role
from app.resources.queries import read_mentor_of


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


async def tell_mentor(ctx: Ctx, fact: MentorInvited) -> None:
    """The mentor in person where there is an account; else whoever lists the mentor answers."""
    mentor = await read_mentor_of(ctx, fact.mentor_id)
    people = [mentor.person_id] if mentor.person_id else []
    if not people:
        for role in (Role.UNIT_PUBLISHER, Role.SCHOOL_ADMIN):
            people += await holders_of(ctx, role, mentor.organization_id)
    fields = {
        "mentor": mentor.name,
        "title": fact.title,
        "unit": fact.asked_by_name,
        "message": fact.message or "请在电脑上答复",
    }
    key = f"invitation:{fact.invitation_id}"
    await notify(ctx, Kind.MENTOR_INVITED, list(dict.fromkeys(people)), key, fields)


async def tell_asker(ctx: Ctx, fact: MentorAnswered) -> None:
    if fact.asked_by is None:
        return
    fields = {"mentor": fact.mentor_name, "title": fact.title, "result": fact.result}
    key = f"invitation:{fact.invitation_id}:answer"
    await notify(ctx, Kind.MENTOR_ANSWERED, [fact.asked_by], key, fields)
