"""Fixtures shared by the tests of the WeChat edge and of deliveries."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.kit.settings import Settings
from tests.cast import SECRET_KEY
from tests.client import Client
from tests.wechat.stage import NOWHERE, Platform, Sender, sending, serving_platform


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving_platform() as platform:
        yield platform


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str) -> Settings:
    """The usual ones; connected to the platform where a test asks for it."""
    asks = "platform" in request.fixturenames
    return Settings(
        database_url=database_url,
        secret_key=SECRET_KEY,
        demo=True,
        wechat_api_base=request.getfixturevalue("platform").url if asks else NOWHERE,
        log_level="CRITICAL",
        worker_poll_seconds=0.05,
    )


@pytest.fixture
async def sender(client: Client, platform: Platform) -> AsyncIterator[Sender]:
    async with sending(client.engine, platform.url) as sender:
        yield sender
