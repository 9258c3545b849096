"""The four ways in over REST, and the one ledger behind them."""

import asyncio
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.attendance.rules import number_choices
from tests.cast import CAST, POTTERY_SCENE, WEATHER, Somebody
from tests.client import Client


async def _booked(client: Client, **how: object) -> str:
    session_id = await client.add_session(**how)
    await client.book(CAST.mama, CAST.xiaonan, session_id)
    await client.book(CAST.beimama, CAST.xiaobei, session_id)
    return str(session_id)


async def _scan(client: Client, who: Somebody, scene: str, **more: str) -> dict[str, object]:
    answer = await client.post(who, "/scans", {"scene": scene, **more})
    found: dict[str, object] = answer.json()
    return found


async def test_staff_scanning_the_card_is_the_best_evidence(client: Client) -> None:
    await _booked(client, needs="A")
    seen = await _scan(client, CAST.door, CAST.xiaonan.card_scene)
    assert seen["accepted"] is True
    assert "小南签到成功" in str(seen["message"])
    assert await client.value("SELECT evidence FROM stamp") == "A"


async def test_a_claim_is_recorded_but_does_not_stamp_where_better_is_needed(
    client: Client,
) -> None:
    await _booked(client, needs="A")
    seen = await _scan(client, CAST.mama, POTTERY_SCENE)
    assert seen["accepted"] is True
    assert await client.value("SELECT count(*) FROM attendance") == 1
    assert await client.value("SELECT count(*) FROM stamp") == 0
    newest = (await client.get(CAST.mama, "/notifications")).json()["items"][0]
    assert newest["headline"] == "孩子已到达"


async def test_a_second_scan_by_whatever_way_changes_nothing(client: Client) -> None:
    session_id = await _booked(client)
    first = await _scan(client, CAST.door, CAST.xiaonan.card_scene)
    for again in (
        await _scan(client, CAST.door, CAST.xiaonan.card_scene),
        await _scan(client, CAST.mama, POTTERY_SCENE),
        await _scan(client, CAST.xiaonan, POTTERY_SCENE),
    ):
        assert again["again"] is True
        assert again["arrived_at"] == first["arrived_at"]
    body = {"session_id": session_id, "pupil_ids": [str(CAST.xiaonan.id)]}
    roster = (await client.post(CAST.teacher, "/attendances/roster", body)).json()
    assert roster["outcomes"][0]["again"] is True
    assert await client.value("SELECT count(*) FROM stamp") == 1
    assert await client.value("SELECT count(*) FROM scan WHERE accepted") == 5


async def test_a_hundred_scans_at_once_are_one_stamp_and_one_answer(client: Client) -> None:
    await _booked(client)
    answers = await asyncio.gather(
        *(_scan(client, CAST.door, CAST.xiaonan.card_scene) for _ in range(100))
    )
    assert {answer["accepted"] for answer in answers} == {True}
    assert len({answer["arrived_at"] for answer in answers}) == 1
    assert await client.value("SELECT count(*) FROM stamp") == 1


async def test_an_offline_queue_uploaded_twice_counts_once(client: Client) -> None:
    await _booked(client)
    for _ in range(3):
        seen = await _scan(client, CAST.door, CAST.xiaonan.card_scene, device="door-1", nonce="n-1")
        assert seen["accepted"] is True
    assert await client.value("SELECT count(*) FROM scan") == 1


async def test_a_teacher_ticks_the_own_class_and_nobody_else(client: Client) -> None:
    session_id = await _booked(client)
    await client.book(CAST.twin_dad, CAST.shuang, UUID(session_id))
    pupils = [CAST.xiaonan, CAST.xiaobei, CAST.shuang]
    body = {"session_id": session_id, "pupil_ids": [str(pupil.id) for pupil in pupils]}
    ticked = (await client.post(CAST.teacher, "/attendances/roster", body)).json()
    assert [outcome["accepted"] for outcome in ticked["outcomes"]] == [True, True]
    came = await client.rows(
        "SELECT p.name FROM attendance a JOIN person p ON p.id = a.pupil_id ORDER BY p.name"
    )
    assert {row.name for row in came} == {"小南", "小北"}


async def test_another_units_staff_cannot_check_in_here(client: Client) -> None:
    session_id = await _booked(client)
    body = {"session_id": session_id, "pupil_ids": [str(CAST.xiaonan.id)]}
    refused = await client.post(CAST.other_publisher, "/attendances/roster", body)
    assert refused.status_code == 404
    card = await _scan(client, CAST.other_publisher, CAST.xiaonan.card_scene)
    assert card["code"] == "attendance.wrong_base"
    assert await client.value("SELECT count(*) FROM attendance") == 0


async def test_every_refused_try_stays_in_the_ledger_with_its_reason(client: Client) -> None:
    await client.add_session()
    assert (await _scan(client, CAST.mama, POTTERY_SCENE))["code"] == "attendance.not_booked"
    assert (await _scan(client, CAST.mama, "bnobody"))["code"] == "attendance.unknown_code"
    later = await client.add_session(starts_in=timedelta(days=2))
    await client.book(CAST.mama, CAST.xiaonan, later)
    assert (await _scan(client, CAST.mama, POTTERY_SCENE))["code"] == "attendance.wrong_day"
    elsewhere = await client.add_session(base=WEATHER)
    await client.book(CAST.mama, CAST.xiaonan, elsewhere)
    assert (await _scan(client, CAST.mama, POTTERY_SCENE))["code"] == "attendance.wrong_base"
    reasons = await client.rows("SELECT reason FROM scan WHERE NOT accepted ORDER BY received_at")
    assert [row.reason.split(".")[1] for row in reasons] == [
        "not_booked",
        "unknown_code",
        "wrong_day",
        "wrong_base",
    ]


async def test_the_roll_counts_expected_and_arrived(client: Client) -> None:
    session_id = await _booked(client)
    await _scan(client, CAST.door, CAST.xiaonan.card_scene)
    roll = (await client.get(CAST.door, f"/sessions/{session_id}/roll")).json()
    assert (roll["expected"], roll["arrived"]) == (2, 1)
    assert (
        await client.get(CAST.other_publisher, f"/sessions/{session_id}/roll")
    ).status_code == 404


async def test_a_lost_card_stops_working_and_a_new_one_is_issued(client: Client) -> None:
    await _booked(client)
    listed = (await client.get(CAST.liaison, f"/passports?pupil_id={CAST.xiaonan.id}")).json()
    path = f"/passports/{listed['items'][0]['id']}"
    again = await client.post(CAST.liaison, "/passports", {"pupil_id": str(CAST.xiaonan.id)})
    assert again.json()["code"] == "passport.already_issued"
    assert (await client.post(CAST.liaison, f"{path}/revoke")).json()["state"] == "revoked"
    lost = await _scan(client, CAST.door, CAST.xiaonan.card_scene)
    assert lost["code"] == "passport.revoked"
    fresh = await client.post(CAST.liaison, "/passports", {"pupil_id": str(CAST.xiaonan.id)})
    card = (await client.get(CAST.liaison, f"/passports/{fresh.json()['id']}/card")).json()
    assert (await _scan(client, CAST.door, card["scene"]))["accepted"] is True


async def test_the_word_on_a_card_is_shown_to_printers_and_family_only(client: Client) -> None:
    listed = (await client.get(CAST.liaison, f"/passports?pupil_id={CAST.xiaonan.id}")).json()
    path = f"/passports/{listed['items'][0]['id']}/card"
    for who in (CAST.teacher, CAST.beimama, CAST.publisher, CAST.door):
        assert (await client.get(who, path)).status_code in (403, 404)
    assert (await client.get(CAST.mama, path)).json()["scene"] == CAST.xiaonan.card_scene


@given(
    st.lists(
        st.text(st.characters(categories=["Lo"]), min_size=1, max_size=4), min_size=2, max_size=9
    )
)
def test_choices_are_numbered_from_one_in_the_given_order(names: list[str]) -> None:
    said = number_choices(names)
    assert [part.split(" ", 1) for part in said.split("  ")] == [
        [str(number), name] for number, name in enumerate(names, start=1)
    ]
