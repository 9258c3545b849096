"""The order of things in a request: commit first, then the answer."""

import asyncio
from uuid import UUID

import pytest

from app.jobs.service import enqueue
from app.kit.db import system_context
from app.wiring import WIRING
from tests.cast import CAST, HERE
from tests.client import Client

FAIL_AT_COMMIT = """
CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$;
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON booking DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION fail_at_commit()
"""


async def test_a_failing_commit_is_never_answered_with_success(client: Client) -> None:
    """With FastAPI's default dependency scope the 201 would leave before the commit fails."""
    session_id = await client.add_session()
    await client.rows(FAIL_AT_COMMIT)
    await client.rows(TRIGGER)
    answer = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert await client.value("SELECT count(*) FROM booking") == 0


async def test_what_was_answered_is_visible_to_everybody_else(client: Client) -> None:
    session_id = await client.add_session()
    answer = await client.book(CAST.mama, CAST.xiaonan, session_id)
    state = await client.value("SELECT state FROM booking WHERE id = :id", id=answer.json()["id"])
    assert state == "confirmed"


async def test_a_refusal_leaves_nothing_behind(client: Client) -> None:
    session_id = await client.add_session(grades=(7, 9))
    before = await client.value("SELECT count(*) FROM audit_entry")
    answer = await client.book(CAST.mama, CAST.xiaonan, session_id)
    assert answer.json()["code"] == "booking.grade_does_not_fit"
    assert await client.value("SELECT count(*) FROM booking") == 0
    assert await client.value("SELECT count(*) FROM audit_entry") == before


async def test_a_job_exists_exactly_when_its_transaction_commits(client: Client) -> None:
    """The trap: an enqueue on the raw connection before any statement survives the rollback."""

    async def order(fail: type[Exception] | None) -> None:
        async with system_context(client.engine, WIRING, HERE) as ctx:
            await enqueue(ctx, "resources.base_code", base=UUID(int=1), scene="b1")
            if fail:
                raise fail

    with pytest.raises(KeyError):
        await order(KeyError)
    assert await client.value("SELECT count(*) FROM pgqueuer") == 0
    await order(None)
    assert await client.value("SELECT count(*) FROM pgqueuer") == 1


async def test_fifty_equal_requests_have_one_effect_and_one_answer(client: Client) -> None:
    session_id = await client.add_session()
    body = {"session_id": str(session_id), "pupil_id": str(CAST.xiaonan.id)}
    key = {"Idempotency-Key": "the-same-thumb"}
    answers = await asyncio.gather(
        *(client.post(CAST.mama, "/bookings", body, **key) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await client.value("SELECT count(*) FROM booking") == 1


async def test_the_same_key_with_another_body_is_refused(client: Client) -> None:
    first, second = await client.add_session(), await client.add_session()
    key = {"Idempotency-Key": "k1"}
    body = {"session_id": str(first), "pupil_id": str(CAST.xiaonan.id)}
    assert (await client.post(CAST.mama, "/bookings", body, **key)).status_code == 201
    other = await client.post(CAST.mama, "/bookings", {**body, "session_id": str(second)}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "kit.idempotency_other_body")


async def test_the_same_key_of_another_person_is_another_key(client: Client) -> None:
    session_id = await client.add_session()
    key = {"Idempotency-Key": "k1"}
    for guardian, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        body = {"session_id": str(session_id), "pupil_id": str(pupil.id)}
        answer = await client.post(guardian, "/bookings", body, **key)
        assert answer.json()["pupil_id"] == str(pupil.id)


async def test_an_edit_of_an_older_version_is_refused(client: Client) -> None:
    path = f"/people/{CAST.xiaonan.id}"
    seen = await client.get(CAST.liaison, path)
    tag = seen.headers["ETag"]
    first = await client.patch(CAST.liaison, path, {"name": "小楠"}, If_Match=tag)
    assert first.status_code == 200
    late = await client.patch(CAST.liaison, path, {"name": "晓南"}, If_Match=tag)
    assert (late.status_code, late.json()["code"]) == (409, "kit.stale")
    assert (await client.get(CAST.liaison, path)).json()["name"] == "小楠"
