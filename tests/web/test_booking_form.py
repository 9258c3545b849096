"""Booking with a yes, with questions and with several children: on a phone, and as plain forms."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from app.kit import cookies
from tests.bookings.race import add_families
from tests.bookings.test_consents import by_teacher, visit, words
from tests.bookings.test_fields import MEAL, SIZE, asked
from tests.bookings.test_siblings import TWINS
from tests.cast import CAST, Somebody
from tests.client import Client
from tests.people.test_consent import publish
from tests.statements import counted


async def open_page(client: Client, who: Somebody, path: str) -> Any:
    client.http.cookies.set(cookies.LOGIN, who.token)
    return await client.http.get(path)


async def send(client: Client, who: Somebody, path: str, **fields: Any) -> Any:
    client.http.cookies.set(cookies.LOGIN, who.token)
    shown = await client.http.get("/m/bookings")
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', shown.text)
    token = token or re.search(
        r'name="form_token" value="([0-9a-f]+)"',
        (await client.http.get(path.removesuffix("/book"))).text,
    )
    assert token is not None
    return await client.http.post(path, data={"form_token": token[1], **fields})


async def test_a_parent_ticks_children_says_yes_and_answers(client: Client) -> None:
    session_id, ids = await asked(client, SIZE, MEAL, seats=2)
    await client.rows("UPDATE activity SET consent_needed = 'visit'")
    await publish(client, purpose="visit", title="安全须知")
    page = await open_page(client, CAST.twin_dad, f"/m/sessions/{session_id}")
    for part in (
        "给哪几个孩子预约",
        "双双的报名信息",
        "对对的报名信息",
        "我同意孩子参加",
        "安全须知",
    ):
        assert part in page.text
    path, seen = f"/m/sessions/{session_id}/book", await words(client, session_id)
    size = ids["T恤尺码"]
    sizes = {f"f-{size}-{twin.id}": "M" for twin in TWINS}
    both = [str(twin.id) for twin in TWINS]
    silent = await send(client, CAST.twin_dad, path, pupil_id=both, **sizes)
    assert "请先阅读并勾选" in silent.text
    assert silent.text.count("selected") >= len(TWINS), "what was written is not lost"
    half = {f"f-{size}-{CAST.dui.id}": "M"}
    missing = await send(client, CAST.twin_dad, path, pupil_id=both, consent=seen, **half)
    assert "请填写“T恤尺码”" in missing.text
    done = await send(client, CAST.twin_dad, path, pupil_id=both, consent=seen, **sizes)
    assert done.status_code == 303, done.text
    assert await client.value("SELECT count(*) FROM booking WHERE state = 'confirmed'") == 2
    mine = await open_page(client, CAST.twin_dad, "/m/bookings")
    assert "T恤尺码：M" in mine.text


async def test_too_few_places_offer_to_wait_together(client: Client) -> None:
    session_id = await client.add_session(seats=1, starts_in=timedelta(days=4))
    path, both = f"/m/sessions/{session_id}/book", [str(twin.id) for twin in TWINS]
    refused = await send(client, CAST.twin_dad, path, pupil_id=both)
    assert (refused.status_code, "一起候补" in refused.text) == (409, True)
    assert (await send(client, CAST.twin_dad, path)).status_code == 422, "nobody was ticked"
    waits = await send(client, CAST.twin_dad, path, pupil_id=both, wait="1")
    assert waits.status_code == 303
    await client.patch(CAST.publisher, f"/sessions/{session_id}", {"capacity": 2})
    page = await open_page(client, CAST.twin_dad, "/m/bookings")
    assert "一起接受名额" in page.text
    booking = await client.value("SELECT min(id::text) FROM booking WHERE state = 'offered'")
    gone = await send(client, CAST.twin_dad, f"/m/bookings/{booking}/decline")
    assert gone.status_code == 303
    assert await client.value("SELECT count(*) FROM booking WHERE state = 'cancelled'") == 2


async def test_one_tap_answers_for_what_a_teacher_booked(client: Client) -> None:
    session_id = await visit(client)
    booked = await by_teacher(client, session_id)
    seen = await words(client, session_id)
    page = await open_page(client, CAST.mama, "/m/bookings")
    assert "待家长同意" in page.text
    assert "不参加" in page.text
    path = f"/m/bookings/{booked['id']}/consent"
    assert (await send(client, CAST.mama, path, said="yes", consent=seen)).status_code == 303
    asked_at = "SELECT consent_asked_at FROM booking WHERE id = :b"
    assert await client.value(asked_at, b=UUID(booked["id"])) is None
    other = await by_teacher(client, await visit(client, timedelta(days=20)), CAST.xiaobei)
    path = f"/m/bookings/{other['id']}/consent"
    assert (await send(client, CAST.beimama, path, said="no", consent=seen)).status_code == 303
    gone = "SELECT state FROM booking WHERE id = :b"
    assert await client.value(gone, b=UUID(other["id"])) == "cancelled"


async def console(client: Client, who: Somebody, path: str, **fields: Any) -> Any:
    client.http.cookies.set(cookies.LOGIN, who.token)
    client.http.cookies.set("purpose", "test")
    if not fields:
        return await client.http.get(path)
    shown = await client.http.get("/console/activities/new")
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', shown.text)
    assert token is not None
    return await client.http.post(path, data={"form_token": token[1], **fields})


async def test_staff_see_who_has_not_answered_and_only_the_unit_the_answers(client: Client) -> None:
    session_id, ids = await asked(client, SIZE, seats=4)
    await client.rows("UPDATE activity SET consent_needed = 'visit'")
    answers = [{"field_id": ids["T恤尺码"], "value": "L"}]
    seen = await words(client, session_id)
    answer = await client.book(
        CAST.beimama, CAST.xiaobei, session_id, answers=answers, consent=seen
    )
    assert answer.status_code == 201, answer.text
    await by_teacher(client, session_id)
    path = f"/console/bookings?session_id={session_id}"
    unit = (await console(client, CAST.publisher, path)).text
    assert (unit.count("待家长同意"), "T恤尺码：L" in unit) == (1, True)
    school = (await console(client, CAST.teacher, path)).text
    assert (school.count("待家长同意"), "T恤尺码：L" in school) == (1, False)
    assert "只有承办单位可看" in school
    roster = (await console(client, CAST.door, f"/console/sessions/{session_id}/roster")).text
    assert roster.count("待家长同意") == 1


async def test_a_unit_writes_its_questions_on_the_one_page(client: Client) -> None:
    session_id = await client.add_session()
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    await client.rows("UPDATE activity SET state = 'draft'")
    path = f"/console/activities/{activity}/questions"
    wrong = {"q1-label": "身份证号", "q1-kind": "text"}
    refused = await console(client, CAST.publisher, path, **wrong)
    assert (refused.status_code, "健康提示" in refused.text) == (422, True)
    assert 'value="身份证号"' in refused.text
    rows = {"q1-label": "尺码", "q1-kind": "choice", "q1-options": "S、M,L", "q1-required": "1"}
    assert (await console(client, CAST.publisher, path, **rows)).status_code == 303
    asked_now = (await client.rows("SELECT label, options, required FROM activity_field"))[0]
    assert tuple(asked_now) == ("尺码", ["S", "M", "L"], True)
    edit = (await console(client, CAST.publisher, f"/console/activities/{activity}/edit")).text
    assert 'value="S，M，L"' in edit
    await client.rows("UPDATE activity SET state = 'published'")
    more = {"q1-label": "想做什么", "q1-kind": "text"}
    assert (await console(client, CAST.publisher, path, **more)).status_code == 303
    shown = (await console(client, CAST.publisher, f"/console/activities/{activity}")).text
    assert "尺码（必填）、想做什么" in shown


async def test_two_taps_at_once_book_the_twins_once(client: Client) -> None:
    session_id = await client.add_session(seats=3)
    path, both = f"/m/sessions/{session_id}/book", [str(twin.id) for twin in TWINS]
    answers = await asyncio.gather(
        *(send(client, CAST.twin_dad, path, pupil_id=both) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} == {303}
    assert await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL") == 2


async def test_a_family_answers_later_what_the_teacher_left_open(client: Client) -> None:
    session_id, ids = await asked(client, SIZE, MEAL)
    booked = await by_teacher(client, session_id)
    size, meal = ids["T恤尺码"], ids["是否吃素"]
    assert "填写报名信息" in (await open_page(client, CAST.mama, "/m/bookings")).text
    path, wire = f"/m/bookings/{booked['id']}/answers", f"/bookings/{booked['id']}/answers"
    assert "T恤尺码" in (await open_page(client, CAST.mama, path)).text
    named = {one: f"f-{one}-{CAST.xiaonan.id}" for one in (size, meal)}
    silent = await send(client, CAST.mama, path, **{named[meal]: "yes"})
    assert "请填写“T恤尺码”" in silent.text
    assert silent.text.count("selected") == 1, "what was written is not lost"
    for _ in range(2):
        told = await send(client, CAST.mama, path, **{named[size]: "S", named[meal]: "yes"})
        assert told.status_code == 303, told.text
    changed = {"answers": [{"field_id": size, "value": "L"}]}
    answered = await client.call(CAST.granny, "PUT", wire, changed)
    assert [row["value"] for row in answered.json()["items"]] == ["L"]
    read = (await client.get(CAST.publisher, wire)).json()["items"]
    assert [(row["label"], row["value"]) for row in read] == [("T恤尺码", "L")]
    assert "修改报名信息" in (await open_page(client, CAST.mama, "/m/bookings")).text
    for who in (CAST.beimama, CAST.teacher):
        assert (await client.call(who, "PUT", wire, changed)).status_code == 404
        assert (await open_page(client, CAST.beimama, path)).status_code == 404
    await client.rows(
        "UPDATE session SET starts_at = now() - interval '1 minute' WHERE id = :s", s=session_id
    )
    late = await client.call(CAST.mama, "PUT", wire, changed)
    assert (late.status_code, late.json()["code"]) == (409, "booking.answers_over")


async def test_families_who_press_at_once_on_their_pages_are_served_together(
    client: Client,
) -> None:
    session_id, ids = await asked(client, SIZE, seats=3)
    families = await add_families(client.engine, 9)
    path = f"/m/sessions/{session_id}/book"

    async def press(number: int, pupil: UUID, token: str) -> httpx.Response:
        form = {"pupil_id": str(pupil), f"f-{ids['T恤尺码']}-{pupil}": "SML"[number % 3]}
        form["wait"] = "0" if number == 8 else "1"
        cookie = f"{cookies.LOGIN}={token}"
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        return await client.http.post(path, data=form, headers=headers)

    with counted(client) as sent:
        *answers, full = await asyncio.gather(
            *(press(number, *family) for number, family in enumerate(families))
        )
    assert any(one.startswith("WITH turns AS") for one in sent), "nobody was served in a crowd"
    assert [one.status_code for one in answers] == [303] * 8, answers[0].text
    assert full.status_code == 409
    assert "名额已满" in full.text
    assert "selected" in full.text, "what was written is not lost"
    states = await client.rows("SELECT state, count(*) FROM booking GROUP BY 1")
    assert dict(states) == {"confirmed": 3, "waitlisted": 5}
    said = "SELECT a.value FROM booking_answer a JOIN booking b ON b.id = a.booking_id ORDER BY queue_no"
    assert "".join(row.value for row in await client.rows(said)) == "SMLSMLSM"
