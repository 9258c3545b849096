"""Importing a roster on pages: the file is checked, the numbers are said in words, all can be taken back."""

import io
from typing import Any

import openpyxl
import pytest

from app.kit.sheets import LARGEST_FILE
from tests.cast import CAST, CLASS_3, JUNIOR, SCHOOL
from tests.client import Client
from tests.people.test_roster import UGLY, _zip, classes_of, work, xlsx
from tests.web.conftest import SAME, Browser

NEW = "/console/imports/new"


async def send(browser: Browser, content: bytes, **form: str) -> Any:
    return await browser.http.post(
        "/console/imports",
        data={"organization_id": str(SCHOOL), **form},
        files={"file": ("名册.xlsx", content)},
        headers=SAME,
    )


async def checked(browser: Browser, client: Client, content: bytes) -> str:
    """The path of an import whose check has run."""
    answer = await send(browser.be(CAST.liaison), content)
    assert answer.status_code == 303, answer.text
    path = str(answer.headers["location"])
    await work(client, "people.roster_check", path.rpartition("/")[2])
    return path


async def applied(browser: Browser, client: Client, content: bytes) -> str:
    path = await checked(browser, client, content)
    assert (await browser.post(f"{path}/apply")).status_code == 303
    await work(client, "people.roster_apply", path.rpartition("/")[2])
    return path


async def test_the_only_school_is_chosen_and_the_template_is_there(
    browser: Browser, client: Client
) -> None:
    page = await browser.be(CAST.liaison).get(NEW)
    assert "叶城小学" in page.text
    assert "南苑中学" not in page.text
    assert "请选择</option>" not in page.text, "with one school there is nothing to choose"
    for word in ("同名的孩子", "转出、毕业", "转入", "学籍号"):
        assert word in page.text
    template = await browser.get("/console/imports/template.xlsx")
    path = await checked(browser, client, template.content)
    assert "新增学生</dt><dd>2 人" in (await browser.get(path)).text
    assert "请选择</option>" in (await browser.be(CAST.admin).get(NEW)).text


async def test_an_ugly_file_is_watched_confirmed_and_told_in_words(
    browser: Browser, client: Client
) -> None:
    answer = await send(browser.be(CAST.liaison), UGLY)
    path = answer.headers["location"]
    waiting = await browser.get(path)
    assert "正在检查" in waiting.text
    assert "刷新</a>" in waiting.text, "without scripts there is a plain link"
    assert 'hx-trigger="every 2s"' in waiting.text
    assert "确认导入" not in waiting.text
    early = await browser.post(f"{path}/apply")
    assert (early.status_code, "正在检查" in early.text) == (409, True)
    await work(client, "people.roster_check", path.rpartition("/")[2])
    page = await browser.get(path)
    assert "hx-trigger" not in page.text, "nothing more to wait for"
    for said in ("新增学生</dt><dd>3 人", "转出</dt><dd>1 人", "有误，不导入</dt><dd>6 行"):
        assert said in page.text
    assert "学籍号与第 3 行重复" in page.text
    assert "还没有改动任何学生" in page.text
    assert await classes_of(client, "张小三") == {}
    for _ in range(2):
        assert (await browser.post(f"{path}/apply")).headers["location"] == path
    assert "正在导入" in (await browser.get(path)).text
    await work(client, "people.roster_apply", path.rpartition("/")[2])
    assert "已经导入" in (await browser.get(path)).text
    assert await classes_of(client, "张小三", "小南") == {"张小三": "三（2）班"}
    listed = await browser.get("/console/imports")
    assert f'href="{path}"' in listed.text
    assert "已导入" in listed.text


async def test_the_report_is_the_file_with_reasons(browser: Browser, client: Client) -> None:
    path = await checked(browser, client, UGLY)
    report = await browser.get(f"{path}/report.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(report.content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][-2:] == ["处理结果", "原因"]
    assert "重复" in str(rows[5][-1])
    assert (await browser.be(CAST.teacher).get(f"{path}/report.xlsx")).status_code == 403


async def test_same_names_graduates_and_transfers_are_said(
    browser: Browser, client: Client
) -> None:
    await applied(
        browser, client, xlsx(("1", "张伟", "九（1）班", ""), ("2", "张伟", "九（1）班", ""))
    )
    page = await browser.get(
        await checked(browser, client, xlsx((None, "张伟", "九（1）班", "毕业")))
    )
    assert "班里有同名学生，请填写学籍号" in page.text
    assert "没有可以导入的变化" in page.text
    assert "确认导入" not in page.text
    rows = (("1", "张伟", "九（1）班", "毕业"), ("2", "张伟", "九（1）班", "转出"))
    path = await applied(browser, client, xlsx(*rows))
    page = await browser.get(path)
    assert "毕业</dt><dd>1 人" in page.text
    assert "转出</dt><dd>1 人" in page.text
    assert "1 组同班同名的孩子" in page.text
    back = await checked(browser, client, xlsx(("2", "张伟", "九（2）班", "转入")))
    assert "转入或回校</dt><dd>1 人" in (await browser.get(back)).text


async def test_a_whole_import_is_taken_back_or_refused_in_words(
    browser: Browser, client: Client
) -> None:
    before = await classes_of(client, "小南", "小北")
    path = await applied(browser, client, UGLY)
    assert "撤销整次导入" in (await browser.get(path)).text
    for _ in range(2):
        assert (await browser.post(f"{path}/undo")).status_code == 303
    assert "这次导入已撤销" in (await browser.get(path)).text
    assert await classes_of(client, "小南", "小北", "张小三") == before
    path = await applied(browser, client, xlsx(("1", "王小明", "四（1）班", "")))
    pupil = await client.value("SELECT id FROM person WHERE name = '王小明'")
    body = {"guardian_id": str(CAST.mama.id), "pupil_id": str(pupil), "relation": "other"}
    assert (await client.post(CAST.liaison, "/guardianships", body)).status_code == 201
    refused = await browser.post(f"{path}/undo")
    assert (refused.status_code, "不能整批撤销" in refused.text) == (409, True)
    assert "王小明" in await classes_of(client, "王小明")


BOMB = _zip(**{"[Content_Types].xml": b"x", "xl/bomb.xml": b"0" * 20_000_000})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"   \n", "文件里没有内容"),
        (b"PK\x03\x04 not really", "文件打不开"),
        (BOMB, "文件太大"),
        (UGLY[: len(UGLY) // 2], "文件打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "密码保护"),
        (b"x" * (LARGEST_FILE + 1), "文件太大"),
        (b"x" * (LARGEST_FILE + 500_000), "文件太大"),
    ],
    ids=["empty", "damaged", "bomb", "cut off", "password", "too large", "larger still"],
)
async def test_a_refused_file_is_refused_on_the_form(
    browser: Browser, client: Client, content: bytes, said: str
) -> None:
    answer = await send(browser.be(CAST.liaison), content)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert 'type="file"' in answer.text, "the form is there to try again"
    assert await client.value("SELECT count(*) FROM roster_import") == 0


async def test_no_file_no_school_and_another_s_school(browser: Browser, client: Client) -> None:
    browser.be(CAST.liaison)
    none = await browser.post("/console/imports", {"organization_id": str(SCHOOL)})
    assert (none.status_code, "请选择要上传的名册文件" in none.text) == (422, True)
    empty = await browser.http.post(
        "/console/imports",
        data={"organization_id": str(SCHOOL)},
        files={"file": ("", b"")},
        headers=SAME,
    )
    assert (empty.status_code, "请选择要上传的名册文件" in empty.text) == (422, True)
    nowhere = await send(browser, UGLY, organization_id="x")
    assert (nowhere.status_code, "哪所学校" in nowhere.text) == (422, True)
    assert (await send(browser, UGLY, organization_id=str(JUNIOR))).status_code == 404
    assert (await send(browser.be(CAST.teacher), UGLY)).status_code == 403
    assert await client.value("SELECT count(*) FROM roster_import") == 0


async def test_a_file_without_our_columns_says_which(browser: Browser, client: Client) -> None:
    path = await checked(browser, client, xlsx(("1", "2"), head=("编号", "电话")))
    page = await browser.get(path)
    assert "第一行没有找到这些列：姓名、班级" in page.text
    assert "重新上传" in page.text
    assert (await browser.get(f"{path}/report.xlsx")).status_code == 200


async def test_another_school_s_import_is_not_found(browser: Browser, client: Client) -> None:
    path = await checked(browser, client, UGLY)
    await client.rows("UPDATE roster_import SET organization_id = :o", o=JUNIOR)
    for address in (path, f"{path}/report.xlsx"):
        assert (await browser.get(address)).status_code == 404
    for verb in ("apply", "undo"):
        assert (await browser.post(f"{path}/{verb}")).status_code == 404
    assert path not in (await browser.get("/console/imports")).text


async def test_names_in_a_file_cannot_become_markup(browser: Browser, client: Client) -> None:
    path = await checked(browser, client, xlsx(("1", "<script>alert(1)</script>", "三（2）班", "")))
    page = await browser.get(path)
    assert "<script>alert" not in page.text
    assert "姓名里有不能识别的字符" in page.text
    assert await client.value("SELECT count(*) FROM enrollment WHERE class_id = :c", c=CLASS_3) == 2
