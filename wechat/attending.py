"""The jobs that keep the account as declared: push, compare daily, tag followers.

What the platform refuses follows the table of codes: somebody is told, or the job comes back later.
"""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from uuid import UUID

from app.channels.accounts import Account
from app.channels.kinds import PUSH_DECLARED, TAG_FOLLOWERS, ItemKind
from app.channels.service import tags
from app.channels.service.operations import note, note_standing
from app.jobs.service import Arguments, Unit, enqueue
from app.kit.clock import until_tomorrow
from app.notifications.ports import Halt
from app.people.service.tags import note_tags, tag_names
from wechat.declared import Difference, compare, declare, push
from wechat.gateway import Gateway
from wechat.policy import POLICY
from wechat.setup import SetupRefused, Unfit
from wechat.tags import Told, push_tags, tell_followers
from wechat.templates import NONE_CHOSEN, Chosen
from wechat.tokens import TokenUnavailable

MOST_TRIES = 24  # of a job that the platform puts off: a day of full hours


def said_first(account: Account) -> str:
    """How the subjects of this account's lines begin."""
    return f"{account.name} "


async def push_declared(
    chosen: Chosen,
    gateway: Gateway,
    account: Account,
    unit: Unit,
    arguments: Arguments,
) -> None:
    """按声明恢复: push, look again, close the lines of what agrees now, tag who lost a tag."""

    async def act() -> None:
        declared = await declare(unit, account, chosen)
        await push(gateway, account, unit, declared)
        await note_drift(unit, account, await compare(gateway, account, unit, chosen))
        async with unit() as ctx:
            await tags.order_tags(ctx)

    await _obey(unit, account, act(), PUSH_DECLARED, arguments)


async def compare_declared(
    chosen: Chosen, gateway: Gateway, account: Account, unit: Unit, _: Arguments
) -> None:
    """One line in the inbox for each thing that is not as declared. Never mended by itself."""
    found = await compare(gateway, account, unit, chosen)
    await note_drift(unit, account, found)


async def attend_tags(gateway: Gateway, account: Account, unit: Unit, arguments: Arguments) -> None:
    """Write down what this person, or everybody, should carry, and tell the platform what differs."""
    person = arguments.get("person")

    async def act() -> None:
        async with unit() as ctx:
            await note_tags(ctx, account.appid, UUID(person) if person else None)
            names = await tag_names(ctx)
            known = await tags.numbers(ctx, account.appid)

        async def prepare() -> None:
            if set(names) - set(known):  # a new school, or nothing was ever pushed
                (await declare(unit, account, NONE_CHOSEN)).check()
                await push_tags(gateway, account, unit, names)

        told = await tell_followers(gateway, account, unit, prepare)
        if told is Told.TAG_MISSING:
            missing = {"tag": "有标签在平台上被删掉了，有人少了标签"}
            await _note_missing(unit, account, missing)
        elif told is Told.ANOTHERS_TURN:  # it tells ours too, unless its worker has died
            again = {key: value for key, value in arguments.items() if key != "district"}
            async with unit() as ctx:
                left = await tags.turn_left(ctx, account.appid)
                await enqueue(ctx, TAG_FOLLOWERS, left, **again)

    await _obey(unit, account, act(), TAG_FOLLOWERS, arguments)


async def note_drift(unit: Unit, account: Account, found: list[Difference]) -> None:
    """The inbox's lines of this account are these; what agrees again is closed."""
    lines = {one.key: f"{one.words}（{one.sign}）" for one in found if one.alarm}
    async with unit() as ctx:
        await note_standing(
            ctx.conn, ctx.district_id, ItemKind.DECLARED_DRIFT, said_first(account), lines
        )


async def _note_missing(unit: Unit, account: Account, lines: Mapping[str, str]) -> None:
    async with unit() as ctx:
        for key, words in lines.items():
            subject = f"{said_first(account)}{key}"
            await note(ctx.conn, ctx.district_id, ItemKind.DECLARED_DRIFT, subject, words)


async def _obey(
    unit: Unit, account: Account, act: Awaitable[None], name: str, arguments: Arguments
) -> None:
    """What a refusal means: a line in the inbox, and another try where the code says when."""
    try:
        await act
    except Unfit as unfit:
        await _note_missing(unit, account, {"declared": unfit.sentence})
    except TokenUnavailable as refused:
        if (rule := POLICY.get(refused.errcode)) and rule.item:
            async with unit() as ctx:
                await note(ctx.conn, ctx.district_id, rule.item, account.appid)
        raise
    except SetupRefused as refused:
        tries = int(arguments.get("tries", "0"))
        async with unit() as ctx:
            if refused.rule.wait is None or refused.rule.item is not None or tries >= MOST_TRIES:
                subject = f"{said_first(account)}{refused.path}"
                await note(ctx.conn, ctx.district_id, refused.item, subject, refused.text())
            if refused.rule.wait is not None and tries < MOST_TRIES:
                again = {key: value for key, value in arguments.items() if key != "district"}
                again["tries"] = str(tries + 1)
                after = timedelta(seconds=refused.rule.wait)
                if refused.rule.halt is Halt.TODAY:
                    after = until_tomorrow(ctx.now)
                await enqueue(ctx, name, after, **again)
