"""On paper: every code reads back, rare names are drawn, and whoever prints is written down."""

import asyncio
from typing import Any
from uuid import uuid4

import pypdfium2
import zxingcpp

from app.kit.glyphs import boxed, is_drawn
from tests.cast import CAST, CLASS_1, CLASS_3, POTTERY, POTTERY_SCENE, SCHOOL, WEATHER
from tests.client import Client
from tests.passports.test_levels import count, stamp, work

RARE = "龙𬭎䶮㛃𠅤"
CHILD = f"/pupils/{CAST.xiaonan.id}"


def pages(content: bytes) -> list[Any]:
    assert content.startswith(b"%PDF"), content[:200]
    return list(pypdfium2.PdfDocument(content))


def codes(page: Any) -> list[str]:
    """What a scanner reads from this page."""
    return [one.text for one in zxingcpp.read_barcodes(page.render(scale=4).to_pil())]


def words(page: Any) -> str:
    """The page's text, as copying from a reader gives it."""
    return "".join(str(page.get_textpage().get_text_range()).split())


def glyph_width(page: Any, letter: str) -> float:
    """How broad the ink of this letter is: a letter that is not drawn has none."""
    text = page.get_textpage()
    at = str(text.get_text_range()).index(letter)
    left, bottom, right, top = text.get_charbox(at)
    picture = page.render(scale=6).to_pil().convert("L")
    height = page.get_height()
    box = [int(6 * one) for one in (left, height - top, right, height - bottom)]
    low, high = picture.crop((box[0], box[1], box[2], box[3])).getextrema()
    assert int(str(high)) - int(str(low)) > 100, f"{letter} has no ink"
    return float(right - left)


async def test_a_passport_is_printed_with_its_twins_code(client: Client) -> None:
    await client.rows("UPDATE person SET name = :n WHERE id = :p", n=RARE, p=CAST.xiaonan.id)
    for base in (POTTERY, WEATHER):
        await stamp(client, CAST.xiaonan, base)
    await count(client)
    own = await client.get(CAST.mama, f"{CHILD}/passport.pdf")
    sheets = pages(own.content)
    assert len(sheets) == 5, "cover, levels, one page of stamps, two open pages"
    (code,) = codes(sheets[0])
    assert code.endswith(f"/c/{CAST.xiaonan.card_scene}"), "paper and digital are one code"
    for letter in RARE:
        assert letter in words(sheets[0])
        assert glyph_width(sheets[0], letter) > 5
    assert "ND-000001" in words(sheets[0])
    said = words(sheets[1])
    assert "铜章" in said
    assert "就到银章" in said, "why not yet"
    assert "陶艺工坊" in words(sheets[2])
    assert "气象站" in words(sheets[2])
    assert "盖章页" in words(sheets[3])
    assert is_drawn("𬭎")
    assert boxed("李\U00020000") == "李□", "what the font lacks leaves a box to write into"
    # Staff who print a named child are logged; strangers get what nobody gets.
    assert (await client.get(CAST.teacher, f"{CHILD}/passport.pdf")).status_code == 200
    logged = "SELECT count(*) FROM audit_entry WHERE action = 'passport:print' AND person_id = :p"
    assert await client.value(logged, p=CAST.teacher.id) == 1
    for who in (CAST.beimama, CAST.liaison):
        path = f"/pupils/{CAST.xing.id}/passport.pdf"
        assert (await client.get(who, path)).status_code == 404
    assert (await client.get(CAST.secretary, f"{CHILD}/passport.pdf")).status_code == 403


async def test_a_year_and_a_level_on_one_page_each(client: Client) -> None:
    for base in (POTTERY, WEATHER):
        await stamp(client, CAST.xiaonan, base)
    await count(client)
    year = await client.value(
        "SELECT extract(year FROM now() - interval '8 months')::int FROM district LIMIT 1"
    )
    summary = await client.get(CAST.mama, f"{CHILD}/year.pdf?year={year}")
    (page,) = pages(summary.content)
    assert "社会考察2180" in words(page), "two visits, 180 minutes"
    for wrong in (1990, year + 1):
        refused = await client.get(CAST.mama, f"{CHILD}/year.pdf?year={wrong}")
        assert refused.json()["code"] == "passport.year_outside"
    path = f"{CHILD}/certificate.pdf?key=dream_ladder&level="
    first, again = [pages((await client.get(CAST.mama, path + "bronze")).content) for _ in "ab"]
    (address,) = codes(first[0])
    assert codes(again[0]) == [address], "the code stays"
    assert "铜章" in words(first[0])
    page_of_code = await client.http.get(address.removeprefix("http://127.0.0.1:8000"))
    assert page_of_code.status_code == 200
    assert "这份证书是真的，有效" in page_of_code.text
    assert "印章 2 枚" in page_of_code.text
    assert CAST.xiaonan.name not in page_of_code.text
    await client.rows("UPDATE level_reached SET state = 'corrected'")
    assert "暂不成立" in (await client.http.get(str(page_of_code.url))).text
    refused = await client.get(CAST.mama, path + "bronze")
    assert refused.json()["code"] == "passport.level_not_standing"
    assert (await client.get(CAST.mama, path + "gold")).status_code == 404


async def test_a_school_is_printed_in_the_background_and_forgotten(client: Client) -> None:
    order = {"place_id": str(SCHOOL)}
    both = await asyncio.gather(*(client.post(CAST.liaison, "/prints", order) for _ in range(2)))
    assert [one.json() for one in both] == [{"files": 2}] * 2
    listed = (await client.get(CAST.liaison, "/prints")).json()["items"]
    assert sorted(one["class_id"] for one in listed) == sorted(map(str, (CLASS_1, CLASS_3)))
    waiting = f"/prints/{listed[0]['id']}/file.pdf"
    assert (await client.get(CAST.liaison, waiting)).json()["code"] == "passport.not_drawn_yet"
    for one in listed:
        for _ in range(2):
            arguments = {"order": one["id"], "base_url": "http://127.0.0.1:8000"}
            await work(client, "passports.draw_prints", **arguments)
    (mine,) = [one for one in listed if one["class_id"] == str(CLASS_3)]
    file = f"/prints/{mine['id']}/file.pdf"
    printed = await client.get(CAST.teacher, file)
    covers = [codes(page) for page in pages(printed.content)]
    found = {code.rpartition("/")[2] for page in covers for code in page}
    assert found == {CAST.xiaonan.card_scene, CAST.xiaobei.card_scene}
    logged = "SELECT count(*) FROM audit_entry WHERE action = 'passport:print' AND person_id = :p"
    assert await client.value(logged, p=CAST.teacher.id) == 2
    # Only the own class, only with a fresh proof, only for a week.
    assert [one["id"] for one in (await client.get(CAST.teacher, "/prints")).json()["items"]] == [
        mine["id"]
    ]
    other = next(one for one in listed if one is not mine)
    assert (await client.get(CAST.teacher, f"/prints/{other['id']}/file.pdf")).status_code == 404
    assert (await client.post(CAST.teacher, "/prints", order)).status_code == 404
    await client.rows("UPDATE login_session SET proved_at = now() - interval '1 hour'")
    for answer in (
        await client.get(CAST.teacher, file),
        await client.post(CAST.liaison, "/prints", order),
    ):
        assert answer.json()["code"] == "people.step_up_needed", answer.text
    await client.rows(
        "DELETE FROM passport WHERE pupil_id IN (:a, :b)", a=CAST.shuang.id, b=CAST.dui.id
    )
    await client.rows("UPDATE login_session SET proved_at = now()")
    none = await client.post(CAST.liaison, "/prints", {"place_id": str(CLASS_1)})
    assert none.json()["code"] == "passport.nobody_to_print"
    assert (
        await client.post(CAST.liaison, "/prints", {"place_id": str(uuid4())})
    ).status_code == 404


async def test_a_bases_code_hangs_on_the_wall_and_stands_on_tables(client: Client) -> None:
    path = f"/bases/{POTTERY}/poster.pdf"
    for form, number in (("poster", 1), ("cards", 4)):
        printed = await client.get(CAST.publisher, f"{path}?form={form}")
        (page,) = pages(printed.content)
        read = codes(page)
        assert len(read) == number
        assert {one.rpartition("/c/")[2] for one in read} == {POTTERY_SCENE}
        assert "扫码签到" in words(page)
        assert "陶艺工坊" in words(page)
    assert (await client.get(CAST.other_publisher, path)).status_code == 404
    assert (await client.get(CAST.teacher, path)).status_code == 403
