"""One event, one use case, one reply. The table says which handler answers what."""

from collections.abc import Awaitable, Callable

from wechat.handlers import (
    clicks,
    follows,
    grants,
    notices,
    reports,
    scans,
    texts,
    withdrawals,
)
from wechat.turn import Turn

Handler = Callable[[Turn], Awaitable[str]]

HANDLERS: dict[str, Handler] = {
    "event.click": clicks.answer_click,
    "event.masssendjobfinish": reports.note_mass_finish,
    "event.publishjobfinish": reports.note_publish_finish,
    "event.scan": scans.answer_scan,
    "event.scancode_waitmsg": scans.answer_scancode,
    "event.subscribe": follows.welcome,
    "event.subscribe_msg_change_event": grants.note_change,
    "event.subscribe_msg_popup_event": grants.note_popup,
    "event.subscribe_msg_sent_event": grants.note_sent,
    "event.templatesendjobfinish": reports.note_job_finish,
    "event.unsubscribe": follows.say_goodbye,
    "event.user_authorization_cancellation": withdrawals.forget_cancelled,
    "event.user_authorization_revoke": withdrawals.note_revocation,
    "event.wxa_media_check": reports.note_media_check,
    "text": texts.answer_text,
}
# About the account, not about a person: some come without an openid.
ANONYMOUS = frozenset(f"event.{name}" for name in notices.NOTICES)
HANDLERS |= dict.fromkeys(sorted(ANONYMOUS), notices.note_notice)
# Whoever sent one of these is looking at the chat: a refusal may be answered with a sentence.
ANSWERABLE = frozenset(
    {
        "event.click",
        "event.scan",
        "event.scancode_waitmsg",
        "event.subscribe",
        "text",
    }
)
