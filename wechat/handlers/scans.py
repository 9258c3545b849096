"""A code was scanned: a base's poster by a family, a child's card by staff."""

from urllib.parse import urlsplit

from app.attendance.errors import UnknownCode
from app.attendance.service import NO_MARK, Outcome
from app.notifications.kinds import Kind
from app.notifications.service.delivery import told_in_reply
from app.passports.queries import count_stamps
from app.passports.service import check_in_by_scene
from app.people.service.waiting import remember_scene
from wechat import replies
from wechat.turn import Turn

LONGEST_SCENE = 64
POSTER = "b"  # how the words on posters begin; cards and screens have letters of their own


async def answer_scan(turn: Turn) -> str:
    """SCAN: a follower scanned one of our codes with WeChat's own scanner."""
    return await check_in_and_say(turn, turn.push.scene)


async def answer_scancode(turn: Turn) -> str:
    """scancode_waitmsg: the menu's scanner read a code; ours is an address ending in the scene."""
    result = turn.push.nested("ScanCodeInfo", "ScanResult")
    if not isinstance(result, str) or not result:
        return replies.NOT_A_CODE
    return await check_in_and_say(turn, scene_of(result))


def scene_of(result: str) -> str:
    """`https://…/c/<scene>` or the bare scene; anything else is no code of ours."""
    try:
        path = urlsplit(result).path
    except ValueError:
        return ""
    scene = path.rsplit("/c/", 1)[-1] if "/c/" in path else path
    return scene if scene.isascii() and scene.isalnum() else ""


async def check_in_and_say(turn: Turn, scene: str) -> str:
    """The one way from a code to a sentence, whoever scanned and however."""
    known = scene.isascii() and scene.isalnum() and len(scene) <= LONGEST_SCENE
    if turn.ctx.actor.person_id is None and known and scene.startswith(POSTER):
        await remember_scene(turn.ctx, turn.account.appid, turn.push.openid, scene)
        return replies.BIND_THEN_CHECK_IN
    turn.require_bound()
    if not known:
        raise UnknownCode
    return await say(turn, await check_in_by_scene(turn.ctx, scene, None, NO_MARK))


async def say(turn: Turn, outcome: Outcome) -> str:
    stamps = None
    if outcome.visit is not None and not outcome.again:
        stamps = await count_stamps(turn.ctx, outcome.visit.pupil_id)
        await told_in_reply(turn.ctx, (Kind.ARRIVED, Kind.LEFT))
    return replies.say_outcome(outcome, stamps)
