"""The mass article, publication and content checks, against a served platform."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from PIL import Image

from app.channels.tokens import TokenStore
from app.jobs.service import Job
from app.kit.context import Actor
from app.kit.ids import new_id
from app.kit.sealing import Sealer
from app.moderation.kinds import Subject
from app.moderation.service import submit_text
from tests.announcements.stage import SECOND, WRITER, approved, sent, unit
from tests.cast import CAST, HERE, MINI_APPID, MINI_SECRET, SCHOOL, SECRET_KEY, Somebody
from tests.client import Client, push_xml
from tests.wechat.stage import Platform
from wechat.accounts import AccountBook
from wechat.gateway import Gateway
from wechat.jobs import edge_jobs
from wechat.picture_links import PictureLinks
from wechat.templates import NONE_CHOSEN

MASS, DRAFT = "/cgi-bin/message/mass/send", "/cgi-bin/draft/add"
Run = Callable[..., Awaitable[None]]


@asynccontextmanager
async def working(client: Client, url: str) -> AsyncIterator[Run]:
    """Run one of the edge's jobs by name, as the worker would."""
    sealer = Sealer(SECRET_KEY)
    async with Gateway(url, TokenStore(client.engine, sealer)) as gateway:
        book = AccountBook(client.engine, sealer)
        jobs: dict[str, Job] = {
            job.name: job
            for job in edge_jobs(gateway, book, PictureLinks(sealer, "http://test"), NONE_CHOSEN)
        }

        async def run(name: str, **arguments: str) -> None:
            await jobs[name].run(unit(client), {"district": str(HERE), **arguments})

        yield run


def articles(platform: Platform, who: Somebody) -> list[dict[str, Any]]:
    found = platform.http.get(f"/sim/api/phones/{who.openid}/messages").json()
    return [one for one in found if one["via"] == "mass"]


async def test_the_article_reaches_every_phone_once(client: Client, platform: Platform) -> None:
    path = await approved(client)
    ident = path.rpartition("/")[2]
    platform.sim(f"phones/{CAST.granny.openid}/unfollow")
    await sent(client, path)
    async with working(client, platform.url) as run:
        # The draft's answer is lost, then the mass call's: the same name goes again, nobody gets two.
        platform.fault(DRAFT, http_status=502, after=True)
        await run("announcements.article", announcement=ident)
        assert (await client.get(WRITER, path)).json()["state"] == "sending"
        platform.fault(MASS, http_status=502, after=True)
        await run("announcements.article", announcement=ident)
        assert (await client.get(WRITER, path)).json()["article_state"] == "waiting"
        await run("announcements.article", announcement=ident)
        await run("announcements.article", announcement=ident)
    row = (await client.get(WRITER, path)).json()
    assert (row["state"], row["article_state"]) == ("done", "sent")
    for who in (CAST.mama, CAST.beimama, CAST.twin_dad):
        (shown,) = articles(platform, who)
        assert shown["title"] == "周五提前放学"
        assert shown["url"] == f"http://test/m{path}"
    assert articles(platform, CAST.granny) == articles(platform, CAST.teacher) == []
    assert platform.calls("/cgi-bin/message/template/send") == []
    # The report says sums; it is written down, and says what the platform does not tell.
    msg_id = await client.value("SELECT msg_id FROM announcement")
    report = push_xml(
        "oR5GjjlxxxxSystem", Event="MASSSENDJOBFINISH", MsgID=msg_id, Status="send success",
        TotalCount="4", FilterCount="3", SentCount="3", ErrorCount="1",
    )  # fmt: skip
    assert (await client.push(report)).status_code == 200
    row = (await client.get(WRITER, path)).json()
    assert row["article_state"] == "finished"
    assert row["article_counts"] == {"total": 4, "kept": 3, "sent": 3, "failed": 1}
    async with working(client, platform.url) as run:
        # 催读: only where a window is open, never by template.
        await tapped(client, platform, CAST.beimama)
        assert (await client.post(WRITER, f"{path}/nudges", {})).status_code == 201
        await client.get(CAST.mama, f"/received-{path[1:]}")
        await run("announcements.remind", announcement=ident)
    said = platform.http.get(f"/sim/api/phones/{CAST.beimama.openid}/messages").json()
    assert any("还没有看" in one["text"] for one in said if one["via"] == "customer")
    tried = {call["openid"] for call in platform.calls("/cgi-bin/message/custom/send")}
    assert tried == {CAST.beimama.openid}
    assert platform.calls("/cgi-bin/message/template/send") == []


async def tapped(client: Client, platform: Platform, who: Somebody) -> None:
    """A tap on the menu opens the chat for a minute, as the platform and we know."""
    platform.sim(f"phones/{who.openid}/click", key="HELP")
    push = push_xml(who.openid, Event="CLICK", EventKey="HELP")
    assert (await client.push(push)).status_code == 200


async def test_a_reminder_stops_with_the_days_last_call(client: Client, platform: Platform) -> None:
    """45009: nobody else is written to today, the next reminder asks nobody, and a person is told."""
    custom = "/cgi-bin/message/custom/send"
    path = await approved(client)
    ident = path.rpartition("/")[2]
    await sent(client, path)
    async with working(client, platform.url) as run:
        await run("announcements.article", announcement=ident)
        for who in (CAST.mama, CAST.beimama, CAST.twin_dad):
            await tapped(client, platform, who)
        assert (await client.post(WRITER, f"{path}/nudges", {})).status_code == 201
        platform.fault(custom, errcode=45009, times=None)
        for _ in range(2):
            await run("announcements.remind", announcement=ident)
    assert [call["errcode"] for call in platform.calls(custom)] == [45009]
    items = (await client.get(CAST.secretary, "/operations")).json()["items"]
    (told,) = [item for item in items if item["kind"] == "quota_used"]
    assert told["detail"].startswith("公告催读：")


async def test_a_refusal_of_the_platform_and_a_stop_in_time(
    client: Client, platform: Platform
) -> None:
    path = await approved(client)
    await sent(client, path)
    async with working(client, platform.url) as run:
        platform.fault(MASS, errcode=48001)
        await run("announcements.article", announcement=path.rpartition("/")[2])
        row = (await client.get(WRITER, path)).json()
        assert (row["state"], row["article_state"]) == ("done", "failed")
        other = await approved(client)
        await sent(client, other)
        assert (await client.post(SECOND, f"{other}/stop")).json()["state"] == "stopped"
        await run("announcements.article", announcement=other.rpartition("/")[2])
    assert len(platform.calls(MASS)) == 1
    assert articles(platform, CAST.mama) == []


def visit(platform: Platform, who: Somebody) -> None:
    """The author opens the mini-program: from now on the platform checks for two hours."""
    code = platform.sim(f"phones/{who.openid}/login-code")["code"]
    query = {"appid": MINI_APPID, "secret": MINI_SECRET, "js_code": code}
    found = platform.http.get(
        "/sns/jscode2session", params={**query, "grant_type": "authorization_code"}
    )
    assert found.json()["openid"] == who.mp_openid


async def uses_miniprogram(client: Client, who: Somebody) -> None:
    await client.rows(
        "UPDATE login_session SET channel = 'miniprogram', seen_at = now() WHERE person_id = :p",
        p=who.id,
    )


async def says(client: Client, who: Somebody, said: str) -> UUID:
    """Words that others will read, sent on their way; gives the item to be judged."""
    async with unit(client)() as ctx:
        ctx.actor = Actor(HERE, who.id, "miniprogram")
        item = await submit_text(ctx, Subject.EVALUATION, new_id(), said)
        assert item is not None
        return item.id


async def state(client: Client, item: UUID) -> tuple[str, str]:
    row = (await client.rows("SELECT state, reason FROM moderation_item WHERE id = :i", i=item))[0]
    return str(row.state), str(row.reason)


async def test_texts_are_judged_by_the_platform_within_two_hours(
    client: Client, platform: Platform
) -> None:
    await uses_miniprogram(client, CAST.mama)
    fine = await says(client, CAST.mama, "老师很耐心")
    bad = await says(client, CAST.mama, "坏话连篇")
    odd = await says(client, CAST.mama, "似是而非")
    platform.sim("verdicts", suggest="risky", label=20003, contains="坏话")
    platform.sim("verdicts", suggest="review", label=10001, contains="似是")
    assert await state(client, fine) == ("waiting", "")
    async with working(client, platform.url) as run:
        # The platform hangs up: it stays as it is, and is asked again.
        platform.fault("/wxa/msg_sec_check", http_status=502, times=3)
        await run("moderation.check")
        assert (await state(client, fine))[0] == "waiting"
        visit(platform, CAST.mama)
        await run("moderation.check")
        assert [await state(client, one) for one in (fine, bad, odd)] == [
            ("passed", ""),
            ("refused", "微信：辱骂"),
            ("person", "微信：广告"),
        ]
        assert await client.value("SELECT trace_id IS NOT NULL FROM moderation_item LIMIT 1")
        # Two hours later the platform refuses to look (61010): a person does.
        late = await says(client, CAST.mama, "下次还来")
        platform.sim("clock", advance_seconds=2 * 3600 + 1)
        await run("moderation.check")
        assert (await state(client, late))[0] == "person"


async def test_with_the_days_checks_used_up_people_check(
    client: Client, platform: Platform
) -> None:
    await uses_miniprogram(client, CAST.mama)
    items = [await says(client, CAST.mama, f"很好玩{number}") for number in range(5)]
    platform.fault("/wxa/msg_sec_check", errcode=45009, times=None)
    visit(platform, CAST.mama)
    async with working(client, platform.url) as run:
        await run("moderation.check")
    assert {(await state(client, item))[0] for item in items} == {"person"}
    assert len(platform.calls("/wxa/msg_sec_check")) == 1


async def test_a_picture_s_verdict_comes_later_by_its_trace(
    client: Client, platform: Platform
) -> None:
    """An article of a secretary who is in the mini-program: picture asked, pushed, published."""
    await uses_miniprogram(client, CAST.teacher)
    await client.rows(
        "UPDATE role_grant SET role = 'secretariat', class_id = NULL WHERE person_id = :p",
        p=CAST.teacher.id,
    )
    body = {"rubric": "news", "title": "春天的陶艺课", "content": "孩子们做了碗。"}
    drafted = await client.post(
        CAST.teacher, "/column-articles", {**body, "organization_id": str(SCHOOL)}
    )
    path = f"/column-articles/{drafted.json()['id']}"
    file = {"file": ("x.png", _png(), "image/png")}
    kept = await client.http.put(f"/v1{path}/file", files=file, headers=CAST.teacher.headers)
    assert kept.status_code == 200, kept.text
    assert (await client.post(CAST.teacher, f"{path}/submit")).json()["state"] == "submitted"
    visit(platform, CAST.teacher)
    async with working(client, platform.url) as run:
        await run("moderation.check")
        waiting = await client.post(SECOND, f"{path}/publish")
        assert waiting.json()["code"] == "column.under_check"
        (picture,) = await client.rows(
            "SELECT id, trace_id FROM moderation_item WHERE file_id IS NOT NULL"
        )
        link = PictureLinks(Sealer(SECRET_KEY), "").make(HERE, picture.id)
        shown = await client.http.get(link)
        assert shown.headers["content-type"] == "image/jpeg"
        assert (await client.http.get(f"{link[:-3]}AAA")).status_code == 404
        await client.push(_checked(picture.trace_id, "pass", 100))
        assert (await client.http.get(link)).status_code == 404
        # A trace nobody knows, and a second verdict on a settled one, change nothing.
        await client.push(_checked("0" * 32, "risky", 20001))
        await client.push(_checked(picture.trace_id, "risky", 20001))
        published = await client.post(SECOND, f"{path}/publish")
        assert published.json()["state"] == "published", published.text
        await run("announcements.column", article=path.rpartition("/")[2])
        publish_id = await client.value("SELECT publish_id FROM column_article")
        info = (
            f"<PublishEventInfo><publish_id>{publish_id}</publish_id>"
            "<publish_status>0</publish_status><article_detail><count>1</count><item><idx>1</idx>"
            "<article_url>https://mp.weixin.qq.com/s/xyz</article_url></item></article_detail>"
            "</PublishEventInfo></xml>"
        )
        event = push_xml("oSystem", Event="PUBLISHJOBFINISH").replace("</xml>", info)
        assert (await client.push(event)).status_code == 200
    row = (await client.get(SECOND, path)).json()
    assert row["article_state"] == "finished"
    assert row["article_url"] == "https://mp.weixin.qq.com/s/xyz"


def _checked(trace: str, suggest: str, label: int) -> str:
    result = f"<result><suggest>{suggest}</suggest><label>{label}</label></result></xml>"
    event = push_xml("oSystem", Event="wxa_media_check", trace_id=trace, errcode="0")
    return event.replace("</xml>", result)


def _png() -> bytes:
    """The smallest picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()
