"""B's day: a school brings its children in, families come, go and object, and the district can prove it.

Through HTTP, the chat and the command line, as school, families and operator do it.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.upkeep.service.keeping import find_backups
from tests.audit.test_chain import OFF, ON, seal
from tests.cast import CAST, SCHOOL
from tests.client import Client
from tests.command import app_cli  # starts app.cli
from tests.conftest import EMBEDDED, cluster_of
from tests.people.test_consent import publish
from tests.people.test_letters import read_back
from tests.people.test_roster import applied, xlsx

ROWS = 1200
MAMA, PAPA, GRANDPA = "oNewMama" + "1" * 20, "oTwinPapa" + "1" * 19, "oGrandpa" + "1" * 20
GRADES = "零一二三四五"
FAMILY, GIVEN = "赵钱孙李周吴郑王冯陈褚卫", "一二三四五六七八九十"


def ugly() -> bytes:
    """1,200 lines as schools send them: many spellings of a class, numbers as numbers, gaps, doubles."""
    rows: list[tuple[Any, ...]] = []
    for number in range(ROWS):
        name = FAMILY[number % 12] + GIVEN[number // 12 % 10] + GIVEN[number // 120]
        student_no: Any = 20260000 + number if number % 2 else str(20260000 + number)
        grade, place = 1 + number // 240, 1 + number // 40 % 6  # thirty classes of forty
        spelled = (
            f"{GRADES[grade]}（{place}）班",
            f"{grade}年级{place}班",
            f" {GRADES[grade]}({place})班 ",
        )
        rows.append((student_no, name, spelled[number % 3], ("在读", "", None)[number % 3]))
    rows[100] = (20260000, "重复的号", "三（1）班", "")
    rows[200] = (None, "", "三（1）班", "")
    rows[300] = ("20260300", "班级写错", "三年级", "")
    rows[400] = (None, None, None, None)
    rows[770] = ("20260770", "双胎甲", "四（2）班", "")
    rows[771] = ("20260771", "双胎乙", "四（2）班", "")
    return xlsx(*rows)


async def letters_of(client: Client, class_name: str) -> dict[str, list[str]]:
    """The codes of a class's printed letters, as families scan them: child → codes."""
    sql = "SELECT id FROM school_class WHERE organization_id = :o AND name = :n"
    class_id = await client.value(sql, o=SCHOOL, n=class_name)
    printed = await client.post(CAST.liaison, f"/classes/{class_id}/binding-letters")
    assert printed.status_code == 200, printed.text
    found = {}
    for words, codes in read_back(printed.content):
        for name in ("双胎甲", "双胎乙"):
            if name in words:
                found[name] = codes
    return found


async def tamper(client: Client) -> str:
    """What somebody with the database's password does to one line of the log."""
    victim = await client.value("SELECT entry_id FROM audit_seal WHERE seq = 7")
    await client.rows(OFF.format("audit_entry"))
    await client.rows("UPDATE audit_entry SET purpose = '没有看过' WHERE id = :v", v=victim)
    await client.rows(ON.format("audit_entry"))
    return str(victim)


@pytest.mark.timeout(240)
async def test_a_district_that_can_be_trusted(
    client: Client, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path))
    report = await applied(client, ugly())
    assert report["counts"]["error"] == 3
    assert report["counts"]["enrol"] == ROWS - 4, "the empty line is no line"
    codes = await letters_of(client, "四（2）班")
    assert set(codes) == {"双胎甲", "双胎乙"}

    # Three parents: one types a wrong code first, one has twins, one is the second guardian.
    assert "不正确" in await client.write(MAMA, "绑定 AAAAAAAAAA 双胎甲")
    assert "绑定成功" in await client.write(MAMA, f"绑定 {codes['双胎甲'][0]} 双胎甲")
    assert "绑定成功" in await client.write(PAPA, f"绑定 {codes['双胎甲'][1]} 双胎甲")
    assert "绑定成功" in await client.write(PAPA, f"绑定 {codes['双胎乙'][0]} 双胎乙")
    assert "绑定成功" in await client.write(GRANDPA, f"绑定 {codes['双胎乙'][1]} 双胎乙")
    assert (await client.click(PAPA, "MY_CHILDREN")).count("四（2）班") == 2

    # One family consents and withdraws; one unfollows: passport and sums are not touched.
    text = await publish(client)
    body = {"text_id": text["id"], "text_hash": text["hash"], "pupil_id": str(CAST.xiaonan.id)}
    given = await client.post(CAST.mama, "/consents", body)
    taken = await client.post(CAST.mama, f"/consents/{given.json()['id']}/withdraw")
    assert taken.json()["withdrawn_at"]
    sums = "SELECT (SELECT count(*) FROM passport), (SELECT count(*) FROM guardianship)"
    before = await client.rows(sums)
    assert await client.say(GRANDPA, Event="unsubscribe") == ""
    assert "还没有绑定" in await client.click(GRANDPA, "MY_CHILDREN")
    assert await client.rows(sums) == before

    await the_pack_is_made(client, database_url, tmp_path)
    await last_night_comes_back(client, database_url, tmp_path)

    await client.rows(OFF.format("audit_entry"))
    await client.rows("UPDATE audit_entry SET at = at - interval '1 minute'")
    await client.rows(ON.format("audit_entry"))
    await seal(client)
    assert app_cli(database_url, "verify-audit").returncode == 0
    victim = await tamper(client)
    verdict = app_cli(database_url, "verify-audit")
    assert (verdict.returncode, victim in verdict.stdout) == (1, True)
    assert "第 7 条不对" in verdict.stdout


async def the_pack_is_made(client: Client, database_url: str, folder: Path) -> None:
    made = app_cli(database_url, "audit-pack", "ND", "--out", str(folder))
    assert made.returncode == 0, made.stderr
    path = folder / made.stdout.split()[-1]
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert {"figures.json", "明细.xlsx", "报告.pdf"} == set(archive.namelist())
    checked = app_cli(database_url, "audit-pack", "ND", "--check", str(path))
    assert checked.returncode == 0, checked.stderr


async def last_night_comes_back(client: Client, database_url: str, folder: Path) -> None:
    """The twelve totals that people can compare are the same before and after."""
    saved = app_cli(database_url, "backup")
    assert saved.returncode == 0, saved.stderr
    (path,) = find_backups(folder).values()
    cluster, _ = cluster_of(EMBEDDED)
    cluster.drop_database("trust_restored")
    empty = cluster.create_database("trust_restored")
    try:
        restored = app_cli(empty, "restore", str(path))
        assert restored.returncode == 0, restored.stderr
        totals = restored.stdout.split("请与备份时的数字对照：")[1].split("。")[0]
        assert len(totals.split("，")) == 12, totals
        people = await client.value("SELECT count(*) FROM person")
        assert str(people) == str(cluster.execute("SELECT count(*) FROM person", "trust_restored"))
    finally:
        cluster.drop_database("trust_restored")
