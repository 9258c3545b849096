"""Somebody wrote something."""

import re
from dataclasses import replace
from unicodedata import normalize

from app.attendance.errors import NoChoiceWaiting
from app.attendance.service import answer_choice
from app.channels.kinds import LEARN_PHONE
from app.jobs.service import enqueue
from app.kit.errors import DomainError
from app.people.actors import actor_by_identity
from app.people.errors import Unbound, WrongStaffCode
from app.people.kinds import IdentityKind
from app.people.service.binding import bind_phone
from app.people.service.chosen import asked_since, choose_child
from app.people.service.staff_phone import tie_staff_phone
from app.people.service.waiting import take_scene
from wechat import replies
from wechat.handlers import clicks, keys, scans
from wechat.turn import Turn

_BIND = re.compile(r"^绑定[\s　:：]*(?P<code>[A-Za-z0-9]{6,20})[\s　]+(?P<name>\S.{0,59})$")
_STAFF = re.compile(r"^工作绑定[\s　:：]*(?P<code>[A-Za-z0-9]{10})[\s　]*$")
_WORDS = {
    "护照": keys.MY_PASSPORT,
    "印章": keys.MY_PASSPORT,
    "预约": keys.MY_BOOKINGS,
    "活动": keys.ACTIVITIES,
    "孩子": keys.MY_CHILDREN,
    "今天": keys.TODAY,
    "待办": keys.WAITING,
}
BINDING_WORDS = ("绑定", "工作绑定")
_NUMBER = re.compile(r"[0-9]|[1-3][0-9]|40")  # of a child; nobody has more than forty


async def answer_text(turn: Turn) -> str:
    """A binding code, the number of a child, a keyword, or else the help."""
    words = turn.push.text("Content").strip()
    if words.startswith("绑定"):
        return await bind(turn, words)
    if words.startswith("工作绑定"):
        return await bind_staff(turn, words)
    if _NUMBER.fullmatch(digits := normalize("NFKC", words)):
        turn.require_bound()
        return await answer_number(turn, int(digits))
    if words in _WORDS:
        return await clicks.answer_key(turn, _WORDS[words])
    return replies.HELP if turn.ctx.actor.person_id else replies.WELCOME


async def answer_number(turn: Turn, number: int) -> str:
    """The newer question counts: who is at the door, or whom the menu is about."""
    since = await asked_since(turn.ctx)
    try:
        outcome = await answer_choice(turn.ctx, number, since)
    except NoChoiceWaiting:
        if since is None:
            raise
        child = await choose_child(turn.ctx, number)
        return replies.say_chosen(child.name if child else None)
    return await scans.say(turn, outcome)


async def bind_staff(turn: Turn, words: str) -> str:
    """`工作绑定 绑定码`, with the word from the own account page."""
    found = _STAFF.match(words)
    if found is None:
        raise WrongStaffCode
    known = turn.ctx.actor.person_id
    name = await tie_staff_phone(
        turn.ctx, turn.account.appid, turn.push.openid, known, found["code"]
    )
    await enqueue(turn.ctx, LEARN_PHONE, openid=turn.push.openid)
    return replies.say_staff_bound(name)


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
    await enqueue(turn.ctx, LEARN_PHONE, openid=turn.push.openid)
    said = replies.say_bound(pupil.name)
    scene = await take_scene(turn.ctx, turn.account.appid, turn.push.openid)
    return f"{said}\n\n{await _check_in_now(turn, scene)}" if scene else said


async def _check_in_now(turn: Turn, scene: str) -> str:
    """At the poster it scanned before, as whoever the phone belongs to now; a refusal is said, too."""
    account, ctx = turn.account, turn.ctx
    await ctx.flush()
    kind = IdentityKind.SERVICE_ACCOUNT
    found = await actor_by_identity(
        ctx.conn, ctx.district_id, kind, account.appid, turn.push.openid
    )
    if found is None:
        raise Unbound
    bound = replace(turn, ctx=replace(ctx, actor=found[0]))
    try:
        said = await scans.check_in_and_say(bound, scene)
    except DomainError as refusal:
        return refusal.text()
    await bound.ctx.flush()
    return said
