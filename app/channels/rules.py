"""What do the platform's error codes mean, in words for people? What is done about each: `wechat.policy`."""

from collections.abc import Sequence
from typing import NamedTuple

NOBODY, PLATFORM_ADMIN, SECRETARY, DEVELOPER = "不用处理", "平台管理员", "秘书处", "开发人员"


USED_UP = 45009  # the day's calls of an API


class Code(NamedTuple):
    """A refusal of the platform, and who must act."""

    meaning: str
    who: str


CODES: dict[int, Code] = {
    -1: Code("微信系统忙", NOBODY),
    40001: Code("访问令牌无效", PLATFORM_ADMIN),
    40002: Code("凭证类型不对", DEVELOPER),
    40003: Code("微信号不属于本账号", PLATFORM_ADMIN),
    40007: Code("素材编号无效或已过期", DEVELOPER),
    40013: Code("AppID 不对", PLATFORM_ADMIN),
    40014: Code("访问令牌无效", PLATFORM_ADMIN),
    40016: Code("一级菜单数量不对", DEVELOPER),
    40017: Code("菜单类型不对", DEVELOPER),
    40018: Code("菜单名称太长", DEVELOPER),
    40023: Code("二级菜单数量不对", DEVELOPER),
    40025: Code("二级菜单名称太长", DEVELOPER),
    40029: Code("登录凭证无效", NOBODY),
    40032: Code("一次给太多人打标签", DEVELOPER),
    40037: Code("模板编号不存在", PLATFORM_ADMIN),
    40097: Code("参数不对", DEVELOPER),
    40125: Code("AppSecret 不对", PLATFORM_ADMIN),
    40163: Code("登录凭证已用过", NOBODY),
    40164: Code("服务器地址不在白名单", PLATFORM_ADMIN),
    40241: Code("同样的消息一分钟内已发过", NOBODY),
    41001: Code("缺少访问令牌", PLATFORM_ADMIN),
    41030: Code("跳转页面不存在或未发布", DEVELOPER),
    42001: Code("访问令牌过期", NOBODY),
    42002: Code("刷新令牌过期", NOBODY),
    42003: Code("登录凭证过期", NOBODY),
    42007: Code("用户改过密码，需要重新授权", NOBODY),
    43004: Code("对方没有关注服务号", NOBODY),
    43019: Code("对方在黑名单里", NOBODY),
    43101: Code("对方没有订阅，或拒绝了订阅", NOBODY),
    43107: Code("订阅能力或模板被封", PLATFORM_ADMIN),
    43108: Code("同时给一个人发了两条", NOBODY),
    43116: Code("模板被封", PLATFORM_ADMIN),
    43117: Code("给这个人发得太密", NOBODY),
    44990: Code("调用太快", NOBODY),
    45002: Code("内容太长", DEVELOPER),
    45008: Code("图文内容太长", DEVELOPER),
    45009: Code("今天的次数用完了", SECRETARY),
    45011: Code("调用太快", NOBODY),
    45015: Code("对方 48 小时内没有来过消息", NOBODY),
    45047: Code("客服消息条数用完了", NOBODY),
    45056: Code("标签超过 100 个", SECRETARY),
    45058: Code("平台自带的标签不能改", DEVELOPER),
    45059: Code("这个人的标签超过 20 个", NOBODY),
    45065: Code("这条消息已发过", NOBODY),
    45066: Code("群发太快", NOBODY),
    45067: Code("群发编号太长", DEVELOPER),
    45103: Code("接口已下线", DEVELOPER),
    45109: Code("接口已下线", DEVELOPER),
    45157: Code("标签重名", PLATFORM_ADMIN),
    45158: Code("标签名称太长", SECRETARY),
    45159: Code("标签不存在", PLATFORM_ADMIN),
    45168: Code("含有敏感词", SECRETARY),
    46003: Code("还没有菜单", NOBODY),
    47001: Code("数据格式不对", DEVELOPER),
    47003: Code("模板字段不合规则", PLATFORM_ADMIN),
    48001: Code("账号没有这项权限", PLATFORM_ADMIN),
    48003: Code("账号没有这项权限", PLATFORM_ADMIN),
    48004: Code("接口因违规被封", SECRETARY),
    48006: Code("清零次数的机会用完了", NOBODY),
    49003: Code("微信号不属于本账号", PLATFORM_ADMIN),
    50002: Code("账号被限制", SECRETARY),
    50005: Code("对方没有关注服务号", NOBODY),
    61007: Code("账号没有这项权限", PLATFORM_ADMIN),
    61450: Code("微信系统忙", NOBODY),
    61451: Code("参数不对", DEVELOPER),
    61452: Code("参数不对", DEVELOPER),
    65301: Code("个性化菜单不存在", DEVELOPER),
    65303: Code("还没有默认菜单", DEVELOPER),
    65304: Code("个性化菜单没有条件", DEVELOPER),
    65316: Code("个性化菜单里的网址超过 3 个域名", DEVELOPER),
    65320: Code("个性化菜单的条件不允许", DEVELOPER),
    87014: Code("内容违规", SECRETARY),
    89503: Code("服务器地址等管理员确认", PLATFORM_ADMIN),
    89506: Code("服务器地址被管理员拒绝", PLATFORM_ADMIN),
    89507: Code("服务器地址今天被拒绝次数过多", PLATFORM_ADMIN),
}
MOST_TAGS, MOST_TAGS_A_PERSON, LONGEST_TAG = 100, 20, 30  # what the platform allows an account
TAGS_A_CALL = 50  # people tagged by one call


def tags_problem(names: Sequence[str]) -> str | None:
    """Why an account cannot have these tags, in words; None when it can."""
    if len(names) > MOST_TAGS:
        return (
            f"声明了 {len(names)} 个标签，服务号最多 {MOST_TAGS} 个。"
            "请把一部分学校接到另一个服务号，或合并成组别标签。"
        )
    if long := next((name for name in names if len(name) > LONGEST_TAG), None):
        return f"标签“{long}”有 {len(long)} 个字，最多 {LONGEST_TAG} 个字，请把名称改短。"
    if twice := next((name for name in names if names.count(name) > 1), None):
        return f"有两个标签都叫“{twice}”，名称不能重复。"
    return None


# What an API is for, beside its path.
APIS = {
    "/cgi-bin/menu/create": "菜单",
    "/cgi-bin/message/custom/send": "客服消息",
    "/cgi-bin/message/subscribe/bizsend": "订阅消息",
    "/cgi-bin/message/template/send": "模板消息",
    "/cgi-bin/qrcode/create": "二维码",
    "/cgi-bin/stable_token": "访问令牌",
}
OWN = {
    "account_halted": "账号暂时停用，等待处理",
    "breaker": "微信没有响应，稍后再试",
    "given_back": "还没有发，放回去重新排队",
    "field": "通知里的时间不是时间，没有发给微信",
    "internal_error": "系统内部错误",
    "kind_stopped": "这种通知的模板停用了",
    "merged": "和同类通知合并成了一条",
    "muted": "本人关闭了这类提醒",
    "no_account": "学区还没有接入服务号",
    "no_answer": "微信没有回音",
    "no_template": "这种通知没有模板",
    "no_token": "取不到访问令牌",
    "no_wechat": "没有绑定微信",
    "outcome_unknown": "不确定有没有送到",
    "platform_busy": "微信系统忙",
    "platform_down": "连不上微信",
    "quiet_hours": "夜间不打扰，早上再发",
}


def said(reason: str | None) -> str:
    """A delivery's reason as people read it; the platform's own words stay as they are."""
    if not reason:
        return ""
    head, _, field = reason.partition(":")
    number = head.removeprefix("platform_").replace("-", "", 1)
    if head.startswith("platform_") and number.isdigit():
        code = CODES.get(int(head.removeprefix("platform_")))
        words = code.meaning if code else "微信拒绝了"
        return f"{words}（{head.removeprefix('platform_')}{'，字段 ' + field if field else ''}）"
    return OWN[head] + (f"（{field}）" if field else "") if head in OWN else reason
