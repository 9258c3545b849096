"""The pages of rights and duties, as families and staff click through them."""

from tests.cast import CAST
from tests.client import Client
from tests.web.conftest import Browser

CHILD = CAST.xiaonan
PAGE = f"/m/children/{CHILD.id}/data"
ASK = f"/m/children/{CHILD.id}/data-requests"


async def test_a_mother_finds_her_childs_data_and_asks_for_a_correction(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.mama)
    assert PAGE in (await browser.get("/m/children")).text
    page = await browser.get(PAGE)
    for words in ("基本资料", "监护人", "工作人员查看记录", "带走一份", "叶城小学"):
        assert words in page.text, words
    silent = await browser.post(ASK, {"kind": "correct"})
    assert (silent.status_code, "请写明哪一项有误" in silent.text) == (422, True)
    done = await browser.post(ASK, {"kind": "correct", "note": "<b>学籍号</b>少一位"})
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    page = await browser.get(PAGE)
    assert "&lt;b&gt;学籍号" in page.text
    assert "<b>学籍号" not in page.text
    browser.be(CAST.liaison)
    listed = await browser.get("/console/data-requests")
    assert CHILD.name in listed.text
    (request_id,) = (await client.rows("SELECT id FROM data_request"))[0]
    form = {"ids": str(request_id), "reason-done": "已补上", "reason-declined": ""}
    assert (await browser.post("/console/data-requests/done", form)).status_code == 303
    browser.be(CAST.mama)
    assert "学校答复：已补上" in (await browser.get(PAGE)).text


async def test_erasing_needs_the_name_and_can_be_taken_back(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.mama)
    wrong = await browser.post(ASK, {"kind": "erase", "confirm_name": "小东"})
    assert (wrong.status_code, "不一致" in wrong.text) == (422, True)
    await browser.post(ASK, {"kind": "erase", "confirm_name": CHILD.name})
    page = await browser.get(PAGE)
    assert "撤回这个申请" in page.text
    receipt = await client.value("SELECT receipt FROM data_request")
    assert f"/receipt/{receipt}" in page.text
    request_id = await client.value("SELECT id FROM data_request")
    assert (await browser.post(f"{ASK}/{request_id}/withdraw", {})).status_code == 303
    assert "撤回这个申请" not in (await browser.get(PAGE)).text


async def test_another_familys_page_does_not_exist(browser: Browser) -> None:
    browser.be(CAST.beimama)
    for path in (PAGE, f"{PAGE}.xlsx"):
        assert (await browser.get(path)).status_code == 404
    form = {"kind": "erase", "confirm_name": CHILD.name}
    assert (await browser.post(ASK, form)).status_code == 404


async def test_the_check_up_says_what_is_wrong_and_what_to_do(browser: Browser) -> None:
    page = await browser.be(CAST.secretary).get("/console/doctor")
    assert page.status_code == 200
    assert "怎么办：" in page.text
    assert page.text.index("有问题") < page.text.index("mark-good"), "the worst comes first"
    assert (await browser.be(CAST.liaison).get("/console/doctor")).status_code == 403


async def test_a_background_that_stands_still_is_said_in_words(
    browser: Browser, client: Client
) -> None:
    beat = "INSERT INTO heartbeat (name, beat_at) VALUES ('worker', now() - interval '5 minutes')"
    await client.rows(beat)
    page = (await browser.be(CAST.secretary).get("/console/jobs")).text
    assert "worker" not in page
    badge = page[page.index("后台程序</") :]
    assert badge.index("bad") < badge.index("5 分钟前")


async def test_the_yearly_pack_is_one_click(browser: Browser) -> None:
    page = await browser.be(CAST.secretary).get("/console/compliance")
    start = page.text.index("/console/compliance/pack?year=")
    link = page.text[start : page.text.index('"', start)]
    pack = await browser.get(link)
    assert (pack.status_code, pack.content[:2]) == (200, b"PK")
    for nonsense in ("", "?year=x", "?year=99999"):
        assert (await browser.get(f"/console/compliance/pack{nonsense}")).status_code == 422
    assert (await browser.be(CAST.teacher).get(link)).status_code == 403


async def test_an_incident_is_written_down_and_completed(browser: Browser) -> None:
    browser.be(CAST.admin)
    form = {
        "title": "名单遗失",
        "happened_on": "2026-03-02",
        "affected": "3",
        "what": "一份纸质名单",
    }
    made = await browser.post("/console/incidents", form)
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    assert "还没有" in (await browser.get(path)).text
    change = {"affected": "3", "what": "一份纸质名单", "closed_on": "2026-03-09", "version": "1"}
    assert (await browser.post(path, change)).status_code == 303
    assert "2026-03-09" in (await browser.get("/console/incidents")).text
