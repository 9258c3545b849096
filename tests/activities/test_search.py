"""Is an activity found by any words, in Chinese and with any characters, over REST and on the phone?"""

from urllib.parse import quote
from uuid import UUID

import pytest

from tests.cast import CAST, ELSEWHERE, OTHER_UNIT, POTTERY, WEATHER
from tests.client import Client
from tests.web.conftest import Browser, browser

__all__ = ["browser"]
TITLES = (
    "捏一只小碗",
    "100%手工_皂",
    "50元'义卖'\"画\"",
    "🎨画一画",
    "ＡＢＣ机器人　营",
    "乐高Robot赛",
)


async def _titles(client: Client, said: str) -> set[str]:
    answer = await client.get(CAST.mama, f"/activities?title={quote(said)}")
    assert answer.status_code == 200, answer.text
    return {row["title"] for row in answer.json()["items"]}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("小碗", {"捏一只小碗"}),
        ("碗", {"捏一只小碗"}),
        ("一", {"捏一只小碗", "🎨画一画"}),
        ("画一画", {"🎨画一画"}),
        ("🎨", {"🎨画一画"}),
        ("%", {"100%手工_皂"}),
        ("_", {"100%手工_皂"}),
        ("工_皂", {"100%手工_皂"}),
        ("0%", {"100%手工_皂"}),
        ("'义卖'\"画", {"50元'义卖'\"画\""}),
        ("abc", {"ＡＢＣ机器人　营"}),
        ("ＲＯＢＯＴ", {"乐高Robot赛"}),
        ("器人 abc", {"ＡＢＣ机器人　营"}),
        ("器人　营", {"ＡＢＣ机器人　营"}),
        ("小碗 画", set()),
        ("碗小", set()),
        ("画一只", set()),
        ("\\", set()),
        ("气象站 机器人", {"ＡＢＣ机器人　营"}),
        ("👨‍👩‍👧", set()),
    ],
)
async def test_each_word_must_occur_whatever_its_characters(
    client: Client, said: str, found: set[str]
) -> None:
    for title in TITLES:
        base = WEATHER if "机器人" in title else POTTERY
        await client.add_session(title=title, base=base)
    assert await _titles(client, said) == found


async def test_the_phone_and_the_console_find_the_same(browser: Browser, client: Client) -> None:
    for title in TITLES:
        await client.add_session(title=title)
    page = await browser.be(CAST.mama).get(f"/m?q={quote('工_皂　100%')}")
    assert "100%手工_皂" in page.text
    assert "捏一只小碗" not in page.text
    for said in ("👨‍👩‍👧", "滑雪", "' OR 1=1 --"):
        assert "没有找到符合条件的活动" in (await browser.get(f"/m?q={quote(said)}")).text
    page = await browser.be(CAST.secretary).get(f"/console/activities?title={quote('小碗　捏')}")
    assert (page.status_code, "捏一只小碗" in page.text) == (200, True)
    assert "🎨画一画" not in page.text
    page = await browser.get(f"/console/organizations?name={quote('陶艺 工坊')}")
    assert page.text.count("陶艺工坊") >= 1
    assert "气象站" not in page.text.split("<tbody", 1)[1]


async def test_what_is_renamed_is_found_under_its_new_name_only(client: Client) -> None:
    session = await client.add_session(title="看云识天气", base=WEATHER)
    activity = await client.value("SELECT activity_id FROM session WHERE id = :id", id=session)
    await client.rows("UPDATE organization SET name = '天文台' WHERE id = :id", id=OTHER_UNIT)
    await client.rows("UPDATE learning_base SET name = '观星台' WHERE id = :id", id=WEATHER)
    assert await _titles(client, "天文台 观星") == {"看云识天气"}
    assert await _titles(client, "气象站") == set()
    await client.rows("UPDATE activity SET title = '数星星' WHERE id = :id", id=activity)
    assert await _titles(client, "识天气") == set()
    assert await _titles(client, "星") == {"数星星"}
    left = "SELECT count(*) FROM activity_gram WHERE gram = '识天'"
    assert await client.value(left) == 0


async def test_filters_narrow_what_the_words_find(client: Client) -> None:
    one = await client.add_session(title="陶艺一")
    await client.add_session(title="陶艺二", base=WEATHER)
    await client.rows(
        "UPDATE activity SET kind = 'contest', category = 'labour' "
        "WHERE id = (SELECT activity_id FROM session WHERE id = :id)",
        id=one,
    )
    for narrow in ("kind=contest", "category=labour", f"base_id={POTTERY}"):
        answer = await client.get(CAST.mama, f"/activities?title=陶艺&{narrow}")
        assert [row["title"] for row in answer.json()["items"]] == ["陶艺一"], narrow
    answer = await client.get(CAST.mama, f"/activities?organization_id={OTHER_UNIT}")
    assert [row["title"] for row in answer.json()["items"]] == ["陶艺二"]
    assert (await client.get(CAST.mama, "/activities?kind=nothing")).status_code == 422


async def test_names_are_found_by_the_same_rule_and_forgotten_with_the_name(
    client: Client,
) -> None:
    found = await client.get(CAST.liaison, "/people?name=小南")
    assert [row["name"] for row in found.json()["items"]] == ["小南"]
    twins = await client.get(CAST.liaison, "/people?name=双")
    assert [row["name"] for row in twins.json()["items"]] == ["双双"]
    await client.rows("UPDATE person SET name = '某' WHERE id = :id", id=CAST.xiaonan.id)
    assert (await client.get(CAST.liaison, "/people?name=小南")).json()["items"] == []
    grams = await client.rows(
        "SELECT gram FROM person_gram WHERE person_id = :id", id=CAST.xiaonan.id
    )
    assert [row.gram for row in grams] == ["某"]


async def test_the_older_postgres_finds_it_too(every_postgres: str, client: Client) -> None:
    await client.add_session(title="ＡＢＣ机器人　营")
    assert await _titles(client, "abc 器人") == {"ＡＢＣ机器人　营"}, every_postgres


async def test_words_of_another_district_find_nothing_of_ours(client: Client) -> None:
    await client.add_session(title="捏一只小碗")
    answer = await client.get(CAST.foreign_mama, "/activities?title=小碗")
    assert answer.json()["items"] == []
    seen = await client.value(
        "SELECT count(*) FROM activity_gram WHERE district_id = :d", d=UUID(str(ELSEWHERE))
    )
    assert seen == 0
