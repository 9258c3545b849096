"""What a teacher, a unit and the secretariat are answered in the chat."""

from collections.abc import Awaitable, Callable

from app.activities.permissions import P as ActivityP
from app.activities.queries import count_submitted
from app.attendance.queries import today
from app.channels.permissions import P as ChannelP
from app.channels.service.operations import open_titles
from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.kit.errors import Forbidden
from app.moderation.permissions import P as TextP
from app.moderation.queries import count_open
from app.orgs.permissions import P as OrgP
from app.resources.queries import count_applications
from wechat import replies
from wechat.turn import Turn

LINES = 6
# Right → what waits, in words, where to look at it, and how many.
Count = Callable[[Ctx], Awaitable[int]]
REVIEWS: tuple[tuple[str, str, Count], ...] = (
    (ActivityP.ACTIVITY_REVIEW, "个活动等待审核", count_submitted),
    (OrgP.UNIT_REVIEW, "份单位入驻申请", count_applications),
    (TextP.MODERATION_DECIDE, "段文字或图片等待审核", count_open),
)


async def say_today(turn: Turn) -> str:
    """Today's sessions: a unit with the door's page of each, a teacher with the own pupils' numbers."""
    rows = await today(turn.ctx, LINES)
    return replies.say_today(
        [
            (
                row.title,
                row.base_name,
                say_moment(row.starts_at),
                row.expected,
                row.arrived,
                f"{turn.base_url}/console/sessions/{row.id}/door" if row.own else "",
            )
            for row in rows
        ]
    )


async def say_waiting(turn: Turn) -> str:
    """What waits for the secretariat; only what this person may decide is counted."""
    ctx, held = turn.ctx, turn.ctx.actor.permissions
    if ChannelP.OPERATION_READ not in held:
        raise Forbidden
    titles = await open_titles(ctx)
    counts = [(await count(ctx), words) for right, words, count in REVIEWS if right in held]
    return replies.say_waiting(titles, counts, f"{turn.base_url}/console")
