"""A task sheet from the unit's desk over paper and photograph to the level it counts for."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdfium2
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.evaluations.errors import AnswerWrong
from app.evaluations.rules import checked_answers
from app.kit.db import system_context
from app.privacy.service.erasure import erase_pupil
from app.wiring import WIRING
from tests.cast import CAST, CLASS_3, HERE, Somebody
from tests.client import Client
from tests.files.test_uploads import HIDDEN, PDF, claimed_png, photo
from tests.passports.test_levels import levels, told, work
from tests.statements import counted

QUESTIONS = [
    {"kind": "text", "label": "今天做了什么？", "options": [], "required": True},
    {"kind": "one", "label": "最难的一步", "options": ["揉泥", "拉坯", "上釉"], "required": False},
    {"kind": "several", "label": "用了哪些工具", "options": ["刀", "轮", "笔"], "required": False},
    {"kind": "number", "label": "小碗有几厘米高？", "options": [], "required": False},
    {"kind": "picture", "label": "画一画你的碗", "options": [], "required": True},
]
SHEET = {"title": "陶艺观察", "instructions": "边做边记。", "questions": QUESTIONS, "due_days": 7}


async def a_visit(client: Client, sheet: dict[str, Any] | None = None) -> UUID:
    """小南 and 小北 are at a session that has a task sheet."""
    session_id = await client.add_session()
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    made = await client.call(
        CAST.publisher, "PUT", f"/activities/{activity}/task-sheet", sheet or SHEET
    )
    assert made.status_code == 200, made.text
    for guardian, pupil in ((CAST.mama, CAST.xiaonan), (CAST.beimama, CAST.xiaobei)):
        assert (await client.book(guardian, pupil, session_id)).status_code == 201
    seen = {
        "session_id": str(session_id),
        "pupil_ids": [str(CAST.xiaonan.id), str(CAST.xiaobei.id)],
    }
    assert (await client.post(CAST.door, "/attendances/roster", seen)).status_code == 200
    await client.move_session(session_id, timedelta(hours=-1))
    return session_id


async def hand_in(
    client: Client,
    who: Somebody,
    session_id: UUID,
    pupil: Somebody,
    *contents: bytes,
    answers: Any = None,
    key: str | None = None,
) -> Any:
    files = [("files", ("../../照片.jpg", content)) for content in contents]
    headers = {**who.headers, **({"Idempotency-Key": key} if key else {})}
    path = f"/v1/sessions/{session_id}/pupils/{pupil.id}/task-submissions"
    data = {"answers": json.dumps({"answers": answers or []})}
    return await client.http.post(path, data=data, files=files or None, headers=headers)


async def judge(client: Client, who: Somebody, submission: str, **body: Any) -> Any:
    return await client.post(who, f"/task-submissions/{submission}/reviews", body)


async def test_from_paper_to_the_level(client: Client) -> None:
    session_id = await a_visit(client, {**SHEET, "needed": True})
    # Printed for the class: a page a child, and its code leads the right people to the right page.
    answer = await client.post(
        CAST.teacher, f"/sessions/{session_id}/task-sheets?class_id={CLASS_3}"
    )
    pdf = pypdfium2.PdfDocument(answer.content)
    words = [pdf[page].get_textpage().get_text_range() for page in range(len(pdf))]
    assert len(words) == 2
    ours = next(page for page, text in enumerate(words) if "小南" in text)
    assert "今天做了什么" in words[ours]
    assert "小北" not in words[ours]
    (code,) = zxingcpp.read_barcodes(pdf[ours].render(scale=2).to_pil())
    assert code.text.rpartition("/")[2].startswith("t")
    assert str(CAST.xiaonan.id) not in code.text

    # The visit does not count for the levels before the sheet is passed, and the family reads why.
    await work(client, "passports.count_levels")
    ladder = await levels(client, CAST.mama, CAST.xiaonan)
    assert ladder["sentence"].endswith("有 1 次活动要等任务单通过才算。")

    await _photographed_and_judged(client, session_id)


async def _photographed_and_judged(client: Client, session_id: UUID) -> None:
    # Photographed and sent twice with one key: one submission, without place or anything hidden.
    first = await hand_in(
        client, CAST.mama, session_id, CAST.xiaonan, photo(), photo((40, 30)), key="k1"
    )
    assert first.status_code == 201, first.text
    again = await hand_in(
        client, CAST.mama, session_id, CAST.xiaonan, photo(), photo((40, 30)), key="k1"
    )
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    one = first.json()["id"]
    page = (await client.get(CAST.teacher, f"/task-submissions/{one}")).json()
    assert (page["pupil_name"], page["pictures"], page["is_late"]) == ("小南", 2, False)
    picture = await client.get(CAST.teacher, f"/task-submissions/{one}/pictures/2")
    assert b"script" not in picture.content
    assert not Image.open(io.BytesIO(picture.content)).getexif()
    # The unit reads it without a name, other families and units not at all.
    assert (await client.get(CAST.publisher, f"/task-submissions/{one}")).json()[
        "pupil_name"
    ] == "小*"
    for stranger in (CAST.beimama, CAST.other_publisher, CAST.foreign_mama):
        assert (await client.get(stranger, f"/task-submissions/{one}")).status_code == 404
    looks = (
        "SELECT count(*) FROM audit_entry WHERE person_id = :t AND object_type = 'task_submission'"
    )
    assert await client.value(looks, t=CAST.teacher.id) >= 2

    # Returned with a comment, which goes into the bank; handed in again, passed, and counted.
    assert (await judge(client, CAST.teacher, one, verdict="returned")).json()["code"] == (
        "sheet.comment_missing"
    )
    back = {"verdict": "returned", "comment": "请补上高度", "keep": True}
    assert (await judge(client, CAST.teacher, one, **back)).json()["state"] == "returned"
    bank = (await client.get(CAST.teacher, "/comment-phrases")).json()["items"]
    assert [phrase["words"] for phrase in bank] == ["请补上高度"]
    second = (await hand_in(client, CAST.mama, session_id, CAST.xiaonan, photo())).json()
    assert second["number"] == 2
    late_word = await judge(client, CAST.teacher, one, verdict="passed")
    assert late_word.json()["code"] == "sheet.superseded"
    both = [second["id"], one]
    done = await client.post(CAST.teacher, "/task-submissions/pass", {"submission_ids": both})
    assert done.json() == {"passed": 1, "refused": 1}
    await work(client, "passports.count_levels")
    ladder = await levels(client, CAST.mama, CAST.xiaonan)
    assert ladder["sentence"] == "再盖 1 枚印章，再去 1 个没去过的基地，就到铜章。"
    heads = await told(client, CAST.mama)
    assert heads[:2] == ["任务单通过了", "任务单请改一改"]

    # Passed is passed for the family; the teacher may still take it back, and it counts no more.
    assert (await hand_in(client, CAST.mama, session_id, CAST.xiaonan, photo())).json()[
        "code"
    ] == "sheet.done"
    taken = {"verdict": "returned", "comment": "看错了人"}
    assert (await judge(client, CAST.teacher, second["id"], **taken)).status_code == 200
    await work(client, "passports.count_levels")
    ladder = await levels(client, CAST.mama, CAST.xiaonan)
    assert ladder["sentence"].endswith("有 1 次活动要等任务单通过才算。")
    kept = await client.rows("SELECT verdict FROM sheet_review ORDER BY at")
    assert [row.verdict for row in kept] == ["returned", "passed", "returned"]


async def test_a_form_is_checked_late_is_marked_and_a_grid_shows_all(client: Client) -> None:
    session_id = await a_visit(client)
    path = f"/sessions/{session_id}/task-submissions"
    wrong = [
        ([], "sheet.nothing"),
        ([{"question": 1, "values": ["揉泥"]}], "sheet.answer_missing"),
        ([{"question": 1, "values": ["开飞机"]}], "sheet.answer_wrong"),
        ([{"question": 1, "values": ["揉泥", "拉坯"]}], "sheet.answer_wrong"),
        ([{"question": 3, "values": ["很高"]}], "sheet.answer_wrong"),
        ([{"question": 99, "values": ["很高"]}], "sheet.answers_unreadable"),
    ]
    for answers, expected in wrong:
        answer = await hand_in(client, CAST.mama, session_id, CAST.xiaonan, answers=answers)
        assert (answer.status_code, answer.json()["code"]) == (422, expected), answers
    good = [
        {"question": 0, "values": ["捏碗"]},
        {"question": 2, "values": ["笔", "刀"]},
        {"question": 3, "values": ["7.5"]},
    ]
    # The required picture is a picture; the rest is on the screen.
    missing = await hand_in(client, CAST.mama, session_id, CAST.xiaonan, answers=good)
    assert missing.json()["code"] == "sheet.answer_missing"
    await client.move_session(session_id, timedelta(days=-9))
    handed = await hand_in(client, CAST.mama, session_id, CAST.xiaonan, photo(), answers=good)
    assert handed.json()["is_late"] is True
    page = (await client.get(CAST.mama, f"/task-submissions/{handed.json()['id']}")).json()
    assert [one["value"] for one in page["answers"]] == ["捏碗", "刀、笔", "7.5"]
    # A teacher hands in for a child without a phone.
    theirs = await hand_in(client, CAST.teacher, session_id, CAST.xiaobei, photo())
    assert theirs.status_code == 201
    grid = (await client.get(CAST.teacher, path)).json()["items"]
    assert [(row["name"], row["state"]) for row in grid] == [
        ("小北", "submitted"),
        ("小南", "submitted"),
    ]
    unit = (await client.get(CAST.publisher, path)).json()["items"]
    assert [(row["name"], row["pupil_id"]) for row in unit] == [("小*", None), ("小*", None)]
    assert (await client.get(CAST.other_publisher, path)).status_code == 404
    # What children hold on paper is not changed behind their back.
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    sheet_path = f"/activities/{activity}/task-sheet"
    late = await client.call(CAST.publisher, "PUT", sheet_path, {**SHEET, "questions": []})
    assert late.json()["code"] == "activity.sheet_fixed"
    longer = await client.call(CAST.publisher, "PUT", sheet_path, {**SHEET, "due_days": 20})
    assert longer.json()["version"] == 2
    # Not there, another's child, closed long ago: refused, each in its own way.
    other = await hand_in(client, CAST.twin_dad, session_id, CAST.xiaonan, photo())
    assert other.status_code == 404
    await client.move_session(session_id, timedelta(days=-90))
    closed = await hand_in(client, CAST.mama, session_id, CAST.xiaonan, photo())
    assert closed.json()["code"] == "sheet.closed"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x", b"\0" * 50_000_000)
    return out.getvalue()


async def test_bad_pictures_are_refused_with_their_own_sentence(client: Client) -> None:
    session_id = await a_visit(client)
    bad = {
        "files.empty": b"",
        "files.too_many_pixels": claimed_png(30_000),
        "files.unreadable": b"\xff\xd8\xff\xe0" + HIDDEN,
        "files.unsupported": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    }
    sentences = set()
    for code, content in [*bad.items(), ("files.unsupported", bomb()), ("files.unsupported", PDF)]:
        answer = await hand_in(
            client, CAST.mama, session_id, CAST.xiaonan, photo((40, 30)), content
        )
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        sentences.add(answer.json()["detail"])
    assert len(sentences) == len(bad)
    many = await hand_in(client, CAST.mama, session_id, CAST.xiaonan, *[photo((40, 30))] * 7)
    assert many.json()["code"] == "files.too_many"
    assert await client.value("SELECT count(*) FROM stored_file") == 0
    # HTML behind a real JPEG: the picture is taken, what hides behind it is not.
    assert (await hand_in(client, CAST.mama, session_id, CAST.xiaonan, photo())).status_code == 201
    assert "etc" not in await client.value("SELECT name FROM stored_file")


async def test_families_are_reminded_once_and_an_erased_child_leaves_nothing(
    client: Client,
) -> None:
    session_id = await a_visit(client)
    await client.move_session(session_id, timedelta(days=-6))
    await hand_in(client, CAST.beimama, session_id, CAST.xiaobei, photo())
    for _ in range(2):
        await work(client, "evaluations.remind_sheets")
    assert (await told(client, CAST.mama)).count("任务单还没有交") == 1
    assert "任务单还没有交" not in await told(client, CAST.beimama)
    own = await client.get(CAST.mama, f"/pupils/{CAST.xiaonan.id}/task-sheets")
    assert [one["state"] for one in own.json()["items"]] == [None]
    with counted(client) as sent:
        await client.get(CAST.teacher, f"/sessions/{session_id}/task-submissions")
    assert len(sent) <= 5
    async with system_context(client.engine, WIRING, HERE) as ctx:
        gone = await erase_pupil(ctx, CAST.xiaobei.id)
    assert (gone["任务单"], gone["任务单照片"]) == (1, 1)
    assert await client.value("SELECT count(*) FROM stored_content") == 0


KINDS = ["text", "long", "one", "several", "number"]
SAID = st.lists(st.sampled_from(["甲", "乙", "丙", "7.5", "", "长" * 201]) | st.text(max_size=4))


@settings(max_examples=60)
@given(kind=st.sampled_from(KINDS), value=SAID)
def test_an_answer_is_kept_as_one_line_of_its_kind_or_refused(kind: str, value: list[str]) -> None:
    options = ["甲", "乙"] if kind in ("one", "several") else []
    question = {"kind": kind, "label": "问", "options": options, "required": False}
    try:
        kept = checked_answers([question], {0: value}, pictures=1)
    except AnswerWrong:
        return
    for one in kept:
        assert one["label"] == "问"
        assert 0 < len(one["value"]) <= 1000
        assert not options or set(one["value"].split("、")) <= set(options)


def drawn(*lines: str) -> bytes:
    """A unit's own sheet with these words, a page each."""
    pages = [Image.new("RGB", (600, 800), "white") for _ in lines]
    kept = io.BytesIO()
    pages[0].save(kept, "PDF", save_all=True, append_images=pages[1:])
    return kept.getvalue()


async def test_the_units_own_pages_carry_each_childs_name_and_code(client: Client) -> None:
    session_id = await a_visit(client)
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    path = f"/v1/activities/{activity}/task-sheet/file"

    async def printed(content: bytes, name: str) -> list[tuple[str, list[str]]]:
        files = {"file": (name, content)}
        sent = await client.http.put(path, files=files, headers=CAST.publisher.headers)
        assert sent.status_code == 200, sent.text
        answer = await client.post(
            CAST.teacher, f"/sessions/{session_id}/task-sheets?class_id={CLASS_3}"
        )
        pdf = pypdfium2.PdfDocument(answer.content)
        return [
            (
                pdf[page].get_textpage().get_text_range(),
                [one.text for one in zxingcpp.read_barcodes(pdf[page].render(scale=3).to_pil())],
            )
            for page in range(len(pdf))
        ]

    pages = await printed(drawn("一", "二"), "观察表.pdf")
    assert len(pages) == 2 * 3, "two children: our page, and two of the unit's"
    for child in (pages[:3], pages[3:]):
        names = {name for name in ("小南", "小北") if any(name in text for text, _ in child)}
        codes = {code for _, found in child for code in found}
        assert (len(names), len(codes)) == (1, 1), "every page is this child's and nobody else's"
        assert all(found for _, found in child)
    assert len(await printed(photo(), "观察表.jpg")) == 2 * 2
    assert len(await printed(drawn(*"一二三四五六七八"), "长.pdf")) == 2 * (1 + 6)
    broken = await printed(PDF, "坏.pdf")
    assert len(broken) == 2, "a file we cannot put on our pages is announced on them instead"
    assert "另有单位准备的任务单" in broken[0][0]


async def test_forbidden_words_are_refused_before_a_teacher_reads_them(client: Client) -> None:
    session_id = await a_visit(client)
    await client.post(CAST.secretary, "/moderation-words", {"word": "坏话", "effect": "refuse"})
    rude = [{"question": 0, "values": ["坏-话"]}]
    sent = await hand_in(client, CAST.mama, session_id, CAST.xiaonan, photo(), answers=rude)
    assert sent.json()["code"] == "moderation.refused", sent.text
    assert await client.value("SELECT count(*) FROM task_submission") == 0
    assert await client.value("SELECT count(*) FROM stored_file") == 0
