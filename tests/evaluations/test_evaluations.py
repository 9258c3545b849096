"""Both sides say what a visit was like, blind until it closes; texts are judged before anybody reads them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.evaluations.kinds import UNIT_ITEMS, VISITOR_ITEMS
from app.kit.db import system_context
from app.moderation.kinds import WordEffect
from app.moderation.ports import Asked, Opinion, Suggestion
from app.moderation.rules import judge
from app.moderation.service import check_waiting
from app.privacy.service.erasure import erase_pupil
from app.wiring import WIRING
from tests.cast import CAST, CLASS_1, CLASS_3, CLASS_8, HERE, Somebody
from tests.client import Client
from tests.passports.test_levels import told, work

FAMILIES = (
    (CAST.mama, CAST.xiaonan),
    (CAST.beimama, CAST.xiaobei),
    (CAST.twin_dad, CAST.shuang),
    (CAST.twin_dad, CAST.dui),
    (CAST.xing, CAST.xing),
)


async def a_visit(client: Client) -> UUID:
    """Five children of three classes were there; it is over."""
    session_id = await client.add_session()
    for who, pupil in FAMILIES:
        assert (await client.book(who, pupil, session_id)).status_code == 201
    seen = {"session_id": str(session_id), "pupil_ids": [str(pupil.id) for _, pupil in FAMILIES]}
    assert (await client.post(CAST.door, "/attendances/roster", seen)).status_code == 200
    await client.move_session(session_id, timedelta(hours=-3))
    return session_id


async def say(
    client: Client, who: Somebody, session_id: UUID, score: int = 4, said: str = "", **more: Any
) -> Any:
    items = UNIT_ITEMS if "class_id" in more else VISITOR_ITEMS
    body = {"scores": {**dict.fromkeys(items, score), **more.pop("scores", {})}, "said": said}
    given = {name: str(value) for name, value in more.items()}
    return await client.call(who, "PUT", f"/sessions/{session_id}/evaluation", {**body, **given})


async def results(client: Client, who: Somebody, session_id: UUID) -> dict[str, Any]:
    answer = await client.get(who, f"/sessions/{session_id}/evaluation")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def queue(client: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(CAST.secretary, "/moderation-items")).json()[
        "items"
    ]
    return items


async def test_blind_until_all_have_spoken_and_few_are_not_summed(client: Client) -> None:
    session_id = await a_visit(client)
    activity = await client.value("SELECT activity_id FROM session WHERE id = :s", s=session_id)
    texts = ["泥巴很软", "希望时间长一点", "", "", "老师讲得好"]
    for (who, pupil), said in zip(FAMILIES[:4], texts[:4], strict=True):
        assert (await say(client, who, session_id, 5, said, pupil_id=pupil.id)).status_code == 200
    assert (await say(client, CAST.publisher, session_id, 3, class_id=CLASS_3)).status_code == 200
    # Neither side hears the other; a changed mind is one evaluation; others' children are not rated.
    for who in (CAST.publisher, CAST.teacher, CAST.secretary):
        found = await results(client, who, session_id)
        assert (found["closed"], found["answers"]) == (False, 4)
        assert (found["averages"], found["texts"], found["classes"]) == (None, [], [])
    changed = await say(client, CAST.mama, session_id, 4, "泥巴真软", pupil_id=CAST.xiaonan.id)
    assert changed.json()["said"] == "泥巴真软"
    assert (await say(client, CAST.mama, session_id, 1, pupil_id=CAST.dui.id)).status_code == 404
    assert (
        await say(client, CAST.other_publisher, session_id, 1, class_id=CLASS_3)
    ).status_code == 404
    assert (await results_status(client, CAST.other_publisher, session_id)) == 404
    early = await client.post(
        CAST.publisher, f"/sessions/{session_id}/evaluation-answer", {"said": "谢谢"}
    )
    assert early.json()["code"] == "evaluation.open"
    # Fourteen days later it is closed: four answers are too few to sum up.
    await client.move_session(session_id, timedelta(days=-14))
    found = await results(client, CAST.publisher, session_id)
    assert (found["closed"], found["answers"], found["averages"]) == (True, 4, None)
    late = await say(client, CAST.xing, session_id, 2, pupil_id=CAST.xing.id)
    assert late.json()["code"] == "evaluation.closed"
    await client.move_session(session_id, timedelta(days=14))

    # Everybody has spoken: it closes at once, and nobody rewrites what the other side now reads.
    for class_id in (CLASS_1, CLASS_8):
        await say(client, CAST.publisher, session_id, 4, class_id=class_id)
    await say(client, CAST.xing, session_id, 3, texts[4], pupil_id=CAST.xing.id)
    late = await say(client, CAST.publisher, session_id, 1, class_id=CLASS_3)
    assert late.json()["code"] == "evaluation.closed"
    found = await results(client, CAST.publisher, session_id)
    assert found["averages"]["safety"] == 4.4
    assert found["texts"] == [], "nobody has read them yet"
    # A person passes two and turns one down; the author of that one is told.
    bodies = {item["body"]: item["id"] for item in await queue(client)}
    assert set(bodies) == {"泥巴真软", "希望时间长一点", "老师讲得好"}, (
        "a rewritten text needs no judge"
    )
    for body, item in bodies.items():
        passes = {"passes": body != "希望时间长一点"}
        done = await client.post(CAST.secretary, f"/moderation-items/{item}/decide", passes)
        assert done.json()["body"] is None
    again = await client.post(CAST.secretary, f"/moderation-items/{item}/decide", passes)
    assert again.json()["code"] == "moderation.settled"
    assert "文字没有通过审核" in await told(client, CAST.beimama)
    found = await results(client, CAST.liaison, session_id)
    assert sorted(found["texts"]) == sorted(["泥巴真软", "老师讲得好"])
    assert [row["class_name"] for row in found["classes"]] == [
        "叶城小学三（2）班",
        "叶城小学一（1）班",
    ]
    # The unit answers once; families read it, and the averages, when it is passed.
    path = f"/sessions/{session_id}/evaluation-answer"
    assert (await client.post(CAST.publisher, path, {"said": "下次多留时间"})).status_code == 201
    twice = await client.post(CAST.publisher, path, {"said": "再说一次"})
    assert twice.json()["code"] == "evaluation.answered"
    public = f"/activities/{activity}/evaluation"
    assert (await client.get(CAST.beimama, public)).json()["unit_says"] == []
    (waiting,) = await queue(client)
    await client.post(CAST.secretary, f"/moderation-items/{waiting['id']}/decide", {"passes": True})
    read = (await client.get(CAST.beimama, public)).json()
    assert (read["averages"]["content"], read["unit_says"]) == (4.4, ["下次多留时间"])


async def test_families_are_asked_once_and_not_about_what_they_have_said(client: Client) -> None:
    session_id = await a_visit(client)
    assert (await say(client, CAST.mama, session_id, pupil_id=CAST.xiaonan.id)).is_success
    for _ in range(2):
        await work(client, "evaluations.ask")
    assert "说说这次活动怎么样" not in await told(client, CAST.mama)
    assert (await told(client, CAST.beimama)).count("说说这次活动怎么样") == 1
    assert (await told(client, CAST.twin_dad)).count("说说这次活动怎么样") == 2, "once a child"


async def results_status(client: Client, who: Somebody, session_id: UUID) -> int:
    return (await client.get(who, f"/sessions/{session_id}/evaluation")).status_code


class Scripted:
    """An outside checker that says what the test wants: stands for the platform."""

    def __init__(self, **says: Suggestion) -> None:
        self.says, self.asked = says, list[str]()

    async def check(self, asked: Asked) -> Opinion:
        self.asked.append(asked.body)
        return Opinion(self.says.get(asked.body, Suggestion.UNABLE), "trace-1", "20001")


async def test_low_scores_are_looked_into_and_words_stop_texts(client: Client) -> None:
    session_id = await a_visit(client)
    mine = {"pupil_id": CAST.xiaonan.id}
    low = await say(client, CAST.mama, session_id, 5, "太挤了", scores={"safety": 2}, **mine)
    assert low.status_code == 200
    await say(client, CAST.mama, session_id, 5, "真的太挤", scores={"safety": 1}, **mine)
    await say(client, CAST.twin_dad, session_id, 2, pupil_id=CAST.dui.id, scores={"safety": 3})
    for who in (CAST.secretary, CAST.second_secretary):
        assert (await told(client, who)).count("有活动得了低分") == 1
    (alert,) = (await client.get(CAST.secretary, "/evaluation-alerts")).json()["items"]
    assert alert["reason"] == "“安全有序”只打了 2 分"
    path = f"/evaluation-alerts/{alert['id']}/settle"
    settled = await client.post(CAST.secretary, path, {"note": "已和单位沟通，每场减 5 人"})
    assert settled.json()["settled_at"]
    assert (await client.get(CAST.secretary, "/evaluation-alerts")).json()["items"] == []

    # The district's own word stops a text at once, whatever stands between its characters.
    word = {"word": "破 地方", "effect": "refuse"}
    assert (await client.post(CAST.secretary, "/moderation-words", word)).status_code == 201
    stopped = await say(client, CAST.mama, session_id, 5, "什么破—地 方！", **mine)
    assert stopped.json()["code"] == "moderation.refused"
    kept = await client.value("SELECT said FROM evaluation WHERE pupil_id = :p", p=CAST.xiaonan.id)
    assert kept == "真的太挤", "nothing half-written"
    few = await client.call(
        CAST.mama,
        "PUT",
        f"/sessions/{session_id}/evaluation",
        {"scores": {"safety": 5}, "pupil_id": str(CAST.xiaonan.id)},
    )
    assert few.json()["code"] == "evaluation.items"

    # Who was in the mini-program within two hours is checked outside; the rest a person reads.
    await client.rows(
        "UPDATE login_session SET channel = 'miniprogram', seen_at = now() WHERE person_id = ANY(:p)",
        p=[CAST.beimama.id, CAST.twin_dad.id],
    )
    await say(client, CAST.beimama, session_id, 5, "很好玩", pupil_id=CAST.xiaobei.id)
    number = "电话13800000000"
    await say(client, CAST.twin_dad, session_id, 5, number, pupil_id=CAST.shuang.id)
    checker = Scripted(很好玩=Suggestion.PASS)

    def unit() -> Any:
        return system_context(client.engine, WIRING, HERE)

    assert await check_waiting(unit, checker) == 1
    assert checker.asked == ["很好玩"], "what the list found goes to a person"
    states = {item["body"]: item["reason"] for item in await queue(client)}
    assert states[number] == "有一长串数字，可能是电话或证件号"
    assert "很好玩" not in states
    await say(client, CAST.beimama, session_id, 5, "也很累", pupil_id=CAST.xiaobei.id)
    await client.rows("UPDATE moderation_item SET check_until = now() WHERE state = 'waiting'")
    await work(client, "moderation.watch")
    late = await client.value("SELECT state FROM moderation_item WHERE body = '也很累'")
    assert late == "person"
    async with unit() as ctx:
        gone = await erase_pupil(ctx, CAST.xiaobei.id)
    assert gone["评价文字"] == 1
    assert await client.value("SELECT count(*) FROM moderation_item WHERE body = '也很累'") == 0


@given(
    gaps=st.lists(st.sampled_from(["", " ", "·", "\u200b", "—", "　"]), min_size=3, max_size=3),
    around=st.sampled_from(["", "你好", "123"]),
)
def test_nothing_between_the_characters_hides_a_word(gaps: list[str], around: str) -> None:
    said = around + gaps[0] + "Ｂ" + gaps[1] + "坏" + gaps[2] + "话" + around
    assert judge(said, [("b坏话", WordEffect.REFUSE)]).refused
    assert not judge("坏人说话", [("b坏话", WordEffect.REFUSE)]).refused
