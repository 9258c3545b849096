"""A template is banned half-way: the rest takes the next way; whom no way reaches, somebody rings up."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from app.dev.refusals import RefusalError
from app.dev.story.stage import Stage, check, say, wait_for
from app.dev.story.units import published
from app.dev.story.visit import clear_leftovers

TITLE = "泥土课堂（改期演练）"
TWO = ("小南妈妈", "小南外婆")
CUSTOMER = "/cgi-bin/message/custom/send"
CHANGED, CANCELLED = "activity_changed", "booking_cancelled"


def play(stage: Stage) -> None:
    """Book and tap 通知我, move twice with a ban between, call off, telephone, put all in order."""
    print("\n十二、谁没有收到")
    office = stage.log_in("secretariat")
    try:
        _told(stage, office)
    finally:
        stage.phones.delete("/sim/api/faults")
        for kind in (CHANGED, CANCELLED):
            _ban(stage, kind, banned=False)
            _resume(stage, office, kind)


def _told(stage: Stage, office: str) -> None:
    unit = stage.log_in("unit_publisher")
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    _, (session_id,) = published(stage, TITLE, [(starts, 5)], {})
    mother, granny = (stage.log_in_by_phone(name) for name in TWO)
    pupil = stage.demo["ids"]["pupil_xiaonan"]
    clear_leftovers(stage, mother, pupil)
    stage.call(mother, "POST", "/bookings", {"session_id": session_id, "pupil_id": pupil})
    for name, token in zip(TWO, (mother, granny), strict=True):
        page = stage.page(token, "/m/bookings")
        templates = re.findall(r'data-templates="([^"]+)"', page)
        check(templates, "预约页上有“通知我”")
        change, cancellation = templates[0].split(",")[:2]
        _tap(stage, name, change, "accept")
        _tap(stage, name, cancellation, "off")  # what somebody may have tapped before the story
    say("小南妈妈、外婆", "在预约页点“通知我”，各订一次“活动有变动”")
    # Whoever has just chatted would be told there; here the templates are to be seen.
    fault = {"path": CUSTOMER, "errcode": 45047, "times": None}
    stage.phones.post("/sim/api/faults", json=fault)
    first = _moved(stage, unit, session_id, starts + timedelta(hours=1))
    check({way for way, _ in first} == {"template"}, "第一次改期，两人都收到模板消息")
    say("陶艺工坊", "改期；两位家长都收到服务号的模板消息")
    _ban(stage, CHANGED, banned=True)
    second = _moved(stage, unit, session_id, starts + timedelta(hours=2))
    check({way for way, _ in second} == {"subscribe"}, "模板被封，改走订阅消息，一条不丢")
    say("微信平台", "封了“活动变动”的模板")
    say("系统", "发到一半发现模板被封，后面的改走订阅消息，两位家长都收到，一条不丢")
    page = stage.page(office, "/console/operations")
    check("模板停用" in page, "运营收件箱告诉秘书处模板停用")
    _ban(stage, CANCELLED, banned=True)
    stage.call(unit, "POST", f"/sessions/{session_id}/cancel", {"reason": "窑坏了"})
    _telephone(stage, office)


def _moved(
    stage: Stage, unit: str, session_id: str, starts: datetime
) -> list[tuple[str, dict[str, Any]]]:
    """The unit moves the session; how each of the two learns of it: (way, message)."""
    before = {name: stage.last_card(name) for name in TWO}
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=1)}
    body = {name: moment.isoformat() for name, moment in times.items()}
    stage.call(unit, "POST", f"/sessions/{session_id}/move", body)

    def arrived() -> list[tuple[str, dict[str, Any]]]:
        found = [
            (str(one["via"]), one)
            for name, last in before.items()
            for one in stage.messages(stage.phone(name)["openid"])
            if one["id"] > last and one["kind"] == "template" and "变动" in one["title"]
        ]
        return found if len(found) == len(TWO) else []

    messages: list[tuple[str, dict[str, Any]]] = wait_for(arrived, "两位家长都收到变动的通知")
    return messages


def _telephone(stage: Stage, office: str) -> None:
    """Cancelled, its template banned too and nobody had tapped for it: the school rings up."""
    teacher = stage.log_in("class_teacher")

    def listed() -> list[str]:
        page = stage.page(teacher, "/console/unreached?names=0")
        return re.findall(r'name="id" value="([^"]+)" aria-label="[^"]*小\* ', page)

    rows = wait_for(listed, "小南家出现在班主任的未送达名单上")
    page = stage.page(teacher, "/console/unreached")
    check("小南" not in page, "名单上的名字是遮住的")
    say("班主任", "未送达名单上有“小*”：预约已取消，模板被封；打电话告诉小南妈妈，点“已电话告知”")
    stage.send(teacher, "/console/unreached/told", {"id": rows})
    told = stage.page(office, "/console/unreached?told=1")
    check("已电话告知" in told, "秘书处看得到谁在什么时候告知的")
    say("秘书处", "看到班主任已告知；换好模板，在运营收件箱点“恢复使用”")


def _tap(stage: Stage, name: str, template: str, answer: str) -> None:
    openid = stage.phone(name)["openid"]
    stage.act(openid, "subscribe", template_id=template, answer=answer)


def _ban(stage: Stage, kind: str, *, banned: bool) -> None:
    template = f"demo-{kind.replace('_', '-')}"
    answer = stage.phones.post(f"/sim/api/templates/{template}", json={"banned": banned})
    if not answer.is_success:
        raise RefusalError(f"模拟器不接受模板 {template}：{answer.text[:200]}")


def _resume(stage: Stage, office: str, kind: str) -> None:
    """Whatever stands of it; nothing stopped is fine, too."""
    headers = {"Authorization": f"Bearer {office}"}
    body = {"way": "template", "kind": kind}
    stage.api.post("/v1/channel-stops/resume", json=body, headers=headers)
