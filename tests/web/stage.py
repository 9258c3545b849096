"""The stage of the browser tests: a served application, Debian's Chromium, somebody's cookies."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.activities.kinds import ActivityState
from app.dev.testing import find_browser
from app.kit.ids import digest, new_id
from app.people.models import Identity, LoginSession
from app.people.service.login import hash_password
from tests.bookings.race import web_processes
from tests.cast import CAST, HERE, Somebody, add_session
from tests.conftest import EMBEDDED, cluster_of

PHONE: ViewportSize = {"width": 390, "height": 844}
PHONE_TOKEN = "the-teacher-in-wechat"
OFFICE: ViewportSize = {"width": 1280, "height": 900}


class Site:
    """A served application on a database of its own, with something on every page."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.activity = self.session = self.door = UUID(int=0)

    async def fill(self, database_url: str) -> None:
        engine = create_async_engine(database_url, poolclass=NullPool)
        async with engine.begin() as conn:
            await _more(conn)
            self.session = await add_session(conn, title="捏一只小碗", seats=1)
            self.door = await add_session(conn, title="今天的陶艺", seats=5)
            self.activity = (
                await conn.execute(
                    text("SELECT id FROM activity WHERE state = 'submitted' LIMIT 1")
                )
            ).scalar_one()
        await engine.dispose()


async def _more(conn: AsyncConnection) -> None:
    for index in range(3):
        await add_session(conn, title=f"等待审核{index}", state=ActivityState.SUBMITTED)
    await conn.execute(
        insert(Identity).values(
            district_id=HERE,
            id=new_id(),
            person_id=CAST.second_secretary.id,
            kind="password",
            subject="mishu",
            secret_hash=hash_password("right-password"),
        )
    )
    await conn.execute(
        insert(LoginSession).values(
            district_id=HERE,
            id=new_id(),
            person_id=CAST.teacher.id,
            token_digest=digest(PHONE_TOKEN),
            channel="h5",
            expires_at=text("now() + interval '1 day'"),
        )
    )


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    cluster, template = cluster_of(EMBEDDED)
    name = f"t_{uuid4().hex[:16]}"
    database_url = cluster.create_database(name, template=template)
    with web_processes(database_url, 1) as ((url, _),):
        site = Site(url)
        # Playwright's own loop runs in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, site.fill(database_url)).result()
        yield site
    cluster.drop_database(name)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = find_browser()
    assert path is not None, "run.py test installs a browser, or says what is missing"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(path), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=OFFICE, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


def acting(context: BrowserContext, site: Site, who: Somebody) -> Page:
    cookies = [{"name": "login", "value": who.token, "url": site.url}]
    cookies.append({"name": "purpose", "value": "test", "url": site.url})
    context.clear_cookies()
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context.pages[0] if context.pages else context.new_page()
