"""Families who press while others are being served are served together, as if each were alone."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from app.kit.crowds import HELD_UP
from app.kit.settings import Settings
from tests.bookings.race import add_families
from tests.bookings.test_consents import visit, words
from tests.bookings.test_fields import SIZE, ask, given
from tests.bookings.test_reserves import add_reserved
from tests.cast import CAST, HERE, JUNIOR, SCHOOL
from tests.client import Client
from tests.conftest import running
from tests.statements import counted

CROWD = "WITH turns AS"
Press = tuple[UUID, str]  # child and token


async def press(
    client: Client, session_id: UUID, who: Press, key: str = "one", **more: Any
) -> httpx.Response:
    pupil, token = who
    body = {"session_id": str(session_id), "pupil_id": str(pupil), **more}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return await client.http.post("/v1/bookings", json=body, headers=headers)


async def test_a_crowd_gets_what_each_would_get_alone(client: Client) -> None:
    """The first is served alone; who comes meanwhile is a crowd, in the order of arrival."""
    session_id = await add_reserved(client, seats=6)
    shares = "SELECT pool_id, count(*) FROM seat WHERE session_id = :s GROUP BY 1"
    assert dict(await client.rows(shares, s=session_id)) == {SCHOOL: 5, JUNIOR: 1}
    busy = (CAST.xiaobei.id, CAST.beimama.token)
    overlapping = await client.add_session(title="捏泥人", starts_in=timedelta(hours=23))
    assert (await press(client, overlapping, busy, "before")).status_code == 201
    families = await add_families(client.engine, 14)
    with counted(client) as sent:
        *told, junior, clash, not_hers, foreign, unknown = await asyncio.gather(
            *(press(client, session_id, family) for family in families),
            press(client, session_id, (CAST.xing.id, CAST.xing.token)),
            press(client, session_id, busy),
            press(client, session_id, (CAST.xiaonan.id, families[0][1]), "hers"),
            press(client, session_id, (CAST.foreign_pupil.id, CAST.foreign_mama.token)),
            press(client, session_id, (CAST.xiaonan.id, "nobody's")),
        )
    assert any(one.startswith(CROWD) for one in sent), "nobody was served in a crowd"
    answers = [one.json() for one in told]
    assert [one["state"] for one in answers] == ["confirmed"] * 5 + ["waitlisted"] * 9
    assert [one["position"] for one in answers[5:]] == list(range(1, 10))
    assert (junior.json()["state"], junior.status_code) == ("confirmed", 201)
    assert (clash.status_code, clash.json()["code"]) == (409, "booking.clash")
    assert "捏泥人" in clash.json()["detail"]
    assert [one.status_code for one in (not_hers, foreign, unknown)] == [404, 404, 401]
    await _check_rows(client, session_id, families, answers)


async def _check_rows(
    client: Client, session_id: UUID, families: list[Press], answers: list[Any]
) -> None:
    """The same log lines, messages and stored answers that booking alone leaves behind."""
    queue = "SELECT pupil_id FROM booking WHERE session_id = :s AND state = 'waitlisted' ORDER BY queue_no"
    waiting = [row.pupil_id for row in await client.rows(queue, s=session_id)]
    assert waiting == [pupil for pupil, _ in families[5:]]
    logged = (
        "SELECT e.person_id = b.booked_by AND e.pupil_id = b.pupil_id AND e.channel = 'miniprogram' "
        "AS right FROM audit_entry e JOIN booking b ON b.id = e.object_id "
        "WHERE e.action = 'booking:create' AND b.pupil_id = ANY(:p)"
    )
    rows = await client.rows(logged, p=[pupil for pupil, _ in families])
    assert [row.right for row in rows] == [True] * len(families)
    told = (
        "SELECT n.kind, n.fields ->> 'position' AS position FROM notification n "
        "JOIN guardianship g ON g.guardian_id = n.person_id "
        "JOIN delivery d ON d.notification_id = n.id WHERE g.pupil_id = :p"
    )
    for (pupil, _), answer in zip(families, answers, strict=True):
        (row,) = await client.rows(told, p=pupil)
        place = answer["position"] and str(answer["position"])
        assert (row.kind, row.position) == (f"booking_{answer['state']}", place)
    again = await asyncio.gather(*(press(client, session_id, family) for family in families))
    assert [one.json() for one in again] == answers
    assert {one.headers["Idempotent-Replayed"] for one in again} == {"true"}


async def test_twins_in_a_crowd_and_keys_used_for_something_else(client: Client) -> None:
    session_id = await client.add_session(seats=2)
    families = await add_families(client.engine, 5)
    last = families[-1]
    presses = [press(client, session_id, family) for family in families for _ in range(3)]
    presses += [press(client, session_id, last, key="one", join_waitlist=False)]
    presses += [press(client, session_id, last, key="two")]
    *triples, other_body, other_key = await asyncio.gather(*presses)
    said = [one.json() for one in triples]
    for n in range(0, len(said), 3):
        assert said[n] == said[n + 1] == said[n + 2], "one answer for one key"
    assert (other_body.status_code, other_body.json()["code"]) == (
        422,
        "kit.idempotency_other_body",
    )
    assert other_key.json()["id"] == said[-1]["id"]
    states = await client.rows("SELECT state, count(*) FROM booking GROUP BY 1")
    assert dict(states) == {"confirmed": 2, "waitlisted": 3}


async def test_who_does_not_want_to_wait_is_refused_and_leaves_nothing(client: Client) -> None:
    session_id = await client.add_session(seats=3)
    families = await add_families(client.engine, 10)
    answers = await asyncio.gather(
        *(press(client, session_id, family, join_waitlist=False) for family in families)
    )
    codes = Counter(one.json().get("code", one.status_code) for one in answers)
    assert codes == {201: 3, "booking.session_full": 7}
    assert await client.value("SELECT count(*) FROM booking") == 3
    assert await client.value("SELECT count(*) FROM idempotency_key") == 3
    assert await client.value("SELECT count(*) FROM seat WHERE booking_id IS NULL") == 0


BEFORE = """
CREATE FUNCTION before() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.pupil_id = '{pupil}' THEN {what}; END IF; RETURN NEW; END $$
"""


async def before_booking(client: Client, pupil: UUID, what: str) -> None:
    """Something happens in the database whenever a booking of this child is written."""
    await client.rows(BEFORE.format(pupil=pupil, what=what))
    await client.rows(
        "CREATE TRIGGER before BEFORE INSERT ON booking FOR EACH ROW EXECUTE FUNCTION before()"
    )


async def test_one_that_breaks_takes_nobody_with_it(client: Client) -> None:
    session_id = await client.add_session(seats=3)
    families = await add_families(client.engine, 8)
    await before_booking(client, families[4][0], "RAISE EXCEPTION 'broken'")
    answers = await asyncio.gather(*(press(client, session_id, family) for family in families))
    assert [one.status_code for one in answers] == [201] * 4 + [503] + [201] * 3
    states = Counter(one.json().get("state") for one in answers)
    assert states == {"confirmed": 3, "waitlisted": 4, None: 1}


async def test_each_of_a_crowd_says_yes_and_answers_for_itself(client: Client) -> None:
    session_id = await visit(client, seats=4)
    ids = {row["label"]: row["id"] for row in (await ask(client, session_id, SIZE)).json()["items"]}
    families = await add_families(client.engine, 7)
    agreed = await words(client, session_id)
    answers = await asyncio.gather(
        *(
            press(
                client,
                session_id,
                family,
                consent=None if number == 6 else agreed,
                answers=given(ids, T恤尺码="SML"[number % 3]),
            )
            for number, family in enumerate(families)
        )
    )
    assert [one.status_code for one in answers] == [201] * 6 + [422]
    assert answers[6].json()["code"] == "booking.consent_needed"
    said = await client.rows(
        "SELECT b.pupil_id, a.value, c.guardian_id = b.booked_by AS hers, c.words_hash FROM booking b "
        "JOIN booking_answer a ON a.booking_id = b.id JOIN booking_consent c ON c.booking_id = b.id "
        "WHERE b.district_id = :d ORDER BY b.queue_no",
        d=HERE,
    )
    assert [row.pupil_id for row in said] == [pupil for pupil, _ in families[:6]]
    assert [row.value for row in said] == list("SMLSML")
    assert {(row.hers, row.words_hash) for row in said} == {(True, agreed)}


async def test_twins_take_no_seat_away_from_others(client: Client, settings: Settings) -> None:
    """Whoever stands there already is not given a second seat for a moment: others would wait for it.

    A second process has the twins in a crowd that was drawn up before the first was done.
    """
    session_id = await client.add_session(seats=55)
    families = await add_families(client.engine, 100)
    await before_booking(client, families[1][0], "PERFORM pg_sleep(0.4)")
    order = [families[99], *families[:99]]
    async with running(settings) as second:
        transport = httpx.ASGITransport(app=second)
        async with httpx.AsyncClient(transport=transport, base_url="http://second") as http:
            other = Client(http, second.state.engine)
            first = [asyncio.create_task(press(client, session_id, one)) for one in families[:40]]
            await asyncio.sleep(0.2)
            await asyncio.gather(*first, *(press(other, session_id, one) for one in order))
    free = "SELECT count(*) FROM seat WHERE booking_id IS NULL"
    assert await client.value(free) == 0
    states = await client.rows("SELECT state, count(*) FROM booking GROUP BY 1")
    assert dict(states) == {"confirmed": 55, "waitlisted": 45}


async def test_one_that_is_held_up_holds_up_nobody_else(client: Client) -> None:
    """Somebody works on this child's bookings and takes long: the others do not wait for it."""
    session_id = await client.add_session(seats=3)
    (first, token), *others = await add_families(client.engine, 4)
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(cast(:pupil AS text), 4))"
    async with client.engine.begin() as conn:
        await conn.execute(text(lock), {"pupil": str(first)})
        stuck = asyncio.create_task(press(client, session_id, (first, token)))
        await asyncio.sleep(HELD_UP + 0.2)
        answers = await asyncio.gather(*(press(client, session_id, family) for family in others))
        assert [one.json()["state"] for one in answers] == ["confirmed"] * 3
        assert not stuck.done()
    assert (await stuck).json()["state"] == "waitlisted"
