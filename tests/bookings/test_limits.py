"""Two bookings that overlap, limits of a term, and until when one may cancel."""

import asyncio
from datetime import UTC, datetime, timedelta

from app.kit.clock import at_school, school_day
from tests.cast import CAST, HERE
from tests.client import Client

TERM = (
    "INSERT INTO term (district_id, id, school_year, name, starts_on, ends_on) VALUES "
    "(:d, gen_random_uuid(), 2026, '本学期', current_date - 60, current_date + 60)"
)
HOURS = timedelta(hours=1)


async def test_what_overlaps_is_refused_and_named(client: Client) -> None:
    first = await client.add_session(title="捏泥人", starts_in=30 * HOURS)
    await client.book(CAST.mama, CAST.xiaonan, first)
    second = await client.add_session(starts_in=32 * HOURS + timedelta(minutes=10))
    refused = await client.book(CAST.mama, CAST.xiaonan, second)
    assert refused.json()["code"] == "booking.clash"
    assert "捏泥人" in refused.json()["detail"]
    rules = {"gap_minutes": 10, "limits": []}
    changed = await client.call(CAST.secretary, "PUT", "/booking-rules", rules)
    assert changed.json() == rules
    assert (await client.book(CAST.mama, CAST.xiaonan, second)).status_code == 201


async def test_two_overlapping_bookings_at_once_give_one(client: Client) -> None:
    """Each looks before the other has committed: the second look inside the statement decides."""
    for _ in range(4):
        sessions = [await client.add_session() for _ in range(4)]
        answers = await asyncio.gather(
            *(client.book(CAST.mama, CAST.xiaonan, session_id) for session_id in sessions)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        assert await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL") == 1
        await client.rows("UPDATE seat SET booking_id = NULL")
        await client.rows("DELETE FROM delivery")
        await client.rows("DELETE FROM booking")


async def test_a_term_has_limits_for_all_and_for_a_category(client: Client) -> None:
    await client.rows(TERM, d=HERE)
    limits = [{"category": None, "most": 2}, {"category": "social", "most": 1}]
    rules = {"gap_minutes": 0, "limits": limits}
    assert (await client.call(CAST.secretary, "PUT", "/booking-rules", rules)).json() == rules
    sessions = [await client.add_session(starts_in=(30 + 3 * n) * HOURS) for n in range(4)]
    await client.rows(
        "UPDATE activity SET category = 'labour' WHERE id IN (SELECT activity_id FROM session "
        "WHERE id = ANY(:rest))",
        rest=sessions[2:],
    )
    first = await client.book(CAST.mama, CAST.xiaonan, sessions[0])
    social = await client.book(CAST.mama, CAST.xiaonan, sessions[1])
    assert social.json()["code"] == "booking.limit_reached"
    assert "社会考察" in social.json()["detail"]
    assert (await client.book(CAST.mama, CAST.xiaonan, sessions[2])).status_code == 201
    over = await client.book(CAST.mama, CAST.xiaonan, sessions[3])
    assert "最多报 2 次" in over.json()["detail"]
    await client.post(CAST.mama, f"/bookings/{first.json()['id']}/cancel", {})
    assert (await client.book(CAST.mama, CAST.xiaonan, sessions[3])).status_code == 201


async def test_rules_are_the_secretariats_and_name_each_category_once(client: Client) -> None:
    assert (await client.get(CAST.mama, "/booking-rules")).json() == {
        "gap_minutes": 30,
        "limits": [],
    }
    rules = {"gap_minutes": 5, "limits": [{"most": 2}, {"category": None, "most": 3}]}
    twice = await client.call(CAST.secretary, "PUT", "/booking-rules", rules)
    assert twice.status_code == 422
    forbidden = await client.call(CAST.mama, "PUT", "/booking-rules", {**rules, "limits": []})
    assert forbidden.status_code == 403


async def test_after_its_limit_a_session_is_not_cancelled(client: Client) -> None:
    session_id = await client.add_session(starts_in=30 * HOURS, seats=1)
    held = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    waiting = (await client.book(CAST.beimama, CAST.xiaobei, session_id)).json()
    await client.rows("UPDATE session SET cancel_until = now() - interval '1 minute'")
    refused = await client.post(CAST.mama, f"/bookings/{held['id']}/cancel", {})
    assert refused.json()["code"] == "booking.cancel_too_late"
    assert "以后不能再取消" in refused.json()["detail"]
    left = await client.post(CAST.beimama, f"/bookings/{waiting['id']}/cancel", {})
    assert left.status_code == 200, "who only waits may always leave"


async def test_a_day_of_the_term_is_a_day_in_shanghai(client: Client) -> None:
    """Ten past midnight on the first day is yesterday in UTC, and still counts to the term."""
    first = school_day(datetime.now(UTC)) + timedelta(days=3)
    await client.rows(
        "INSERT INTO term (district_id, id, school_year, name, starts_on, ends_on) VALUES "
        "(:d, gen_random_uuid(), 2026, '下学期', :first, :last)",
        d=HERE,
        first=first,
        last=first + timedelta(days=20),
    )
    rules = {"gap_minutes": 0, "limits": [{"category": None, "most": 1}]}
    await client.call(CAST.secretary, "PUT", "/booking-rules", rules)
    now = datetime.now(UTC)
    night, before, noon = [
        await client.add_session(starts_in=moment - now, lasts=timedelta(minutes=5))
        for moment in (
            at_school(first, 0, 10),
            at_school(first - timedelta(days=1), 23, 50),
            at_school(first + timedelta(days=2), 12),
        )
    ]
    assert (await client.book(CAST.mama, CAST.xiaonan, night)).status_code == 201
    over = await client.book(CAST.mama, CAST.xiaonan, noon)
    assert over.json()["code"] == "booking.limit_reached"
    assert (await client.book(CAST.mama, CAST.xiaonan, before)).status_code == 201, "last term"
