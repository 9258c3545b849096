"""Resource units: from the public page to the register, and what their papers decide."""

import asyncio
from typing import Any

from app.kit.db import system_context
from app.privacy.service.retention import forget_old
from app.resources.jobs import JOBS
from app.wiring import WIRING
from tests.cast import CAST, HERE, OTHER_UNIT, UNIT, Somebody
from tests.client import Client

FORM = {
    "district": "ND",
    "name": "星空天文馆",
    "kind": "public_venue",
    "address": "示例路 1 号",
    "contact_name": "陆老师",
    "contact_phone": "021-55550001",
    "offer": "每周六可以接待四十个孩子看星象厅，三年级以上。",
}


async def _apply(client: Client, **change: str) -> Any:
    return await client.http.post("/apply", data={**FORM, **change})


async def _paper(client: Client, kind: str, last: Any, who: Somebody = CAST.secretary) -> Any:
    body = {"kind": kind, "number": "A-1", "valid_until": str(last), "organization_id": str(UNIT)}
    return await client.post(who, "/papers", body)


async def _watch(client: Client) -> None:
    """What the worker does every morning."""
    await JOBS[0].run(lambda: system_context(client.engine, WIRING, HERE), {})


async def _day(client: Client, away: int) -> Any:
    sql = "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date + cast(:n AS int)"
    return await client.value(sql, n=away)


async def test_a_unit_applies_is_accepted_and_activated_with_its_papers(client: Client) -> None:
    assert (await _apply(client)).headers["location"] == "/apply/sent"
    found = (await client.get(CAST.secretary, "/unit-applications")).json()["items"]
    assert [(one["name"], one["state"]) for one in found] == [("星空天文馆", "pending")]
    path = f"/unit-applications/{found[0]['id']}"
    first = (await client.post(CAST.secretary, f"{path}/accept")).json()
    again = (await client.post(CAST.secretary, f"{path}/accept")).json()
    assert first == again
    unit = first["organization_id"]
    state = (await client.get(CAST.secretary, f"/organizations/{unit}")).json()["state"]
    assert state == "applied"
    early = await client.post(CAST.secretary, f"/organizations/{unit}/activate")
    assert (early.status_code, early.json()["code"]) == (409, "resources.papers_missing")
    assert "合作协议和公众责任险" in early.json()["detail"]
    day, later = await _day(client, 100), await _day(client, 300)
    for kind, last in (("agreement", later), ("insurance", day)):
        body = {"organization_id": unit, "kind": kind, "valid_until": str(last)}
        assert (await client.post(CAST.secretary, "/papers", body)).status_code == 201
    active = (await client.post(CAST.secretary, f"/organizations/{unit}/activate")).json()
    assert (active["state"], active["valid_until"]) == ("active", str(day))
    late = await client.post(CAST.secretary, f"{path}/decline", {"reason": "x"})
    assert late.json()["code"] == "resources.application_decided"


async def test_the_public_page_keeps_what_was_typed_and_counts(client: Client) -> None:
    short = await _apply(client, offer="太短", name="<script>x</script>")
    assert short.status_code == 422
    assert "至少 10 个字" in short.text
    assert "021-55550001" in short.text, "filled as it was"
    assert "<script>x" not in short.text
    assert (await _apply(client, district="none")).status_code == 422
    assert "请填写电话号码" in (await _apply(client, contact_phone="打我电话")).text
    for _ in range(3):
        assert (await _apply(client)).status_code == 303, "the same again is the same"
    assert await client.value("SELECT count(*) FROM unit_application") == 1
    for name in ("二号", "三号"):
        assert (await _apply(client, name=name)).status_code == 303
    refused = await _apply(client, name="四号")
    assert "太频繁" in refused.text
    assert await client.value("SELECT count(*) FROM unit_application") == 3


async def test_only_the_secretariat_reads_and_decides_applications(client: Client) -> None:
    await _apply(client)
    row_id = await client.value("SELECT id FROM unit_application")
    for who in (CAST.publisher, CAST.liaison, CAST.mama, CAST.viewer):
        answer = await client.post(who, f"/unit-applications/{row_id}/accept")
        assert answer.status_code == 403
    foreign = await client.post(CAST.foreign_secretary, f"/unit-applications/{row_id}/accept")
    assert foreign.status_code == 404
    mute = await client.post(
        CAST.secretary, f"/unit-applications/{row_id}/decline", {"reason": " "}
    )
    assert mute.json()["code"] == "resources.reason_needed"
    done = await client.post(
        CAST.secretary, f"/unit-applications/{row_id}/decline", {"reason": "没有场地"}
    )
    assert (done.json()["state"], done.json()["organization_id"]) == ("declined", None)


async def test_two_reviewers_at_once_open_one_unit(client: Client) -> None:
    await _apply(client)
    row_id = await client.value("SELECT id FROM unit_application")
    answers = await asyncio.gather(
        *(
            client.post(who, f"/unit-applications/{row_id}/accept")
            for who in (CAST.secretary, CAST.second_secretary)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    sql = "SELECT count(*) FROM organization WHERE name = '星空天文馆'"
    assert await client.value(sql) == 1


async def test_states_change_by_verb_only(client: Client) -> None:
    path = f"/organizations/{UNIT}"
    edited = await client.patch(CAST.secretary, path, {"state": "suspended"})
    assert edited.json()["code"] == "orgs.unit_by_verb"
    for _ in range(2):
        row = await client.post(CAST.secretary, f"{path}/suspend", {"reason": "检查消防"})
        assert row.json()["state"] == "suspended"
    logged = "SELECT count(*) FROM audit_entry WHERE action = 'organization:suspended'"
    assert await client.value(logged) == 1
    ended = await client.post(CAST.secretary, f"{path}/end", {"reason": "协议终止"})
    assert ended.json()["state"] == "expired"
    wrong = await client.post(CAST.secretary, f"{path}/suspend", {"reason": "x"})
    assert wrong.json()["code"] == "orgs.unit_wrong_state"
    school = await client.value("SELECT id FROM organization WHERE kind = 'school' LIMIT 1")
    no_unit = await client.post(CAST.secretary, f"/organizations/{school}/end", {"reason": "x"})
    assert no_unit.status_code in (404, 422)


async def test_papers_belong_to_their_unit_and_need_a_last_day(client: Client) -> None:
    last = await _day(client, 20)
    kept = await _paper(client, "agreement", last, CAST.publisher)
    assert kept.status_code == 201
    assert (await _paper(client, "insurance", last, CAST.other_publisher)).status_code == 404
    body = {"organization_id": str(UNIT), "kind": "insurance"}
    bare = await client.post(CAST.publisher, "/papers", body)
    assert bare.json()["code"] == "resources.date_needed"
    path = f"/papers/{kept.json()['id']}"
    assert (await client.patch(CAST.other_publisher, path, {"note": "x"})).status_code == 404
    stale = await client.patch(CAST.publisher, path, {"note": "x"}, If_Match='"9"')
    assert stale.json()["code"] == "kit.stale"
    listed = (await client.get(CAST.other_publisher, "/papers")).json()["items"]
    assert listed == []


async def test_each_step_before_the_last_day_warns_once(client: Client) -> None:
    paper = (await _paper(client, "insurance", await _day(client, 40))).json()["id"]
    await _watch(client)
    assert await _told(client) == 0
    for away, words in (
        (30, "还有 30 天到期"),
        (29, None),
        (6, "还有 6 天到期"),
        (0, "今天到期"),
        (-3, None),
    ):
        await client.rows(
            "UPDATE notification SET fact_key = replace(fact_key, split_part(fact_key, ':', 3), "
            "cast(cast(:d AS date) AS text)) WHERE kind = 'paper_expiring'",
            d=await _day(client, away),
        )
        await client.rows(
            "UPDATE paper SET valid_until = :d WHERE id = :p", d=await _day(client, away), p=paper
        )
        before = await _told(client)
        await _watch(client)
        await _watch(client)
        news = await _told(client) - before
        assert news == (3 if words else 0), (away, "the publisher and two secretaries, or nobody")
        if words:
            item = (await client.get(CAST.publisher, "/notifications")).json()["items"][0]
            assert item["headline"] == "证照即将到期"
            assert ["提醒", words] in item["lines"]
    other = (await client.get(CAST.other_publisher, "/notifications")).json()["items"]
    assert other == []


async def _told(client: Client) -> int:
    sql = "SELECT count(*) FROM notification WHERE kind = 'paper_expiring'"
    return int(await client.value(sql))


async def test_a_renewed_paper_is_silent_and_an_unit_past_its_day_expires(client: Client) -> None:
    await _paper(client, "agreement", await _day(client, 3))
    await _paper(client, "agreement", await _day(client, 400))
    await client.rows(
        "UPDATE organization SET valid_until = :d WHERE id = :u",
        d=await _day(client, -1),
        u=OTHER_UNIT,
    )
    await _watch(client)
    await _watch(client)
    assert await _told(client) == 0
    states = await client.rows(
        "SELECT name, state, version FROM organization WHERE kind = 'resource_unit' ORDER BY name"
    )
    assert [tuple(row) for row in states] == [("气象站", "expired", 2), ("陶艺工坊", "active", 1)]


async def test_names_and_numbers_of_decided_applications_go_after_a_year(client: Client) -> None:
    for name in ("一号", "二号"):
        await _apply(client, name=name)
    await client.rows("UPDATE unit_application SET updated_at = now() - interval '366 days'")
    await client.rows("UPDATE unit_application SET state = 'declined' WHERE name = '一号'")
    await forget_old(lambda: system_context(client.engine, WIRING, HERE), {})
    assert await client.value("SELECT string_agg(name, '') FROM unit_application") == "二号"
    proof = "SELECT rows FROM deletion_proof WHERE data_class = 'unit_application'"
    assert await client.value(proof) == 1


async def test_another_district_sees_nothing(client: Client) -> None:
    await _apply(client)
    await _paper(client, "other", await _day(client, 9))
    for path in ("/unit-applications", "/papers", "/mentors"):
        assert (await client.get(CAST.foreign_secretary, path)).json()["items"] == []
