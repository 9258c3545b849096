"""The phone's list: chips, honest places for this child, keyset pages, bounded statements."""

import re
from datetime import timedelta
from uuid import UUID

from tests.cast import CAST, CLASS_1, JUNIOR, POTTERY, SCHOOL, UNIT, WEATHER
from tests.client import Client
from tests.statements import counted
from tests.web.conftest import Browser

LISTS = ("/m", "/m?q=陶艺", "/m?q=没有", "/m?places=1&when=week&kind=dream_course")
CONSOLE = (
    (CAST.secretary, "/console/activities?title=陶艺"),
    (CAST.secretary, "/console/reviews"),
    (CAST.secretary, "/console/bookings"),
    (CAST.publisher, "/console/bookings"),
    (CAST.liaison, "/console/pupils?name=小"),
)
REST = (
    (CAST.mama, "/activities?title=陶艺"),
    (CAST.liaison, "/bookings"),
    (CAST.publisher, "/bookings"),
    (CAST.liaison, "/people?name=小"),
)


async def test_lists_and_search_take_at_most_five_statements_however_long(
    browser: Browser, client: Client
) -> None:
    costs: list[dict[str, int]] = []
    for _ in range(2):
        for number in range(4):
            session = await client.add_session(title=f"陶艺{number}", seats=2)
            await client.book(CAST.mama, CAST.xiaonan, session)
        costs.append({})
        for path in LISTS:
            browser.be(CAST.mama)
            with counted(client) as sent:
                assert (await browser.get(path)).status_code == 200, path
            costs[-1][path] = len(sent)
        for who, path in CONSOLE:
            browser.be(who).http.cookies.set("purpose", "check")
            with counted(client) as sent:
                assert (await browser.get(path)).status_code == 200, path
            costs[-1][f"{who.name} {path}"] = len(sent)
        for who, path in REST:
            with counted(client) as sent:
                assert (await client.get(who, path)).status_code == 200, path
            costs[-1][f"{who.name} {path}"] = len(sent)
    assert costs[0] == costs[1]
    assert max(costs[0].values()) <= 5, costs


async def _places(browser: Browser, session: UUID) -> str:
    """What the list says about the places of a session."""
    page = (await browser.get("/m?everyone=1")).text
    card = page.split(f"/m/sessions/{session}", 1)[1].split("</a>", 1)[0]
    return str(re.findall(r'class="mark[^>]*>([^<]+)<', card)[0])


async def _reserve(client: Client, session: UUID, school: UUID, seats: int) -> None:
    await client.rows(
        "UPDATE seat SET pool_id = :school WHERE id IN (SELECT id FROM seat "
        "WHERE session_id = :session AND pool_id IS NULL ORDER BY id LIMIT :seats)",
        school=school,
        session=session,
        seats=seats,
    )


async def test_places_left_are_those_this_child_can_get(browser: Browser, client: Client) -> None:
    session = await client.add_session(seats=5, starts_in=timedelta(days=3))
    await _reserve(client, session, JUNIOR, 2)
    await _reserve(client, session, SCHOOL, 1)
    browser.be(CAST.mama)
    assert await _places(browser, session) == "剩 3 个名额（共 3 个）", (
        "the open pool and the own school"
    )
    page = await browser.get(f"/m/sessions/{session}")
    assert "剩 3 个名额" in page.text
    assert 'max="3" value="0"' in page.text
    assert "能约的 3 个名额，已约 0 个" in page.text
    await client.book(CAST.mama, CAST.xiaonan, session)
    await client.book(CAST.beimama, CAST.xiaobei, session)
    assert await _places(browser, session) == "剩 1 个名额（共 3 个）"
    await client.book(CAST.twin_dad, CAST.shuang, session)
    waits = await client.book(CAST.twin_dad, CAST.dui, session)
    assert waits.json()["state"] == "waitlisted"
    said = await _places(browser, session)
    assert said == "已满，可候补（前面 1 人）；另有 2 个名额留给别的学校"
    browser.be(CAST.xing)
    assert await _places(browser, session) == "剩 2 个名额（共 4 个）", "its own school's reserve"
    await client.rows("UPDATE session SET reserve_until = starts_at WHERE id = :id", id=session)
    assert "后放开" in await _places(browser.be(CAST.mama), session)


async def test_a_seat_that_somebody_waits_for_is_not_offered_to_others(
    browser: Browser, client: Client
) -> None:
    session = await client.add_session(seats=1, starts_in=timedelta(days=3))
    await client.book(CAST.mama, CAST.xiaonan, session)
    await client.book(CAST.beimama, CAST.xiaobei, session)
    await client.rows("UPDATE seat SET booking_id = NULL WHERE session_id = :id", id=session)
    assert (await _places(browser.be(CAST.twin_dad), session)).startswith("已满")
    assert str(session) not in (await browser.get("/m?places=1")).text


async def test_a_family_sees_the_places_of_the_chosen_child(
    browser: Browser, client: Client
) -> None:
    """One twin moves to another school: the same list says something else for each."""
    session = await client.add_session(seats=2)
    await _reserve(client, session, JUNIOR, 2)
    await client.rows(
        "UPDATE school_class SET organization_id = :junior WHERE id = :id",
        junior=JUNIOR,
        id=CLASS_1,
    )
    await client.rows(
        "UPDATE enrollment SET class_id = (SELECT id FROM school_class WHERE organization_id = "
        ":school LIMIT 1) WHERE pupil_id = :dui",
        school=SCHOOL,
        dui=CAST.dui.id,
    )
    browser.be(CAST.twin_dad)
    await browser.post("/m/child", {"child": str(CAST.shuang.id), "back": "/m"})
    assert await _places(browser, session) == "剩 2 个名额（共 2 个）"
    await browser.post("/m/child", {"child": str(CAST.dui.id), "back": "/m"})
    assert await _places(browser, session) == "已满，可候补；另有 2 个名额留给别的学校"


async def test_chips_narrow_and_keep_each_other(browser: Browser, client: Client) -> None:
    soon = await client.add_session(title="明天的陶艺", starts_in=timedelta(hours=1), seats=1)
    later = await client.add_session(title="以后的气象", starts_in=timedelta(days=20), base=WEATHER)
    browser.be(CAST.mama)

    async def seen(path: str) -> set[UUID]:
        page = await browser.get(path)
        assert page.status_code == 200, page.text[:300]
        return {one for one in (soon, later) if f"/m/sessions/{one}" in page.text}

    assert await seen("/m") == {soon, later}
    assert await seen("/m?when=week") == {soon} or await seen("/m?when=next") == {soon}
    assert await seen(f"/m?base={WEATHER}") == {later}
    assert await seen(f"/m?unit={UNIT}") == {soon}
    assert await seen("/m?category=social&kind=dream_course") == {soon, later}
    assert await seen("/m?category=safety") == set()
    await client.book(CAST.beimama, CAST.xiaobei, soon)
    assert await seen("/m?places=1") == {later}
    page = (await browser.get(f"/m?q=气象&base={POTTERY}&places=1")).text
    assert "没有找到符合条件的活动" in page
    week = next(one for one in re.findall(r'href="(/m[^"]*)"', page) if "when=week" in one)
    assert all(kept in week for kept in (f"base={POTTERY}", "places=1", "q=%E6%B0%94%E8%B1%A1"))
    for wrong in ("when=tomorrow", "base=x", "places=2", "cursor=x", "cursor=WyJ4Il0", "kind=x"):
        assert (await browser.get(f"/m?{wrong}")).status_code == 422, wrong


async def test_every_session_stands_on_exactly_one_page(browser: Browser, client: Client) -> None:
    made = [
        await client.add_session(title=f"第{number}场", starts_in=timedelta(days=1 + number // 3))
        for number in range(43)
    ]
    await client.rows("UPDATE session SET starts_at = date_trunc('hour', starts_at)")
    path: str | None = "/m"
    browser.be(CAST.mama)
    found: list[str] = []
    while path:
        page = (await browser.get(path)).text
        found += re.findall(r'href="/m/sessions/([0-9a-f-]{36})"', page)
        following = re.findall(r'href="(/m\?cursor=[^"]+)" rel="next"', page)
        path = following[0] if following else None
    assert len(found) == 43
    assert set(found) == {str(one) for one in made}
