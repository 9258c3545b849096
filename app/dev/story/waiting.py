"""The last place is given back, and the next in the queue has it at once."""

from datetime import UTC, datetime, timedelta

from app.dev.story.stage import Stage, check, say, wait_for
from app.dev.story.units import call_off, published

TITLE = "泥塑小动物（一个名额）"


def play(stage: Stage) -> None:
    """Two families, one place, the day before: who waits is told within seconds."""
    print("\n六、候补")
    call_off(stage, TITLE)
    starts = datetime.now(UTC) + timedelta(hours=20)
    _, (session_id,) = published(stage, TITLE, [(starts, 1)], {})
    father, mother = stage.log_in_by_phone("小舟爸爸"), stage.log_in_by_phone("小禾妈妈")
    ids = stage.demo["ids"]
    booked = [
        stage.call(token, "POST", "/bookings", {"session_id": session_id, "pupil_id": ids[pupil]})
        for token, pupil in ((father, "pupil_xiaozhou"), (mother, "pupil_xiaohe"))
    ]
    check(booked[0]["state"] == "confirmed", "唯一的名额给了先报的小舟")
    check((booked[1]["state"], booked[1]["position"]) == ("waitlisted", 1), "小禾候补第 1 位")
    say("小舟爸爸", booked[0]["message"])
    say("小禾妈妈", booked[1]["message"])
    shown = stage.last_card("小禾妈妈")
    stage.call(father, "POST", f"/bookings/{booked[0]['id']}/cancel", {"reason": "临时有事"})
    say("小舟爸爸", "临时有事，取消了预约")
    now = stage.call(mother, "GET", f"/bookings/{booked[1]['id']}")
    check(now["state"] == "confirmed", "取消的同时，小禾已经录取")
    cards = wait_for(
        lambda: [
            card for card in stage.new_cards("小禾妈妈", shown) if "候补成功" in card["title"]
        ],
        "小禾妈妈的手机收到候补成功的通知",
    )
    say("小禾妈妈的手机", f"收到“{cards[0]['title']}”")
    call_off(stage, TITLE)
