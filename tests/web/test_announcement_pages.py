"""公告 through its pages, without scripts: written, counted, approved, stopped, read, nudged."""

import re

from tests.announcements.stage import BODY, SECOND, WRITER, cooled, watch
from tests.cast import CAST, SCHOOL
from tests.web.conftest import Browser

FORM = {"title": "周五提前放学", "body": BODY, "roles": "guardian", "urgent": "1"}


async def test_from_the_form_to_the_receipts(browser: Browser) -> None:
    client = browser.client
    page = await browser.be(WRITER).get("/console/announcements/new")
    assert "写公告" in page.text
    counted = await browser.post("/console/announcements/count", FORM)
    assert "现在是 4 人" in counted.text
    assert "需要第二个人批准" in counted.text
    assert 'value="周五提前放学"' in counted.text
    partial = await browser.post("/console/announcements/count", FORM, **{"HX-Request": "true"})
    assert "<html" not in partial.text
    bad = await browser.post("/console/announcements", {**FORM, "body": "见 https://evil.com/"})
    assert bad.status_code == 422
    assert "evil.com" in bad.text
    assert 'value="周五提前放学"' in bad.text
    nobody = await browser.post("/console/announcements", {**FORM, "roles": ""})
    assert nobody.status_code == 422
    made = await browser.post("/console/announcements", FORM)
    path = made.headers["location"]
    draft = (await browser.get(path)).text
    assert "提交，请第二个人批准" in draft
    assert '<a href="https://mp.weixin.qq.com/s/abc"' in draft
    assert (await browser.post(f"{path}/submit")).status_code == 303
    assert "您写过或改过" not in (await browser.get(path)).text.split("审批")[0]
    asked = (await browser.be(SECOND).get(path)).text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', asked)
    assert digest is not None
    assert "批准，发给 4 人" in asked
    yes = await browser.post(f"{path}/approve", {"digest": digest[1]})
    assert yes.status_code == 303, yes.text
    cooling = (await browser.get(path)).text
    assert "停止" in cooling
    going = await browser.get(path, headers={"HX-Request": "true"})
    assert going.text.startswith('<div id="going" hx-get')
    await cooled(client, path)
    await watch(client)
    await client.rows("UPDATE announcement SET state = 'done', article_state = 'no_account'")
    inbox = (await browser.be(CAST.mama).get("/m/notices")).text
    assert "未读" in inbox
    letter = re.search(r'href="(/m/announcements/[^"]+)"', inbox)
    assert letter is not None
    assert "请 15:30 到校门口接孩子" in (await browser.get(letter[1])).text
    assert (await browser.be(CAST.teacher).get(letter[1])).status_code == 404
    done = (await browser.be(WRITER).get(path)).text
    assert "1（25%）" in done
    assert "每个人的微信都能收到" in done
    nudged = await browser.post(f"{path}/nudge")
    assert nudged.status_code == 303
    names = (await browser.be(CAST.liaison).get(f"{path}/unread/{SCHOOL}")).text
    assert "小北妈妈" in names
    assert (await browser.be(CAST.liaison).get(path)).status_code == 200
    assert (await browser.be(CAST.mama).get(path)).status_code in (403, 404)


async def test_the_desk_of_the_column(browser: Browser) -> None:
    article = {
        "rubric": "news",
        "title": "走进陶艺工坊",
        "content": "孩子们做了碗。",
        "organization_id": str(SCHOOL),
    }
    bad = await browser.be(WRITER).post("/console/column-articles", {**article, "title": ""})
    assert bad.status_code == 422
    path = (await browser.post("/console/column-articles", article)).headers["location"]
    assert (await browser.post(f"{path}/submit")).status_code == 303
    assert "请由另一位审核" in (await browser.get(path)).text
    assert "通过并发布" in (await browser.be(SECOND).get(path)).text
    assert (await browser.post(f"{path}/publish")).status_code == 303
    assert "孩子们做了碗。" in (await browser.be(None).get("/column/ND-1")).text
    kept = await browser.be(WRITER).post("/console/link-hosts", {"host": "www.nanyuan-edu.cn"})
    assert kept.status_code == 303
    assert "www.nanyuan-edu.cn" in (await browser.get("/console/link-hosts")).text
    assert (await browser.be(CAST.teacher).get("/console/received")).status_code == 200
