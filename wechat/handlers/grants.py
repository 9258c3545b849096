"""Somebody tapped "tell me" (or took it back), or the platform says how such a message ended."""

from typing import Any

from app.channels.kinds import ItemKind, Way
from app.channels.service.operations import note
from app.notifications.kinds import KINDS, Tap
from app.notifications.service.delivery import confirm_delivery
from app.notifications.service.grants import note_tap, void_own
from wechat import replies
from wechat.turn import Turn

MOST = 20  # a popup shows five templates; what is longer is no honest push


def entries(turn: Turn, element: str) -> list[dict[str, Any]]:
    """The `List` of an event: in XML inside its element, in JSON on top; one may be an object."""
    found = turn.push.nested(element, "List") or turn.push.nested("List")
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed[:MOST] if isinstance(one, dict)]


async def note_popup(turn: Turn) -> str:
    """One grant for each accept; a ban of the template is for people to look at."""
    for entry in entries(turn, "SubscribeMsgPopupEvent"):
        kind = turn.tapped.get(str(entry.get("TemplateId", "")))
        word = str(entry.get("SubscribeStatusString", ""))
        if kind is None or word not in set(Tap):
            continue
        if word == Tap.BAN:
            ctx, detail = turn.ctx, f"{KINDS[kind].title}：订阅时平台说模板被封"
            subject = f"{Way.GRANT}:{kind}"
            await note(ctx.conn, ctx.district_id, ItemKind.TEMPLATE_BANNED, subject, detail)
        await note_tap(turn.ctx, kind, Tap(word), turn.account.kind, turn.push.openid, pushed=True)
    return replies.NOTHING


async def note_change(turn: Turn) -> str:
    """Switched off in WeChat's settings: what was tapped before is worth nothing."""
    for entry in entries(turn, "SubscribeMsgChangeEvent"):
        kind = turn.tapped.get(str(entry.get("TemplateId", "")))
        if kind is not None and entry.get("SubscribeStatusString") == Tap.REJECT:
            await void_own(turn.ctx, kind)
    return replies.NOTHING


async def note_sent(turn: Turn) -> str:
    """0 is delivery; anything else is a refusal with the platform's words."""
    for entry in entries(turn, "SubscribeMsgSentEvent"):
        platform_id, code = str(entry.get("MsgID", "")), str(entry.get("ErrorCode", ""))
        if platform_id:
            reason = f"{code} {entry.get('ErrorStatus', '')}".strip()
            await confirm_delivery(turn.ctx, platform_id, arrived=code == "0", reason=reason)
    return replies.NOTHING
