"""Held places and class bookings in a browser: pressed, looked at, and without barriers."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tests.cast import CAST, add_session
from tests.web.stage import PHONE, Site, acting

pytestmark = pytest.mark.timeout(180)


def _in_database(site: Site, work: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        engine = create_async_engine(site.database_url, poolclass=NullPool)
        async with engine.begin() as conn:
            found = await work(conn)
        await engine.dispose()
        return found

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def _without_barriers(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]


def test_a_held_place_is_accepted_on_a_phone(context: BrowserContext, site: Site) -> None:
    async def stage(conn: AsyncConnection) -> UUID:
        return await add_session(conn, title="看云识天气", seats=1, starts_in=timedelta(days=4))

    session = _in_database(site, stage)
    for who, button in ((CAST.mama, "预约（小南）"), (CAST.beimama, "加入候补（小北）")):
        page = acting(context, site, who)
        page.set_viewport_size(PHONE)
        page.goto(f"{site.url}/m/sessions/{session}")
        page.get_by_role("button", name=button).click()
    page = acting(context, site, CAST.mama)
    page.goto(f"{site.url}/m/bookings")
    page.get_by_text("取消预约").click()
    page.get_by_role("button", name="确认取消").click()
    page = acting(context, site, CAST.beimama)
    page.goto(f"{site.url}/m/bookings")
    assert page.get_by_text("名额保留到").is_visible()
    _without_barriers(page)
    page.get_by_role("button", name="接受名额").click()
    page.get_by_role("status").wait_for()
    assert page.get_by_text("已录取").is_visible()


def test_a_class_booking_is_drafted_confirmed_and_accepted(
    context: BrowserContext, site: Site
) -> None:
    async def stage(conn: AsyncConnection) -> None:
        session = await add_session(conn, title="博物馆一日", seats=6, starts_in=timedelta(days=9))
        await conn.execute(text("UPDATE session SET mode = 'class' WHERE id = :s"), {"s": session})

    _in_database(site, stage)
    page = acting(context, site, CAST.teacher)
    page.goto(f"{site.url}/console/class-bookings/new")
    page.get_by_label("带队成人").fill("2")
    page.get_by_label("场次").select_option(index=0)
    _without_barriers(page)
    page.get_by_role("button", name="占名额并请学校确认").click()
    path = page.url
    for who, button in ((CAST.liaison, "学校确认"), (CAST.publisher, "接受这个班")):
        page = acting(context, site, who)
        page.goto(path)
        _without_barriers(page)
        page.get_by_role("button", name=button).click()
        page.get_by_role("status").wait_for()
    assert page.get_by_text("已约好").is_visible()


def test_a_phone_reckons_how_far_away_it_is(context: BrowserContext, site: Site) -> None:
    async def stage(conn: AsyncConnection) -> str:
        placed = "UPDATE learning_base SET place = '31.375600,121.250800' RETURNING scene"
        return str((await conn.execute(text(placed))).scalars().first())

    scene = _in_database(site, stage)
    context.grant_permissions(["geolocation"])
    page = acting(context, site, CAST.mama)
    page.set_viewport_size(PHONE)
    for east, said, band in ((121.2508, "在基地附近", "near"), (121.28, "不在基地附近", "away")):
        context.set_geolocation({"latitude": 31.3756, "longitude": east})
        page.goto(f"{site.url}/m/check-in?scene={scene}")
        page.get_by_role("button", name="核对远近").click()
        page.get_by_text(said).wait_for()
        assert page.locator("[name=distance]").first.input_value() == band
    _without_barriers(page)
