"""A class's and a pupil's own page: letters, masked names, guardians, phones, corrections."""

import asyncio
import re
from urllib.parse import quote, unquote

from app.people.service.letters import MOST_LETTERS
from app.people.service.people import MOST_CHILDREN
from tests.cast import CAST, CLASS_1, CLASS_3, CLASS_8, HERE, Somebody
from tests.client import Client
from tests.people.test_letters import read_back
from tests.web.conftest import Browser

CLASS = f"/console/classes/{CLASS_3}"
NAN = f"/console/pupils/{CAST.xiaonan.id}"


def knowing(browser: Browser, who: Somebody, purpose: str = "核对名册") -> Browser:
    browser.be(who).http.cookies.set("purpose", quote(purpose))
    return browser


async def test_a_class_shows_how_many_are_bound_and_masks_names(
    browser: Browser, client: Client
) -> None:
    await client.rows(
        "UPDATE guardianship SET ends_on = now() WHERE pupil_id = :p", p=CAST.xiaobei.id
    )
    page = await browser.be(CAST.teacher).get(CLASS)
    assert "2 人中 1 人已绑定" in page.text
    assert "小*" in page.text
    assert "小南" not in page.text
    assert await client.value("SELECT count(*) FROM audit_entry WHERE action = 'pupil:read'") == 0
    assert "为什么要查看学生信息" in (await browser.get(f"{CLASS}?names=1")).text
    full = await knowing(browser, CAST.teacher).get(f"{CLASS}?names=1")
    assert "小南" in full.text
    logged = await client.rows("SELECT * FROM audit_entry WHERE action = 'pupil:read'")
    assert {row.pupil_id for row in logged} == {CAST.xiaonan.id, CAST.xiaobei.id}


async def test_whoever_has_nothing_to_do_with_the_class_sees_only_its_figures(
    browser: Browser,
) -> None:
    page = await knowing(browser, CAST.publisher).get(f"{CLASS}?names=1")
    assert page.status_code == 200
    own = page.text.partition("<main")[2]
    for hidden in ("小*", "小南", "打印", "修改班级"):
        assert hidden not in own
    masked = await knowing(browser, CAST.secretary).get(f"{CLASS}?names=1")
    assert "小*" in masked.text
    assert "小南" not in masked.text
    assert (await browser.be(CAST.foreign_secretary).get(CLASS)).status_code == 404


async def test_a_class_is_corrected_by_its_school(browser: Browser) -> None:
    browser.be(CAST.liaison)
    form = {"name": "三（3）班", "grade": "3", "version": "1"}
    assert "三（2）班" in (await browser.get(f"{CLASS}/edit")).text
    assert (await browser.post(CLASS, form)).headers["location"] == CLASS
    assert "三（3）班" in (await browser.get(CLASS)).text
    stale = await browser.post(CLASS, {**form, "name": "三（4）班"})
    assert (stale.status_code, "内容已被他人修改" in stale.text) == (409, True)
    assert (await browser.post(f"/console/classes/{CLASS_8}", form)).status_code == 404
    assert (await browser.be(CAST.teacher).post(CLASS, form)).status_code == 403


async def test_letters_are_a_pdf_and_the_next_page_says_what_was_voided(
    browser: Browser,
) -> None:
    browser.be(CAST.teacher)
    first = await browser.post(f"{CLASS}/letters")
    assert first.headers["content-type"] == "application/pdf"
    assert len(read_back(first.content)) == 2
    page = await browser.get(CLASS)
    assert "已生成 2 封绑定信。</p>" in page.text
    assert "没用的 4 个，用过的 0 个" in page.text
    assert "现在没用的 4 个绑定码会立刻作废" in page.text, "said before it is done"
    second = await browser.post(f"{CLASS}/letters")
    assert "4 个绑定码已经作废" in unquote(second.headers["set-cookie"])
    assert (await browser.post(f"/console/classes/{CLASS_1}/letters")).status_code == 404


async def test_several_classes_of_a_school_are_one_pdf(browser: Browser, client: Client) -> None:
    listed = await browser.be(CAST.liaison).get("/console/letters")
    assert "一（1）班" in listed.text
    assert "八（1）班" not in listed.text
    chosen = {"ids": [str(CLASS_1), str(CLASS_3)]}
    printed = await browser.post("/console/letters/print", chosen)
    pages = read_back(printed.content)
    assert len(pages) == 4
    assert ["一（1）班" in text for text, _ in pages] == [True, True, False, False]
    codes = [code for _, found in pages for code in found]
    code = next(found[0] for text, found in pages if "双双" in text)
    shown = await browser.get("/console/letters")
    assert not [code for code in codes if code in shown.text], "codes stand on paper only"
    assert "绑定成功" in await client.write("o" + "n" * 27, f"绑定 {code} 双双")
    assert "没用的 3 个，用过的 1 个" in (await browser.get(f"/console/classes/{CLASS_1}")).text
    nothing = await browser.post("/console/letters/print")
    assert (nothing.status_code, "还没有勾选" in nothing.text) == (422, True)
    foreign = await browser.post("/console/letters/print", {"ids": str(CLASS_8)})
    assert foreign.status_code == 404


async def test_letters_of_two_schools_or_of_nobody_are_refused(
    browser: Browser, client: Client
) -> None:
    await client.rows(
        "INSERT INTO role_grant (district_id, id, person_id, organization_id, role, starts_on) "
        "SELECT district_id, gen_random_uuid(), :p, organization_id, 'school_admin', '2026-09-01' "
        "FROM school_class WHERE id = :c",
        p=CAST.liaison.id,
        c=CLASS_8,
    )
    browser.be(CAST.liaison)
    both = await browser.post("/console/letters/print", {"ids": [str(CLASS_3), str(CLASS_8)]})
    assert (both.status_code, "同一所学校" in both.text) == (422, True)
    await client.rows("UPDATE enrollment SET ends_on = now() WHERE class_id = :c", c=CLASS_3)
    empty = await browser.post(f"{CLASS}/letters")
    assert (empty.status_code, "这个班还没有学生" in empty.text) == (409, True)
    assert await client.value("SELECT count(*) FROM binding_code") == 0


async def test_a_pupil_s_page_asks_why_and_logs_it(browser: Browser, client: Client) -> None:
    assert "为什么要查看学生信息" in (await browser.be(CAST.teacher).get(NAN)).text
    page = await knowing(browser, CAST.teacher, "联系家长").get(NAN)
    for word in ("小南妈妈", "小南外婆", "母亲", "服务号", "三（2）班", "拍照和展示", "还没有同意"):
        assert word in page.text
    assert CAST.mama.openid not in page.text
    assert "解除监护关系" not in page.text, "a class teacher looks only"
    logged = await client.rows(
        "SELECT DISTINCT purpose FROM audit_entry WHERE pupil_id = :p", p=CAST.xiaonan.id
    )
    assert {row.purpose for row in logged} == {"联系家长", "查看同意书"}
    for path in (f"/console/pupils/{CAST.xing.id}", f"/console/pupils/{CAST.mama.id}"):
        assert (await browser.get(path)).status_code == 404
    assert (
        await knowing(browser, CAST.admin).get(f"/console/pupils/{CAST.mama.id}")
    ).status_code == 404
    assert (await knowing(browser, CAST.secretary).get(NAN)).status_code == 403


async def test_name_and_number_are_corrected(browser: Browser, client: Client) -> None:
    knowing(browser, CAST.liaison)
    form = {"name": "小楠", "student_no": "20260301", "version": "1"}
    assert (await browser.post(NAN, form)).headers["location"] == NAN
    page = await browser.get(NAN)
    assert "小楠" in page.text
    assert "20260301" in page.text
    stale = await browser.post(NAN, {**form, "student_no": "9"})
    assert (stale.status_code, "内容已被他人修改" in stale.text) == (409, True)
    bei = f"/console/pupils/{CAST.xiaobei.id}"
    taken = await browser.post(bei, {**form, "name": "小北"})
    assert (taken.status_code, "已经有一条相同的记录" in taken.text) == (409, True)
    wrong = await browser.post(bei, {**form, "name": "小北", "student_no": "一号"})
    assert (wrong.status_code, "只能有字母、数字和短横" in wrong.text) == (422, True)
    version = re.findall(r'name="version" value="(\d+)"', (await browser.get(f"{NAN}/edit")).text)
    cleared = {"name": "小楠", "student_no": "", "version": version[0]}
    assert (await browser.post(NAN, cleared)).status_code == 303
    number = await client.value(
        "SELECT student_no FROM enrollment WHERE pupil_id = :p", p=CAST.xiaonan.id
    )
    assert number is None
    assert (await browser.be(CAST.teacher).post(NAN, form)).status_code == 403


async def test_a_guardian_is_added_and_ended_with_a_reason(
    browser: Browser, client: Client
) -> None:
    knowing(browser, CAST.liaison)
    new = f"{NAN}/guardians/new"
    assert "没有找到" in (await browser.get(f"{new}?name=不存在")).text
    assert "没有找到" in (await browser.get(f"{new}?name=陶艺发布员")).text, "families only"
    assert "小*" in (await browser.get(f"{new}?name=小北妈妈")).text
    form = {"name": "小北妈妈", "guardian_id": str(CAST.beimama.id), "relation": "other"}
    assert (await browser.post(f"{NAN}/guardians", form)).headers["location"] == NAN
    twice = await browser.post(f"{NAN}/guardians", form)
    assert (twice.status_code, "已经绑定过" in twice.text) == (409, True)
    assert "小南" in (await browser.be(CAST.beimama).get("/m/children")).text
    page = await knowing(browser, CAST.liaison).get(NAN)
    tie = await client.value(
        "SELECT id FROM guardianship WHERE pupil_id = :p AND guardian_id = :g",
        p=CAST.xiaonan.id,
        g=CAST.beimama.id,
    )
    end = f"{NAN}/guardians/{tie}/end"
    assert end in page.text
    silent = await browser.post(end)
    assert (silent.status_code, "请先写明解除原因" in silent.text) == (422, True)
    assert (await browser.post(end, {"reason": "登记错误"})).status_code == 303
    assert "小南" not in (await browser.be(CAST.beimama).get("/m/children")).text
    logged = await client.rows("SELECT purpose FROM audit_entry WHERE action = 'guardianship:end'")
    assert [row.purpose for row in logged] == ["登记错误"]
    assert (await knowing(browser, CAST.teacher).post(end, {"reason": "x"})).status_code == 403


async def test_a_phone_is_detached_and_stays_nameless(browser: Browser, client: Client) -> None:
    knowing(browser, CAST.liaison)
    path = f"{NAN}/phones/{CAST.mama.id}/detach"
    assert (await browser.post(path)).status_code == 422
    assert (await browser.post(path, {"reason": "手机丢失"})).status_code == 303
    kinds = await client.rows("SELECT kind FROM identity WHERE person_id = :p", p=CAST.mama.id)
    assert kinds == []
    assert "还没有绑定孩子" in await client.write(CAST.mama, "护照")
    logged = await client.rows(
        "SELECT purpose, pupil_id FROM audit_entry WHERE action = 'identity:detach'"
    )
    assert {(row.purpose, row.pupil_id) for row in logged} == {("手机丢失", CAST.xiaonan.id)}
    stranger = f"{NAN}/phones/{CAST.beimama.id}/detach"
    assert (await browser.post(stranger, {"reason": "x"})).status_code == 404
    assert "护照" in await client.write(CAST.beimama, "护照")


async def test_one_person_has_at_most_forty_children_also_at_once(
    browser: Browser, client: Client
) -> None:
    await client.rows(
        "WITH p AS (INSERT INTO person (district_id, id, name, state) "
        "SELECT :d, gen_random_uuid(), '孩子', 'active' FROM generate_series(1, :n) RETURNING id) "
        "INSERT INTO guardianship (district_id, id, guardian_id, pupil_id, relation, verified_by, "
        "starts_on) SELECT :d, gen_random_uuid(), :g, id, 'other', 'staff', now() FROM p",
        d=HERE,
        n=MOST_CHILDREN - 2,  # 小北 is one already
        g=CAST.beimama.id,
    )
    bodies = [
        {"guardian_id": str(CAST.beimama.id), "pupil_id": str(pupil.id), "relation": "other"}
        for pupil in (CAST.xiaonan, CAST.shuang, CAST.dui)
    ]
    answers = await asyncio.gather(
        *(client.post(CAST.liaison, "/guardianships", body) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "people.too_many_children"


async def test_too_many_letters_at_once_are_refused_before_any_code_is_void(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.teacher)
    assert (await browser.post(f"{CLASS}/letters")).status_code == 200
    await client.rows(
        "WITH p AS (INSERT INTO person (district_id, id, name, state) "
        "SELECT :d, gen_random_uuid(), '孩子', 'active' FROM generate_series(1, :n) RETURNING id) "
        "INSERT INTO enrollment (district_id, id, pupil_id, class_id, starts_on) "
        "SELECT :d, gen_random_uuid(), id, :c, now() FROM p",
        d=HERE,
        n=MOST_LETTERS,
        c=CLASS_3,
    )
    refused = await browser.post(f"{CLASS}/letters")
    assert (refused.status_code, f"最多打印 {MOST_LETTERS} 封" in refused.text) == (422, True)
    assert await client.value("SELECT count(*) FROM binding_code WHERE expires_at > now()") == 4
