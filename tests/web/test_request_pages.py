"""A right code with a name that does not quite fit: the class teacher looks, and decides."""

import asyncio
from uuid import UUID

import pytest

from tests.cast import CAST, CLASS_1
from tests.client import Client
from tests.web.conftest import Browser, letter_code, phone_cookie

ASK, ASKS = "/m/bind/ask", "请班主任确认"


def phone(browser: Browser, openid: str) -> Browser:
    browser.be(None).http.cookies.set("phone", phone_cookie(openid))
    return browser


async def asked(browser: Browser, client: Client, openid: str = "o-new") -> tuple[str, UUID]:
    """A waiting request for 小北: its code and its id."""
    code = await letter_code(client, CAST.xiaobei)
    sent = await phone(browser, openid).post(ASK, {"code": code, "name": "小白"})
    assert sent.headers["location"] == "/m/bind/asked", sent.text
    row = await client.value("SELECT id FROM guardian_request WHERE state = 'pending'")
    return code, row


async def test_a_name_one_letter_off_may_ask_and_sees_nothing_until_approved(
    browser: Browser, client: Client
) -> None:
    code = await letter_code(client, CAST.xiaobei)
    phone(browser, "o-new")
    far = await browser.post("/m/bind", {"code": code, "name": "完全不对"})
    assert ASKS not in far.text, "one wrong try with another name is just wrong"
    near = await browser.post("/m/bind", {"code": code, "name": "小白"})
    assert (near.status_code, ASKS in near.text) == (422, True)
    for _ in range(2):
        sent = await browser.post(ASK, {"code": code, "name": "小白"})
        assert sent.headers["location"] == "/m/bind/asked"
    assert await client.value("SELECT count(*) FROM guardian_request") == 1
    page = await browser.get("/m/bind/asked")
    assert "已请班主任确认" in page.text
    assert "小北" not in page.text
    assert (await browser.get("/m/children")).status_code == 303, "still nobody"
    assert "还没有绑定孩子" in await client.write("o-new", "护照")
    listed = await browser.be(CAST.teacher).get("/console/requests")
    assert "小白" in listed.text
    assert "等待确认的家长" in (await browser.get("/console")).text
    request = await client.value("SELECT id FROM guardian_request")
    for _ in range(2):
        done = await browser.post("/console/requests/approve", {"ids": str(request)})
        assert done.status_code == 303
    assert "小北" in await client.write("o-new", "孩子")
    row = (await client.rows("SELECT * FROM guardian_request"))[0]
    assert (row.state, row.openid, row.typed_name) == ("approved", None, None)
    assert (
        await client.value("SELECT verified_by FROM guardianship ORDER BY id DESC LIMIT 1")
        == "class_teacher"
    )
    again = await phone(browser, "o-other").post("/m/bind", {"code": code, "name": "小北"})
    assert again.status_code == 422, "the code is spent"
    logged = await client.rows(
        "SELECT action FROM audit_entry WHERE action LIKE 'guardian_request%' ORDER BY id"
    )
    assert [row.action for row in logged] == ["guardian_request:create", "guardian_request:approve"]


async def test_two_wrong_tries_may_ask_whatever_was_typed(browser: Browser, client: Client) -> None:
    code = await letter_code(client, CAST.xiaobei)
    phone(browser, "o-new")
    offers = []
    for _ in range(2):
        answer = await browser.post("/m/bind", {"code": code, "name": "完全不对"})
        offers.append(ASKS in answer.text)
    assert offers == [False, True]
    stranger = phone(browser, "o-guesser")
    offers = []
    for _ in range(6):
        answer = await stranger.post("/m/bind", {"code": "WRONGCODE2", "name": "小北"})
        offers.append(ASKS in answer.text)
    assert offers == [False, True, True, True, False, False], (
        "a guesser learns nothing, and is stopped"
    )


async def test_asking_with_wrong_codes_is_counted_too(browser: Browser, client: Client) -> None:
    code = await letter_code(client, CAST.xiaobei)
    phone(browser, "o-guesser")
    for _ in range(5):
        wrong = await browser.post(ASK, {"code": "WRONGCODE2", "name": "小白"})
        assert (wrong.status_code, "绑定码或孩子姓名不正确" in wrong.text) == (422, True)
    closed = await browser.post(ASK, {"code": code, "name": "小白"})
    assert "尝试次数太多" in closed.text
    assert await client.value("SELECT count(*) FROM guardian_request") == 0
    assert (await browser.be(None).post(ASK)).headers["location"].startswith("/m/login")


async def test_a_declined_request_needs_a_reason_and_leaves_the_code_good(
    browser: Browser, client: Client
) -> None:
    code, request = await asked(browser, client)
    browser.be(CAST.teacher)
    form = {"ids": str(request)}
    silent = await browser.post("/console/requests/decline", form)
    assert (silent.status_code, "请先写明拒绝原因" in silent.text) == (422, True)
    await browser.post("/console/requests/decline", {**form, "reason-decline": "电话核实不是家长"})
    await browser.post("/console/requests/approve", form)
    page = await browser.get("/console/requests")
    assert "已经处理过了" in page.text
    assert "已拒绝" in page.text
    assert "还没有绑定孩子" in await client.write("o-new", "孩子")
    bound = await phone(browser, "o-new").post("/m/bind", {"code": code, "name": "小北"})
    assert bound.status_code == 303


async def test_binding_by_oneself_or_leaving_takes_the_request_back(
    browser: Browser, client: Client
) -> None:
    code, request = await asked(browser, client)
    await browser.post("/m/bind", {"code": code, "name": "小北"})
    await browser.be(CAST.teacher).post("/console/requests/approve", {"ids": str(request)})
    assert "已经处理过了" in (await browser.get("/console/requests")).text
    await asked(browser, client, "o-leaver")
    await client.say("o-leaver", Event="unsubscribe")
    rows = await client.rows("SELECT state, openid, typed_name FROM guardian_request")
    assert {tuple(row) for row in rows} == {("withdrawn", None, None)}


async def test_only_the_own_class_is_seen_and_decided(browser: Browser, client: Client) -> None:
    _, request = await asked(browser, client)
    await client.rows(
        "UPDATE role_grant SET class_id = :c WHERE person_id = :p", c=CLASS_1, p=CAST.teacher.id
    )
    browser.be(CAST.teacher)
    assert "小白" not in (await browser.get("/console/requests")).text
    await browser.post("/console/requests/approve", {"ids": str(request)})
    assert await client.value("SELECT state FROM guardian_request") == "pending"
    assert "小白" in (await browser.be(CAST.liaison).get("/console/requests")).text
    refused = await browser.be(CAST.publisher).post(
        "/console/requests/approve", {"ids": str(request)}
    )
    assert refused.status_code == 403


@pytest.mark.parametrize("verb", ["approve", "bind"])
async def test_approving_and_binding_at_once_tie_the_family_once(
    browser: Browser, client: Client, verb: str
) -> None:
    """Both take the code's row; whoever comes second finds it settled."""
    code, request = await asked(browser, client)
    teacher = {"login": CAST.teacher.token}
    parent = {"phone": phone_cookie("o-new")}

    async def approve() -> int:
        return await _posted(browser, "/console/requests/approve", {"ids": str(request)}, teacher)

    async def bind() -> int:
        if verb == "approve":
            return await approve()
        return await _posted(browser, "/m/bind", {"code": code, "name": "小北"}, parent)

    browser.be(None)
    await asyncio.gather(approve(), bind(), approve())
    ties = await client.value(
        "SELECT count(*) FROM guardianship WHERE pupil_id = :p AND ends_on IS NULL",
        p=CAST.xiaobei.id,
    )
    assert ties == 2, "小北妈妈 and the newcomer, once"
    assert await client.value("SELECT count(*) FROM identity WHERE subject = 'o-new'") == 1
    assert await client.value("SELECT count(*) FROM guardian_request WHERE openid IS NOT NULL") == 0


async def _posted(browser: Browser, path: str, form: dict[str, str], who: dict[str, str]) -> int:
    cookies = "; ".join(f"{name}={value}" for name, value in who.items())
    return (await browser.post(path, form, Cookie=cookies)).status_code
