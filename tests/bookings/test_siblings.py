"""Brothers and sisters: places for all or none, one number in the queue, one offer."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from app.kit.ids import new_id
from app.people.models import Enrollment, Guardianship, Person
from tests.bookings.race import add_families
from tests.bookings.test_consents import words
from tests.bookings.test_fields import SIZE, asked
from tests.bookings.test_offers import FAR
from tests.bookings.test_reserves import run_job
from tests.cast import CAST, CLASS_1, HERE, JUNIOR, SCHOOL, TERM_START, Somebody
from tests.client import Client

TWINS = (CAST.shuang, CAST.dui)


async def together(
    client: Client, session_id: UUID, pupils: tuple[Somebody, ...] = TWINS, **more: Any
) -> Any:
    children = [{"pupil_id": str(pupil.id)} for pupil in pupils]
    body = {"session_id": str(session_id), "children": children, **more}
    return await client.post(CAST.twin_dad, "/bookings/siblings", body)


async def states(client: Client, session_id: UUID) -> dict[str, str]:
    rows = await client.rows(
        "SELECT p.name, b.state FROM booking b JOIN person p ON p.id = b.pupil_id "
        "WHERE b.session_id = :s AND b.state <> 'cancelled'",
        s=session_id,
    )
    return {row.name: row.state for row in rows}


async def taken(client: Client) -> int:
    return int(await client.value("SELECT count(*) FROM seat WHERE booking_id IS NOT NULL"))


async def waiting_twins(client: Client, seats: int = 2, **how: Any) -> tuple[UUID, dict[str, str]]:
    """小南 and 小北 hold the places; the twins wait together; ids by name."""
    session_id = await client.add_session(seats=seats, **{"starts_in": FAR, **how})
    ids = {}
    for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        ids[pupil.name] = (await client.book(who, pupil, session_id)).json()["id"]
    answer = await together(client, session_id, join_waitlist=True)
    assert answer.status_code == 201, answer.text
    names = {str(twin.id): twin.name for twin in TWINS}
    for one in answer.json()["items"]:
        ids[names[one["pupil_id"]]] = one["id"]
        assert one["state"] == "waitlisted"
    return session_id, ids


async def cancel(client: Client, who: Somebody, booking_id: str) -> Any:
    return await client.post(who, f"/bookings/{booking_id}/cancel", {})


async def test_both_have_places_and_a_repeat_changes_nothing(client: Client) -> None:
    session_id = await client.add_session(seats=2)
    first = await together(client, session_id)
    assert first.status_code == 201, first.text
    assert [one["state"] for one in first.json()["items"]] == ["confirmed"] * 2
    again = await together(client, session_id, tuple(reversed(TWINS)))
    assert [one["id"] for one in again.json()["items"]] == [
        one["id"] for one in first.json()["items"]
    ]
    told = "SELECT count(*) FROM notification WHERE kind = 'booking_confirmed'"
    assert (await client.value(told), await taken(client)) == (2, 2)
    logged = "SELECT count(*) FROM audit_entry WHERE action = 'booking:create'"
    assert await client.value(logged) == 2
    one_key = [
        await client.post(
            CAST.twin_dad,
            "/bookings/siblings",
            {
                "session_id": str(session_id),
                "children": [{"pupil_id": str(twin.id)} for twin in TWINS],
            },
            Idempotency_Key="twins",
        )
        for _ in range(2)
    ]
    assert one_key[0].json() == one_key[1].json()


async def test_without_places_for_all_nobody_is_placed(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    refused = await together(client, session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "booking.not_enough_for_all")
    assert await client.value("SELECT count(*) FROM booking") == 0
    assert await taken(client) == 0
    waiting = await together(client, session_id, join_waitlist=True)
    assert [one["position"] for one in waiting.json()["items"]] == [1, 2]
    assert "同时空出 2 个名额" in waiting.json()["message"]
    assert await taken(client) == 0, "half a family takes nothing"


async def test_what_is_refused_for_one_is_refused_for_all(client: Client) -> None:
    session_id = await client.add_session(seats=9, grades=(3, 9))
    for pupils, code in (
        (TWINS, "booking.grade_does_not_fit"),
        ((CAST.shuang, CAST.xiaonan), "kit.not_found"),
    ):
        assert (await together(client, session_id, pupils)).json()["code"] == code
    session_id = await client.add_session(seats=9)
    await client.book(CAST.twin_dad, CAST.dui, session_id)
    stands = await together(client, session_id)
    assert (stands.json()["code"], "对对" in stands.json()["detail"]) == (
        "booking.sibling_stands",
        True,
    )
    lottery = await client.add_session(seats=9, starts_in=FAR)
    await client.rows("UPDATE session SET mode = 'lottery' WHERE id = :s", s=lottery)
    assert (await together(client, lottery)).json()["code"] == "booking.siblings_not_here"
    for wrong in ((CAST.shuang,), (CAST.shuang, CAST.shuang)):
        assert (await together(client, session_id, wrong)).status_code == 422
    assert await client.value("SELECT count(*) FROM booking") == 1


async def test_the_group_is_offered_places_only_together(client: Client) -> None:
    session_id, ids = await waiting_twins(client)
    await cancel(client, CAST.mama, ids["小南"])
    assert await states(client, session_id) == {
        "小北": "confirmed", "双双": "waitlisted", "对对": "waitlisted",
    }  # fmt: skip
    assert await taken(client) == 1, "one seat is too few for two"
    await cancel(client, CAST.beimama, ids["小北"])
    assert set((await states(client, session_id)).values()) == {"offered"}
    taken_up = await client.post(CAST.twin_dad, f"/bookings/{ids['对对']}/accept", {})
    assert taken_up.json()["state"] == "confirmed"
    assert await states(client, session_id) == {"双双": "confirmed", "对对": "confirmed"}
    left = await cancel(client, CAST.twin_dad, ids["对对"])
    assert left.json()["state"] == "cancelled"
    assert await states(client, session_id) == {"双双": "confirmed"}, "one may leave alone"


async def test_a_group_declines_as_one_or_one_child_leaves(client: Client) -> None:
    session_id, ids = await waiting_twins(client)
    for who, name in ((CAST.mama, "小南"), (CAST.beimama, "小北")):
        await cancel(client, who, ids[name])
    foreign = await client.post(CAST.beimama, f"/bookings/{ids['双双']}/decline", {})
    assert foreign.status_code == 404
    for _ in range(2):
        declined = await client.post(CAST.twin_dad, f"/bookings/{ids['双双']}/decline", {})
        assert declined.json()["state"] == "cancelled"
    assert (await states(client, session_id), await taken(client)) == ({}, 0)
    session_id, ids = await waiting_twins(client, starts_in=2 * FAR)
    await cancel(client, CAST.twin_dad, ids["双双"])
    await cancel(client, CAST.mama, ids["小南"])
    assert (await states(client, session_id))["对对"] == "offered", "alone one seat is enough"


async def test_who_is_behind_has_only_what_is_too_little_for_the_group(client: Client) -> None:
    session_id, ids = await waiting_twins(client)
    behind = (await client.book(CAST.xing, CAST.xing, session_id)).json()
    assert behind["position"] == 3
    await cancel(client, CAST.mama, ids["小南"])
    found = await states(client, session_id)
    assert (found["小星"], found["双双"]) == ("offered", "waitlisted")
    await cancel(client, CAST.xing, behind["id"])
    newcomer = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    assert newcomer["state"] == "confirmed", "a seat no waiter can use is not kept empty"
    await cancel(client, CAST.beimama, ids["小北"])
    await cancel(client, CAST.mama, newcomer["id"])
    assert set((await states(client, session_id)).values()) == {"offered"}
    late = (await client.book(CAST.mama, CAST.xiaonan, session_id)).json()
    assert late["state"] == "waitlisted"


async def test_more_seats_go_to_the_group_before_who_is_behind(client: Client) -> None:
    session_id, _ = await waiting_twins(client)
    await client.book(CAST.xing, CAST.xing, session_id)
    await client.patch(CAST.publisher, f"/sessions/{session_id}", {"capacity": 4})
    found = await states(client, session_id)
    assert (found["双双"], found["对对"], found["小星"]) == ("offered", "offered", "waitlisted")


async def test_reserves_and_open_seats_count_together(client: Client) -> None:
    session_id = await client.add_session(seats=2)
    pool = "UPDATE seat SET pool_id = :p WHERE id = (SELECT min(id::text)::uuid FROM seat)"
    await client.rows(pool, p=SCHOOL)
    assert (await together(client, session_id)).json()["items"][1]["state"] == "confirmed"
    assert await taken(client) == 2
    other = await client.add_session(seats=2, starts_in=FAR)
    foreign = "UPDATE seat SET pool_id = :p WHERE id IN (SELECT id FROM seat WHERE session_id = :s LIMIT 1)"
    await client.rows(foreign, p=JUNIOR, s=other)
    refused = await together(client, other)
    assert refused.json()["code"] == "booking.not_enough_for_all", "a seat of another school's"


async def test_one_yes_and_own_answers_for_each_child(client: Client) -> None:
    session_id, ids = await asked(client, SIZE, seats=3)
    await client.rows("UPDATE activity SET consent_needed = 'visit'")
    body = {
        "session_id": str(session_id),
        "children": [
            {
                "pupil_id": str(twin.id),
                "answers": [{"field_id": ids["T恤尺码"], "value": size}],
            }
            for twin, size in zip(TWINS, "SM", strict=True)
        ],
    }
    silent = await client.post(CAST.twin_dad, "/bookings/siblings", body)
    assert silent.json()["code"] == "booking.consent_needed"
    body["consent"] = await words(client, session_id)
    booked = await client.post(CAST.twin_dad, "/bookings/siblings", body)
    assert booked.status_code == 201, booked.text
    said = await client.rows("SELECT booking_id FROM booking_consent WHERE said = 'yes'")
    assert {str(row.booking_id) for row in said} == {one["id"] for one in booked.json()["items"]}
    rows = await client.rows("SELECT value FROM booking_answer ORDER BY value")
    assert [row.value for row in rows] == ["M", "S"]


async def _twin_families(client: Client, number: int) -> list[tuple[list[UUID], str]]:
    """Guardians of two children each: gives the pair and a token."""
    families = await add_families(client.engine, number)
    found = []
    async with client.engine.begin() as conn:
        for index, (pupil, token) in enumerate(families):
            twin = new_id()
            person = {"id": twin, "name": f"弟弟{index}"}
            await conn.execute(insert(Person).values(district_id=HERE, **person))
            enrolled = {"pupil_id": twin, "class_id": CLASS_1, "starts_on": TERM_START}
            await conn.execute(insert(Enrollment).values(district_id=HERE, id=new_id(), **enrolled))
            guardian = UUID(token.removeprefix("token-"))
            tie = {"guardian_id": guardian, "pupil_id": twin, "relation": "mother"}
            tie |= {"verified_by": "staff", "starts_on": TERM_START}
            await conn.execute(insert(Guardianship).values(district_id=HERE, id=new_id(), **tie))
            found.append(([pupil, twin], token))
    return found


@pytest.mark.timeout(120)
async def test_many_families_at_once_are_placed_whole_or_not_at_all(client: Client) -> None:
    """Pairs and single children press at once for an odd number of seats; then places are given back."""
    session_id = await client.add_session(seats=7, starts_in=timedelta(hours=20))
    pairs = await _twin_families(client, 6)
    singles = [(CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei), (CAST.xing, CAST.xing)]

    async def press(pair: list[UUID], token: str) -> Any:
        children = [{"pupil_id": str(pupil)} for pupil in pair]
        body = {"session_id": str(session_id), "children": children, "join_waitlist": True}
        headers = {"Authorization": f"Bearer {token}"}
        return await client.http.post("/v1/bookings/siblings", json=body, headers=headers)

    async def whole() -> Counter[str]:
        rows = await client.rows(
            "SELECT group_id, array_agg(DISTINCT state) AS states, count(*) AS number "
            "FROM booking WHERE state <> 'cancelled' AND group_id IS NOT NULL GROUP BY group_id"
        )
        assert all(len(row.states) == 1 and row.number == 2 for row in rows), rows
        held = "SELECT count(*) FROM booking WHERE state IN ('confirmed', 'offered')"
        assert await client.value(held) == await taken(client) <= 7
        return Counter(row.states[0] for row in rows)

    answers = await asyncio.gather(
        *(press(pair, token) for pair, token in pairs for _ in range(2)),
        *(client.book(who, pupil, session_id) for who, pupil in singles),
    )
    assert {answer.status_code for answer in answers} == {201}, [one.text for one in answers]
    assert sum((await whole()).values()) == 6
    single_ids = [answer.json()["id"] for answer in answers[-3:]]
    gone = await asyncio.gather(
        *(cancel(client, who, one) for (who, _), one in zip(singles, single_ids, strict=True)),
        press(*pairs[0]),
    )
    assert {answer.status_code for answer in gone} <= {200, 201}
    await run_job(client, "bookings.promote_everywhere")
    end = await whole()
    assert end == {"confirmed": 3, "waitlisted": 3}, "six of seven seats: the seventh fits no pair"
