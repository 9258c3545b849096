"""A menu entry was tapped."""

from app.activities.queries import upcoming
from app.bookings.queries import coming_bookings
from app.kit.clock import say_moment
from app.kit.errors import NotFound
from app.passports.queries import passport_page
from app.people.queries import sole_or_all_pupils
from wechat import replies
from wechat.turn import Turn

ACTIVITIES, HELP, MY_BOOKINGS = "ACTIVITIES", "HELP", "MY_BOOKINGS"
MY_CHILDREN, MY_PASSPORT = "MY_CHILDREN", "MY_PASSPORT"
LINES = 8
STATE_WORDS = {
    "confirmed": "已录取",
    "waitlisted": "候补中",
    "attended": "已签到",
    "offered": "有名额，请到“我的预约”确认",
    "applied": "待抽签",
    "held": "整班待确认",
}
ASKS = "，待家长同意，请到“我的预约”答复"


async def answer_click(turn: Turn) -> str:
    return await answer_key(turn, turn.push.text("EventKey"))


async def answer_key(turn: Turn, key: str) -> str:
    """The answer of one menu key; an old client's unknown key gets the help."""
    if key == HELP:
        return replies.HELP
    turn.require_bound()
    if key == ACTIVITIES:
        return await say_activities(turn)
    if key == MY_BOOKINGS:
        return await say_bookings(turn)
    if key == MY_CHILDREN:
        return await say_children(turn)
    if key == MY_PASSPORT:
        return await say_passports(turn)
    return replies.HELP


async def say_activities(turn: Turn) -> str:
    rows = await upcoming(turn.ctx, LINES)
    return replies.say_activities(
        [(row.title, say_moment(row.starts_at), row.seats_left) for row in rows]
    )


async def say_bookings(turn: Turn) -> str:
    rows = await coming_bookings(turn.ctx, LINES)
    return replies.say_bookings(
        [
            (
                row.pupil_name,
                row.title,
                say_moment(row.starts_at),
                f"{STATE_WORDS[row.state]}{ASKS if row.consent_asked_at else ''}",
            )
            for row in rows
        ]
    )


async def say_children(turn: Turn) -> str:
    pupils = await sole_or_all_pupils(turn.ctx)
    return "\n".join(
        f"{pupil.name}：{pupil.organization_name or ''} {pupil.class_name or ''}".strip()
        for pupil in pupils
    )


async def say_passports(turn: Turn) -> str:
    """One cover a child; a child without a passport is named too."""
    parts = []
    for pupil in await sole_or_all_pupils(turn.ctx):
        try:
            parts.append(replies.say_passport(await passport_page(turn.ctx, pupil.id)))
        except NotFound:
            parts.append(replies.NO_PASSPORT.format(name=pupil.name))
    return "\n\n".join(parts)
