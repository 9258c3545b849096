"""What do we say in the chat? Every sentence of the conversation, and how a reply is written."""

import json
import time
from collections.abc import Sequence

from app.attendance.service import NO_PHOTO, Outcome
from app.kit.clock import say_moment
from app.passports.schemas import PassportPage

NOTHING = ""  # the platform's "no reply": acknowledged, nothing shown
WELCOME = (
    "欢迎来到“吾创吾品”！\n在这里可以为孩子选活动、扫码签到、收集游学护照的印章。\n\n"
    "第一次使用，请回复：绑定 绑定码 孩子姓名\n绑定码在学校发的绑定信上。"
)
# A stranger at a base's door: the poster is remembered.
BIND_THEN_CHECK_IN = (
    "您已到基地门口，还没有绑定孩子。\n请回复：绑定 绑定码 孩子姓名\n绑定码在学校发的绑定信上。"
    "绑定以后自动为孩子签到，不用再扫一次。"
)
WELCOME_BACK = "欢迎回来！点击下方菜单查看活动、预约和护照。"
HELP = (
    "您可以这样用：\n· 点菜单“活动”看近期可预约的活动\n· 到了基地，点“扫码签到”扫海报上的码\n"
    "· 回复“护照”看印章，回复“预约”看已约的活动\n· 有几个孩子的，回复“孩子”选看哪一个\n"
    "· 回复“绑定 绑定码 孩子姓名”绑定孩子\n· 老师和单位回复“今天”看今天的活动"
)
BUSY = "系统正忙，刚才的操作没有成功，请稍后再试一次。"
NO_ACTIVITIES = "近期没有可预约的活动，过几天再来看看吧。"
NO_BOOKINGS = "还没有预约。点菜单“活动”看看有什么感兴趣的吧。"
NO_PASSPORT = "{name}还没有游学护照，请联系学校发放。"
BIND_USAGE = "请按这个格式回复：绑定 绑定码 孩子姓名\n例如：绑定 ABCDEFGHJK 小南"
NOTHING_TODAY = "今天没有活动，可以喘口气。"
NOTHING_WAITING = "没有等您处理的事，一切正常。"
NOT_A_CODE = "没有读到二维码内容，请重新扫一次。"


def say_staff_bound(name: str) -> str:
    return f"绑定成功，{name}。以后工作上的通知会发到这里；点菜单就能看今天的活动和待办事项。"


def say_bound(pupil_name: str) -> str:
    return f"绑定成功！您现在可以为{pupil_name}预约活动、查看护照了。"


def say_children(lines: Sequence[str], chosen: int | None) -> str:
    """One child is told; several are numbered, and the next number chooses."""
    if len(lines) == 1:
        return lines[0]
    marked = [
        f"{number} {line}{'（正在看）' if number == chosen else ''}"
        for number, line in enumerate(lines, 1)
    ]
    return "\n".join(("您的孩子：", *marked, "回复序号，只看这个孩子的护照和预约；回复 0 一起看。"))


def say_chosen(name: str | None) -> str:
    if name is None:
        return "好的，接下来一起看所有孩子的护照和预约。"
    return f"好的，接下来看{name}的护照和预约。想换一个，回复“孩子”。"


def say_today(rows: Sequence[tuple[str, str, str, int, int, str]]) -> str:
    """`rows`: title, base, moment, expected, arrived, address of the door's page."""
    if not rows:
        return NOTHING_TODAY
    parts = ["今天的活动："]
    for title, base, moment, expected, arrived, door in rows:
        parts.append(f"· {title}（{base}）{moment}\n  应到 {expected} 人，已到 {arrived} 人")
        if door:
            parts.append(f"  现场链接：{door}")
    return "\n".join(parts)


def say_waiting(titles: Sequence[str], counts: Sequence[tuple[int, str]], where: str) -> str:
    """`titles`: the lines of the operations inbox; `counts`: reviews that wait, and of what."""
    lines = [f"· {number} {words}" for number, words in counts if number]
    if titles:
        named = "、".join(dict.fromkeys(titles[:3]))
        lines.append(f"· {len(titles)} 件平台的事：{named}{'等' if len(titles) > 3 else ''}")
    return "\n".join(("等您处理：", *lines, f"打开工作台：{where}")) if lines else NOTHING_WAITING


def say_outcome(outcome: Outcome, stamps: int | None) -> str:
    """The door's answer: a repeat is no error for a child."""
    visit = outcome.visit
    if outcome.refusal is not None or visit is None or outcome.arrived_at is None:
        return outcome.refusal.text() if outcome.refusal else BUSY
    when = say_moment(outcome.arrived_at)
    place = f"{visit.title}（{visit.base_name}）"
    warning = f"\n{NO_PHOTO}" if outcome.no_photo else ""
    if outcome.again:
        return f"{visit.pupil_name}已经签到过了：{place}，{when}。不用重复扫码。{warning}"
    lines = [f"{visit.pupil_name}签到成功！", place, when]
    if stamps:
        lines.append(f"游学护照已有 {stamps} 枚印章。")
    return "\n".join(lines) + warning


def say_activities(rows: Sequence[tuple[str, str, int]]) -> str:
    """`rows`: title, moment, seats left."""
    if not rows:
        return NO_ACTIVITIES
    lines = [
        f"· {title}\n  {moment}，{f'余 {left} 个名额' if left else '已满，可候补'}"
        for title, moment, left in rows
    ]
    return "近期可预约的活动：\n" + "\n".join(lines)


def say_bookings(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """`rows`: pupil, title, moment, state word."""
    if not rows:
        return NO_BOOKINGS
    return "已约的活动：\n" + "\n".join(
        f"· {pupil}：{title}\n  {moment}（{state}）" for pupil, title, moment, state in rows
    )


def say_passport(page: PassportPage) -> str:
    """The cover and the three newest stamps; the rest is on the passport's own page."""
    newest = "\n".join(
        f"· {stamp.title}（{stamp.base_name}）{say_moment(stamp.awarded_at)}"
        for stamp in page.stamps[:3]
    )
    lines = [
        f"{page.pupil_name}的游学护照 {page.number}",
        f"印章 {len(page.stamps)} 枚，累计 {page.total_minutes} 分钟",
    ]
    return "\n".join([*lines, newest] if newest else [*lines, "还没有印章，去参加第一次活动吧！"])


def _cdata(text: str) -> str:
    """CDATA with `]]>` split, so that nobody's words can add elements to our reply."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(openid: str, original_id: str, content: str, *, as_json: bool = False) -> str:
    """A passive text reply, in the language of the push; the platform takes at most 2,048 bytes."""
    if not content:
        return NOTHING
    content = _at_most(content, 2000)
    if as_json:
        fields = {
            "ToUserName": openid,
            "FromUserName": original_id,
            "CreateTime": int(time.time()),
            "MsgType": "text",
            "Content": content,
        }
        return json.dumps(fields, ensure_ascii=False)
    return (
        f"<xml><ToUserName>{_cdata(openid)}</ToUserName>"
        f"<FromUserName>{_cdata(original_id)}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType>{_cdata('text')}</MsgType><Content>{_cdata(content)}</Content></xml>"
    )


def _at_most(content: str, limit: int) -> str:
    data = content.encode()
    if len(data) <= limit:
        return content
    return data[: limit - 3].decode(errors="ignore") + "…"
