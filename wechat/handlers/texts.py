"""Somebody wrote something."""

import re

from app.attendance.service import answer_choice
from app.people.service.binding import bind_phone
from wechat import replies
from wechat.handlers import clicks, scans
from wechat.turn import Turn

_BIND = re.compile(r"^绑定[\s　:：]*(?P<code>[A-Za-z0-9]{6,20})[\s　]+(?P<name>\S.{0,59})$")
_WORDS = {
    "护照": clicks.MY_PASSPORT,
    "印章": clicks.MY_PASSPORT,
    "预约": clicks.MY_BOOKINGS,
    "活动": clicks.ACTIVITIES,
    "孩子": clicks.MY_CHILDREN,
}


async def answer_text(turn: Turn) -> str:
    """A binding code, the number of a child, a keyword, or else the help."""
    words = turn.push.text("Content").strip()
    if words.startswith("绑定"):
        return await bind(turn, words)
    if words in {"1", "2", "3", "4", "5", "6", "7", "8", "9"}:
        turn.require_bound()
        return await scans.say(turn, await answer_choice(turn.ctx, int(words)))
    if words in _WORDS:
        return await clicks.answer_key(turn, _WORDS[words])
    return replies.HELP if turn.ctx.actor.person_id else replies.WELCOME


async def bind(turn: Turn, words: str) -> str:
    """`绑定 绑定码 孩子姓名`: refused alike whether the code or the name is wrong."""
    found = _BIND.match(words)
    if found is None:
        return replies.BIND_USAGE
    pupil = await bind_phone(
        turn.ctx,
        turn.account.appid,
        turn.push.openid,
        turn.ctx.actor.person_id,
        found["code"],
        found["name"].strip(),
    )
    return replies.say_bound(pupil.name)
