"""Consent on pages: the secretariat publishes words, families answer them, a pupil's phone follows."""

import re
from typing import Any

from tests.cast import CAST, HERE
from tests.client import Client
from tests.people.test_consent import give, publish
from tests.web.conftest import Browser

PHOTO = "/console/consents/photo"
WORDS = {
    "title": "活动拍照同意书",
    "body": "活动中可能拍摄孩子的照片，仅用于学区展示。\r\n不同意也没有关系。",
}
NAN = f"/m/children/{CAST.xiaonan.id}/consents"


async def published(browser: Browser, **change: str) -> Any:
    answer = await browser.be(CAST.secretary).post(PHOTO, {**WORDS, **change})
    assert answer.headers["location"] == PHOTO, answer.text
    return answer


async def test_words_are_previewed_then_published_and_counted(
    browser: Browser, client: Client
) -> None:
    browser.be(CAST.secretary)
    assert "还没有发布" in (await browser.get("/console/consents")).text
    assert "写第 1 版" in (await browser.get(PHOTO)).text
    short = await browser.post(f"{PHOTO}/preview", {**WORDS, "body": "太短"})
    assert (short.status_code, "太短了，至少 10 个字" in short.text) == (422, True)
    shown = await browser.post(f"{PHOTO}/preview", WORDS)
    assert "发布第 1 版" in shown.text
    assert await client.value("SELECT count(*) FROM consent_text") == 0, "looking is not publishing"
    body = re.findall(r'<textarea name="body" hidden>\n(.*?)</textarea>', shown.text, re.DOTALL)
    await published(browser, body=body[0])
    await browser.be(CAST.mama).post(*(await _give(browser)))
    browser.be(CAST.secretary)
    page = await browser.get(PHOTO)
    assert "已同意的孩子</dt><dd>1</dd>" in page.text
    assert "没有同意的孩子</dt><dd>4</dd>" in page.text
    same = await browser.post(f"{PHOTO}/preview", WORDS)
    assert "一字不差" in same.text
    other = await browser.post(f"{PHOTO}/preview", {**WORDS, "title": "拍照同意书"})
    assert "已经同意的 1 个孩子" in other.text
    await published(browser, title="拍照同意书")
    page = await browser.get(PHOTO)
    assert "第 2 版" in page.text
    assert "活动拍照同意书" in page.text, "the older words stay readable"
    assert "已同意的孩子</dt><dd>0</dd>" in page.text
    assert (await browser.get("/console/consents/nonsense")).status_code == 422


async def _give(browser: Browser) -> tuple[str, dict[str, str]]:
    """Where the family's button leads, with the words it was shown."""
    page = await browser.be(CAST.mama).get(NAN)
    action = re.findall(r'action="(/m/children/[^"]+/consents/[0-9a-f-]+)"', page.text)[0]
    return action, {"text_hash": re.findall(r'name="text_hash" value="(\w+)"', page.text)[0]}


async def test_only_the_secretariat_writes(browser: Browser, client: Client) -> None:
    for who in (CAST.liaison, CAST.teacher, CAST.admin, CAST.publisher):
        browser.be(who)
        assert (await browser.get(PHOTO)).status_code == 403
        for path in (PHOTO, f"{PHOTO}/preview"):
            assert (await browser.post(path, WORDS)).status_code == 403
    assert await client.value("SELECT count(*) FROM consent_text") == 0


async def test_a_family_agrees_and_takes_back_with_one_tap(
    browser: Browser, client: Client
) -> None:
    assert "没有需要您决定" in (await browser.be(CAST.mama).get(NAN)).text
    await published(browser)
    assert f'href="{NAN}"' in (await browser.be(CAST.mama).get("/m/children")).text
    page = await browser.get(NAN)
    assert "不同意不影响孩子报名、参加活动和领取护照" in page.text
    assert "仅用于学区展示" in page.text
    path, form = await _give(browser)
    for _ in range(2):
        assert (await browser.post(path, form)).headers["location"] == NAN
    page = await browser.get(NAN)
    assert "您于" in page.text
    other = await browser.be(CAST.granny).get(NAN)
    assert "另一位监护人于" in other.text
    withdraw = re.findall(r'action="([^"]+/withdraw)"', other.text)[0]
    for _ in range(2):
        assert (await browser.post(withdraw)).headers["location"] == NAN
    assert "已撤回" in (await browser.get(NAN)).text
    assert await client.value("SELECT count(*) FROM consent") == 1
    assert (await browser.be(CAST.beimama).get(NAN)).status_code == 404
    assert (await browser.post(path, form)).status_code == 404
    assert (await browser.post(withdraw)).status_code == 404


async def test_words_that_changed_meanwhile_are_shown_again(browser: Browser) -> None:
    await published(browser)
    path, form = await _give(browser)
    await published(browser, title="新的标题")
    late = await browser.be(CAST.mama).post(path, form)
    assert (late.status_code, "同意书已更新" in late.text) == (409, True)
    assert "新的标题" in late.text


async def _agreed(client: Client) -> Any:
    """小星's mother (invented here) agrees to the pupil's own WeChat."""
    await client.rows(
        "INSERT INTO guardianship (district_id, id, guardian_id, pupil_id, relation, verified_by, "
        "starts_on) VALUES (:d, gen_random_uuid(), :g, :p, 'other', 'staff', now())",
        d=HERE,
        g=CAST.granny.id,
        p=CAST.xing.id,
    )
    text = await publish(client, purpose="pupil_wechat", title="学生微信")
    return (await give(client, CAST.granny, text, CAST.xing)).json()


async def test_a_pupil_s_own_phone_works_only_while_a_guardian_agrees(client: Client) -> None:
    assert "要先由家长同意" in await client.write(CAST.xing, "护照")
    given = await _agreed(client)
    assert "ND-000005" in await client.write(CAST.xing, "护照")
    await client.rows(
        "UPDATE login_session SET channel = 'h5' WHERE person_id = :p", p=CAST.xing.id
    )
    assert (await client.get(CAST.xing, "/me")).status_code == 200
    await client.post(CAST.granny, f"/consents/{given['id']}/withdraw")
    assert (await client.get(CAST.xing, "/me")).status_code == 401, "logged out at once"
    rows = await client.rows("SELECT issuer FROM identity WHERE person_id = :p", p=CAST.xing.id)
    assert rows == []
    assert "还没有绑定孩子" in await client.write(CAST.xing, "护照")
    logged = await client.rows(
        "SELECT purpose FROM audit_entry WHERE action = 'identity:detach' AND pupil_id = :p",
        p=CAST.xing.id,
    )
    assert [row.purpose for row in logged] == ["家长撤回同意"] * 2


async def test_new_words_about_the_phone_have_to_be_agreed_to_again(client: Client) -> None:
    await _agreed(client)
    await client.rows(
        "UPDATE login_session SET channel = 'h5' WHERE person_id = :p", p=CAST.xing.id
    )
    await publish(client, purpose="pupil_wechat", title="学生微信（新）")
    refused = await client.get(CAST.xing, "/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "people.pupil_needs_consent")
    assert "要先由家长同意" in await client.write(CAST.xing, "护照")
    assert (await client.get(CAST.mama, "/me")).status_code == 200


async def test_a_pupil_without_consent_can_still_leave(client: Client) -> None:
    """The platform's rule: unsubscribe deletes, whoever it was."""
    assert await client.say(CAST.xing, Event="unsubscribe") == ""
    rows = await client.rows(
        "SELECT issuer FROM identity WHERE person_id = :p AND kind = 'service_account'",
        p=CAST.xing.id,
    )
    assert rows == []


async def test_a_pupil_reads_but_does_not_decide(browser: Browser, client: Client) -> None:
    text = await publish(client)
    page = await browser.be(CAST.xing).get(f"/m/children/{CAST.xing.id}/consents")
    assert "要由您的家长" in page.text
    assert '<button type="submit" class="weui-btn weui-btn_primary"' not in page.text
    path = f"/m/children/{CAST.xing.id}/consents/{text['id']}"
    assert (await browser.post(path, {"text_hash": text["hash"]})).status_code == 404
