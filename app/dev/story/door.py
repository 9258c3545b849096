"""A volunteer keeps the door without a network, a count differs, and a sheet lets a child rise."""

import io
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image, ImageDraw

from app.dev.refusals import RefusalError
from app.dev.story.stage import Stage, check, say, wait_for
from app.dev.story.units import call_off, published

TITLE = "陶艺工坊开放日"
CHILDREN = 30


def play(stage: Stage) -> None:
    print("\n十一、断网的门口")
    session_id, going = _class_on_its_way(stage)
    shown = stage.last_card("小南妈妈")
    _offline(stage, session_id, going)
    _count(stage, session_id, going[-1])
    cards = wait_for(
        lambda: [one for one in stage.new_cards("小南妈妈", shown) if "章" in one["title"]],
        "小南妈妈的手机收到到达和盖章的通知",
    )
    say("小南妈妈的手机", f"收到“{cards[0]['title']}”")
    print("\n十二、任务单和等级")
    _sheet(stage, going[0])


def _class_on_its_way(stage: Stage) -> tuple[str, list[str]]:
    """A class at the pottery in ten minutes; 小南 first."""
    call_off(stage, TITLE)
    starts = datetime.now(UTC) + timedelta(minutes=10)
    more = {"mode": "class"}
    _, (session_id,) = published(stage, TITLE, [(starts, CHILDREN)], more)
    unit, teacher = stage.log_in("unit_publisher"), stage.log_in("class_teacher")
    class_id, mine = stage.demo["ids"]["class_xiaonan"], stage.demo["ids"]["pupil_xiaonan"]
    listed = stage.call(teacher, "GET", f"/people?class_id={class_id}&limit=200")["items"]
    going = sorted((child["id"] for child in listed), key=lambda one: one != mine)[:CHILDREN]
    body = {
        "session_id": session_id,
        "class_id": class_id,
        "adults": 3,
        "confirm_by": (starts - timedelta(minutes=2)).isoformat(),
        "pupil_ids": going,
    }
    path = f"/class-bookings/{stage.call(teacher, 'POST', '/class-bookings', body)['id']}"
    stage.call(stage.log_in("school_admin"), "POST", f"{path}/confirm")
    stage.call(unit, "POST", f"{path}/accept")
    say("叶老师", f"带 {len(going)} 个孩子出发，学校和单位都已同意")
    return session_id, going


def _offline(stage: Stage, session_id: str, going: list[str]) -> None:
    """Link and PIN bind one phone; what it noted without a network arrives twice, last page first."""
    unit = stage.log_in("unit_publisher")
    made = stage.call(unit, "POST", f"/sessions/{session_id}/door-links", {"name": "东门志愿者"})
    secret, link = secrets.token_hex(32), made["url"].rsplit("/", 1)[1]
    wrong = _door(stage, "open", {"link": link, "pin": f"9{made['pin']}", "secret": secret}, secret)
    check(not wrong.is_success, "错的 PIN 打不开")
    opened = _door(stage, "open", {"link": link, "pin": made["pin"], "secret": secret}, secret)
    check(opened.is_success, f"链接和 PIN 打开门口页（{opened.text[:100]}）")
    noted = datetime.now(UTC) - timedelta(minutes=2)
    entries = [
        {
            "device": f"story-{session_id[:8]}",
            "nonce": uuid4().hex,
            "scanned_at": (noted + timedelta(seconds=number)).isoformat(),
            "pupil_id": child,
        }
        for number, child in enumerate(going[:-1])
    ]
    half = len(entries) // 2
    for part in (entries[half:], entries[:half], entries):
        said = _door(stage, "scans", {"entries": part}, secret)
        check(said.is_success, f"恢复网络后上传（{said.text[:100]}）")
    answers = said.json()["answers"]
    check(all(one["status"] != "refused" for one in answers), "一次都没有丢")
    roll = stage.call(unit, "GET", f"/sessions/{session_id}/roll")
    check(roll["arrived"] == len(entries), f"传了两遍，还是 {len(entries)} 人")
    say("东门志愿者", f"断网时点了 {len(entries)} 个孩子，恢复后乱序上传两遍，一个不多一个不少")


def _door(stage: Stage, verb: str, body: dict[str, Any], secret: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"}
    return stage.api.post(f"/door/api/{verb}", json=body, headers=headers)


def _count(stage: Stage, session_id: str, missed: str) -> None:
    """Thirty heads and twenty-nine lines: open until a correction says why."""
    unit = stage.log_in("unit_publisher")
    counted = {"counted": CHILDREN, "note": "出发前点人数"}
    row = stage.call(unit, "POST", f"/sessions/{session_id}/head-counts", counted)
    check(row["settled_at"] is None, "点到的人数和签到差一个，先挂着")
    say("陶艺工坊", f"数到 {CHILDREN} 人，签到只有 {row['arrived']} 人：系统要求查清")
    reason = "跟着第二辆车到，门口没有点到"
    at = datetime.now(UTC).isoformat()
    why = {"pupil_id": missed, "what": "came", "at": at, "reason": reason}
    stage.call(unit, "POST", f"/sessions/{session_id}/corrections", why)
    roll = stage.call(unit, "GET", f"/sessions/{session_id}/roll")
    check((roll["arrived"], roll["open"]) == (CHILDREN, False), "更正以后人数对上了")
    say("陶艺工坊", "补登一个孩子，写明原因，人数对上，差异消除")


def _sheet(stage: Stage, pupil: str) -> None:
    """A sheet comes back, is photographed again and judged; the child sees what the next level wants."""
    mother, teacher = stage.log_in_by_phone("小南妈妈"), stage.log_in("class_teacher")
    sheet = stage.call(mother, "GET", f"/pupils/{pupil}/task-sheets")["items"][0]
    path = f"/sessions/{sheet['session_id']}/pupils/{pupil}/task-submissions"
    handed = stage.call(teacher, "GET", path)["items"]
    if handed:
        again = {"verdict": "returned", "comment": "照片看不清，请再拍一张"}
        stage.call(teacher, "POST", f"/task-submissions/{handed[0]['id']}/reviews", again)
        say("叶老师", f"退回“{sheet['title']}”：{again['comment']}")
    headers = {"Authorization": f"Bearer {mother}", "Idempotency-Key": uuid4().hex}
    photo = {"files": ("任务单.jpg", _photo(), "image/jpeg")}
    twice = [stage.api.post(f"/v1{path}", files=photo, headers=headers) for _ in range(2)]
    if not twice[0].is_success:
        raise RefusalError(f"任务单交不上去：{twice[0].status_code} {twice[0].text[:200]}")
    check(twice[0].json()["id"] == twice[1].json()["id"], "连按两次，只交了一份")
    kept = stage.call(teacher, "GET", path)["items"]
    check(len(kept) == len(handed) + 1, "再交一份，原来的还在")
    say("小南妈妈", "拍了任务单交上去")
    verdict = {"verdict": "excellent", "comment": "观察得真仔细"}
    stage.call(teacher, "POST", f"/task-submissions/{kept[0]['id']}/reviews", verdict)
    sheet = stage.call(mother, "GET", f"/pupils/{pupil}/task-sheets")["items"][0]
    check(sheet["state"] == "excellent", "老师评了优秀")
    say("叶老师", f"评为优秀：{verdict['comment']}")
    for progress in stage.call(mother, "GET", f"/pupils/{pupil}/levels")["items"]:
        reached = [one["name"] for one in progress["levels"] if one["reached"]]
        said = f"已达到“{reached[-1]}”" if reached else "还没有等级"
        say("小南", f"{progress['title']}：{said}。{progress['sentence']}")


def _photo() -> bytes:
    """A sheet of paper as a phone would take it."""
    paper, drawn = Image.new("RGB", (900, 1200), "#f4efe2"), io.BytesIO()
    ImageDraw.Draw(paper).ellipse((250, 420, 650, 700), outline="#7a4a00", width=14)
    paper.save(drawn, "JPEG")
    return drawn.getvalue()
