"""From draft to published: who may do which step, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cast import CAST, POTTERY, UNIT, WEATHER, Somebody
from tests.client import Client

DRAFT = {
    "organization_id": str(UNIT),
    "base_id": str(POTTERY),
    "kind": "dream_course",
    "title": "捏一只小碗",
    "min_grade": 1,
    "max_grade": 5,
}


async def _draft(client: Client, who: Somebody = CAST.publisher, **change: Any) -> Any:
    answer = await client.post(who, "/activities", {**DRAFT, **change})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _session(client: Client, activity_id: str, **change: Any) -> Any:
    starts = datetime.now(UTC) + timedelta(days=3)
    body = {
        "activity_id": activity_id,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
        "capacity": 5,
        **change,
    }
    return await client.post(CAST.publisher, "/sessions", body)


async def _state(client: Client, who: Somebody, activity_id: str, verb: str, **body: Any) -> Any:
    return await client.post(who, f"/activities/{activity_id}/{verb}", body or None)


async def test_a_return_needs_a_reason_and_reaches_its_author(client: Client) -> None:
    activity = await _draft(client)
    await _session(client, activity["id"])
    await _state(client, CAST.publisher, activity["id"], "submit")
    empty = await _state(client, CAST.secretary, activity["id"], "return", reason="")
    assert empty.json()["code"] == "activity.reason_needed"
    back = await _state(client, CAST.secretary, activity["id"], "return", reason="请补充安全须知")
    assert back.json()["state"] == "returned"
    told = await client.get(CAST.publisher, "/notifications")
    assert told.json()["items"][0]["lines"][1] == ["原因", "请补充安全须知"]
    edited = await client.patch(
        CAST.publisher, f"/activities/{activity['id']}", {"what_to_bring": "围裙"}
    )
    assert edited.json()["what_to_bring"] == "围裙"
    again = await _state(client, CAST.publisher, activity["id"], "submit")
    assert again.json()["state"] == "submitted"


async def test_nobody_reviews_the_own_activity(client: Client) -> None:
    activity = await _draft(client)
    await _session(client, activity["id"])
    await _state(client, CAST.publisher, activity["id"], "submit")
    await client.rows("UPDATE activity SET author_id = :p", p=CAST.secretary.id)
    own = await _state(client, CAST.secretary, activity["id"], "approve")
    assert own.json()["code"] == "activity.own_review"
    other = await _state(client, CAST.second_secretary, activity["id"], "approve")
    assert other.json()["state"] == "approved"


async def test_steps_out_of_order_are_refused_and_repeats_change_nothing(client: Client) -> None:
    activity = await _draft(client)
    for verb, who in (("approve", CAST.secretary), ("publish", CAST.publisher)):
        early = await _state(client, who, activity["id"], verb)
        assert (early.status_code, early.json()["code"]) == (409, "activity.wrong_state")
    empty = await _state(client, CAST.publisher, activity["id"], "submit")
    assert empty.json()["code"] == "activity.no_sessions"
    await _session(client, activity["id"])
    for verb, who in (
        ("submit", CAST.publisher),
        ("approve", CAST.secretary),
        ("publish", CAST.publisher),
    ):
        first = await _state(client, who, activity["id"], verb)
        second = await _state(client, who, activity["id"], verb)
        assert first.json() == second.json()
    late = await client.patch(CAST.publisher, f"/activities/{activity['id']}", {"title": "改名"})
    assert late.json()["code"] == "activity.wrong_state"


async def test_only_the_own_unit_edits_and_only_reviewers_approve(client: Client) -> None:
    activity = await _draft(client)
    path = f"/activities/{activity['id']}"
    foreign = await client.patch(CAST.other_publisher, path, {"title": "别人的"})
    assert foreign.status_code == 404
    await _session(client, activity["id"])
    await _state(client, CAST.publisher, activity["id"], "submit")
    for who in (CAST.publisher, CAST.mama, CAST.door, CAST.foreign_secretary):
        assert (await _state(client, who, activity["id"], "approve")).status_code in (403, 404)


async def test_a_draft_is_invisible_to_families_until_it_is_published(client: Client) -> None:
    activity = await _draft(client)
    listed = (await client.get(CAST.mama, "/activities")).json()["items"]
    assert activity["id"] not in [row["id"] for row in listed]
    assert (await client.get(CAST.mama, f"/activities/{activity['id']}")).status_code == 404
    assert (await client.get(CAST.secretary, f"/activities/{activity['id']}")).is_success


async def test_a_unit_publishes_at_its_own_base_only(client: Client) -> None:
    answer = await client.post(CAST.publisher, "/activities", {**DRAFT, "base_id": str(WEATHER)})
    assert answer.json()["code"] == "activity.foreign_base"


@pytest.mark.parametrize(
    "change",
    [
        {"ends_at": "2026-01-01T00:00:00+00:00"},
        {"booking_opens_at": "2026-01-02T00:00:00Z", "booking_closes_at": "2026-01-01T00:00:00Z"},
        {"capacity": 0},
        {"capacity": 5001},
        {"starts_at": "2026-12-01T08:00:00"},
    ],
)
async def test_impossible_sessions_are_refused(client: Client, change: dict[str, Any]) -> None:
    activity = await _draft(client)
    assert (await _session(client, activity["id"])).status_code == 201
    assert (await _session(client, activity["id"], **change)).status_code == 422


async def test_capacity_never_falls_below_what_is_taken(client: Client) -> None:
    session_id = await client.add_session(seats=3)
    for guardian, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        await client.book(guardian, pupil, session_id)
    path = f"/sessions/{session_id}"
    refused = await client.patch(CAST.publisher, path, {"capacity": 1})
    assert refused.json()["code"] == "activity.capacity_below_booked"
    assert refused.json()["params"] == {"booked": "2"}
    assert await client.value("SELECT count(*) FROM seat") == 3
    kept = await client.patch(CAST.publisher, path, {"capacity": 2})
    assert kept.json()["capacity"] == 2
    assert await client.value("SELECT count(*) FROM seat") == 2


async def test_a_cancelled_session_frees_and_tells_everybody(client: Client) -> None:
    session_id = await client.add_session(seats=1)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    path = f"/sessions/{session_id}/cancel"
    done = await client.post(CAST.publisher, path, {"reason": "窑炉检修"})
    assert done.json()["state"] == "cancelled"
    assert (await client.post(CAST.publisher, path, {"reason": "窑炉检修"})).is_success
    states = await client.rows("SELECT DISTINCT state FROM booking")
    assert states == [("cancelled",)]
    for guardian in (CAST.mama, CAST.granny, CAST.beimama):
        newest = (await client.get(guardian, "/notifications")).json()["items"][0]
        assert newest["headline"] == "预约已取消"
        assert ["原因", "窑炉检修"] in newest["lines"]
