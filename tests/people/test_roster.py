"""A school's list from Excel: checked line by line, applied as a whole, taken back as a whole."""

import io
import time
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.db import system_context
from app.kit.sheets import as_text, read_table, write_table
from app.people.rules import COLUMNS, parse_class
from app.wiring import JOBS, WIRING
from tests.cast import CAST, HERE, JUNIOR, SCHOOL, Somebody
from tests.client import Client

HEAD = ",".join(COLUMNS)


def xlsx(*rows: tuple[Any, ...], head: tuple[str, ...] = COLUMNS) -> bytes:
    """What a teacher's Excel writes: numbers stay numbers."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (head, *rows):
        page.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


async def upload(client: Client, who: Somebody, content: bytes) -> Any:
    return await client.http.post(
        "/v1/roster-imports",
        data={"organization_id": str(SCHOOL)},
        files={"file": ("名册.xlsx", content)},
        headers=who.headers,
    )


async def work(client: Client, name: str, roster: str) -> None:
    """Let the worker's job run, as the queue would."""
    job = next(job for job in JOBS if job.name == name)
    arguments = {"district": str(HERE), "roster": roster}
    await job.run(lambda: system_context(client.engine, WIRING, HERE), arguments)


async def checked(client: Client, content: bytes) -> Any:
    answer = await upload(client, CAST.liaison, content)
    assert answer.status_code == 202, answer.text
    await work(client, "people.roster_check", answer.json()["id"])
    return (await client.get(CAST.liaison, f"/roster-imports/{answer.json()['id']}")).json()


async def applied(client: Client, content: bytes) -> Any:
    found = await checked(client, content)
    path = f"/roster-imports/{found['id']}"
    ordered = await client.post(CAST.liaison, f"{path}/apply")
    assert ordered.status_code == 202, ordered.text
    await work(client, "people.roster_apply", found["id"])
    return (await client.get(CAST.liaison, path)).json()


async def classes_of(client: Client, *names: str) -> dict[str, str]:
    rows = await client.rows(
        "SELECT p.name, c.name AS place FROM enrollment e JOIN person p ON p.id = e.pupil_id "
        "JOIN school_class c ON c.id = e.class_id WHERE e.ends_on IS NULL AND p.name = ANY(:n)",
        n=list(names),
    )
    return {row.name: row.place for row in rows}


UGLY = xlsx(
    (20260301001.0, " 张 小三".replace(" ", ""), "3年级2班", "在读"),
    ("007", "李小四", "一(1)班", None),
    (None, "小南", "三（2）班", "转出"),
    (None, "小北", "一（1）班", ""),
    ("007", "王小五", "一（1）班", ""),
    (None, "", "一（1）班", ""),
    (None, "赵六", "三年级", ""),
    (None, "孙七", "三（2）班", "休学"),
    (1234567890123456789, "周八", "三（2）班", ""),
    (None, "没有的人", "三（2）班", "毕业"),
)


async def test_every_line_of_an_ugly_file_gets_its_verdict_and_nothing_changes(
    client: Client,
) -> None:
    before = await client.rows("SELECT count(*) FROM person")
    report = await checked(client, UGLY)
    assert report["state"] == "checked"
    assert [line["act"] for line in report["rows"]] == [
        "enrol", "enrol", "leave", "enrol", *["error"] * 6,
    ]  # fmt: skip
    reasons = {line["row"]: "；".join(line["reasons"]) for line in report["rows"]}
    for row, word in (
        (6, "重复"),
        (7, "姓名"),
        (8, "班级"),
        (9, "状态"),
        (10, "文本"),
        (11, "没有"),
    ):
        assert word in reasons[row], reasons
    assert await client.rows("SELECT count(*) FROM person") == before


async def test_the_file_comes_back_with_a_column_of_reasons(client: Client) -> None:
    report = await checked(client, UGLY)
    answer = await client.get(CAST.liaison, f"/roster-imports/{report['id']}/report")
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert page is not None
    lines = [[cell.value for cell in row] for row in page.iter_rows()]
    assert lines[0][-2:] == ["处理结果", "原因"]
    assert lines[1][0] == "20260301001", "a number stays readable text, without .0"
    assert lines[2][0] == "007", "leading zeros stay"
    assert "重复" in str(lines[5][-1])


async def test_applying_enrols_moves_and_closes_exactly_the_good_lines(client: Client) -> None:
    done = await applied(client, UGLY)
    assert done["state"] == "applied"
    assert await classes_of(client, "张小三", "李小四", "小南", "王小五") == {
        "张小三": "三（2）班",
        "李小四": "一（1）班",
    }
    again = await client.post(CAST.liaison, f"/roster-imports/{done['id']}/apply")
    assert again.json()["state"] == "applied"


async def test_the_same_file_again_changes_nothing(client: Client) -> None:
    content = xlsx(("1", "张小三", "四（1）班", ""), ("2", "李小四", "四（1）班", ""))
    await applied(client, content)
    people = await client.value("SELECT count(*) FROM person")
    second = await checked(client, content)
    assert second["counts"] == {"same": 2}
    nothing = await client.post(CAST.liaison, f"/roster-imports/{second['id']}/apply")
    assert nothing.json()["code"] == "people.nothing_to_import"
    assert await client.value("SELECT count(*) FROM person") == people


async def test_a_pupil_moves_class_leaves_and_returns_as_the_same_person(client: Client) -> None:
    await applied(client, xlsx(("1", "张小三", "四（1）班", "")))
    person = await client.value("SELECT id FROM person WHERE name = '张小三'")
    for line, place in (
        (("1", "张小三", "四（2）班", ""), {"张小三": "四（2）班"}),
        (("1", "张小三", "四（2）班", "转出"), {}),
        (("1", "张小三", "五（1）班", "转入"), {"张小三": "五（1）班"}),
    ):
        await applied(client, xlsx(line))
        assert await classes_of(client, "张小三") == place
    rows = await client.rows("SELECT id FROM person WHERE name = '张小三'")
    assert [row.id for row in rows] == [person]


async def test_two_children_of_one_name_in_one_class_are_told_apart_by_number(
    client: Client,
) -> None:
    await applied(client, xlsx(("1", "张伟", "四（1）班", ""), ("2", "张伟", "四（1）班", "")))
    assert await client.value("SELECT count(*) FROM person WHERE name = '张伟'") == 2
    unclear = await checked(client, xlsx((None, "张伟", "四（1）班", "转出")))
    assert "同名" in unclear["rows"][0]["reasons"][0]


async def test_a_child_of_another_school_is_not_taken_away(client: Client) -> None:
    await client.rows("UPDATE enrollment SET student_no = 'J8' WHERE pupil_id = :p", p=CAST.xing.id)
    report = await checked(client, xlsx(("J8", "小星", "四（1）班", "转入")))
    assert "原学校" in report["rows"][0]["reasons"][0]


async def test_a_whole_import_is_taken_back(client: Client) -> None:
    before = await classes_of(client, "小南", "小北", "张小三")
    done = await applied(
        client,
        xlsx(("1", "张小三", "四（1）班", ""), (None, "小南", "三（2）班", "转出")),
    )
    assert await classes_of(client, "小南", "张小三") == {"张小三": "四（1）班"}
    for _ in range(2):
        undone = await client.post(CAST.liaison, f"/roster-imports/{done['id']}/undo")
        assert undone.json()["state"] == "undone", undone.text
    assert await classes_of(client, "小南", "小北", "张小三") == before


async def test_an_import_whose_child_was_bound_since_is_not_taken_back(client: Client) -> None:
    done = await applied(client, xlsx(("1", "张小三", "四（1）班", "")))
    pupil = await client.value("SELECT id FROM person WHERE name = '张小三'")
    body = {"guardian_id": str(CAST.mama.id), "pupil_id": str(pupil), "relation": "other"}
    assert (await client.post(CAST.liaison, "/guardianships", body)).status_code == 201
    refused = await client.post(CAST.liaison, f"/roster-imports/{done['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "people.cannot_undo")
    assert await classes_of(client, "张小三") == {"张小三": "四（1）班"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
async def test_csv_is_read_in_every_encoding_schools_use(
    client: Client, encoding: str, delimiter: str
) -> None:
    text = f"{HEAD}\n007,张小三,四（1）班,在读\n".replace(",", delimiter)
    report = await checked(client, text.encode(encoding))
    assert report["counts"] == {"enrol": 1}


def _zip(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet.empty"),
        (b"   \n", "sheet.empty"),
        (b"PK\x03\x04 not really", "sheet.damaged"),
        (UGLY[: len(UGLY) // 2], "sheet.damaged"),
        (_zip(readme=b"hello"), "sheet.damaged"),
        (
            _zip(**{"[Content_Types].xml": b"x", "xl/bomb.xml": b"0" * 130_000_000}),
            "sheet.too_large",
        ),
        (
            _zip(**{"[Content_Types].xml": b"x", "xl/bomb.xml": b"0" * 20_000_000}),
            "sheet.too_large",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet.protected"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "sheet.damaged"),
        (b"x" * (5 * 1024 * 1024 + 1), "sheet.too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_harmful_or_unreadable_file_is_refused_at_once(
    client: Client, content: bytes, code: str
) -> None:
    began = time.monotonic()
    answer = await upload(client, CAST.liaison, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert time.monotonic() - began < 5, "at once: long before the thing is unpacked"
    assert await client.value("SELECT count(*) FROM roster_import") == 0


async def test_a_file_without_our_columns_says_which_are_missing(client: Client) -> None:
    report = await checked(client, xlsx(("1", "2"), head=("编号", "电话")))
    assert (report["state"], report["problem"]) == ("refused", "people.unknown_columns")


async def test_only_the_own_school_imports(client: Client) -> None:
    for who in (CAST.teacher, CAST.secretary, CAST.mama, CAST.publisher, CAST.foreign_secretary):
        assert (await upload(client, who, UGLY)).status_code in (403, 404)
    answer = await client.http.post(
        "/v1/roster-imports",
        data={"organization_id": str(JUNIOR)},
        files={"file": ("x.xlsx", UGLY)},
        headers=CAST.liaison.headers,
    )
    assert answer.status_code == 404
    done = await checked(client, UGLY)
    assert (await client.get(CAST.teacher, f"/roster-imports/{done['id']}")).status_code == 403


async def test_the_template_is_a_roster_that_imports(client: Client) -> None:
    answer = await client.get(CAST.liaison, "/roster-imports/template")
    report = await checked(client, answer.content)
    assert report["counts"] == {"enrol": 2}


async def test_twenty_thousand_rows_go_through(client: Client) -> None:
    """The size a whole district sends at once; the seconds are in tests/bench."""
    rows = [
        (
            f"N{number:05d}",
            f"学生{'甲乙丙丁戊己庚辛壬癸'[number % 10]}",
            f"{number % 9 + 1}年级{number % 20 + 1}班",
            "",
        )
        for number in range(20_000)
    ]
    done = await applied(client, write_table(COLUMNS, rows, "名册"))
    assert done["counts"] == {"enrol": 20_000}
    assert (
        await client.value("SELECT count(*) FROM enrollment WHERE student_no LIKE 'N%'") == 20_000
    )


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=4), min_size=1, max_size=8))
def test_what_is_written_is_text_and_is_read_back(rows: list[list[str]]) -> None:
    """Leading = + - @ are no formulas, control characters are no crash."""
    content = write_table(["甲", "乙"], rows, "表")
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book.active
    assert page is not None
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    table = read_table(content)
    for row, found in zip(rows, table[1:], strict=False):
        assert [as_text(cell) for cell in row] == (found + [""] * len(row))[: len(row)]


@given(st.integers(1, 9), st.integers(1, 20))
def test_every_way_to_write_a_class_means_the_same(grade: int, number: int) -> None:
    chinese = "零一二三四五六七八九"[grade]
    forms = (
        f"{grade}年级{number}班",
        f"{chinese}（{number}）班",
        f"{chinese}({number})班",
        f"{chinese}年级{number}班",
    )
    assert {parse_class(form) for form in forms} == {(grade, f"{chinese}（{number}）班")}
