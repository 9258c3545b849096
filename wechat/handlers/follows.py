"""Somebody followed the account, or left it."""

from app.channels.kinds import LEARN_PHONE
from app.channels.service.tags import forget_tags
from app.channels.service.windows import forget_window
from app.jobs.service import enqueue
from app.notifications.service.grants import forget_taps
from app.people.service.binding import detach_openid
from app.people.service.identities import mend_phone
from app.people.service.waiting import take_scene
from wechat import replies
from wechat.handlers.scans import check_in_and_say
from wechat.turn import Turn


async def welcome(turn: Turn) -> str:
    """A new follower. Who came through a poster's code is checked in: at once, or once bound."""
    await mend_phone(turn.ctx, turn.account.appid, turn.push.openid)
    await enqueue(turn.ctx, LEARN_PHONE, openid=turn.push.openid)
    if turn.push.scene:
        return await check_in_and_say(turn, turn.push.scene)
    if turn.ctx.actor.person_id is None:
        return replies.WELCOME
    return replies.WELCOME_BACK


async def say_goodbye(turn: Turn) -> str:
    """unsubscribe means delete (platform rule): the openid goes, the passport stays."""
    ctx, openid = turn.ctx, turn.push.openid
    await detach_openid(ctx, turn.account.appid, openid)
    await take_scene(ctx, turn.account.appid, openid)
    await forget_window(ctx.conn, ctx.district_id, turn.account.appid, openid)
    await forget_taps(ctx, openid)
    await forget_tags(ctx.conn, ctx.district_id, turn.account.appid, openid)
    return replies.NOTHING
