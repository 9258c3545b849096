"""The platform reports how a template message ended."""

from app.notifications.service.delivery import confirm_delivery
from wechat import replies
from wechat.turn import Turn


async def note_job_finish(turn: Turn) -> str:
    """`success`, or `failed…` with a reason; matched by prefix, spellings vary."""
    status = turn.push.text("Status")
    platform_id = turn.push.text("MsgID") or turn.push.text("MsgId")
    if platform_id:
        await confirm_delivery(
            turn.ctx, platform_id, arrived=status.startswith("success"), reason=status
        )
    return replies.NOTHING
