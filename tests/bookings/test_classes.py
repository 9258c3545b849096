"""A class is booked by its teacher, confirmed by its school in time, accepted by the unit."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.errors import TooFewAdults
from app.bookings.rules import adults_needed, answer_limit, check_adults
from tests.bookings.test_reserves import run_job
from tests.cast import CAST, CLASS_1, CLASS_3, Somebody
from tests.client import Client

START = timedelta(days=10)


async def _session(client: Client, seats: int = 5, **how: Any) -> UUID:
    session_id = await client.add_session(seats=seats, starts_in=START, **how)
    await client.rows("UPDATE session SET mode = 'class' WHERE id = :s", s=session_id)
    return session_id


async def _draft(client: Client, session_id: UUID, **more: Any) -> Any:
    body = {"session_id": str(session_id), "class_id": str(CLASS_3), "adults": 1, **more}
    return await client.post(CAST.teacher, "/class-bookings", body)


async def _states(client: Client) -> list[str]:
    return sorted(row.state for row in await client.rows("SELECT state FROM booking"))


async def _taken(client: Client) -> int:
    return int(await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL"))


async def _headlines(client: Client, who: Somebody) -> list[str]:
    found = (await client.get(who, "/notifications")).json()["items"]
    return [row["headline"] for row in found]


async def test_a_class_goes_through_school_and_unit_to_its_families(client: Client) -> None:
    session_id = await _session(client)
    drafted = await _draft(client, session_id, bus_note="大巴一辆")
    assert (drafted.status_code, drafted.json()["state"]) == (201, "drafted"), drafted.text
    path = f"/class-bookings/{drafted.json()['id']}"
    assert await _states(client) == ["held", "held"]
    assert await _taken(client) == 2
    assert await _headlines(client, CAST.mama) == [], "nothing is sure yet"
    assert "整班待确认" in await client.click(CAST.mama, "MY_BOOKINGS")
    assert await _headlines(client, CAST.liaison) == ["整班预约待处理"]
    early = await client.post(CAST.publisher, f"{path}/accept", {})
    assert early.json()["code"] == "class_booking.wrong_state"
    for who, verb, state in (
        (CAST.liaison, "confirm", "head_confirmed"),
        (CAST.publisher, "accept", "accepted"),
    ):
        for _ in range(2):
            done = await client.post(who, f"{path}/{verb}", {})
            assert done.json()["state"] == state, done.text
    assert await _states(client) == ["confirmed", "confirmed"]
    assert await _headlines(client, CAST.mama) == ["预约成功"]
    assert await _headlines(client, CAST.publisher) == ["整班预约待处理"]
    assert await _headlines(client, CAST.teacher) == ["整班预约有结果", "整班预约有结果"]
    shown = (await client.get(CAST.publisher, path)).json()
    assert set(shown["pupil_ids"]) == {str(CAST.xiaonan.id), str(CAST.xiaobei.id)}
    reads = "SELECT count(*) FROM audit_entry WHERE action = 'pupil:read' AND person_id = :p"
    assert await client.value(reads, p=CAST.publisher.id) == 2
    await client.post(CAST.teacher, f"{path}/release", {"reason": "下雨"})
    assert (await _states(client), await _taken(client)) == (["cancelled", "cancelled"], 0)
    assert (await _headlines(client, CAST.mama))[0] == "预约已取消"


async def test_a_declined_class_is_free_to_go_elsewhere(client: Client) -> None:
    session_id = await _session(client)
    path = f"/class-bookings/{(await _draft(client, session_id)).json()['id']}"
    await client.post(CAST.liaison, f"{path}/confirm", {})
    declined = await client.post(CAST.publisher, f"{path}/decline", {"reason": "当天停电"})
    assert (declined.json()["state"], declined.json()["reason"]) == ("declined", "当天停电")
    assert await _taken(client) == 0
    assert await _headlines(client, CAST.mama) == ["预约已取消"], "she saw it as 待确认"
    assert (await _draft(client, session_id)).status_code == 201


@pytest.mark.parametrize(
    ("how", "more", "code"),
    [
        ({"seats": 1}, {}, "class_booking.not_enough_seats"),
        ({}, {"pupil_ids": [str(CAST.dui.id)]}, "class_booking.no_pupils"),
        ({}, {"pupil_ids": []}, "class_booking.no_pupils"),
        ({}, {"confirm_by": "2020-01-01T00:00:00Z"}, "class_booking.limit_date_wrong"),
        ({"grades": (7, 9)}, {}, "booking.grade_does_not_fit"),
        ({}, {"class_id": str(CLASS_1)}, "kit.not_found"),
    ],
)
async def test_each_refusal_leaves_nothing(
    client: Client, how: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    session_id = await _session(client, **how)
    refused = await _draft(client, session_id, **more)
    assert refused.json()["code"] == code
    assert await client.value("SELECT count(*) FROM class_booking") == 0
    assert (await _states(client), await _taken(client)) == ([], 0)


async def test_one_booking_a_class_and_only_of_sessions_for_classes(client: Client) -> None:
    session_id = await _session(client)
    await _draft(client, session_id)
    assert (await _draft(client, session_id)).json()["code"] == "class_booking.stands_already"
    other = await client.add_session(starts_in=START + timedelta(days=1))
    assert (await _draft(client, other)).json()["code"] == "class_booking.not_for_classes"
    alone = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert alone.json()["message"].startswith("已经预约过了")


async def test_who_is_elsewhere_at_that_time_is_left_out_by_name(client: Client) -> None:
    session_id = await _session(client)
    other = await client.add_session(starts_in=START)
    await client.book(CAST.mama, CAST.xiaonan, other)
    busy = await _draft(client, session_id)
    assert busy.json()["code"] == "class_booking.pupils_busy"
    assert "1 名学生" in busy.json()["detail"]
    rest = await _draft(client, session_id, pupil_ids=[str(CAST.xiaobei.id)])
    assert rest.status_code == 201


async def test_silence_is_reminded_twice_and_then_releases(client: Client) -> None:
    session_id = await _session(client)
    await _draft(client, session_id)
    for left, told in ((5, 1), (3, 2), (2, 2), (1, 3), (0.5, 3)):
        limit = datetime.now(UTC) + timedelta(days=left)
        await client.rows("UPDATE class_booking SET confirm_by = :at", at=limit)
        await run_job(client, "bookings.class_limits")
        assert len(await _headlines(client, CAST.liaison)) == told, left
    await client.rows("UPDATE class_booking SET confirm_by = now()")
    for _ in range(2):
        await run_job(client, "bookings.class_limits")
    assert await client.value("SELECT state FROM class_booking") == "released"
    assert (await _states(client), await _taken(client)) == (["cancelled", "cancelled"], 0)
    assert await _headlines(client, CAST.teacher) == ["整班预约有结果"]


async def test_a_session_called_off_ends_the_class_booking(client: Client) -> None:
    session_id = await _session(client)
    await _draft(client, session_id)
    await client.post(CAST.publisher, f"/sessions/{session_id}/cancel", {"reason": "场馆维修"})
    assert await client.value("SELECT state FROM class_booking") == "released"
    assert await _headlines(client, CAST.mama) == []


@pytest.mark.parametrize("who", [CAST.other_publisher, CAST.mama, CAST.foreign_secretary])
async def test_other_units_and_families_see_no_class_booking(client: Client, who: Somebody) -> None:
    session_id = await _session(client)
    path = f"/class-bookings/{(await _draft(client, session_id)).json()['id']}"
    assert (await client.get(who, path)).status_code in (403, 404)
    assert (await client.post(who, f"{path}/accept", {})).status_code in (403, 404)
    assert await client.value("SELECT state FROM class_booking") == "drafted"


@given(pupils=st.integers(1, 60), grade=st.integers(-3, 9))
def test_adults_are_enough_for_every_ten_or_six_begun(pupils: int, grade: int) -> None:
    least, ratio = adults_needed(pupils, grade), 10 if grade >= 1 else 6
    assert least * ratio >= pupils > (least - 1) * ratio
    check_adults(least, pupils, grade)
    with pytest.raises(TooFewAdults):
        check_adults(least - 1, pupils, grade)


async def _asked(client: Client) -> str:
    """A class booking the school has confirmed; gives its path."""
    session_id = await _session(client)
    path = f"/class-bookings/{(await _draft(client, session_id)).json()['id']}"
    confirmed = await client.post(CAST.liaison, f"{path}/confirm", {})
    left = datetime.fromisoformat(confirmed.json()["answer_by"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left < timedelta(days=7)
    return path


async def test_a_silent_unit_is_reminded_twice_and_then_everybody_hears(client: Client) -> None:
    path = await _asked(client)
    for left, told in ((5, 1), (3, 2), (2, 2), (1, 3), (0.5, 3)):
        limit = datetime.now(UTC) + timedelta(days=left)
        await client.rows("UPDATE class_booking SET answer_by = :at", at=limit)
        await run_job(client, "bookings.class_limits")
        assert len(await _headlines(client, CAST.publisher)) == told, left
    newest = (await client.get(CAST.publisher, "/notifications")).json()["items"][0]
    assert ["要做的事", "请尽快接受或谢绝，过期自动取消"] in newest["lines"]
    assert await _headlines(client, CAST.liaison) == ["整班预约待处理"]
    await client.rows("UPDATE class_booking SET answer_by = now()")
    for _ in range(2):
        await run_job(client, "bookings.class_limits")
    shown = (await client.get(CAST.teacher, path)).json()
    assert (shown["state"], shown["reason"]) == ("released", "单位没有按时答复")
    assert (await _states(client), await _taken(client)) == (["cancelled", "cancelled"], 0)
    for who in (CAST.teacher, CAST.liaison):
        found = (await client.get(who, "/notifications")).json()["items"][0]
        assert ["结果", "单位没有按时答复，已取消"] in found["lines"], who
    for family in (CAST.mama, CAST.granny, CAST.beimama):
        (found,) = (await client.get(family, "/notifications")).json()["items"]
        assert ["原因", "单位没有按时答复"] in found["lines"], family
    late = await client.post(CAST.publisher, f"{path}/accept", {})
    assert late.json()["code"] == "class_booking.wrong_state"
    assert (await _draft(client, UUID(shown["session_id"]))).status_code == 201


async def test_a_unit_that_answered_is_not_released(client: Client) -> None:
    path = await _asked(client)
    await client.post(CAST.publisher, f"{path}/accept", {})
    await client.rows("UPDATE class_booking SET answer_by = now(), confirm_by = now()")
    await run_job(client, "bookings.class_limits")
    assert await _states(client) == ["confirmed", "confirmed"]


@given(days=st.floats(0.01, 60))
def test_a_unit_is_asked_for_a_week_at_most_and_always_has_time(days: float) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    starts = now + timedelta(days=days)
    limit = answer_limit(now, starts, timedelta(days=7), timedelta(days=1))
    assert now < limit <= min(starts, now + timedelta(days=7))
    assert limit <= starts - timedelta(days=1) or days <= 1
