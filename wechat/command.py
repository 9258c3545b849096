"""What `wechat-push` does and prints: the accounts one after the other, their differences in words."""

from functools import partial

from app.channels.accounts import Account
from app.channels.kinds import SERVICE_ACCOUNT
from app.channels.service.tags import order_tags
from app.channels.tokens import TokenStore
from app.jobs.service import Unit
from app.kit.db import Engine, system_context
from app.kit.sealing import Sealer
from app.kit.settings import Settings
from app.orgs.queries import all_district_ids
from app.wiring import WIRING
from wechat.accounts import AccountBook
from wechat.attending import note_drift
from wechat.declared import compare, declare, printed, push
from wechat.gateway import Gateway
from wechat.templates import Chosen, chosen


async def push_accounts(
    engine: Engine, settings: Settings, name: str | None, *, dry: bool
) -> list[str]:
    """Every service account, or the one of this name; no line where there is none."""
    sealer = Sealer(settings.secret_key.get_secret_value())
    book = AccountBook(engine, sealer)
    ours = chosen(settings.wechat_template_ids, settings.wechat_subscribe_ids, demo=settings.demo)
    lines: list[str] = []
    async with Gateway(settings.wechat_api_base, TokenStore(engine, sealer)) as gateway:
        for district_id in await all_district_ids(engine):
            account = await book.of_district(district_id, SERVICE_ACCOUNT)
            if account is None or name not in (None, account.name):
                continue
            unit = partial(system_context, engine, WIRING, district_id)
            said = await _pushed(gateway, account, unit, ours, dry=dry)
            lines += [f"服务号 {account.name}", *said]
    return lines


async def _pushed(
    gateway: Gateway, account: Account, unit: Unit, ours: Chosen, *, dry: bool
) -> list[str]:
    """The differences; unless it is a dry run they are put right, and what remains is said."""
    if dry:
        return printed(await compare(gateway, account, unit, ours))
    before = await push(gateway, account, unit, await declare(unit, account, ours))
    async with unit() as ctx:
        await order_tags(ctx)
    found = await compare(gateway, account, unit, ours)
    await note_drift(unit, account, found)
    after = {one.key for one in found}
    mended = [one for one in before if one.key not in after]
    rest = [one for one in before if one.key in after]
    said = [f"已推送，改了 {len(mended)} 处。", *printed(mended)] if mended else ["没有要改的。"]
    return [*said, *(["推送不了的：", *printed(rest)] if rest else [])]
