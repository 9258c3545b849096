"""Background work that talks to the platform: network first, then one short transaction."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from app.announcements.kinds import COLUMN_JOB, PRESS_JOB, REMIND_JOB
from app.announcements.ports import Ending
from app.announcements.service.columns import press_article
from app.announcements.service.reading import remind_unread
from app.announcements.service.sending import give_up_article, send_article
from app.channels.accounts import Account
from app.channels.kinds import (
    LEARN_PHONE,
    PUSH_DECLARED,
    SERVICE_ACCOUNT,
    TAG_FOLLOWERS,
    Way,
)
from app.channels.service.health import keep_quota
from app.channels.service.stops import lift_timed
from app.jobs.service import Arguments, Job, Unit, enqueue
from app.kit.clock import until_tomorrow
from app.kit.context import Ctx
from app.moderation.service import check_waiting
from app.people.kinds import IdentityKind
from app.people.service.unionids import Phone, recognise
from app.resources.jobs import BASE_CODE
from app.resources.service.keeping import keep_qr_url
from wechat.accounts import AccountBook
from wechat.attending import attend_tags, compare_declared, push_declared
from wechat.channel import BIZSEND, CUSTOMER, SEND
from wechat.checker import WechatChecker
from wechat.gateway import Gateway
from wechat.picture_links import PictureLinks
from wechat.press import WechatPress
from wechat.qrcodes import create_scene_code
from wechat.quotas import METERED, read_quota
from wechat.templates import Chosen

WAYS = {SEND: Way.TEMPLATE, CUSTOMER: Way.CUSTOMER, BIZSEND: Way.GRANT}


Act = Callable[[Gateway, Account, Unit, Arguments], Awaitable[None]]


def edge_jobs(
    gateway: Gateway, book: AccountBook, links: PictureLinks, chosen: Chosen
) -> tuple[Job, ...]:
    """The jobs, bound to this process's connection to the platform."""
    press = WechatPress(gateway, book, links.base_url)
    with_account = partial(_with_account, gateway, book)
    return (
        Job(PRESS_JOB, partial(_article, press), "把公告图文交给微信群发"),
        Job(REMIND_JOB, partial(_remind, press), "催读：给能收到的人发一条客服消息"),
        Job(COLUMN_JOB, partial(_column, press), "把专栏文章发布到微信"),
        Job(
            "moderation.check",
            partial(_check, WechatChecker(gateway, book, links)),
            "请微信检查等待中的文字和图片",
            "* * * * *",
        ),
        Job(BASE_CODE, with_account(draw_base_code), "向微信申请基地二维码"),
        Job(LEARN_PHONE, with_account(learn_phone), "向微信查询新关注、新绑定的人的统一身份"),
        Job(PUSH_DECLARED, with_account(partial(push_declared, chosen)), "把菜单和标签推到服务号"),
        Job(
            "channels.compare_declared",
            with_account(partial(compare_declared, chosen)),
            "核对公众平台上的菜单、标签和模板",
            "30 20 * * *",
        ),
        Job(TAG_FOLLOWERS, with_account(attend_tags), "给关注者打上身份和学校标签", "17 * * * *"),
        Job("channels.read_quotas", with_account(note_quotas), "查询接口剩余次数", "*/15 * * * *"),
    )


def _with_account(
    gateway: Gateway, book: AccountBook, act: Act
) -> Callable[[Unit, Arguments], Awaitable[None]]:
    """For the district's service account; without one there is nothing to do."""

    async def run(unit: Unit, arguments: Arguments) -> None:
        account = await book.of_district(UUID(arguments["district"]), SERVICE_ACCOUNT)
        if account is not None:
            await act(gateway, account, unit, arguments)

    return run


async def draw_base_code(
    gateway: Gateway, account: Account, unit: Unit, arguments: Arguments
) -> None:
    """A base's code. A district without an account has printed addresses only."""
    url = await create_scene_code(gateway, account, arguments["scene"])
    async with unit() as ctx:
        await keep_qr_url(ctx, UUID(arguments["base"]), url)


async def learn_phone(gateway: Gateway, account: Account, unit: Unit, arguments: Arguments) -> None:
    """Who is behind an openid: known in another account of the same open platform, it is linked."""
    openid = arguments["openid"]
    answer = await gateway.get(account, "/cgi-bin/user/info", openid=openid, lang="zh_CN")
    unionid = answer.data.get("unionid")
    if answer.errcode or not isinstance(unionid, str) or answer.data.get("subscribe") != 1:
        return
    async with unit() as ctx:
        phone = Phone(IdentityKind.SERVICE_ACCOUNT, account.appid, openid, unionid)
        await recognise(ctx, phone)


async def _check(checker: WechatChecker, unit: Unit, _: Arguments) -> None:
    await check_waiting(unit, checker)


async def note_quotas(gateway: Gateway, account: Account, unit: Unit, _: Arguments) -> None:
    """Ask what is left of each API; a quota that is there again opens its way."""
    found = [(path, await read_quota(gateway, account, path)) for path in METERED]
    async with unit() as ctx:
        for path, quota in found:
            if quota is None:
                continue
            await keep_quota(ctx, account.appid, path, *quota)
            if path in WAYS and quota[1] < quota[0]:
                await lift_timed(ctx.conn, ctx.district_id, WAYS[path])


MOST_TRIES = 60  # with pauses up to ten minutes: nine hours of a dead platform


async def _article(press: WechatPress, unit: Unit, arguments: Arguments) -> None:
    """The mass article; while the platform is away it is tried again later, under the same name."""
    announcement_id, tries = UUID(arguments["announcement"]), int(arguments.get("tries", "0"))
    when = await send_article(unit, announcement_id, press)
    if when is None:
        return
    async with unit() as ctx:
        if tries >= MOST_TRIES:
            await give_up_article(ctx, announcement_id)
            return
        again = {"announcement": str(announcement_id), "tries": str(tries + 1)}
        await enqueue(ctx, PRESS_JOB, _pause(ctx, when, tries), **again)


async def _remind(press: WechatPress, unit: Unit, arguments: Arguments) -> None:
    await remind_unread(unit, UUID(arguments["announcement"]), press)


async def _column(press: WechatPress, unit: Unit, arguments: Arguments) -> None:
    article_id, tries = UUID(arguments["article"]), int(arguments.get("tries", "0"))
    when = await press_article(unit, article_id, press)
    if when is not None and tries < MOST_TRIES:
        async with unit() as ctx:
            again = {"article": str(article_id), "tries": str(tries + 1)}
            await enqueue(ctx, COLUMN_JOB, _pause(ctx, when, tries), **again)


def _pause(ctx: Ctx, when: Ending, tries: int) -> timedelta:
    if when is Ending.TOMORROW:
        return until_tomorrow(ctx.now)
    return timedelta(seconds=min(2.0 ** (tries + 1), 600.0))
