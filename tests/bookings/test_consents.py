"""A guardian's yes to a visit: in the act of booking, or asked for when somebody else booked."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.bookings.test_reserves import run_job
from tests.bookings.test_statements import MOST
from tests.cast import CAST, CLASS_3, Somebody
from tests.client import Client
from tests.people.test_consent import publish
from tests.statements import counted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def visit(client: Client, starts_in: timedelta = 10 * DAY, **how: Any) -> UUID:
    """A session whose activity wants a guardian's yes."""
    session_id = await client.add_session(starts_in=starts_in, **how)
    await client.rows(
        "UPDATE activity SET consent_needed = 'visit' WHERE id = "
        "(SELECT activity_id FROM session WHERE id = :s)",
        s=session_id,
    )
    return session_id


async def words(client: Client, session_id: UUID) -> str:
    shown = (await client.get(CAST.mama, f"/sessions/{session_id}/form")).json()["consent"]
    return str(shown["hash"])


async def by_teacher(client: Client, session_id: UUID, pupil: Somebody = CAST.xiaonan) -> Any:
    await client.rows("UPDATE session SET mode = 'nomination' WHERE id = :s", s=session_id)
    answer = await client.book(CAST.teacher, pupil, session_id)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def say(client: Client, who: Somebody, booking: Any, said: str, seen: str) -> Any:
    body = {"said": said, "consent": seen}
    return await client.post(who, f"/bookings/{booking['id']}/consent", body)


async def inbox(client: Client, who: Somebody) -> list[str]:
    return [row["headline"] for row in (await client.get(who, "/notifications")).json()["items"]]


async def state_of(client: Client, booking: Any) -> str:
    sql = "SELECT state FROM booking WHERE id = :id"
    return str(await client.value(sql, id=UUID(booking["id"])))


async def test_a_guardian_says_yes_while_booking_and_it_is_recorded(client: Client) -> None:
    text = await publish(client, purpose="visit", title="安全须知")
    session_id = await visit(client)
    shown = (await client.get(CAST.mama, f"/sessions/{session_id}/form")).json()["consent"]
    assert "我同意孩子参加" in shown["said"]
    assert (shown["title"], shown["body"]) == (text["title"], text["body"])
    silent = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert (silent.status_code, silent.json()["code"]) == (422, "booking.consent_needed")
    assert await client.value("SELECT count(*) FROM booking") == 0
    body = {"session_id": str(session_id), "pupil_id": str(CAST.xiaonan.id)}
    with counted(client) as sent:
        booked = await client.post(
            CAST.mama, "/bookings", {**body, "consent": shown["hash"]}, Idempotency_Key="one"
        )
    assert booked.json()["state"] == "confirmed", booked.text
    assert len(sent) <= MOST, "\n".join(sent)
    row = (await client.rows("SELECT * FROM booking_consent"))[0]
    assert (row.guardian_id, row.said, row.words_hash) == (CAST.mama.id, "yes", shown["hash"])
    assert (str(row.text_id), str(row.booking_id)) == (text["id"], booked.json()["id"])
    logged = "SELECT detail ->> 'consent' FROM audit_entry WHERE action = 'booking:create'"
    assert await client.value(logged) == shown["hash"]
    again = await client.book(CAST.granny, CAST.xiaonan, session_id)
    assert again.json()["id"] == booked.json()["id"], "booking again asks nothing"


async def test_words_that_changed_meanwhile_are_shown_again(client: Client) -> None:
    session_id = await visit(client)
    seen = await words(client, session_id)
    await publish(client, purpose="visit", title="安全须知")
    late = await client.book(CAST.mama, CAST.xiaonan, session_id, consent=seen)
    assert (late.status_code, late.json()["code"]) == (409, "booking.consent_outdated")
    fresh = await words(client, session_id)
    assert (
        await client.book(CAST.mama, CAST.xiaonan, session_id, consent=fresh)
    ).status_code == 201


async def test_the_text_of_a_visit_is_never_agreed_to_once_for_all(client: Client) -> None:
    text = await publish(client, purpose="visit", title="安全须知")
    body = {"text_id": text["id"], "text_hash": text["hash"], "pupil_id": str(CAST.xiaonan.id)}
    answer = await client.post(CAST.mama, "/consents", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "people.consent_per_booking")


async def test_what_a_teacher_booked_waits_for_the_guardians(client: Client) -> None:
    session_id = await visit(client)
    booked = await by_teacher(client, session_id)
    assert (booked["state"], "还要家长同意" in booked["message"]) == ("confirmed", True)
    for who in (CAST.mama, CAST.granny):
        assert await inbox(client, who) == ["请确认孩子能否参加"]
    assert "待家长同意" in await client.click(CAST.mama, "MY_BOOKINGS")
    seen = await words(client, session_id)
    for who, status in ((CAST.teacher, 403), (CAST.beimama, 404), (CAST.xiaonan, 404)):
        assert (await say(client, who, booked, "yes", seen)).status_code == status
    stale = await say(client, CAST.mama, booked, "yes", "0" * 64)
    assert stale.json()["code"] == "booking.consent_outdated"
    for _ in range(2):
        agreed = await say(client, CAST.mama, booked, "yes", seen)
        assert (agreed.status_code, agreed.json()["consent_asked_at"]) == (200, None)
    assert (await inbox(client, CAST.granny))[0] == "预约成功"
    assert await client.value("SELECT count(*) FROM booking_consent") == 1
    changed = await say(client, CAST.granny, booked, "no", seen)
    assert changed.json()["code"] == "booking.nothing_asked", "withdrawing is cancelling"
    gone = await client.post(CAST.granny, f"/bookings/{booked['id']}/cancel", {})
    assert gone.json()["state"] == "cancelled"


async def test_no_gives_the_seat_to_the_next(client: Client) -> None:
    session_id = await visit(client, starts_in=20 * HOUR, seats=1)
    booked = await by_teacher(client, session_id)
    waiting = await client.book(CAST.teacher, CAST.xiaobei, session_id)
    assert waiting.json()["state"] == "waitlisted"
    assert await inbox(client, CAST.beimama) == ["已加入候补"]
    seen = await words(client, session_id)
    for _ in range(2):
        refused = await say(client, CAST.mama, booked, "no", seen)
        assert refused.json()["state"] == "cancelled"
    assert await state_of(client, waiting.json()) == "confirmed"
    assert "请确认孩子能否参加" in await inbox(client, CAST.beimama)
    late = await say(client, CAST.granny, booked, "yes", seen)
    assert (late.status_code, late.json()["code"]) == (409, "booking.consent_over")


async def test_one_reminder_then_the_seat_is_let_go(client: Client) -> None:
    session_id = await visit(client, seats=1)
    booked = await by_teacher(client, session_id)
    limit = "UPDATE session SET cancel_until = now() + :left WHERE id = :s"
    asked = "UPDATE booking SET consent_asked_at = now() - interval '5 days'"
    await client.rows(limit, left=2 * DAY, s=session_id)
    await client.rows(asked)
    await run_job(client, "bookings.consents")
    assert len(await inbox(client, CAST.mama)) == 1, "two days before: nothing yet"
    await client.rows(limit, left=20 * HOUR, s=session_id)
    for _ in range(2):
        await run_job(client, "bookings.consents")
        assert len(await inbox(client, CAST.mama)) == 2, "one reminder"
    await client.rows(limit, left=-HOUR, s=session_id)
    for _ in range(2):
        await run_job(client, "bookings.consents")
        assert await state_of(client, booked) == "cancelled"
    assert (await inbox(client, CAST.mama))[0] == "预约已取消"
    assert await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL") == 0


async def test_who_is_asked_after_the_limit_still_has_time(client: Client) -> None:
    session_id = await visit(client)
    await client.rows(
        "UPDATE session SET cancel_until = now() - interval '1 hour' WHERE id = :s", s=session_id
    )
    booked = await by_teacher(client, session_id)
    await run_job(client, "bookings.consents")
    assert await state_of(client, booked) == "confirmed"
    agreed = await say(client, CAST.mama, booked, "yes", await words(client, session_id))
    assert agreed.status_code == 200


async def test_a_yes_and_the_job_at_once_leave_no_half(client: Client) -> None:
    for _ in range(3):
        session_id = await visit(client, seats=1)
        booked = await by_teacher(client, session_id)
        seen = await words(client, session_id)
        await client.rows("UPDATE booking SET consent_asked_at = now() - interval '5 days'")
        await client.rows(
            "UPDATE session SET cancel_until = now() - interval '1 hour' WHERE id = :s",
            s=session_id,
        )
        agreed, _ = await asyncio.gather(
            say(client, CAST.mama, booked, "yes", seen), run_job(client, "bookings.consents")
        )
        sure = await state_of(client, booked) == "confirmed"
        assert sure is (agreed.status_code == 200), agreed.text
        taken = "SELECT count(*) FROM seat WHERE session_id = :s AND booking_id IS NOT NULL"
        assert await client.value(taken, s=session_id) == int(sure)
        await client.rows("UPDATE booking SET state = 'cancelled', seat_id = NULL")


async def test_a_pupil_may_book_and_its_guardians_are_asked(client: Client) -> None:
    session_id = await visit(client)
    booked = await client.book(CAST.xing, CAST.xing, session_id)
    if booked.status_code == 201:
        assert booked.json()["consent_until"] is not None
    row = (await client.rows("SELECT consent_asked_at FROM booking"))[0]
    assert row.consent_asked_at is not None


async def test_a_class_is_asked_when_its_places_are_sure(client: Client) -> None:
    session_id = await visit(client, seats=5)
    await client.rows("UPDATE session SET mode = 'class' WHERE id = :s", s=session_id)
    body = {"session_id": str(session_id), "class_id": str(CLASS_3), "adults": 1}
    path = (
        f"/class-bookings/{(await client.post(CAST.teacher, '/class-bookings', body)).json()['id']}"
    )
    assert await inbox(client, CAST.mama) == []
    await client.post(CAST.liaison, f"{path}/confirm", {})
    await client.post(CAST.publisher, f"{path}/accept", {})
    assert await inbox(client, CAST.mama) == ["请确认孩子能否参加"]
    rows = (await client.get(CAST.teacher, f"/bookings?session_id={session_id}")).json()["items"]
    assert all(row["consent_asked_at"] for row in rows)
    assert len(rows) == 2
    mine = next(row for row in rows if row["pupil_id"] == str(CAST.xiaonan.id))
    await say(client, CAST.mama, mine, "yes", await words(client, session_id))
    await client.rows(
        "UPDATE booking SET consent_asked_at = now() - interval '9 days' WHERE consent_asked_at IS NOT NULL"
    )
    await client.rows("UPDATE session SET cancel_until = now() WHERE id = :s", s=session_id)
    await run_job(client, "bookings.consents")
    assert (await inbox(client, CAST.beimama))[0] == "预约已取消"
    told = (await client.get(CAST.teacher, "/notifications")).json()["items"][0]
    assert "共 1 人没有家长同意" in str(told)
    assert await state_of(client, mine) == "confirmed"
