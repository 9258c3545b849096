"""A course-selection round from announcement to result, and everything it refuses."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.rounds.service.publishing import check_proof
from tests.cast import CAST, UNIT
from tests.client import Client
from tests.command import app_cli  # starts app.cli
from tests.rounds.stage import (
    allocate,
    announced,
    close,
    got,
    published,
    sessions,
    window,
    wish,
)

ABSENT = """
WITH gone AS (UPDATE session SET state = 'closed' WHERE id = :id)
INSERT INTO booking (district_id, id, session_id, pupil_id, state)
SELECT district_id, gen_random_uuid(), id, :pupil, 'absent' FROM session WHERE id = :id
"""
CAME = """
WITH line AS (
  INSERT INTO scan (district_id, id, session_id, pupil_id, way, accepted, scanned_at)
  SELECT district_id, gen_random_uuid(), id, :pupil, 'card', true, starts_at FROM session
  WHERE state = 'closed' RETURNING district_id, id, session_id, pupil_id, scanned_at),
there AS (
  INSERT INTO booking (district_id, id, session_id, pupil_id, state, seat_id)
  SELECT l.district_id, gen_random_uuid(), l.session_id, :pupil, 'attended', t.id FROM line l
  JOIN seat t ON t.district_id = l.district_id AND t.session_id = l.session_id)
INSERT INTO attendance (district_id, id, session_id, pupil_id, scan_id, evidence, arrived_at)
SELECT district_id, gen_random_uuid(), session_id, pupil_id, id, 'A', scanned_at FROM line
"""
THREE = (CAST.xiaonan, CAST.xiaobei)


async def told(client: Client, kind: str) -> list[Any]:
    sql = "SELECT person_id, fields FROM notification WHERE kind = :k ORDER BY fields->>'pupil'"
    return await client.rows(sql, k=kind)


async def test_a_round_gives_places_by_wishes_and_says_why(client: Client) -> None:
    one, other = await sessions(client, 1, 1)
    round_id = await announced(client, [one, other], reserve_percent=0)
    saved = await wish(client, CAST.mama, round_id, CAST.xiaonan, one, other)
    assert saved.json()["message"] == "已保存 2 个志愿，截止前可以随时修改。"
    await wish(client, CAST.beimama, round_id, CAST.xiaobei, one, other)
    await wish(client, CAST.twin_dad, round_id, CAST.shuang, one)
    await published(client, round_id)
    places = [await got(client, pupil) for pupil in (CAST.xiaonan, CAST.xiaobei, CAST.shuang)]
    assert sorted(len(place) for place in places) in ([0, 1, 1], [0, 0, 1])
    taken = [session for place in places for session in place]
    assert len(taken) == len(set(taken))
    results = (await client.get(CAST.mama, f"/rounds/{round_id}/results")).json()["items"]
    assert [row["pupil_id"] for row in results] == [str(CAST.xiaonan.id)]
    assert "3 人填报，1 个名额" in results[0]["reasons"][0]
    messages = await told(client, "round_result")
    assert {row.fields["pupil"] for row in messages} == {"小南", "小北", "双双"}
    assert len(messages) == 4, "both guardians of 小南"
    seats = "SELECT count(*) FROM seat WHERE booking_id IS NOT NULL"
    assert await client.value(seats) == len(taken)


async def test_the_rehearsal_is_quiet_and_the_final_run_is_the_same(client: Client) -> None:
    ids = await sessions(client, 1, 1)
    round_id = await announced(client, ids)
    await wish(client, CAST.mama, round_id, CAST.xiaonan, *ids)
    await wish(client, CAST.beimama, round_id, CAST.xiaobei, ids[0], ids[1])
    early = await client.post(CAST.secretary, f"/rounds/{round_id}/publish")
    assert early.json()["code"] == "round.still_open"
    rehearsals = [
        (await client.post(CAST.secretary, f"/rounds/{round_id}/rehearse")).json() for _ in range(2)
    ]
    assert rehearsals[0]["result_digest"] == rehearsals[1]["result_digest"]
    assert rehearsals[0]["figures"]["placed"] == 2
    assert await client.value("SELECT count(*) FROM booking") == 0
    assert await told(client, "round_result") == []
    assert await client.value("SELECT count(*) FROM allocation_result") == 0
    await published(client, round_id)
    runs = (await client.get(CAST.secretary, f"/rounds/{round_id}/runs")).json()["items"]
    assert [run["kind"] for run in runs] == ["final", "rehearsal", "rehearsal"]
    assert len({run["result_digest"] for run in runs}) == 1
    assert len({run["input_digest"] for run in runs}) == 1


async def test_anybody_computes_a_result_again_and_nobody_can_bend_it(
    client: Client, tmp_path: Path
) -> None:
    ids = await sessions(client, 1, 2)
    round_id = await announced(client, ids)
    for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        await wish(client, who, round_id, pupil, *ids)
    promise = (await client.get(CAST.mama, f"/rounds/{round_id}")).json()["seed_digest"]
    hidden = await client.get(CAST.mama, f"/rounds/{round_id}/proof")
    assert hidden.json()["code"] == "round.wrong_state", "the seed stays secret until the result"
    await published(client, round_id)
    proof = (await client.get(CAST.beimama, f"/rounds/{round_id}/proof")).json()
    assert proof["seed_digest"] == promise
    for pupil in THREE:
        assert pupil.name not in json.dumps(proof, ensure_ascii=False)
        assert str(pupil.id) not in json.dumps(proof)
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    good = app_cli("postgresql+asyncpg://nowhere/none", "round-check", str(path))
    assert (good.returncode, "重新计算 2 名学生" in good.stdout) == (0, True), good.stderr
    code, session = next(iter(proof["result"].items()))
    for name, bent in (
        ("录取结果", {"result": {**proof["result"], code: str(ids[session == str(ids[0])])}}),
        ("抽签种子", {"seed": "another"}),
        ("志愿和名额", {"wanters": proof["wanters"][:1]}),
    ):
        path.write_text(json.dumps({**proof, **bent}))
        wrong = app_cli("postgresql+asyncpg://nowhere/none", "round-check", str(path))
        assert (wrong.returncode, name in wrong.stderr) == (1, True), (name, wrong.stderr)
    path.write_text('{"seed": 1}')
    broken = app_cli("postgresql+asyncpg://nowhere/none", "round-check", str(path))
    assert "不是一份完好的录取验证文件" in broken.stderr


async def test_a_session_of_a_round_is_not_first_come_until_the_rest_is_opened(
    client: Client,
) -> None:
    (one,) = await sessions(client, 3)
    round_id = await announced(client, [one])
    early = await client.book(CAST.mama, CAST.xiaonan, one)
    assert early.json()["code"] == "booking.other_mode"
    await wish(client, CAST.beimama, round_id, CAST.xiaobei, one)
    await published(client, round_id)
    assert (await client.book(CAST.mama, CAST.xiaonan, one)).status_code == 409
    for _ in range(2):
        opened = await client.post(CAST.secretary, f"/rounds/{round_id}/open-rest")
        assert opened.status_code == 200
    assert (await client.book(CAST.mama, CAST.xiaonan, one)).json()["state"] == "confirmed"


async def test_wishes_are_refused_with_a_reason_and_nothing_is_lost(client: Client) -> None:
    one, other, third = await sessions(client, 1, 1, 1)
    (for_big,) = await sessions(client, 1, grades=(8, 9))
    booked = await client.add_session(title="已约的课", starts_in=timedelta(days=3, minutes=-110))
    elsewhere = await client.add_session(title="别的课", starts_in=timedelta(days=9))
    assert (await client.book(CAST.mama, CAST.xiaonan, booked)).status_code == 201
    round_id = await announced(client, [one, other, third, for_big], most_wishes=2)
    await wish(client, CAST.mama, round_id, CAST.xiaonan, other)
    for code, wishes in (
        ("round.too_many_wishes", [one, other, third]),
        ("round.wish_twice", [other, other]),
        ("round.not_in_round", [elsewhere]),
        ("round.wish_grade", [for_big]),
        ("round.wish_clashes", [one]),
    ):
        refused = await wish(client, CAST.mama, round_id, CAST.xiaonan, *wishes)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    for who in (CAST.beimama, CAST.secretary, CAST.publisher):
        refused = await wish(client, who, round_id, CAST.xiaonan, third)
        assert refused.status_code in (403, 404), who
    kept = await client.get(CAST.mama, f"/rounds/{round_id}/wishes?pupil_id={CAST.xiaonan.id}")
    assert kept.json()["session_ids"] == [str(other)]
    await close(client, round_id)
    late = await wish(client, CAST.mama, round_id, CAST.xiaonan, third)
    assert (late.status_code, late.json()["code"]) == (409, "round.wishes_closed")


async def test_a_teacher_writes_for_a_child_without_a_phone_and_wishes_can_be_taken_back(
    client: Client,
) -> None:
    ids = await sessions(client, 2, 2)
    round_id = await announced(client, ids)
    assert (await wish(client, CAST.teacher, round_id, CAST.xiaonan, *ids)).status_code == 200
    refused = await wish(client, CAST.teacher, round_id, CAST.shuang, ids[0])
    assert refused.status_code == 404, "not her class"
    assert (await wish(client, CAST.mama, round_id, CAST.xiaonan)).json()["message"] == (
        "已撤回全部志愿。"
    )
    assert await client.value("SELECT count(*) FROM wish") == 0


async def test_who_got_nothing_comes_first_in_the_next_round(client: Client) -> None:
    """Two children, one seat, round after round: nobody loses twice in a row."""
    winners = []
    for number in range(4):
        (one,) = await sessions(client, 1)
        round_id = await announced(client, [one], name=f"第 {number} 轮")
        for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
            assert (await wish(client, who, round_id, pupil, one)).status_code == 200
        await published(client, round_id)
        (winner,) = [p for p in THREE if one in await got(client, p)]
        winners.append(winner)
        await client.rows("UPDATE session SET state = 'closed' WHERE id = :id", id=one)
    assert winners[0] != winners[1]
    assert winners[2] != winners[3]


async def test_who_stays_away_without_a_word_stands_behind_until_it_is_excused(
    client: Client,
) -> None:
    """Two absences in half a year, where others came; the proof shows how many."""
    page = f"/console/units/{UNIT}"
    for _ in range(2):
        missed = await client.add_session(seats=1)
        await client.move_session(missed, -timedelta(days=3))
        await client.rows(ABSENT, id=missed, pupil=CAST.xiaonan.id)
    shown = await client.http.get(page, headers=CAST.secretary.headers)
    assert "近一年单位失约</dt><dd>2 次" in shown.text, "nobody was let in: not the child's fault"
    await client.rows(CAME, pupil=CAST.xiaobei.id)
    shown = await client.http.get(page, headers=CAST.secretary.headers)
    assert "近一年单位失约</dt><dd>0 次" in shown.text
    (one,) = await sessions(client, 1)
    round_id = await announced(client, [one])
    for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        await wish(client, who, round_id, pupil, one)
    await published(client, round_id)
    assert await got(client, CAST.xiaobei) == [one]
    (mine,) = (await client.get(CAST.mama, f"/rounds/{round_id}/results")).json()["items"]
    assert "两次以上无故缺席的靠后" in mine["reasons"][0]
    proof = (await client.get(CAST.mama, f"/rounds/{round_id}/proof")).json()
    assert sorted(one.get("missed", 0) for one in proof["wanters"]) == [0, 2]
    assert check_proof(proof) == 2
    booking = await client.value("SELECT id FROM booking WHERE state = 'absent' LIMIT 1")
    asked = await client.post(CAST.mama, f"/bookings/{booking}/leave", {"reason": "发烧"})
    accepted = await client.post(CAST.teacher, f"/leaves/{asked.json()['id']}/accept")
    assert accepted.status_code == 200, accepted.text
    assert await client.value("SELECT count(*) FROM booking WHERE state = 'absent'") == 1


async def test_a_top_up_is_for_those_without_a_place(client: Client) -> None:
    one, other = await sessions(client, 1, 1)
    first = await announced(client, [one])
    for who, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        await wish(client, who, first, pupil, one)
    await published(client, first)
    lucky = CAST.xiaonan if await got(client, CAST.xiaonan) else CAST.xiaobei
    unlucky = CAST.xiaobei if lucky is CAST.xiaonan else CAST.xiaonan
    parents = {CAST.xiaonan: CAST.mama, CAST.xiaobei: CAST.beimama}
    second = await announced(client, [other], name="补录", top_up_of=first)
    refused = await wish(client, parents[lucky], second, lucky, other)
    assert refused.json()["code"] == "round.not_in_round"
    assert (await wish(client, parents[unlucky], second, unlucky, other)).status_code == 200
    await published(client, second)
    assert await got(client, unlucky) == [other]


async def test_two_families_swap_and_a_stranger_cannot(client: Client) -> None:
    one, other = await sessions(client, 1, 1)
    round_id = await announced(client, [one, other])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, one)
    await wish(client, CAST.beimama, round_id, CAST.xiaobei, other)
    await published(client, round_id)

    async def offer(who: Any, pupil: Any, wanted: Any) -> Any:
        body = {"pupil_id": str(pupil.id), "wanted_id": str(wanted)}
        return await client.post(who, f"/rounds/{round_id}/swaps", body)

    assert (await offer(CAST.mama, CAST.xiaonan, one)).json()["code"] == "round.nothing_to_swap"
    assert (await offer(CAST.twin_dad, CAST.dui, one)).json()["code"] == "round.nothing_to_swap"
    assert (await offer(CAST.beimama, CAST.xiaonan, other)).status_code == 404
    answers = await asyncio.gather(
        offer(CAST.mama, CAST.xiaonan, other), offer(CAST.beimama, CAST.xiaobei, one)
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await got(client, CAST.xiaonan) == [other]
    assert await got(client, CAST.xiaobei) == [one]
    assert [row.fields["pupil"] for row in await told(client, "swap_done")] == [
        "小北",
        "小南",
        "小南",
    ]
    held = "SELECT count(*) FROM seat s JOIN booking b ON b.id = s.booking_id AND b.seat_id = s.id"
    assert await client.value(held) == 2


async def test_an_offer_can_be_taken_back(client: Client) -> None:
    one, other = await sessions(client, 1, 1)
    round_id = await announced(client, [one, other])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, one)
    await published(client, round_id)
    body = {"pupil_id": str(CAST.xiaonan.id), "wanted_id": str(other)}
    made = await client.post(CAST.mama, f"/rounds/{round_id}/swaps", body)
    assert (
        await client.post(CAST.beimama, f"/swaps/{made.json()['id']}/withdraw")
    ).status_code == (404)
    for _ in range(2):
        taken = await client.post(CAST.granny, f"/swaps/{made.json()['id']}/withdraw")
        assert taken.json()["state"] == "withdrawn"
    listed = (await client.get(CAST.mama, f"/rounds/{round_id}/swaps")).json()["items"]
    assert [one["state"] for one in listed] == ["withdrawn"]


async def test_ordering_and_running_twice_places_once(client: Client) -> None:
    (one,) = await sessions(client, 2)
    round_id = await announced(client, [one])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, one)
    await close(client, round_id)
    orders = await asyncio.gather(
        *(client.post(CAST.secretary, f"/rounds/{round_id}/publish") for _ in range(4))
    )
    assert {order.status_code for order in orders} == {202}
    await asyncio.gather(*(allocate(client, round_id) for _ in range(3)))
    assert await client.value("SELECT count(*) FROM allocation_run") == 1
    assert await got(client, CAST.xiaonan) == [one]
    assert len(await told(client, "round_result")) == 2


async def test_a_wish_that_became_impossible_is_left_out_and_said(client: Client) -> None:
    one, other = await sessions(client, 1, 1)
    round_id = await announced(client, [one, other])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, one, other)
    await client.post(CAST.publisher, f"/sessions/{one}/cancel", {"reason": "停电"})
    await published(client, round_id)
    assert await got(client, CAST.xiaonan) == [other]
    (result,) = (await client.get(CAST.mama, f"/rounds/{round_id}/results")).json()["items"]
    assert "没有参加排队，场次已取消" in result["reasons"][0]
    assert result["number"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"closes_at": "2020-01-01T00:00:00+08:00"}, "round.times"),
        ({"opens_at": "2099-01-01T00:00:00+08:00"}, "round.times"),
    ],
)
async def test_times_must_make_sense(client: Client, change: dict[str, Any], code: str) -> None:
    refused = await client.post(CAST.secretary, "/rounds", window(**change))
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_only_fitting_sessions_go_into_a_round(client: Client) -> None:
    made = (await client.post(CAST.secretary, "/rounds", window())).json()["id"]
    path = f"/rounds/{made}/sessions"
    soon = await client.add_session(starts_in=timedelta(hours=2))
    (booked,) = await sessions(client, 2)
    await client.book(CAST.mama, CAST.xiaonan, booked)
    for session_id, why in ((soon, "截止前就开始"), (booked, "已经有人预约")):
        refused = await client.post(CAST.secretary, path, {"session_ids": [str(session_id)]})
        assert (refused.status_code, why in refused.json()["detail"]) == (422, True)
    empty = await client.post(CAST.secretary, f"/rounds/{made}/announce")
    assert empty.json()["code"] == "round.empty"
    assert (await client.get(CAST.mama, f"/rounds/{made}")).status_code == 404, "a draft"
    assert (await client.get(CAST.mama, "/rounds")).json()["items"] == []
    mode = "SELECT count(*) FROM session WHERE mode <> 'first_come'"
    assert await client.value(mode) == 0


async def test_a_cancelled_round_gives_its_sessions_back(client: Client) -> None:
    (one,) = await sessions(client, 2)
    round_id = await announced(client, [one])
    await wish(client, CAST.mama, round_id, CAST.xiaonan, one)
    for _ in range(2):
        assert (await client.post(CAST.secretary, f"/rounds/{round_id}/cancel")).json()[
            "state"
        ] == "cancelled"
    assert (await client.book(CAST.beimama, CAST.xiaobei, one)).status_code == 201
    refused = await wish(client, CAST.mama, round_id, CAST.xiaonan, one)
    assert refused.json()["code"] == "round.wishes_closed"


async def test_an_announced_round_only_gets_longer(client: Client) -> None:
    (one,) = await sessions(client, 2)
    round_id = await announced(client, [one])
    later = window()["closes_at"]
    good = await client.patch(CAST.secretary, f"/rounds/{round_id}", {"closes_at": later})
    assert good.status_code == 200, good.text
    shorter = window(closes_at=window()["opens_at"].replace("+00:00", "Z"))
    for change in ({"reserve_percent": 0}, {"closes_at": shorter["closes_at"]}):
        refused = await client.patch(CAST.secretary, f"/rounds/{round_id}", change)
        assert refused.json()["code"] in ("round.wrong_state", "round.times")
