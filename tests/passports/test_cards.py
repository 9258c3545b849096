"""Cards on paper: every child of the class, a code that scans and checks in, the same one again."""

import pypdfium2
import zxingcpp

from tests.attendance.test_presence import started
from tests.cast import CAST, CLASS_1, CLASS_3, CLASS_8, HERE
from tests.client import Client


def codes(content: bytes) -> set[str]:
    """What a scanner reads from the printed sheet."""
    (page,) = pypdfium2.PdfDocument(content)
    found = zxingcpp.read_barcodes(page.render(scale=4).to_pil())
    return {code.text.rsplit("/c/", 1)[1] for code in found}


async def test_a_printed_card_checks_its_child_in(client: Client) -> None:
    await client.rows("DELETE FROM passport WHERE pupil_id = :p", p=CAST.xiaobei.id)
    path = f"/classes/{CLASS_3}/cards"
    printed = await client.post(CAST.liaison, path)
    assert printed.status_code == 200, printed.text
    seen = codes(printed.content)
    assert len(seen) == 2
    assert CAST.xiaonan.card_scene in seen, "the card that is out there stays good"
    assert codes((await client.post(CAST.liaison, path)).content) == seen
    await started(client)
    answers = [(await client.post(CAST.door, "/scans", {"scene": one})).json() for one in seen]
    assert sum(answer.get("accepted", False) for answer in answers) == 1
    numbers = "SELECT count(DISTINCT number) = count(*) FROM passport WHERE district_id = :d"
    assert await client.value(numbers, d=HERE)


async def test_only_the_own_school_prints_cards(client: Client) -> None:
    assert (await client.post(CAST.liaison, f"/classes/{CLASS_8}/cards")).status_code == 404
    assert (await client.post(CAST.teacher, f"/classes/{CLASS_1}/cards")).status_code == 403
    logged = "SELECT count(*) FROM audit_entry WHERE action = 'passport:print'"
    assert await client.value(logged) == 0
