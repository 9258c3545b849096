"""The column: written, reviewed by somebody else, read by everybody, found by any characters."""

from typing import Any

from tests.announcements.stage import SECOND, WRITER, refused
from tests.cast import CAST, HERE, JUNIOR, SCHOOL
from tests.client import Client

NEWS = {"rubric": "news", "title": "三（2）班走进陶艺工坊", "content": "孩子们做了碗。"}


async def drafted(client: Client, who: Any = WRITER, **more: Any) -> str:
    body = {**NEWS, "organization_id": str(SCHOOL), **more}
    answer = await client.post(who, "/column-articles", body)
    assert answer.status_code == 201, answer.text
    return f"/column-articles/{answer.json()['id']}"


async def published(client: Client, **more: Any) -> str:
    path = await drafted(client, **more)
    await client.post(WRITER, f"{path}/submit")
    answer = await client.post(SECOND, f"{path}/publish")
    assert answer.json()["state"] == "published", answer.text
    return f"/column/ND-{answer.json()['number']}"


async def test_nothing_is_public_before_somebody_else_has_read_it(client: Client) -> None:
    path = await drafted(client, CAST.liaison)
    shown = (await client.get(CAST.liaison, path)).json()
    public = f"/column/ND-{shown['number']}"
    await refused(await client.post(SECOND, f"{path}/publish"), "column.not_submitted")
    assert (await client.post(CAST.liaison, f"{path}/submit")).json()["state"] == "submitted"
    assert (await client.http.get(public)).status_code == 404
    assert shown["title"] not in (await client.http.get("/column")).text
    # A secretary who corrects it is one of its writers; the words are judged anew.
    body = {**NEWS, "organization_id": str(SCHOOL), "content": "孩子们做了三十个碗。"}
    edited = await client.call(WRITER, "PUT", path, body)
    assert edited.json()["state"] == "draft"
    await client.post(WRITER, f"{path}/submit")
    await refused(await client.post(WRITER, f"{path}/publish"), "column.own_article")
    await refused(await client.post(CAST.liaison, f"{path}/publish"), "kit.forbidden")
    first = await client.post(SECOND, f"{path}/publish")
    again = await client.post(SECOND, f"{path}/publish")
    assert first.json() == again.json()
    page = await client.http.get(public)
    assert "孩子们做了三十个碗。" in page.text
    await refused(await client.call(WRITER, "PUT", path, body), "column.stands")
    withdrawn = await client.post(SECOND, f"{path}/withdraw", {"reason": "照片没有同意"})
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await client.http.get(public)).status_code == 404
    # Another school's article is nobody's to touch; a bad word or link goes nowhere.
    other = await drafted(client, organization_id=str(JUNIOR))
    await refused(await client.get(CAST.liaison, other), "kit.not_found")
    bad = await drafted(client, content="去死")
    await refused(await client.post(WRITER, f"{bad}/submit"), "moderation.refused")
    link = {**body, "content": "见 https://mp.weixin.qq.com.evil.com"}
    await refused(await client.post(WRITER, "/column-articles", link), "announcement.link_refused")


async def test_a_text_that_a_person_refused_cannot_be_published(client: Client) -> None:
    path = await drafted(client)
    await client.post(WRITER, f"{path}/submit")
    item = await client.value("SELECT id FROM moderation_item WHERE subject = 'column'")
    answer = await client.post(
        CAST.second_secretary, f"/moderation-items/{item}/decide", {"passes": False}
    )
    assert answer.status_code == 200, answer.text
    await refused(await client.post(SECOND, f"{path}/publish"), "column.turned_down")
    back = await client.post(SECOND, f"{path}/return", {"reason": "请改写"})
    assert back.json()["state"] == "returned"


async def test_strangers_search_with_any_characters(client: Client) -> None:
    first = await published(client)
    second = await published(
        client, title="100% 纯手工_碗", rubric="courses", organization_id=str(JUNIOR)
    )
    await client.rows("UPDATE column_article SET published_on = '2026-09-01' WHERE number = 1")
    await client.rows("UPDATE column_article SET published_on = '2026-10-01' WHERE number = 2")

    async def found(**query: str) -> list[str]:
        answer = await client.http.get("/column", params=query)
        assert answer.status_code == 200, answer.text
        return [one for one in (first, second) if f'href="{one}"' in answer.text]

    assert await found() == [first, second]
    assert await found(words="陶艺") == [first]
    assert await found(words="100%") == await found(words="１００％ 手工_") == [second]
    assert await found(words="叶城小学") == [first]
    assert await found(rubric="courses") == [second]
    assert await found(first="2026-09-01", last="2026-09-30") == [first]
    assert await found(first="2026-10-01") == await found(last="2026-10-01", rubric="courses")
    strange = (
        "'; DROP TABLE person; --",
        "\\",
        "%",
        "_",
        '"<script>alert(1)</script>',
        "\x00",
        "🙂",
        "a" * 5000,
        "(",
        "*",
        "\ud83d",
    )
    for said in strange:
        answer = await client.http.get(
            "/column", params={"words": said.encode("utf-8", "replace").decode()}
        )
        assert answer.status_code == 200, said
        assert "<script>alert" not in answer.text
    for bad in (
        {"first": "昨天"},
        {"last": "2026-13-01"},
        {"first": "2026-10-02", "last": "2026-10-01"},
    ):
        answer = await client.http.get("/column", params=bad)
        assert answer.status_code == 422
        assert "2026-09-01 的样子" in answer.text
    for number in ("ND-0", "ND-99", "XX-1", "ND", "-1", "ND-1-1", "ND-x", "%00", "ND-1'", "9" * 60):
        assert (await client.http.get(f"/column/{number}")).status_code == 404, number
    assert (await client.http.get("/column?page=99999&rubric=x&district=XX")).status_code == 200
    assert (
        await client.value("SELECT count(*) FROM column_article WHERE district_id = :d", d=HERE)
        == 2
    )
