"""Somebody followed the account, or left it."""

from app.people.service.binding import detach_openid
from wechat import replies
from wechat.handlers.scans import check_in_and_say
from wechat.turn import Turn


async def welcome(turn: Turn) -> str:
    """A new follower; one who came through a poster's code and is known is checked in at once."""
    if turn.ctx.actor.person_id is None:
        return replies.WELCOME
    if turn.push.scene:
        return await check_in_and_say(turn, turn.push.scene)
    return replies.WELCOME_BACK


async def say_goodbye(turn: Turn) -> str:
    """unsubscribe means delete (platform rule): the openid goes, the passport stays."""
    await detach_openid(turn.ctx, turn.account.appid, turn.push.openid)
    return replies.NOTHING
