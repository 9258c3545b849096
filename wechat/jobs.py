"""Background work that talks to the platform: network first, then one short transaction."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from app.announcements.kinds import COLUMN_JOB, PRESS_JOB, REMIND_JOB
from app.announcements.service.columns import press_article
from app.announcements.service.reading import remind_unread
from app.announcements.service.sending import give_up_article, send_article
from app.channels.accounts import Account
from app.channels.kinds import PUSH_MENU, SERVICE_ACCOUNT
from app.jobs.service import Arguments, Job, Unit, enqueue
from app.moderation.service import check_waiting
from app.resources.jobs import BASE_CODE
from app.resources.service.keeping import keep_qr_url
from wechat.accounts import AccountBook
from wechat.checker import WechatChecker
from wechat.gateway import Gateway
from wechat.menu import push_menu
from wechat.picture_links import PictureLinks
from wechat.press import WechatPress
from wechat.qrcodes import create_scene_code


def edge_jobs(gateway: Gateway, book: AccountBook, links: PictureLinks) -> tuple[Job, ...]:
    """The jobs, bound to this process's connection to the platform."""

    async def account_of(arguments: Arguments) -> Account | None:
        return await book.of_district(UUID(arguments["district"]), SERVICE_ACCOUNT)

    async def base_code(unit: Unit, arguments: Arguments) -> None:
        """Draw a base's code. A district without an account has printed addresses only."""
        account = await account_of(arguments)
        if account is None:
            return
        url = await create_scene_code(gateway, account, arguments["scene"])
        async with unit() as ctx:
            await keep_qr_url(ctx, UUID(arguments["base"]), url)

    async def menu(_: Unit, arguments: Arguments) -> None:
        account = await account_of(arguments)
        if account is not None:
            await push_menu(gateway, account)

    press = WechatPress(gateway, book, links.base_url)
    checker = WechatChecker(gateway, book, links)

    async def check(unit: Unit, _: Arguments) -> None:
        await check_waiting(unit, checker)

    return (
        Job(PRESS_JOB, partial(_article, press), "把公告图文交给微信群发"),
        Job(REMIND_JOB, partial(_remind, press), "催读：给能收到的人发一条客服消息"),
        Job(COLUMN_JOB, partial(_column, press), "把专栏文章发布到微信"),
        Job("moderation.check", check, "请微信检查等待中的文字和图片", "* * * * *"),
        Job(BASE_CODE, base_code, "向微信申请基地二维码"),
        Job(PUSH_MENU, menu, "把菜单发布到服务号"),
    )


MOST_TRIES = 60  # with pauses up to ten minutes: nine hours of a dead platform


async def _article(press: WechatPress, unit: Unit, arguments: Arguments) -> None:
    """The mass article; while the platform is away it is tried again later, under the same name."""
    announcement_id, tries = UUID(arguments["announcement"]), int(arguments.get("tries", "0"))
    if not await send_article(unit, announcement_id, press):
        return
    async with unit() as ctx:
        if tries >= MOST_TRIES:
            await give_up_article(ctx, announcement_id)
            return
        again = {"announcement": str(announcement_id), "tries": str(tries + 1)}
        await enqueue(ctx, PRESS_JOB, _pause(tries), **again)


async def _remind(press: WechatPress, unit: Unit, arguments: Arguments) -> None:
    await remind_unread(unit, UUID(arguments["announcement"]), press)


async def _column(press: WechatPress, unit: Unit, arguments: Arguments) -> None:
    article_id, tries = UUID(arguments["article"]), int(arguments.get("tries", "0"))
    if await press_article(unit, article_id, press) and tries < MOST_TRIES:
        async with unit() as ctx:
            again = {"article": str(article_id), "tries": str(tries + 1)}
            await enqueue(ctx, COLUMN_JOB, _pause(tries), **again)


def _pause(tries: int) -> timedelta:
    return timedelta(seconds=min(2.0 ** (tries + 1), 600.0))
