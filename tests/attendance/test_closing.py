"""Counting, correcting, leave: what is done when the door and the ledger disagree."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.attendance.test_presence import scan, started
from tests.cast import CAST
from tests.client import Client


async def correct(client: Client, session: UUID, who: Any = CAST.door, **body: Any) -> Any:
    given = {
        "pupil_id": str(CAST.xiaonan.id),
        "what": "came",
        "reason": "护照没带，老师认识",
        **body,
    }
    return await client.post(who, f"/sessions/{session}/corrections", given)


async def test_a_count_that_differs_stays_open_until_a_correction_explains_it(
    client: Client,
) -> None:
    session = await started(client)
    path = f"/sessions/{session}/head-counts"
    counted = (await client.post(CAST.door, path, {"counted": 1})).json()
    assert (counted["counted"], counted["arrived"], counted["settled_at"]) == (1, 0, None)
    again = (await client.post(CAST.door, path, {"counted": 1})).json()
    assert again["id"] == counted["id"], "the same count again is the same count"
    roll = (await client.get(CAST.door, f"/sessions/{session}/roll")).json()
    assert (roll["expected"], roll["arrived"], roll["counted"], roll["open"]) == (1, 0, 1, True)
    made = await correct(client, session)
    assert (made.status_code, made.json()["state"]) == (201, "applied")
    roll = (await client.get(CAST.door, f"/sessions/{session}/roll")).json()
    assert (roll["arrived"], roll["open"]) == (1, False)
    assert await client.value("SELECT state FROM booking") == "attended", (
        "closing marks nobody absent"
    )
    assert await client.value("SELECT count(*) FROM stamp WHERE revoked_at IS NULL") == 1


async def test_who_was_not_there_loses_the_stamp_but_no_line_of_the_ledger(client: Client) -> None:
    session = await started(client)
    assert (await scan(client, CAST.door, CAST.xiaonan.card_scene))["accepted"]
    lines = await client.value("SELECT count(*) FROM scan")
    assert (await correct(client, session, what="not_came", reason="扫错了卡")).status_code == 201
    assert await client.value("SELECT count(*) FROM attendance") == 0
    assert await client.value("SELECT state FROM booking") == "confirmed"
    assert await client.value("SELECT count(*) FROM stamp WHERE revoked_at IS NOT NULL") == 1
    assert await client.value("SELECT count(*) FROM scan") == lines + 1
    page = (await client.get(CAST.mama, f"/pupils/{CAST.xiaonan.id}/passport")).json()
    assert page["stamps"] == []
    assert (await scan(client, CAST.door, CAST.xiaonan.card_scene))["accepted"]
    page = (await client.get(CAST.mama, f"/pupils/{CAST.xiaonan.id}/passport")).json()
    assert len(page["stamps"]) == 1, "a new stamp beside the revoked one"


async def test_after_a_day_a_correction_needs_a_second_person(client: Client) -> None:
    session = await started(client)
    await client.move_session(session, timedelta(days=-3))
    asked = (await correct(client, session, who=CAST.teacher)).json()
    assert asked["state"] == "pending"
    assert await client.value("SELECT count(*) FROM attendance") == 0
    path = f"/corrections/{asked['id']}/agree"
    alone = await client.post(CAST.teacher, path)
    assert (alone.status_code, alone.json()["code"]) == (403, "attendance.second_person")
    assert (await client.post(CAST.other_publisher, path)).status_code == 404
    assert (await client.post(CAST.door, path)).json()["state"] == "applied"
    assert (await client.post(CAST.door, path)).status_code == 200, "again changes nothing"
    assert await client.value("SELECT count(*) FROM attendance") == 1
    wrong = await client.post(CAST.door, f"/corrections/{asked['id']}/disagree")
    assert wrong.json()["code"] == "attendance.already_decided"
    early = await correct(client, session, at="2020-01-01T08:00:00+08:00")
    assert early.json()["code"] == "attendance.correction_too_soon"


async def test_leave_before_the_start_gives_the_place_to_the_next(client: Client) -> None:
    session = await client.add_session(seats=1, starts_in=timedelta(hours=3))
    held = (await client.book(CAST.mama, CAST.xiaonan, session)).json()
    await client.book(CAST.beimama, CAST.xiaobei, session)
    path = f"/bookings/{held['id']}/leave"
    assert (await client.post(CAST.beimama, path, {"reason": "发烧"})).status_code == 404
    await client.post(CAST.secretary, "/moderation-words", {"word": "坏话", "effect": "refuse"})
    rude = await client.post(CAST.mama, path, {"reason": "坏 话"})
    assert rude.json()["code"] == "moderation.refused"
    left = await client.post(CAST.mama, path, {"reason": "发烧了"})
    assert (left.status_code, left.json()["state"]) == (201, "applied")
    assert (await client.post(CAST.mama, path, {"reason": "发烧了"})).json()["id"] == left.json()[
        "id"
    ]
    states = await client.rows("SELECT state FROM booking ORDER BY created_at")
    assert [row.state for row in states] in (["excused", "confirmed"], ["excused", "offered"])


async def test_an_absence_is_explained_within_a_week_and_the_school_decides(client: Client) -> None:
    session = await client.add_session()
    held = (await client.book(CAST.mama, CAST.xiaonan, session)).json()
    await client.move_session(session, timedelta(days=-2))
    await client.rows("UPDATE booking SET state = 'absent'")
    path = f"/bookings/{held['id']}/leave"
    asked = (await client.post(CAST.mama, path, {"reason": "路上堵车"})).json()
    assert asked["state"] == "pending"
    listed = (await client.get(CAST.teacher, "/leaves?state=pending")).json()["items"]
    assert [one["id"] for one in listed] == [asked["id"]]
    assert (await client.post(CAST.door, f"/leaves/{asked['id']}/accept")).status_code == 403
    done = await client.post(CAST.teacher, f"/leaves/{asked['id']}/accept")
    assert done.json()["state"] == "applied"
    assert await client.value("SELECT state FROM booking") == "excused"


async def test_leave_is_refused_for_who_came_and_long_after(client: Client) -> None:
    session = await started(client)
    await scan(client, CAST.door, CAST.xiaonan.card_scene)
    booking = await client.value("SELECT id FROM booking")
    came = await client.post(CAST.mama, f"/bookings/{booking}/leave", {"reason": "请假"})
    assert came.json()["code"] == "attendance.leave_not_possible"
    await client.move_session(session, timedelta(days=-9))
    await client.rows("UPDATE booking SET state = 'absent'")
    late = await client.post(CAST.mama, f"/bookings/{booking}/leave", {"reason": "请假"})
    assert late.json()["code"] == "attendance.leave_not_possible"
