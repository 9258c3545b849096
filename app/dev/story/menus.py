"""Each role sees its own menu, a father of two chooses a child, a menu changed by hand is put right."""

from functools import partial
from typing import Any

from app.dev.story.stage import Stage, check, say, wait_for

# Whose phone → what its menu has at the bottom, left to right.
SHOWN = {
    "小南妈妈": ["活动", "扫码签到", "孩子"],
    "叶老师": ["带队", "扫码签到", "我的"],
    "陶艺工坊·发布员": ["现场", "扫码签到", "我的"],
    "秘书处值班员": ["工作", "扫码签到", "我的"],
}
DEFAULT = ["活动", "扫码签到", "我的"]


def play(stage: Stage) -> None:
    """Look at four phones, ask as each, change the menu by hand, restore it."""
    print("\n十二、各看各的菜单")
    for name, wanted in SHOWN.items():
        openid = stage.phone(name)["openid"]
        wait_for(partial(_shows, stage, openid, wanted), f"{name}的手机显示自己的菜单")
        page = stage.phones.get(f"/sim/phones/{openid}").text
        check(all(f">{word}<" in page for word in wanted), f"{name}的手机页面上有这些按钮")
        tags = stage.phones.get(f"/sim/api/phones/{openid}/tags").json()
        say(f"{name}的手机", f"菜单是“{'｜'.join(wanted)}”，标签 {'、'.join(tags)}")
    stranger = stage.phones.post("/sim/api/phones", json={"name": "路过的人"}).json()["openid"]
    try:
        welcome = _said(stage.act(stranger, "follow"))
        check(_menu(stage, stranger) == DEFAULT, "没有绑定的人看到默认菜单")
        check("绑定" in welcome, "欢迎语说怎么绑定")
        say("路过的人的手机", f"刚关注，看到默认菜单“{'｜'.join(DEFAULT)}”")
    finally:
        stage.phones.delete(f"/sim/api/phones/{stranger}")
    _ask(stage)
    _restore(stage)


def _ask(stage: Stage) -> None:
    teacher = stage.phone("叶老师")["openid"]
    say("叶老师", f"点“今天的活动”：{_line(stage.act(teacher, 'click', key='今天的活动'))}")
    unit = stage.phone("陶艺工坊·发布员")["openid"]
    today = _said(stage.act(unit, "click", key="今天的活动"))
    number = today.count("应到")
    check(number == today.count("/door"), "资源单位今天的每个场次都有现场链接")
    say("陶艺工坊·发布员", f"点“今天的活动”：{number} 场，各写应到几人、已到几人，带现场链接")
    office = stage.phone("秘书处值班员")["openid"]
    say("秘书处值班员", f"点“待办事项”：{_line(stage.act(office, 'click', key='待办事项'))}")
    father = stage.phone("双胞胎爸爸")["openid"]
    listed = _said(stage.act(father, "click", key="切换孩子"))
    check("1 " in listed and "2 " in listed, "两个孩子都列出来，带序号")
    chosen = _said(stage.act(father, "text", text="2"))
    passport = _said(stage.act(father, "click", key="游学护照"))
    check(passport.count("的游学护照") == 1, "选定以后只回答这个孩子")
    say("双胞胎爸爸", f"点“切换孩子”，回复 2：{chosen}")
    stage.act(father, "click", key="切换孩子")
    check("所有孩子" in _said(stage.act(father, "text", text="0")), "回复 0 又一起看")


def _restore(stage: Stage) -> None:
    """Somebody with the same secret publishes another menu in the platform's console."""
    keys = stage.demo["wechat"]
    wanted = {"grant_type": "client_credential", "appid": keys["appid"], "secret": keys["secret"]}
    token = stage.phones.post("/cgi-bin/stable_token", json=wanted).json()["access_token"]
    other = {"button": [{"type": "click", "name": "限时优惠", "key": "SALE"}]}
    done = stage.phones.post(f"/cgi-bin/menu/create?access_token={token}", json=other).json()
    check(done["errcode"] == 0, "菜单被人在公众平台改了")
    office = stage.log_in("secretariat")
    accounts = stage.call(office, "GET", "/channel-accounts")["items"]
    account = next(one for one in accounts if one["kind"] == "service_account")
    stage.send(office, f"/console/channel-health/{account['id']}/restore", {})
    pupil = stage.phone("小星")["openid"]
    wait_for(partial(_shows, stage, pupil, DEFAULT), "按声明恢复了默认菜单")
    say("秘书处", "默认菜单被人改成“限时优惠”，在“账号健康”点“按声明恢复”，改回来了")


def _shows(stage: Stage, openid: str, wanted: list[str]) -> bool:
    return _menu(stage, openid) == wanted


def _menu(stage: Stage, openid: str) -> list[str]:
    return [one["name"] for one in stage.phones.get(f"/sim/api/phones/{openid}/menu").json()]


def _said(outcome: Any) -> str:
    return "\n".join(str(reply["text"]) for reply in outcome["replies"])


def _line(outcome: Any) -> str:
    lines = _said(outcome).splitlines()
    return "，".join(line.strip("· ") for line in lines[1:3]) or lines[0]
