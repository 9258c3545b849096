"""What needs a person, how the account is, how messages look, and what a family wants on the phone."""

from tests.cast import CAST, HERE
from tests.client import Client
from tests.web.conftest import Browser
from tests.wechat.test_operations import EVENT


async def test_the_pages_say_it_in_words(client: Client, browser: Browser) -> None:
    """The inbox is emptied there, the health of the account and every message are shown."""
    push = EVENT.format(openid="", stamp=1700000000, event="annual_renew", more="")
    await client.push(push)
    await client.rows(
        "INSERT INTO channel_stop (district_id, id, way, kind, errcode) "
        "VALUES (:d, gen_random_uuid(), 'template', 'stamp_awarded', 43116)",
        d=HERE,
    )
    await client.rows(
        "INSERT INTO account_health (district_id, appid, called_at, refused_at, errcode, path, rid) "
        "SELECT :d, appid, now(), now(), 40164, '/cgi-bin/stable_token', '1-2-3' "
        "FROM channel_account WHERE district_id = :d AND kind = 'service_account'",
        d=HERE,
    )
    browser.be(CAST.secretary)
    page = (await browser.get("/console/operations")).text
    for words in ("账号认证或备案", "怎么办", "护照新印章", "模板被封（43116）"):
        assert words in page
    await browser.post("/console/operations/resume", {"way": "template", "kind": "stamp_awarded"})
    item = (await client.get(CAST.secretary, "/operations")).json()["items"][0]["id"]
    await browser.post(f"/console/operations/{item}/settle", {"note": "已年审"})
    assert "没有要处理的事" in (await browser.get("/console/operations")).text
    assert "已年审" in (await browser.get("/console/operations?done=1")).text
    health = (await browser.get("/console/channel-health")).text
    assert "服务器地址不在白名单（40164）" in health
    previews = (await browser.get("/console/message-previews")).text
    assert "上海市第一中学生游学护照梦想课程与科学…" in previews
    browser.be(CAST.mama)
    assert "消息设置" in (await browser.get("/m/notices")).text
    await browser.post("/m/wishes", {"kind": "booking_confirmed", "quiet": "1"})
    saved = (await client.get(CAST.mama, "/notification-preferences")).json()
    assert "stamp_awarded" in saved["muted"]
    assert "booking_confirmed" not in saved["muted"]
    assert "arrived" not in saved["muted"]
