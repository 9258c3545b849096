"""What blocks publishing, what goes out without a review, and who hears of a change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.activities.test_publishing import _draft, _session, _state
from tests.cast import CAST, POTTERY, UNIT, WEATHER
from tests.client import Client


async def _paper(client: Client, kind: str, last: str) -> None:
    body = {"organization_id": str(UNIT), "kind": kind, "valid_until": last}
    assert (await client.post(CAST.secretary, "/papers", body)).status_code == 201


async def _published(client: Client, **change: Any) -> Any:
    activity = await _draft(client, **change)
    await _session(client, activity["id"])
    for verb, who in (
        ("submit", CAST.publisher),
        ("approve", CAST.secretary),
        ("publish", CAST.publisher),
    ):
        answer = await _state(client, who, activity["id"], verb)
        assert answer.is_success, answer.text
    return answer.json()


async def test_an_expired_paper_blocks_new_sessions_until_it_is_renewed(client: Client) -> None:
    activity = await _published(client)
    draft = await _draft(client, title="第二个活动")
    await _session(client, draft["id"])
    await _paper(client, "insurance", "2026-01-01")
    for answer in (
        await _session(client, activity["id"]),
        await _state(client, CAST.publisher, draft["id"], "submit"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "activity.papers_expired")
        assert "公众责任险" in answer.json()["detail"]
    await _paper(client, "insurance", "2099-01-01")
    assert (await _session(client, activity["id"])).status_code == 201
    reason = {"reason": "检查"}
    await client.post(CAST.secretary, f"/organizations/{UNIT}/suspend", reason)
    stopped = await _state(client, CAST.publisher, draft["id"], "submit")
    assert stopped.json()["code"] == "activity.unit_not_active"


async def test_an_open_kind_of_a_known_unit_needs_no_review(client: Client) -> None:
    lecture = await _draft(client, kind="lecture", title="讲座")
    await _session(client, lecture["id"])
    first = await _state(client, CAST.publisher, lecture["id"], "publish")
    assert first.json()["code"] == "activity.review_needed"
    assert "第一次" in first.json()["detail"]
    await _published(client)
    bare = await _state(client, CAST.publisher, lecture["id"], "publish")
    assert "协议或保险" in bare.json()["detail"]
    for kind in ("agreement", "insurance"):
        await _paper(client, kind, "2099-01-01")
    for _ in range(2):
        done = await _state(client, CAST.publisher, lecture["id"], "publish")
        assert done.json()["state"] == "published"
    always: tuple[dict[str, Any], ...] = (
        {"kind": "dream_course"},
        {"kind": "lecture", "category": "safety"},
    )
    for change in always:
        other = await _draft(client, title="要审核", **change)
        await _session(client, other["id"])
        refused = await _state(client, CAST.publisher, other["id"], "publish")
        assert refused.json()["code"] == "activity.wrong_state", change
    empty = await _draft(client, kind="venue_opening", title="没有场次")
    none = await _state(client, CAST.publisher, empty["id"], "publish")
    assert none.json()["code"] == "activity.no_sessions"


async def test_what_was_returned_is_reviewed_again(client: Client) -> None:
    await _published(client)
    for kind in ("agreement", "insurance"):
        await _paper(client, kind, "2099-01-01")
    lecture = await _draft(client, kind="lecture", title="讲座")
    await _session(client, lecture["id"])
    await _state(client, CAST.publisher, lecture["id"], "submit")
    await _state(client, CAST.secretary, lecture["id"], "return", reason="请改")
    again = await _state(client, CAST.publisher, lecture["id"], "publish")
    assert again.json()["code"] == "activity.wrong_state"


async def test_only_a_vetted_mentor_is_named_and_stalls_stand_at_a_carnival(
    client: Client,
) -> None:
    body = {"organization_id": str(UNIT), "name": "竹编师傅"}
    mentor = (await client.post(CAST.publisher, "/mentors", body)).json()["id"]
    named = await _draft_with(client, mentor_id=mentor)
    assert named.json()["code"] == "activity.mentor_not_vetted"
    await client.post(CAST.secretary, f"/mentors/{mentor}/vet", {"passed": True})
    named = await _draft_with(client, mentor_id=mentor, consent_needed="photo")
    assert (named.status_code, named.json()["consent_needed"]) == (201, "photo")
    stalls = [{"name": "纸艺摊", "capacity": 20}, {"name": "机器人摊"}]
    refused = await _draft_with(client, stalls=stalls)
    assert refused.json()["code"] == "activity.stalls_only_at_carnival"
    carnival = await _draft_with(client, kind="carnival", stalls=stalls)
    assert [stall["name"] for stall in carnival.json()["stalls"]] == ["纸艺摊", "机器人摊"]
    many = await _draft_with(client, kind="carnival", stalls=[{"name": "摊"}] * 41)
    assert many.status_code == 422
    changed = await client.patch(
        CAST.publisher, f"/activities/{named.json()['id']}", {"stalls": stalls}
    )
    assert changed.json()["code"] == "activity.stalls_only_at_carnival"


async def _draft_with(client: Client, **change: Any) -> Any:
    base = {"organization_id": str(UNIT), "base_id": str(POTTERY), "kind": "dream_course"}
    grades = {"title": "活动", "min_grade": 1, "max_grade": 5}
    return await client.post(CAST.publisher, "/activities", {**base, **grades, **change})


async def test_phase_and_archive(client: Client) -> None:
    session_id = await client.add_session(starts_in=timedelta(minutes=5))
    activity = await client.value("SELECT activity_id FROM session")
    path = f"/activities/{activity}"
    assert (await client.get(CAST.mama, path)).json()["phase"] == "coming"
    early = await client.post(CAST.publisher, f"{path}/archive")
    assert early.json()["code"] == "activity.still_to_come"
    await client.move_session(session_id, timedelta(minutes=-10))
    assert (await client.get(CAST.mama, path)).json()["phase"] == "running"
    await client.move_session(session_id, timedelta(days=-1))
    assert (await client.get(CAST.mama, path)).json()["phase"] == "ended"
    assert (await client.post(CAST.other_publisher, f"{path}/archive")).status_code == 404
    for _ in range(2):
        assert (await client.post(CAST.publisher, f"{path}/archive")).json()["state"] == "archived"
    assert (await client.get(CAST.mama, path)).status_code == 404


async def _news(client: Client, who: Any) -> list[Any]:
    items = (await client.get(who, "/notifications")).json()["items"]
    return [item for item in items if item["headline"] == "活动有变动"]


async def test_a_moved_session_is_told_once_to_everyone_booked(client: Client) -> None:
    session_id = await client.add_session(seats=1, starts_in=timedelta(days=2))
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    body = {
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=2)).isoformat(),
    }
    for _ in range(2):
        moved = await client.post(CAST.publisher, f"/sessions/{session_id}/move", body)
        assert moved.is_success, moved.text
    for who in (CAST.mama, CAST.granny, CAST.beimama):
        news = await _news(client, who)
        assert len(news) == 1, "the waiting family as well, nobody twice"
        assert ["变动", "时间有变，以本通知为准"] in news[0]["lines"]
    assert await _news(client, CAST.twin_dad) == []
    new_base = {"organization_id": str(UNIT), "name": "陶艺工坊二号楼"}
    base = (await client.post(CAST.publisher, "/bases", new_base)).json()["id"]
    await client.post(CAST.publisher, f"/sessions/{session_id}/move", {"base_id": base})
    newest = (await _news(client, CAST.mama))[0]
    assert ["地点", "陶艺工坊二号楼"] in newest["lines"]
    foreign = await client.post(
        CAST.publisher, f"/sessions/{session_id}/move", {"base_id": str(WEATHER)}
    )
    assert foreign.json()["code"] == "activity.foreign_base"
    assert (
        await client.post(CAST.other_publisher, f"/sessions/{session_id}/move", body)
    ).status_code == 404


@pytest.mark.parametrize("hours", [(3, 1), (-50, -49)])
async def test_an_impossible_move_tells_nobody(client: Client, hours: tuple[int, int]) -> None:
    session_id = await client.add_session(starts_in=timedelta(days=2), opened=timedelta(hours=2))
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    now = datetime.now(UTC)
    starts, ends = (now + timedelta(hours=each) for each in hours)
    body = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
    refused = await client.post(CAST.publisher, f"/sessions/{session_id}/move", body)
    assert refused.json()["code"] == "activity.times_out_of_order"
    assert await _news(client, CAST.mama) == []


async def test_what_to_bring_is_told_for_the_dates_ahead(client: Client) -> None:
    session_id = await client.add_session(starts_in=timedelta(days=2))
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    activity = await client.value("SELECT activity_id FROM session")
    path = f"/activities/{activity}/adjust"
    for _ in range(2):
        done = await client.post(CAST.publisher, path, {"what_to_bring": "围裙和水"})
        assert done.json()["what_to_bring"] == "围裙和水"
    news = await _news(client, CAST.mama)
    assert len(news) == 1
    assert ["变动", "请带：围裙和水"] in news[0]["lines"]
    draft = await _draft(client)
    early = await client.post(
        CAST.publisher, f"/activities/{draft['id']}/adjust", {"what_to_bring": "x"}
    )
    assert early.json()["code"] == "activity.wrong_state"
