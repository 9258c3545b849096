"""“My child's data”: a guardian sees all of it, takes it along, corrects it, and has it erased."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from tests.cast import CAST, POTTERY_SCENE, SCHOOL
from tests.client import Client
from tests.people.test_consent import give, publish
from tests.privacy.stage import days_pass, messages_to, run, tables_with

CHILD = CAST.xiaonan
DATA = f"/pupils/{CHILD.id}/data"


async def lived(client: Client) -> dict[str, UUID]:
    """A child that has done everything: booked, arrived, been stamped, waits for more, consented."""
    past = await client.add_session(title="捏一只小碗")
    await client.book(CAST.mama, CHILD, past)
    await client.scan(CAST.mama, POTTERY_SCENE)
    ahead = await client.add_session(title="看云", starts_in=timedelta(days=3), seats=1)
    assert (await client.book(CAST.mama, CHILD, ahead)).json()["state"] == "confirmed"
    assert (await client.book(CAST.beimama, CAST.xiaobei, ahead)).json()["state"] == "waitlisted"
    await give(client, CAST.mama, await publish(client), CHILD)
    await client.get(CAST.teacher, f"/people/{CHILD.id}?purpose=核对名册")
    await client.post(CAST.liaison, "/binding-codes", {"pupil_id": str(CHILD.id)})
    roster = f"学籍号,姓名,班级\n20260001,{CHILD.name},三（2）班\n".encode()
    await client.http.post(
        "/v1/roster-imports",
        data={"organization_id": str(SCHOOL)},
        files={"file": ("名册.csv", roster)},
        headers=CAST.liaison.headers,
    )
    return {"past": past, "ahead": ahead}


async def erase(client: Client) -> Any:
    body = {"pupil_id": str(CHILD.id), "kind": "erase", "confirm_name": CHILD.name}
    answer = await client.post(CAST.mama, "/data-requests", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_guardian_sees_everything_and_takes_it_along(client: Client) -> None:
    await lived(client)
    sections = {
        one["title"]: one["rows"] for one in (await client.get(CAST.mama, DATA)).json()["items"]
    }
    assert ["姓名", CHILD.name] in sections["基本资料"]
    assert sections["学籍"][0][:2] == ["叶城小学", "三（2）班"]
    assert sorted(row[:2] for row in sections["监护人"]) == [["母亲", "您"], ["祖辈", "另一位"]]
    assert {row[1] for row in sections["登录方式"]} == {"服务号", "小程序"}
    assert [row[0] for row in sections["同意书"]] == ["活动拍照同意书"]
    assert {row[2] for row in sections["预约"]} == {"已参加", "已录取"}
    assert len(sections["签到"]) == len(sections["印章"]) == 1
    assert "核对名册" in [row[1] for row in sections["工作人员查看记录"]]
    assert all(CHILD.name in row[2] for row in sections["发给您的通知"])
    copy = await client.get(CAST.mama, f"{DATA}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(copy.content))
    assert set(book.sheetnames) == set(sections)
    assert CHILD.name in [cell.value for row in book["基本资料"].rows for cell in row]
    assert await client.value("SELECT count(*) FROM audit_entry WHERE action = 'data:export'") == 1


async def test_nothing_of_another_person_is_in_it(client: Client) -> None:
    await lived(client)
    shown = (await client.get(CAST.mama, DATA)).text
    for other in (CAST.granny, CAST.xiaobei, CAST.teacher, CAST.liaison):
        assert other.name not in shown
    assert CAST.mama.openid not in shown


async def test_only_the_own_guardians_may(client: Client) -> None:
    for who in (CAST.beimama, CAST.teacher, CAST.liaison, CAST.admin, CAST.secretary, CHILD):
        for path in (DATA, f"{DATA}.xlsx"):
            assert (await client.get(who, path)).status_code in (403, 404), who
        body = {"pupil_id": str(CHILD.id), "kind": "erase", "confirm_name": CHILD.name}
        assert (await client.post(who, "/data-requests", body)).status_code in (403, 404), who
    assert await client.value("SELECT count(*) FROM data_request") == 0


async def test_a_correction_goes_to_the_school_and_comes_back(client: Client) -> None:
    body = {"pupil_id": str(CHILD.id), "kind": "correct"}
    silent = await client.post(CAST.mama, "/data-requests", body)
    assert silent.json()["code"] == "privacy.nothing_said"
    asked = await client.post(CAST.mama, "/data-requests", {**body, "note": "名字应为小楠"})
    request_id = asked.json()["id"]
    listed = (await client.get(CAST.liaison, "/data-requests")).json()["items"]
    assert [(one["id"], one["note"], one["state"]) for one in listed] == [
        (request_id, "名字应为小楠", "open")
    ]
    assert (await client.get(CAST.beimama, "/data-requests")).json()["items"] == []
    path = f"/data-requests/{request_id}/settle"
    answer = {"done": True, "answer": "已改好"}
    assert (await client.post(CAST.teacher, path, answer)).status_code == 403
    for _ in range(2):
        settled = await client.post(CAST.liaison, path, answer)
        assert (settled.status_code, settled.json()["state"]) == (200, "done")
    changed = await client.post(CAST.liaison, path, {"done": False, "answer": "不对"})
    assert changed.json()["code"] == "privacy.already_settled"
    told = [row for row in await messages_to(client, CAST.mama) if row.kind == "data_settled"]
    assert [row.fields["result"] for row in told] == ["已更正：已改好"]


async def test_erasure_asks_for_the_name_waits_a_week_and_either_guardian_stops_it(
    client: Client,
) -> None:
    wrong = {"pupil_id": str(CHILD.id), "kind": "erase", "confirm_name": "小楠"}
    assert (await client.post(CAST.mama, "/data-requests", wrong)).json()["code"] == (
        "privacy.wrong_name"
    )
    first, again = await erase(client), await erase(client)
    assert first["id"] == again["id"]
    both = [await messages_to(client, who) for who in (CAST.mama, CAST.granny)]
    assert [[row.kind for row in rows] for rows in both] == [["data_requested"]] * 2
    await run(client, "privacy.erase_due")
    assert (await client.get(CAST.mama, DATA)).status_code == 200, "not before a week is over"
    school = await client.post(
        CAST.liaison, f"/data-requests/{first['id']}/settle", {"done": False, "answer": "不删"}
    )
    assert school.json()["code"] == "privacy.not_to_decide"
    for _ in range(2):
        stopped = await client.post(CAST.granny, f"/data-requests/{first['id']}/withdraw")
        assert stopped.json()["state"] == "withdrawn"
    await days_pass(client, "data_request", "due_at", 8)
    await run(client, "privacy.erase_due")
    assert (await client.get(CAST.mama, DATA)).status_code == 200


@pytest.fixture
async def erased(client: Client) -> dict[str, Any]:
    sessions = await lived(client)
    sums = "SELECT count(*), sum(minutes) FROM stamp"
    before = await client.rows(sums)
    request = await erase(client)
    await days_pass(client, "data_request", "due_at", 8)
    await run(client, "privacy.erase_due")
    assert await client.rows(sums) == before, "sums of the district stay true"
    return {**sessions, **request}


async def test_erased_means_found_nowhere(client: Client, erased: dict[str, Any]) -> None:
    """No table holds the name or the guardian's openid, in whatever column or coding."""
    for word in (CHILD.name, CAST.mama.openid, CAST.granny.mp_openid):
        assert await tables_with(client, word) == [], word
    await run(client, "privacy.erase_due")
    assert await client.value("SELECT count(*) FROM audit_entry WHERE action = 'data:erased'") == 1


async def test_an_erased_childs_place_goes_to_the_next_in_the_queue(
    client: Client, erased: dict[str, Any]
) -> None:
    state = "SELECT state FROM booking WHERE session_id = :s AND pupil_id = :p"
    assert await client.value(state, s=erased["ahead"], p=CHILD.id) == "cancelled"
    assert await client.value(state, s=erased["ahead"], p=CAST.xiaobei.id) == "offered"
    assert [row.kind for row in await messages_to(client, CAST.beimama)][-1] == "booking_offered"


async def test_an_erased_child_and_its_family_are_unknown_to_every_door(
    client: Client, erased: dict[str, Any]
) -> None:
    await client.rows("UPDATE person SET state = 'active' WHERE id = :p", p=CAST.mama.id)
    assert (await client.get(CAST.mama, "/me")).status_code == 401, "even her login is gone"
    assert "还没有绑定" in await client.click(CAST.mama, "MY_PASSPORT")
    scanned = await client.post(CAST.door, "/scans", {"scene": CHILD.card_scene})
    assert scanned.json()["code"] == "passport.revoked"
    assert CHILD.name not in scanned.text
    listed = await client.get(CAST.teacher, "/people?purpose=查看名单")
    assert str(CHILD.id) not in listed.text
    for path in (f"/people/{CHILD.id}", f"/pupils/{CHILD.id}/passport"):
        assert (await client.get(CAST.liaison, path)).status_code == 404, path


async def test_the_receipt_says_what_went_and_names_nobody(
    client: Client, erased: dict[str, Any]
) -> None:
    page = await client.http.get(f"/receipt/{erased['receipt']}")
    assert page.status_code == 200
    for words in ("已完成", "学生资料", "通知", "登录方式"):
        assert words in page.text
    assert CHILD.name not in page.text
    none = await client.http.get("/receipt/nobody")
    assert "没有找到这份回执" in none.text


async def test_a_child_without_a_class_for_a_year_is_erased_by_itself(client: Client) -> None:
    await client.rows(
        "UPDATE enrollment SET starts_on = starts_on - 400, ends_on = current_date - 364 "
        "WHERE pupil_id = :p",
        p=CHILD.id,
    )
    await run(client, "privacy.erase_due")
    assert "person" in await tables_with(client, CHILD.name)
    await client.rows(
        "UPDATE enrollment SET ends_on = current_date - 367 WHERE pupil_id = :p", p=CHILD.id
    )
    await run(client, "privacy.erase_due")
    assert "person" not in await tables_with(client, CHILD.name)
