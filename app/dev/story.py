"""Does the whole chain hold on the running system? Played over HTTP and callbacks only.

A resource unit publishes, the secretariat approves, a guardian books, the child
is scanned at the base, a stamp appears, and the parent's phone gets the message.
Each step prints what the person sees; a step that does not hold ends the story.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.dev.refusals import RefusalError

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.2


@dataclass
class Stage:
    """The running system and its people, as demo.json describes them."""

    demo: dict[str, Any]
    api: httpx.Client
    phones: httpx.Client

    def phone(self, name: str) -> dict[str, Any]:
        return next(phone for phone in self.demo["phones"] if phone["name"] == name)

    def scene(self, label: str) -> str:
        found = (scene for scene, text in self.demo["scenes"].items() if text == label)
        return str(next(found))

    def call(self, token: str, method: str, path: str, body: Any = None, **more: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", **more}
        answer = self.api.request(method, f"/v1{path}", json=body, headers=headers)
        if not answer.is_success:
            raise RefusalError(
                f"{method} {path} 没有成功：{answer.status_code} {answer.text[:300]}"
            )
        return answer.json()

    def log_in(self, role: str) -> str:
        login = self.demo["logins"][role]
        body = {"district": self.demo["district"]} | {
            key: login[key] for key in ("username", "password")
        }
        answer = self.api.post("/v1/login-sessions", json=body)
        if answer.status_code != httpx.codes.CREATED:
            raise RefusalError(f"{login['name']} 登录不了：{answer.text[:200]}")
        return str(answer.json()["token"])

    def log_in_by_phone(self, name: str) -> str:
        openid = self.phone(name)["openid"]
        code = self.act(openid, "login-code")["code"]
        account = f"{self.demo['wechat']['account']}-mp"
        answer = self.api.post(f"/wechat/login/{account}", json={"code": code})
        if answer.status_code != httpx.codes.CREATED:
            raise RefusalError(f"{name} 的小程序登录不了：{answer.text[:200]}")
        return str(answer.json()["token"])

    def act(self, openid: str, verb: str, **body: Any) -> Any:
        answer = self.phones.post(f"/sim/api/phones/{openid}/{verb}", json=body)
        if not answer.is_success:
            raise RefusalError(f"模拟器不接受 {verb}：{answer.text[:200]}")
        return answer.json()

    def messages(self, openid: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.phones.get(f"/sim/api/phones/{openid}/messages").json()
        return found


def say(who: str, what: str) -> None:
    print(f"  {who}：{what}")


def check(holds: object, promise: str) -> None:
    """A promise of the product; broken, it ends the story."""
    if not holds:
        raise RefusalError(f"故事中断，这一步不成立：{promise}")


def wait_for(look: Callable[[], Any], promise: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(LOOK_EVERY_SECONDS)
    raise RefusalError(f"故事中断，等了 {PATIENCE_SECONDS:.0f} 秒也没有：{promise}")


def publish(stage: Stage, token: str) -> tuple[str, str]:
    """The unit drafts an activity with one session that starts in ten minutes, and submits it."""
    ids = stage.demo["ids"]
    course = stage.call(
        token,
        "POST",
        "/courses",
        {"organization_id": ids["unit_pottery"], "title": f"泥土的故事 {uuid4().hex[:6]}"},
    )
    activity = stage.call(
        token,
        "POST",
        "/activities",
        {
            "organization_id": ids["unit_pottery"],
            "base_id": ids["base_pottery"],
            "course_id": course["id"],
            "kind": "dream_course",
            "category": "social",
            "title": "梦想课程·捏一只碗",
            "min_grade": 1,
            "max_grade": 9,
            "credited_minutes": 90,
        },
    )
    starts = datetime.now(UTC) + timedelta(minutes=10)
    session = stage.call(
        token,
        "POST",
        "/sessions",
        {
            "activity_id": activity["id"],
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=2)).isoformat(),
            "capacity": 3,
        },
    )
    state = stage.call(token, "POST", f"/activities/{activity['id']}/submit")["state"]
    check(state == "submitted", "活动已提交审核")
    say("陶艺工坊", f"写好梦想课程“{activity['title']}”，3 个名额，已提交审核")
    return activity["id"], session["id"]


def approve(stage: Stage, activity_id: str, publisher: str) -> None:
    """The secretariat finds it in its inbox and approves; then the unit publishes."""
    token = stage.log_in("secretariat")
    inbox = stage.call(token, "GET", "/activities?state=submitted&limit=200")["items"]
    check(any(item["id"] == activity_id for item in inbox), "秘书处的待审列表里有这个活动")
    state = stage.call(token, "POST", f"/activities/{activity_id}/approve")["state"]
    check(state == "approved", "秘书处审核通过")
    say("秘书处", f"待审列表里有 {len(inbox)} 个活动，这一个审核通过")
    state = stage.call(publisher, "POST", f"/activities/{activity_id}/publish")["state"]
    check(state == "published", "活动已发布")
    say("陶艺工坊", "发布，家长现在可以预约")


def book(stage: Stage, session_id: str) -> str:
    """The mother books by thumb; the button pressed twice books once. Gives her login."""
    token = stage.log_in_by_phone("小南妈妈")
    me = stage.call(token, "GET", "/me")
    pupil = me["pupils"][0]
    clear_leftovers(stage, token, pupil["id"])
    say("小南妈妈", f"登录小程序，看到孩子：{pupil['name']}（{pupil['class_name']}）")
    body = {"session_id": session_id, "pupil_id": pupil["id"]}
    key = {"Idempotency-Key": uuid4().hex}
    first, second = (stage.call(token, "POST", "/bookings", body, **key) for _ in range(2))
    check(first == second, "连按两次，得到同一个预约")
    check(first["state"] == "confirmed", "有名额时立即录取")
    say("小南妈妈", first["message"])
    return token


def clear_leftovers(stage: Stage, token: str, pupil_id: str) -> None:
    """A story that was interrupted left a booking for right now: the mother gives it back."""
    path = f"/bookings?pupil_id={pupil_id}&state=confirmed&limit=200"
    for booking in stage.call(token, "GET", path)["items"]:
        headers = {"Authorization": f"Bearer {token}"}
        stage.api.post(f"/v1/bookings/{booking['id']}/cancel", json={}, headers=headers)


def check_in(stage: Stage) -> None:
    """Door staff scan the child's card with their own WeChat; scanning again changes nothing."""
    door = stage.phone("陶艺工坊·现场老师")["openid"]
    card = stage.scene("护照卡：小南")
    seen = stage.act(door, "scan", scene=card)
    text = seen["replies"][0]["text"] if seen["replies"] else str(seen)
    check("签到成功" in text, f"现场老师扫护照卡，签到成功（看到的是：{text}）")
    say("现场老师", text.replace("\n", "，"))
    again = stage.act(
        stage.phone("小南妈妈")["openid"], "scan", scene=stage.scene("基地：陶艺工坊")
    )
    text = again["replies"][0]["text"] if again["replies"] else str(again)
    check("已经签到过" in text, f"妈妈再扫海报，不会重复签到（看到的是：{text}）")
    say("小南妈妈", text.replace("\n", "，"))


def see_passport(stage: Stage, token: str, before: int) -> None:
    """One stamp more, and the message on the mother's phone."""
    pupil = stage.demo["ids"]["pupil_xiaonan"]
    page = stage.call(token, "GET", f"/pupils/{pupil}/passport")
    check(len(page["stamps"]) == before + 1, "护照正好多了一枚印章")
    say("小南", f"护照 {page['number']}：印章 {before} → {len(page['stamps'])} 枚")
    openid = stage.phone("小南妈妈")["openid"]
    say(
        "小南妈妈",
        stage.act(openid, "click", key="MY_PASSPORT")["replies"][0]["text"].splitlines()[1],
    )


def new_cards(stage: Stage, openid: str, after: int) -> list[dict[str, Any]]:
    return [
        message
        for message in stage.messages(openid)
        if message["kind"] == "template" and message["id"] > after
    ]


def play(stage: Stage) -> None:
    openid = stage.phone("小南妈妈")["openid"]
    shown = max((message["id"] for message in stage.messages(openid)), default=0)
    print("\n一、发布")
    publisher = stage.log_in("unit_publisher")
    activity_id, session_id = publish(stage, publisher)
    print("\n二、审核")
    approve(stage, activity_id, publisher)
    print("\n三、预约")
    token = book(stage, session_id)
    pupil = stage.demo["ids"]["pupil_xiaonan"]
    before = len(stage.call(token, "GET", f"/pupils/{pupil}/passport")["stamps"])
    cards = wait_for(lambda: new_cards(stage, openid, shown), "妈妈的手机收到预约通知")
    say("小南妈妈的手机", "收到" + "；".join(f"“{card['title']}”" for card in cards))
    print("\n四、签到")
    check_in(stage)
    print("\n五、护照和通知")
    see_passport(stage, token, before)
    cards = wait_for(
        lambda: [card for card in new_cards(stage, openid, shown) if "盖章" in card["title"]],
        "妈妈的手机收到盖章通知",
    )
    check(len(cards) == 1, "盖章通知只收到一次")
    lines = "，".join(f"{line['label']} {line['value']}" for line in cards[0]["data"])
    say("小南妈妈的手机", f"收到“{cards[0]['title']}”：{lines}")


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]) if arguments else ROOT / ".data" / "demo.json"
    if not path.exists():
        raise RefusalError("没有找到演示系统：请先在另一个窗口运行 python3 run.py。")
    demo = json.loads(path.read_text())
    base = os.environ.get("BASE_URL", demo["base_url"])
    with (
        httpx.Client(base_url=base, timeout=15, trust_env=False) as api,
        httpx.Client(base_url=demo["simulator_url"], timeout=30, trust_env=False) as phones,
    ):
        try:
            play(Stage(demo, api, phones))
        except httpx.TransportError as exc:
            raise RefusalError(
                "连不上演示系统：请先在另一个窗口运行 python3 run.py，等它显示地址后再试。"
            ) from exc
    print("\n故事讲完了：从发布到盖章，每一步都成立。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
