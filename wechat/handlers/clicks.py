"""A menu entry was tapped."""

from collections.abc import Awaitable, Callable

from app.activities.queries import upcoming
from app.bookings.queries import coming_bookings
from app.kit.clock import say_moment
from app.kit.errors import NotFound
from app.passports.queries import passport_page
from app.people.service.chosen import chosen_pupils, offer_children
from wechat import replies
from wechat.handlers import staff
from wechat.handlers.keys import (
    ACTIVITIES,
    BIND,
    HELP,
    MY_BOOKINGS,
    MY_CHILDREN,
    MY_PASSPORT,
    TODAY,
    WAITING,
)
from wechat.turn import Turn

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
    if key == BIND:
        return replies.BIND_USAGE
    turn.require_bound()
    answer = ANSWERS.get(key)
    return await answer(turn) if answer else replies.HELP


async def say_activities(turn: Turn) -> str:
    rows = await upcoming(turn.ctx, LINES)
    return replies.say_activities(
        [(row.title, say_moment(row.starts_at), row.seats_left) for row in rows]
    )


async def say_bookings(turn: Turn) -> str:
    several = len(turn.ctx.actor.pupil_ids) > 1
    among = [one.id for one in await chosen_pupils(turn.ctx)] if several else None
    rows = await coming_bookings(turn.ctx, LINES, among)
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
    """One child is shown; of several the next number chooses."""
    pupils, chosen = await offer_children(turn.ctx)
    lines = [
        f"{pupil.name}：{pupil.organization_name or ''} {pupil.class_name or ''}".strip()
        for pupil in pupils
    ]
    now = next((n for n, pupil in enumerate(pupils, 1) if pupil.id == chosen), None)
    return replies.say_children(lines, now)


async def say_passports(turn: Turn) -> str:
    """One cover a child, or the chosen one's; a child without a passport is named too."""
    parts = []
    for pupil in await chosen_pupils(turn.ctx):
        try:
            parts.append(replies.say_passport(await passport_page(turn.ctx, pupil.id)))
        except NotFound:
            parts.append(replies.NO_PASSPORT.format(name=pupil.name))
    return "\n\n".join(parts)


ANSWERS: dict[str, Callable[[Turn], Awaitable[str]]] = {
    ACTIVITIES: say_activities,
    MY_BOOKINGS: say_bookings,
    MY_CHILDREN: say_children,
    MY_PASSPORT: say_passports,
    TODAY: staff.say_today,
    WAITING: staff.say_waiting,
}
