"""The platform reports how something ended: a template message, a mass article, a publication, a check."""

from app.announcements.service.columns import note_publish_report
from app.announcements.service.sending import note_mass_report
from app.moderation.ports import Opinion, Suggestion
from app.moderation.service import note_verdict
from app.notifications.service.delivery import confirm_delivery
from wechat import replies
from wechat.checker import judged
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


COUNTS = {"total": "TotalCount", "kept": "FilterCount", "sent": "SentCount", "failed": "ErrorCount"}


async def note_mass_finish(turn: Turn) -> str:
    """MASSSENDJOBFINISH: sums only; who did not get it, the platform does not say."""
    push = turn.push
    msg_id = push.text("MsgID") or push.text("MsgId")
    given = {name: push.text(key) for name, key in COUNTS.items()}
    counts = {
        name: int(value)
        for name, value in given.items()
        if value.isascii() and value.isdigit() and len(value) < 10
    }
    if msg_id:
        await note_mass_report(turn.ctx, msg_id, push.text("Status"), counts)
    return replies.NOTHING


async def note_publish_finish(turn: Turn) -> str:
    """PUBLISHJOBFINISH: 0 is published, with the address of the article."""
    info = turn.push.nested("PublishEventInfo")
    if not isinstance(info, dict):
        return replies.NOTHING
    item = turn.push.nested("PublishEventInfo", "article_detail", "item")
    first = item[0] if isinstance(item, list) and item else item
    url = str(first.get("article_url", "")) if isinstance(first, dict) else ""
    good = str(info.get("publish_status", "")) == "0"
    await note_publish_report(turn.ctx, str(info.get("publish_id", "")), good=good, url=url)
    return replies.NOTHING


async def note_media_check(turn: Turn) -> str:
    """wxa_media_check: the verdict on a picture under the trace id it was asked with."""
    trace = turn.push.text("trace_id")
    if not trace:
        return replies.NOTHING
    opinion = judged(turn.push.nested("result"), trace)
    if turn.push.text("errcode") not in ("", "0"):
        opinion = Opinion(Suggestion.REVIEW, trace, "微信没有检查成图片")
    await note_verdict(turn.ctx, opinion)
    return replies.NOTHING
