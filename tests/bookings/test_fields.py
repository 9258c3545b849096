"""An activity's own questions: who may ask what, how families answer, and who reads the answers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.bookings.test_statements import MOST
from tests.cast import CAST, CLASS_3
from tests.client import Client
from tests.statements import counted

SIZE = {"label": "T恤尺码", "kind": "choice", "required": True, "options": ["S", "M", "L"]}
MEAL = {"label": "是否吃素", "kind": "yes_no", "required": False}
TALL = {"label": "身高厘米", "kind": "number", "hint": "用来准备围裙"}
WISH = {"label": "想做什么", "kind": "text"}


async def ask(client: Client, session_id: UUID, *questions: Any, draft: bool = True) -> Any:
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    if draft:
        await _set_state(client, activity, "draft")
    path, body = f"/activities/{activity}/fields", {"items": list(questions)}
    answer = await client.call(CAST.publisher, "PUT", path, body)
    await _set_state(client, activity, "published")
    return answer


async def _set_state(client: Client, activity: UUID, state: str) -> None:
    await client.rows("UPDATE activity SET state = :s WHERE id = :a", s=state, a=activity)


async def asked(client: Client, *questions: Any, **how: Any) -> tuple[UUID, dict[str, str]]:
    """A session with these questions, and their ids by label."""
    session_id = await client.add_session(starts_in=timedelta(days=3), **how)
    answer = await ask(client, session_id, *questions)
    assert answer.status_code == 200, answer.text
    return session_id, {row["label"]: row["id"] for row in answer.json()["items"]}


def given(ids: dict[str, str], **values: str) -> list[dict[str, str]]:
    return [{"field_id": ids[label], "value": value} for label, value in values.items()]


async def test_a_family_answers_while_booking_and_the_unit_reads_it(client: Client) -> None:
    session_id, ids = await asked(client, SIZE, MEAL, TALL, WISH)
    shown = (await client.get(CAST.mama, f"/sessions/{session_id}/form")).json()
    assert shown["consent"] is None
    assert [row["label"] for row in shown["fields"]] == list(ids)
    answers = given(ids, T恤尺码="M", 是否吃素="no", 身高厘米="0132", 想做什么="<b>碗</b>")
    with counted(client) as sent:
        booked = await client.post(
            CAST.mama,
            "/bookings",
            {
                "session_id": str(session_id),
                "pupil_id": str(CAST.xiaonan.id),
                "answers": answers,
            },
            Idempotency_Key="one",
        )
    assert booked.status_code == 201, booked.text
    assert len(sent) <= MOST, "\n".join(sent)
    path = f"/bookings/{booked.json()['id']}/answers"
    said = ["M", "否", "132", "<b>碗</b>"]
    for who in (CAST.mama, CAST.granny, CAST.publisher):
        assert [row["value"] for row in (await client.get(who, path)).json()["items"]] == said
    for who in (CAST.teacher, CAST.liaison, CAST.secretary):
        assert (await client.get(who, path)).json()["items"] == [], "not theirs to read"
    for who in (CAST.beimama, CAST.other_publisher):
        assert (await client.get(who, path)).status_code == 404
    read = "SELECT count(*) FROM audit_entry WHERE purpose = '查看报名信息' AND person_id = :p"
    assert await client.value(read, p=CAST.publisher.id) == 1


@pytest.mark.parametrize(
    ("values", "code", "word"),
    [
        ({}, "booking.answer_missing", "T恤尺码"),
        ({"T恤尺码": " "}, "booking.answer_missing", "T恤尺码"),
        ({"T恤尺码": "XL"}, "booking.answer_wrong", "选项"),
        ({"T恤尺码": "M", "是否吃素": "也许"}, "booking.answer_wrong", "是"),
        ({"T恤尺码": "M", "身高厘米": "一米三"}, "booking.answer_wrong", "整数"),
        ({"T恤尺码": "M", "身高厘米": "9" * 40}, "booking.answer_wrong", "整数"),
        ({"T恤尺码": "M", "想做什么": "好" * 101}, "booking.answer_wrong", "100"),
    ],
)
async def test_a_wrong_answer_is_refused_with_its_question(
    client: Client, values: dict[str, str], code: str, word: str
) -> None:
    session_id, ids = await asked(client, SIZE, MEAL, TALL, WISH)
    refused = await client.book(CAST.mama, CAST.xiaonan, session_id, answers=given(ids, **values))
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    assert word in refused.json()["detail"]
    assert await client.value("SELECT count(*) FROM booking") == 0


async def test_an_answer_to_nothing_is_refused(client: Client) -> None:
    session_id, _ = await asked(client, MEAL)
    _, others = await asked(client, SIZE)
    answers = given(others, T恤尺码="M")
    refused = await client.book(CAST.mama, CAST.xiaonan, session_id, answers=answers)
    assert refused.json()["code"] == "booking.unknown_question"


@pytest.mark.parametrize(
    ("question", "code", "word"),
    [
        ({"label": "身份证号"}, "activity.sensitive_question", "身份证"),
        ({"label": "家长手 机"}, "activity.sensitive_question", "手机"),
        ({"label": "备注", "hint": "有无病史"}, "activity.sensitive_question", "健康提示"),
        ({"label": "尺码", "kind": "choice", "options": ["S"]}, "activity.options_wrong", "尺码"),
        ({"label": "尺码", "options": ["S", "M"]}, "activity.options_wrong", "尺码"),
    ],
)
async def test_what_must_not_be_asked_is_refused(
    client: Client, question: Any, code: str, word: str
) -> None:
    session_id = await client.add_session()
    refused = await ask(client, session_id, question)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert word in refused.json()["detail"]
    twice = await ask(client, session_id, WISH, WISH)
    assert twice.json()["code"] == "activity.question_twice"
    assert (await ask(client, session_id, *[WISH] * 9)).status_code == 422
    assert await client.value("SELECT count(*) FROM activity_field") == 0


async def test_after_publishing_only_optional_questions_are_added(client: Client) -> None:
    session_id, ids = await asked(client, SIZE)
    changes: tuple[list[Any], ...] = (
        [],
        [{**SIZE, "label": "尺码"}],
        [SIZE, {**WISH, "required": True}],
        [WISH, SIZE],
    )
    for questions in changes:
        refused = await ask(client, session_id, *questions, draft=False)
        assert (refused.status_code, refused.json()["code"]) == (409, "activity.fields_fixed")
    for _ in range(2):
        added = await ask(client, session_id, SIZE, WISH, draft=False)
        assert [row["label"] for row in added.json()["items"]] == ["T恤尺码", "想做什么"]
        assert added.json()["items"][0]["id"] == ids["T恤尺码"]
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    for who, status in ((CAST.other_publisher, 404), (CAST.teacher, 403)):
        answer = await client.call(who, "PUT", f"/activities/{activity}/fields", {"items": []})
        assert answer.status_code == status


async def test_a_class_and_a_teacher_are_asked_nothing(client: Client) -> None:
    session_id, _ = await asked(client, SIZE, seats=5)
    await client.rows("UPDATE session SET mode = 'nomination' WHERE id = :s", s=session_id)
    assert (await client.book(CAST.teacher, CAST.xiaonan, session_id)).status_code == 201
    class_session, _ = await asked(client, SIZE, seats=5)
    await client.rows(
        "UPDATE session SET mode = 'class', starts_at = starts_at + interval '1 day', "
        "ends_at = ends_at + interval '1 day' WHERE id = :s",
        s=class_session,
    )
    body = {"session_id": str(class_session), "class_id": str(CLASS_3), "adults": 1}
    drafted = await client.post(CAST.teacher, "/class-bookings", body)
    assert drafted.status_code == 201, drafted.text
    assert await client.value("SELECT count(*) FROM booking_answer") == 0
