"""Somebody took back an authorisation, or closed their WeChat account."""

from app.channels.service.windows import forget_window
from app.notifications.service.grants import forget_taps
from app.people.service.identities import forget_phone, note_revoked
from wechat import replies
from wechat.turn import Turn


async def note_revocation(turn: Turn) -> str:
    """user_authorization_revoke: the person is in OpenID, not in FromUserName."""
    items = turn.push.text("RevokeInfo")
    await note_revoked(turn.ctx, _issuer(turn), turn.push.text("OpenID"), items)
    return replies.NOTHING


async def forget_cancelled(turn: Turn) -> str:
    """user_authorization_cancellation: erase what ties us to that account."""
    ctx, openid = turn.ctx, turn.push.text("OpenID")
    await forget_phone(ctx, _issuer(turn), openid)
    await forget_window(ctx.conn, ctx.district_id, "", openid)
    await forget_taps(ctx, openid)
    return replies.NOTHING


def _issuer(turn: Turn) -> str:
    """The mini-program's own appid may come in the push; else it is this account."""
    return turn.push.text("AppID") or turn.account.appid
