"""A whole class goes through its school and the unit before its families hear of it."""

from datetime import UTC, datetime, timedelta

from app.dev.story.stage import Stage, check, say, wait_for
from app.dev.story.units import call_off, published

TITLE = "整班走进陶艺工坊"
CHILDREN = 38


def play(stage: Stage) -> None:
    """The teacher drafts with a roster, the head confirms, the unit accepts."""
    print("\n七、整班预约")
    call_off(stage, TITLE)
    starts = (datetime.now(UTC) + timedelta(days=50)).replace(hour=1, minute=0)
    _, (session_id,) = published(stage, TITLE, [(starts, 45)], {"mode": "class"})
    teacher, class_id = stage.log_in("class_teacher"), stage.demo["ids"]["class_xiaonan"]
    listed = stage.call(teacher, "GET", f"/people?class_id={class_id}&limit=200")["items"]
    mine = stage.demo["ids"]["pupil_xiaonan"]
    # 小南 is among them: her mother's phone shows what families see.
    going = sorted((child["id"] for child in listed), key=lambda one: one != mine)[:CHILDREN]
    body = {
        "session_id": session_id,
        "class_id": class_id,
        "adults": 4,
        "bus_note": "大巴一辆，8:20 校门口出发",
        "pupil_ids": going,
    }
    drafted = stage.call(teacher, "POST", "/class-bookings", body)
    path, page = f"/class-bookings/{drafted['id']}", f"/console/class-bookings/{drafted['id']}"
    say("叶老师", f"为 {len(going)} 名学生占住名额，4 名大人带队，请学校确认")
    head = stage.log_in("school_admin")
    check("学校最晚确认" in stage.page(head, page), "学校看得到最晚确认的时间")
    stage.send(head, f"{page}/confirm", {})
    say("叶城小学联系人", "在管理台确认，系统请单位答复")
    unit = stage.log_in("unit_publisher")
    check("单位最晚答复" in stage.page(unit, page), "单位看得到最晚答复的时间")
    shown = stage.last_card("小南妈妈")
    stage.send(unit, f"{page}/accept", {})
    check(stage.call(teacher, "GET", path)["state"] == "accepted", "整班预约已约好")
    taken = stage.call(unit, "GET", f"/sessions/{session_id}")
    check(taken["seats_left"] == 45 - len(going), "正好占了全班的名额")
    say("陶艺工坊", f"接受这个班，{len(going)} 个名额定下，还剩 {taken['seats_left']} 个")
    cards = wait_for(lambda: stage.new_cards("小南妈妈", shown), "小南妈妈的手机收到整班预约的通知")
    say("小南妈妈的手机", f"收到“{cards[0]['title']}”")
    stage.call(teacher, "POST", f"{path}/release", {"reason": "故事讲完了"})
    call_off(stage, TITLE)
