"""The secretariat writes to all families; a second person says yes; one goes out, one is stopped."""

import time
from typing import Any

from app.dev.story.stage import Stage, check, say, wait_for

TITLE, SECOND_TITLE = "下周三提前放学", "请勿外传的草稿"
STOPPED_WITHIN_SECONDS = 2.0


def play(stage: Stage) -> None:
    """Write, approve by the council, reach everybody, read, list who was not reached, stop another."""
    print("\n十一、公告")
    office, council = stage.log_in("secretariat"), stage.log_in("council")
    last = stage.last_card("小南妈妈")
    path = _written(stage, office, TITLE)
    shown = stage.call(office, "GET", f"{path}/preview")
    check(shown["people"] > 200 and shown["needs_second"], "发给全学区家长要第二个人批准")
    say("秘书处", f"写好“{TITLE}”，按条件现在是 {shown['people']} 位家长，提交审批")
    stage.call(office, "POST", f"{path}/submit")
    yes = {"digest": stage.call(council, "GET", f"{path}/preview")["digest"]}
    refused = stage.api.post(
        f"/v1{path}/approve", json=yes, headers={"Authorization": f"Bearer {office}"}
    )
    check(refused.json()["code"] == "announcement.own", "写的人不能自己批准")
    row = stage.call(council, "POST", f"{path}/approve", yes)
    say("理事会成员", f"看过正文和人数，批准；{row['people']} 位收件人定下，进入冷静期")
    other = _approved(stage, office, council)
    say("秘书处", "又批准了一条，马上后悔，按“停止”")
    began = time.monotonic()
    stage.call(office, "POST", f"{other}/stop")
    check(time.monotonic() - began < STOPPED_WITHIN_SECONDS, "停止在 2 秒内生效")
    done = wait_for(lambda: _done(stage, office, path), "公告发完")
    places = stage.call(office, "GET", f"{path}/receipts")["items"]
    sent = sum(one["sent"] for one in places)
    check(sent == done["people"] == row["people"], "每位收件人都送到了站内")
    say("系统", f"站内送到 {sent} 位家长，{len(places)} 所学校；服务号群发一次图文，没有用模板消息")
    phone = stage.phone("小南妈妈")["openid"]
    reported = wait_for(lambda: _reported(stage, office, path), "微信报告图文发完")
    if found := _articles(stage, phone, last):
        check(found[0]["title"] == TITLE, "图文就是这条公告")
        say("小南妈妈的手机", f"服务号图文“{found[0]['title']}”")
    else:  # told five times in a month: the platform shows four articles
        check(reported["article_counts"]["failed"] > 0, "微信没送到的人数写在回执里")
        say("系统", "本月图文已满 4 次，微信不再显示；站内通知照样送到")
    mother = stage.log_in_by_phone("小南妈妈")
    letter = stage.page(mother, f"/m{path}")
    check("15:30" in letter, "点“阅读原文”看得到正文")
    say("小南妈妈", "打开图文，点“阅读原文”，就算已读")
    page = stage.page(office, f"/console{path}")
    check("没有绑定微信" in page, "页面用大白话说谁没有收到、为什么")
    unbound = sum(one["unbound"] for one in places)
    say("秘书处", f"在回执页看到 {unbound} 位没有绑定微信，请学校打印未读名单")
    stopped = stage.call(office, "GET", other)
    nobody = stage.call(office, "GET", f"{other}/receipts")["items"]
    check(stopped["state"] == "stopped", "停止的那条没有发")
    check(sum(one["sent"] for one in nobody) == 0, "停止的那条一个人也没收到")
    say("秘书处", "停止的那条，一个人也没有收到")


def _written(stage: Stage, office: str, title: str) -> str:
    body = {
        "title": title,
        "body": "各位家长：\n下周三下午全区教研，15:30 放学，请按时到校门口接孩子。",
        "audience": {"roles": ["guardian"]},
        "urgent": True,  # also at night, when somebody tells this story
    }
    row = stage.call(office, "POST", "/announcements", body)
    return f"/announcements/{row['id']}"


def _approved(stage: Stage, office: str, council: str) -> str:
    path = _written(stage, office, SECOND_TITLE)
    stage.call(office, "POST", f"{path}/submit")
    yes = {"digest": stage.call(council, "GET", f"{path}/preview")["digest"]}
    stage.call(council, "POST", f"{path}/approve", yes)
    return path


def _done(stage: Stage, office: str, path: str) -> Any:
    row = stage.call(office, "GET", path)
    return row if row["state"] == "done" else None


def _reported(stage: Stage, office: str, path: str) -> Any:
    row = stage.call(office, "GET", path)
    return row if row["article_state"] in ("finished", "failed") else None


def _articles(stage: Stage, openid: str, after: int) -> list[dict[str, Any]]:
    return [one for one in stage.messages(openid) if one["via"] == "mass" and one["id"] > after]
