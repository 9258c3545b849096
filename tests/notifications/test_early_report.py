"""The platform reports so fast that its report overtakes our own record: nothing is lost."""

import httpx

from app.kit.db import make_engine
from app.kit.settings import Settings
from app.main import create_app
from tests.cast import ACCOUNT
from tests.client import Client
from tests.notifications.test_delivery import booked, fates
from tests.simulator.stage import served
from tests.wechat.stage import Platform, sending


async def test_the_whole_way_round_ends_in_delivered(
    platform: Platform, settings: Settings
) -> None:
    """Booking, message, and the platform's own report to our served callback address."""
    engine = make_engine(settings, "outside")
    with served(create_app(settings)) as url:
        platform.simulator.account.callback_url = f"{url}/wechat/callback/{ACCOUNT}"
        async with (
            httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http,
            sending(engine, platform.url) as sender,
        ):
            client = Client(http, engine)
            for _ in range(5):
                await booked(client)
            await client.rows("UPDATE notification SET kind = 'arrived'")  # these are never merged
            await sender.round()
            platform.sim("settle")
            await sender.round()
            assert await fates(client) == [("delivered", None)] * 5
    await engine.dispose()
