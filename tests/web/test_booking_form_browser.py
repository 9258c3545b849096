"""Consent, questions and several children in a browser: ticked, sent, and without barriers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.cast import CAST, HERE, add_session
from tests.web.stage import PHONE, Site, acting
from tests.web.test_waiting_browser import _in_database, _without_barriers

pytestmark = pytest.mark.timeout(180)

QUESTIONS = """
INSERT INTO activity_field (district_id, id, activity_id, number, label, kind, required, hint, options)
SELECT :d, gen_random_uuid(), activity_id, n.number, n.label, n.kind, n.required, n.hint, n.options
FROM session CROSS JOIN (VALUES
  (1, 'T恤尺码', 'choice', true, '', '["S", "M", "L"]'::jsonb),
  (2, '是否吃素', 'yes_no', false, '', '[]'),
  (3, '想做什么', 'text', false, '一句话就好', '[]')) AS n(number, label, kind, required, hint, options)
WHERE session.id = :s
"""
CONSENT = (
    "UPDATE activity SET consent_needed = 'visit' "
    "WHERE id = (SELECT activity_id FROM session WHERE id = :s)"
)
WORDS = (
    "INSERT INTO consent_text (district_id, id, purpose, number, title, body, hash) VALUES "
    "(:d, gen_random_uuid(), 'visit', 1, '安全须知', '穿运动鞋，听老师安排，不单独离队。', 'h')"
)


async def stage(conn: AsyncConnection, **how: Any) -> UUID:
    session = await add_session(conn, **how)
    await conn.execute(text(CONSENT), {"s": session})
    return session


def test_a_parent_books_two_children_in_one_act(context: BrowserContext, site: Site) -> None:
    async def work(conn: AsyncConnection) -> UUID:
        await conn.execute(text(WORDS), {"d": HERE})
        session = await stage(conn, title="湿地观鸟", seats=3, starts_in=timedelta(days=5))
        await conn.execute(text(QUESTIONS), {"d": HERE, "s": session})
        return session

    session = _in_database(site, work)
    page = acting(context, site, CAST.twin_dad)
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/m/sessions/{session}")
    _without_barriers(page)
    for name in ("双双", "对对"):
        page.get_by_role("checkbox", name=name).check()
    for label in page.get_by_label("T恤尺码").all():
        label.select_option("M")
    page.get_by_role("checkbox", name="我同意孩子参加").check()
    page.get_by_role("button", name="预约").click()
    assert page.get_by_role("status").inner_text() == "2 个孩子都预约成功。"
    assert page.get_by_text("T恤尺码：M").is_visible()
    _without_barriers(page)


def test_a_parent_answers_with_one_tap(context: BrowserContext, site: Site) -> None:
    async def work(conn: AsyncConnection) -> None:
        session = await stage(conn, title="天文台之夜", starts_in=timedelta(days=7))
        await conn.execute(
            text(
                "INSERT INTO booking (district_id, id, session_id, pupil_id, state, seat_id, "
                "consent_asked_at) SELECT :d, gen_random_uuid(), :s, :p, 'confirmed', id, now() "
                "FROM seat WHERE session_id = :s LIMIT 1"
            ),
            {"d": HERE, "s": session, "p": CAST.xiaonan.id},
        )

    _in_database(site, work)
    page = acting(context, site, CAST.mama)
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/m/bookings")
    assert page.get_by_text("待家长同意").is_visible()
    _without_barriers(page)
    page.get_by_role("button", name="同意参加").click()
    assert "已同意" in page.get_by_role("status").inner_text()
    assert page.get_by_text("待家长同意").count() == 0


def test_the_questions_of_the_one_page_have_no_barriers(
    context: BrowserContext, site: Site
) -> None:
    page = acting(context, site, CAST.publisher)
    page.goto(f"{site.url}/console/activities/new")
    page.get_by_text("报名时要问家长的问题").click()
    page.get_by_label("问题", exact=True).first.fill("T恤尺码")
    _without_barriers(page)
