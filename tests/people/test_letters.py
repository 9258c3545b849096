"""Binding letters: one page a pupil, codes that scan, and a lost letter that is worth nothing."""

import pypdfium2
import zxingcpp

from app.kit.ids import spoken_code
from app.people.service.binding import CODE_LENGTH
from tests.cast import CAST, CLASS_1, CLASS_3, CLASS_8
from tests.client import Client


async def letters(client: Client) -> list[tuple[str, list[str]]]:
    """Print the class and read it back as a parent would: the text and the scanned codes."""
    answer = await client.post(CAST.teacher, f"/classes/{CLASS_3}/binding-letters")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return read_back(answer.content)


def read_back(content: bytes) -> list[tuple[str, list[str]]]:
    pages = []
    for page in pypdfium2.PdfDocument(content):
        words = page.get_textpage().get_text_range()
        found = zxingcpp.read_barcodes(page.render(scale=1.6).to_pil())
        pages.append((words, sorted(code.text.rsplit("=", 1)[1] for code in found)))
    return pages


async def test_each_pupil_gets_a_page_with_two_codes_that_scan_and_bind(client: Client) -> None:
    pages = await letters(client)
    assert len(pages) == 2
    text, codes = next(page for page in pages if "小北" in page[0])
    assert len(codes) == 2
    assert all(code in text for code in codes), "the printed code and the scanned one are the same"
    assert "绑定成功" in await client.write("o" + "n" * 27, f"绑定 {codes[0]} 小北")
    assert "绑定成功" in await client.write("o" + "m" * 27, f"绑定 {codes[1]} 小北")
    assert "不正确" in await client.write("o" + "k" * 27, f"绑定 {codes[0]} 小北")


async def test_printing_again_voids_what_was_not_used(client: Client) -> None:
    _, old = next(page for page in await letters(client) if "小北" in page[0])
    _, fresh = next(page for page in await letters(client) if "小北" in page[0])
    assert "不正确" in await client.write("o" + "n" * 27, f"绑定 {old[0]} 小北")
    assert "绑定成功" in await client.write("o" + "n" * 27, f"绑定 {fresh[0]} 小北")


async def test_a_code_is_void_after_the_child_left(client: Client) -> None:
    _, codes = next(page for page in await letters(client) if "小北" in page[0])
    await client.rows(
        "UPDATE enrollment SET ends_on = now() WHERE pupil_id = :p", p=CAST.xiaobei.id
    )
    assert "不正确" in await client.write("o" + "n" * 27, f"绑定 {codes[0]} 小北")


async def test_only_the_own_class_is_printed_and_codes_are_stored_nowhere(client: Client) -> None:
    for class_id in (CLASS_1, CLASS_8):
        refused = await client.post(CAST.teacher, f"/classes/{class_id}/binding-letters")
        assert refused.status_code == 404
    assert (await client.post(CAST.liaison, f"/classes/{CLASS_1}/binding-letters")).is_success
    assert (
        await client.post(CAST.liaison, f"/classes/{CLASS_8}/binding-letters")
    ).status_code == 404
    pages = await letters(client)
    stored = str(await client.rows("SELECT * FROM binding_code"))
    stored += str(await client.rows("SELECT * FROM audit_entry"))
    assert all(code not in stored for _, codes in pages for code in codes)


async def test_a_name_cannot_become_markup(client: Client) -> None:
    await client.rows("UPDATE person SET name = '#panic()[*x*]' WHERE id = :p", p=CAST.xiaobei.id)
    pages = await letters(client)
    assert any("#panic()[*x*]" in text for text, _ in pages)


def test_a_hundred_thousand_guesses_hit_none_of_seven_thousand_codes() -> None:
    """The promise behind the length of a code; a shorter one fails here."""
    issued = {spoken_code(CODE_LENGTH) for _ in range(7_000)}
    assert len(issued) == 7_000
    assert not any(spoken_code(CODE_LENGTH) in issued for _ in range(100_000))
