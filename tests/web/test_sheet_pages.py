"""Task sheets on pages: the unit writes one, the code on paper leads to the upload, the teacher judges."""

from typing import Any
from uuid import UUID

from tests.cast import CAST
from tests.client import Client
from tests.evaluations.test_task_sheets import a_visit
from tests.files.test_uploads import PDF, photo
from tests.web.conftest import SAME, Browser


async def upload(browser: Browser, path: str, data: Any, *files: tuple[str, bytes]) -> Any:
    parts = [(name, ("照片.jpg" if content else "", content)) for name, content in files]
    return await browser.http.post(path, data=data, files=parts or None, headers=SAME)


async def test_the_unit_writes_a_sheet_with_a_file_of_its_own(
    client: Client, browser: Browser
) -> None:
    session_id = await client.add_session()
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    path = f"/console/activities/{activity}/task-sheet"
    browser.be(CAST.publisher)
    assert "捏一只小碗任务单" in (await browser.get(path)).text
    form = {
        "title": "观察", "instructions": "", "due_days": "7", "needed": "1",
        "q1-label": "最难的一步", "q1-kind": "one", "q1-options": "揉泥",
    }  # fmt: skip
    wrong = await upload(browser, path, form, ("file", b""))
    assert "选择题要有 2 到 12 个不同的选项" in wrong.text
    assert 'value="最难的一步"' in wrong.text, "what was typed is still there"
    form["q1-options"] = "揉泥，拉坯"
    saved = await upload(browser, path, form, ("file", PDF))
    assert saved.status_code == 303
    shown = await browser.get(f"/console/activities/{activity}")
    assert "1 个问题，7 天内交，通过后才计入护照等级" in shown.text
    own = await browser.get(f"{path}/file")
    assert own.content == PDF
    assert (await browser.be(CAST.other_publisher).get(path)).status_code == 404


async def test_from_the_code_on_paper_to_the_judgement(client: Client, browser: Browser) -> None:
    session_id = await a_visit(client)
    printed = await browser.be(CAST.teacher).post(f"/console/sessions/{session_id}/sheets/print")
    assert printed.content.startswith(b"%PDF")
    code = await client.value("SELECT code FROM sheet_code WHERE pupil_id = :p", p=CAST.xiaonan.id)
    upload_page = f"/m/sheets/{session_id}/{CAST.xiaonan.id}"
    desk = f"/console/sessions/{session_id}/sheets/{CAST.xiaonan.id}"
    scanned = await browser.be(CAST.mama).get(f"/c/{code}")
    assert scanned.headers["location"] == f"/m/sheets/code/{code}"
    for who, target in ((CAST.mama, upload_page), (CAST.teacher, desk)):
        answer = await browser.be(who).get(f"/m/sheets/code/{code}")
        assert answer.headers["location"] == target
        assert (await browser.get(target)).status_code == 200
    assert (await browser.be(CAST.beimama).get(f"/m/sheets/code/{code}")).status_code == 404
    assert (await browser.be(CAST.mama).get(f"/m/sheets/code/t{'0' * 26}")).status_code == 404

    # A second tap is the same submission; a wrong answer comes back with what was typed.
    browser.be(CAST.mama)
    assert "还没有交" in (await browser.get("/m/sheets")).text
    empty = await upload(browser, upload_page, {"nonce": "n0"})
    assert "请拍照上传任务单" in empty.text
    typed = {"nonce": "n1", "q0": "捏碗", "q3": "很高"}
    wrong = await upload(browser, upload_page, typed, ("files", photo()))
    assert "请填数字" in wrong.text
    assert 'value="捏碗"' in wrong.text
    for _ in range(2):
        sent = await upload(browser, upload_page, {"nonce": "n1"}, ("files", photo((60, 40))))
        assert sent.status_code == 303
    assert await client.value("SELECT count(*) FROM task_submission") == 1
    broken = await upload(browser, upload_page, {"nonce": "n2"}, ("files", b"<svg/>"))
    assert (broken.status_code, "这种文件收不了" in broken.text) == (422, True)

    await _judged(client, browser, session_id, upload_page)
    await _stamp_says_it(client, browser, session_id)


async def _judged(client: Client, browser: Browser, session_id: UUID, upload_page: str) -> None:
    # The teacher's grid, one sheet, and the picture as a picture.
    grid = await browser.be(CAST.teacher).get(f"/console/sessions/{session_id}/sheets")
    one = await client.value("SELECT id FROM task_submission")
    assert f"/console/submissions/{one}/pictures/1" in grid.text
    assert "小北" in grid.text
    assert (await browser.get(f"/console/submissions/{one}")).status_code == 200
    picture = await browser.get(f"/console/submissions/{one}/pictures/1")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["content-disposition"] == "inline"
    back = {"verdict": "returned", "comment": ""}
    refused = await browser.post(f"/console/submissions/{one}/review", back)
    assert "退回时请写一句要改什么" in refused.text
    kept = {"verdict": "returned", "comment": "请补高度", "keep": "1"}
    assert (await browser.post(f"/console/submissions/{one}/review", kept)).status_code == 303
    assert "老师：请补高度" in (await browser.be(CAST.mama).get(upload_page)).text
    await upload(browser, upload_page, {"nonce": "n3"}, ("files", photo((60, 40))))
    browser.be(CAST.teacher)
    grid = await browser.get(f"/console/sessions/{session_id}/sheets")
    newest = await client.value("SELECT id FROM task_submission WHERE number = 2")
    assert f'value="{newest}" checked' in grid.text
    passed = await browser.post(
        f"/console/sessions/{session_id}/sheets/pass", {"ids": [str(newest), str(one)]}
    )
    assert passed.status_code == 303
    assert "通过" in (await browser.be(CAST.mama).get("/m/sheets")).text
    # The unit sees that it came in, not whose it is.
    theirs = await browser.be(CAST.publisher).get(f"/console/sessions/{session_id}/sheets")
    assert "小*" in theirs.text
    assert "小南" not in theirs.text


async def _stamp_says_it(client: Client, browser: Browser, session_id: UUID) -> None:
    stamp = await client.value(
        "SELECT id FROM stamp WHERE session_id = :s AND pupil_id = :p",
        s=session_id,
        p=CAST.xiaonan.id,
    )
    page = await browser.be(CAST.mama).get(f"/m/passport/stamps/{stamp}")
    assert f"/m/sheets/{session_id}/{CAST.xiaonan.id}" in page.text
