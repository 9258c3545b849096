"""From a draft to a stamp: publish, review, book, scan, passport."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.dev.story.stage import Stage, check, say, wait_for


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


def play(stage: Stage) -> None:
    """The first chapter, in five steps."""
    shown = stage.last_card("小南妈妈")
    print("\n一、发布")
    publisher = stage.log_in("unit_publisher")
    activity_id, session_id = publish(stage, publisher)
    print("\n二、审核")
    approve(stage, activity_id, publisher)
    print("\n三、预约")
    token = book(stage, session_id)
    pupil = stage.demo["ids"]["pupil_xiaonan"]
    before = len(stage.call(token, "GET", f"/pupils/{pupil}/passport")["stamps"])
    cards = wait_for(lambda: stage.new_cards("小南妈妈", shown), "妈妈的手机收到预约通知")
    say("小南妈妈的手机", "收到" + "；".join(f"“{card['title']}”" for card in cards))
    print("\n四、签到")
    check_in(stage)
    print("\n五、护照和通知")
    see_passport(stage, token, before)
    cards = wait_for(
        lambda: [card for card in stage.new_cards("小南妈妈", shown) if "章" in card["title"]],
        "妈妈的手机收到盖章通知",
    )
    check(len(cards) == 1, "盖章通知只收到一次")
    lines = "，".join(f"{line['label']} {line['value']}" for line in cards[0]["data"])
    say("小南妈妈的手机", f"收到“{cards[0]['title']}”：{lines}")
