"""Background work that talks to the platform: network first, then one short transaction."""

from uuid import UUID

from app.channels.accounts import Account
from app.channels.kinds import PUSH_MENU, SERVICE_ACCOUNT, ItemKind, Way
from app.channels.service.health import keep_quota
from app.channels.service.operations import note
from app.channels.service.stops import lift_timed
from app.jobs.service import Arguments, Job, Unit
from app.resources.jobs import BASE_CODE
from app.resources.service.keeping import keep_qr_url
from wechat.accounts import AccountBook
from wechat.channel import CUSTOMER, SEND
from wechat.gateway import Gateway
from wechat.menu import MENU, push_menu, read_menu
from wechat.qrcodes import create_scene_code
from wechat.quotas import METERED, read_quota

WAYS = {SEND: Way.TEMPLATE, CUSTOMER: Way.CUSTOMER}


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

    async def drift(unit: Unit, arguments: Arguments) -> None:
        account = await account_of(arguments)
        if account is not None:
            await compare_menu(gateway, account, unit)

    async def quotas(unit: Unit, arguments: Arguments) -> None:
        account = await account_of(arguments)
        if account is not None:
            await note_quotas(gateway, account, unit)

    return (
        Job(BASE_CODE, base_code, "向微信申请基地二维码"),
        Job(PUSH_MENU, menu, "把菜单发布到服务号"),
        Job("channels.compare_menu", drift, "核对公众平台上的菜单", "30 20 * * *"),
        Job("channels.read_quotas", quotas, "查询接口剩余次数", "*/15 * * * *"),
    )


async def compare_menu(gateway: Gateway, account: Account, unit: Unit) -> None:
    """Has somebody changed the menu in the platform's console? Never mended by itself."""
    if await read_menu(gateway, account) == MENU["button"]:
        return
    async with unit() as ctx:
        detail = f"{account.name} 的菜单"
        await note(ctx.conn, ctx.district_id, ItemKind.DECLARED_DRIFT, account.name, detail)


async def note_quotas(gateway: Gateway, account: Account, unit: Unit) -> None:
    """Ask what is left of each API; a quota that is there again opens its way."""
    found = [(path, await read_quota(gateway, account, path)) for path in METERED]
    async with unit() as ctx:
        for path, quota in found:
            if quota is None:
                continue
            await keep_quota(ctx, account.appid, path, *quota)
            if path in WAYS and quota[1] < quota[0]:
                await lift_timed(ctx.conn, ctx.district_id, WAYS[path])
