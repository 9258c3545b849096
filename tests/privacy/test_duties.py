"""The district's duties: forgetting in time with proof, telling schools who looked, the yearly pack."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.kit.clock import school_day
from app.privacy.rules import differences, span_of, week_before
from tests.cast import CAST, HERE, POTTERY_SCENE
from tests.client import Client
from tests.command import app_cli  # starts app.cli
from tests.privacy.stage import days_pass, messages_to, run

YEAR = school_day(datetime.now(UTC)).year


async def aged(client: Client, table: str, column: str, days: int) -> list[str]:
    """The ids of all rows of a table, after they have grown so old."""
    await days_pass(client, table, column, days)
    return [str(row[0]) for row in await client.rows(f"SELECT id FROM {table} ORDER BY id::text")]


async def a_visit(client: Client) -> None:
    await client.book(CAST.mama, CAST.xiaonan, await client.add_session())
    await client.scan(CAST.mama, POTTERY_SCENE)
    await client.get(CAST.teacher, f"/people/{CAST.xiaonan.id}?purpose=核对名册")


async def test_old_rows_go_and_leave_a_proof_of_exactly_which(client: Client) -> None:
    await a_visit(client)
    await aged(client, "delivery", "created_at", 181)
    ids = await aged(client, "notification", "created_at", 181)
    assert ids
    for _ in range(2):
        await run(client, "privacy.forget_old")
    assert await client.value("SELECT count(*) FROM notification") == 0
    listed = (await client.get(CAST.auditor, "/deletion-proofs")).json()["items"]
    proofs = {one["data_class"]: one for one in listed}
    assert len(proofs) == len(listed), "a second run finds nothing more"
    expected = hashlib.sha256(",".join(sorted(ids)).encode()).hexdigest()
    assert (proofs["notification"]["rows"], proofs["notification"]["digest"]) == (
        len(ids),
        expected,
    )
    logged = await client.rows(
        "SELECT detail FROM audit_entry WHERE action = 'retention:delete' ORDER BY id"
    )
    assert {row.detail["class"] for row in logged} == set(proofs)


async def test_what_is_young_enough_stays(client: Client) -> None:
    await a_visit(client)
    # A binding code is valid for 30 days first.
    tables = {"delivery": 179, "notification": 179, "inbound_push": 6, "binding_code": 30 + 29}
    await client.post(CAST.liaison, "/binding-codes", {"pupil_id": str(CAST.dui.id)})
    column = {"inbound_push": "received_at", "binding_code": "expires_at"}
    before = {name: await client.value(f"SELECT count(*) FROM {name}") for name in tables}
    assert all(before.values())
    for name, days in tables.items():
        await days_pass(client, name, column.get(name, "created_at"), days)
    await run(client, "privacy.forget_old")
    after = {name: await client.value(f"SELECT count(*) FROM {name}") for name in tables}
    assert after == before


async def test_the_phone_of_a_scan_is_forgotten_and_its_line_stays(client: Client) -> None:
    await client.book(CAST.mama, CAST.xiaonan, await client.add_session())
    body = {"scene": POTTERY_SCENE, "device": "one-phone", "nonce": "n1"}
    assert (await client.post(CAST.mama, "/scans", body)).is_success
    whole = "SELECT to_jsonb(s) - 'device' - 'nonce' AS line, device FROM scan s"
    early = "UPDATE scan SET device = NULL, nonce = NULL"
    with pytest.raises(DBAPIError, match="append-only"):
        await client.rows(early)
    await client.rows("ALTER TABLE scan DISABLE TRIGGER USER")
    await client.rows("UPDATE scan SET received_at = received_at - interval '32 days'")
    await client.rows("ALTER TABLE scan ENABLE TRIGGER USER")
    (before,) = await client.rows(whole)
    await run(client, "privacy.forget_old")
    (after,) = await client.rows(whole)
    assert (before.device, after.device, after.line) == ("one-phone", None, before.line)
    for change in ("accepted = false", "device = 'another'"):
        with pytest.raises(DBAPIError, match="append-only"):
            await client.rows(f"UPDATE scan SET {change}")


async def test_a_roster_file_is_emptied_and_its_way_back_stays(client: Client) -> None:
    files = {"file": ("x.csv", "学籍号,姓名,班级\n1,甲,三（2）班\n".encode())}
    form = {
        "organization_id": str(
            (await client.rows("SELECT id FROM organization WHERE name = '叶城小学'"))[0][0]
        )
    }
    sent = await client.http.post(
        "/v1/roster-imports", data=form, files=files, headers=CAST.liaison.headers
    )
    assert sent.status_code == 202
    await days_pass(client, "roster_import", "created_at", 181)
    await run(client, "privacy.forget_old")
    assert await client.value("SELECT octet_length(content) FROM roster_import") == 0
    report = await client.get(CAST.liaison, f"/roster-imports/{sent.json()['id']}/report")
    assert report.json()["code"] == "sheet.empty"


async def test_each_schools_contact_hears_once_a_week_who_looked(client: Client) -> None:
    for purpose in ("核对名册", "联系家长", "联系家长"):
        for pupil in (CAST.xiaonan, CAST.xiaobei):
            await client.get(CAST.teacher, f"/people/{pupil.id}?purpose={purpose}")
    await client.get(CAST.admin, f"/people/{CAST.xing.id}?purpose=核对名册")
    await client.rows("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await client.rows("UPDATE audit_entry SET at = at - interval '7 days'")
    await client.rows("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    for _ in range(2):
        await run(client, "privacy.review_access")
    (told,) = await messages_to(client, CAST.liaison)
    assert told.kind == "access_reviewed"
    assert (told.fields["summary"], told.fields["reads"]) == ("1 人查看了 2 名学生", "6")
    mine = (await client.get(CAST.liaison, "/access-digest")).json()["items"]
    assert [(one["reader"], one["purpose"], one["children"], one["reads"]) for one in mine] == [
        ("叶老师", "联系家长", 2, 4),
        ("叶老师", "核对名册", 2, 2),
    ]
    everywhere = (await client.get(CAST.admin, "/access-digest")).json()["items"]
    assert {one["school"] for one in everywhere} == {"叶城小学", "南苑中学"}
    assert (await client.get(CAST.teacher, "/access-digest")).status_code == 403


async def taken(client: Client, who: Any = CAST.auditor) -> tuple[bytes, dict[str, Any]]:
    answer = await client.get(who, f"/compliance-pack?year={YEAR}")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return answer.content, json.loads(archive.read("figures.json"))


async def test_the_pack_counts_what_happened_and_names_nobody(client: Client) -> None:
    await a_visit(client)
    incident = {"happened_on": f"{YEAR}-01-02", "title": "名单遗失", "what": "一份", "affected": 3}
    assert (await client.post(CAST.admin, "/incidents", incident)).status_code == 201
    assert (await client.post(CAST.admin, "/incidents", incident)).status_code == 409
    content, document = await taken(client)
    chapters = document["chapters"]
    assert ["叶城小学", "小学", 4] in chapters["未成年人数量"]
    assert ["class_teacher", "核对名册", 1, 1, 1] in chapters["查看学生资料"]
    assert chapters["事件"] == [[f"{YEAR}-01-02", "名单遗失", 3, None, None, None]]
    assert document["audit_whole"] is True
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read("明细.xlsx")))
        pdf = pypdfium2.PdfDocument(archive.read("报告.pdf"))
        report = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert book.sheetnames[:2] == ["处理的个人信息", "未成年人数量"]
    for words in (
        "合规审计报告",
        "未成年人数量",
        "班主任",
        "名单遗失",
        document["audit_head"][:20],
    ):
        assert words in report, words
    whole = json.dumps(document, ensure_ascii=False) + report
    for person in CAST.all():
        titled = person.name in {"学区管理员", "审计员"}  # in the cast these are names too
        assert titled or person.name not in whole, person.name
    assert (
        await client.value("SELECT count(*) FROM audit_entry WHERE action='compliance:pack'") == 1
    )


async def test_one_command_makes_the_pack_and_recomputes_it(
    client: Client, database_url: str, tmp_path: Path
) -> None:
    await a_visit(client)
    made = app_cli(database_url, "audit-pack", "ND", "--out", str(tmp_path))
    assert made.returncode == 0, made.stderr
    path = tmp_path / f"个人信息合规审计包-ND-{YEAR}.zip"
    same = app_cli(database_url, "audit-pack", "ND", "--check", str(path))
    assert (same.returncode, "没有差别" in same.stdout) == (0, True), same.stderr
    await a_visit_later(client)
    later = app_cli(database_url, "audit-pack", "ND", "--check", str(path))
    assert later.returncode == 0, "what happened after the pack does not make it wrong"
    await client.rows("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await client.rows(
        "DELETE FROM audit_entry WHERE action = 'pupil:read' AND purpose = '核对名册'"
    )
    wrong = app_cli(database_url, "audit-pack", "ND", "--check", str(path))
    assert wrong.returncode == 1
    assert "审计包与原始记录不一致：查看学生资料、逐月" in wrong.stderr
    path.write_bytes(path.read_bytes()[:200])
    broken = app_cli(database_url, "audit-pack", "ND", "--check", str(path))
    assert "不是一份完好的审计包" in broken.stderr
    nobody = app_cli(database_url, "audit-pack", "NONE", "--out", str(tmp_path))
    assert (nobody.returncode, "没有找到" in nobody.stderr) == (1, True)


async def a_visit_later(client: Client) -> None:
    await client.get(CAST.teacher, f"/people/{CAST.xiaobei.id}?purpose=联系家长")


@pytest.mark.parametrize("year", [2019, YEAR + 1])
async def test_a_year_that_is_none_is_refused(client: Client, year: int) -> None:
    answer = await client.get(CAST.auditor, f"/compliance-pack?year={year}")
    assert answer.json()["code"] == "privacy.year_not_begun"


async def test_an_incident_is_completed_later_but_its_day_and_title_stay(client: Client) -> None:
    body = {"happened_on": f"{YEAR}-01-02", "title": "名单遗失", "what": "一份", "affected": 3}
    made = (await client.post(CAST.admin, "/incidents", body)).json()
    path = f"/incidents/{made['id']}"
    closed = await client.patch(CAST.secretary, path, {"closed_on": f"{YEAR}-01-09"})
    assert closed.json()["closed_on"] == f"{YEAR}-01-09"
    assert (await client.patch(CAST.admin, path, {"title": "没有事"})).status_code == 422
    assert (await client.patch(CAST.auditor, path, {"affected": 0})).status_code == 403
    audited = "SELECT count(*) FROM audit_entry WHERE object_type = 'incident' AND district_id = :d"
    assert await client.value(audited, d=HERE) == 2


@given(st.dates())
def test_the_week_before_is_whole_and_over(today: Any) -> None:
    monday, sunday = week_before(today)
    assert (monday.weekday(), (sunday - monday).days) == (0, 6)
    assert 1 <= (today - sunday).days <= 7
    begin, end = span_of(monday, sunday)
    assert (end - begin).days == 7


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)))
def test_differences_name_every_chapter_that_is_not_the_same(kept: dict[str, Any]) -> None:
    assert differences(kept, kept) == []
    changed = {**kept, "a": 9}
    assert set(differences(kept, changed)) == {"a"}
    assert set(differences(changed, kept)) == {"a"}
