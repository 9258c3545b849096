"""Background work that talks to the platform: network first, then one short transaction."""

from uuid import UUID

from app.channels.accounts import Account
from app.channels.kinds import PUSH_MENU, SERVICE_ACCOUNT
from app.jobs.service import Arguments, Job, Unit
from app.resources.jobs import BASE_CODE
from app.resources.service.keeping import keep_qr_url
from wechat.accounts import AccountBook
from wechat.gateway import Gateway
from wechat.menu import push_menu
from wechat.qrcodes import create_scene_code


def edge_jobs(gateway: Gateway, book: AccountBook) -> tuple[Job, ...]:
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

    return (
        Job(BASE_CODE, base_code, "向微信申请基地二维码"),
        Job(PUSH_MENU, menu, "把菜单发布到服务号"),
    )
