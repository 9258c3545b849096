"""Permanent names of the channel accounts, of the ways to a person, and of what needs a person."""

from dataclasses import dataclass
from enum import StrEnum

from app.kit.states import StoredEnum

SERVICE_ACCOUNT, MINIPROGRAM = "service_account", "miniprogram"
# Jobs; run by the worker, which knows the platform.
PUSH_DECLARED = "channels.push_menu"  # menus and tags; the name is older than the tags
TAG_FOLLOWERS = "channels.tag_followers"
LEARN_PHONE = "channels.learn_phone"


class Way(StrEnum):
    """How a message goes; in this order they are tried (`ROUTE`), and each is told in the delivery."""

    REPLY = "reply"  # in the answer to what the person has just done
    CUSTOMER = "customer"  # a customer message, shortly after the person wrote or tapped
    TEMPLATE = "template"
    GRANT = "grant"  # a subscription message: one tap of the person, one message
    INBOX = "inbox"  # only in our own inbox; the school's list names the person


ROUTE = (Way.CUSTOMER, Way.TEMPLATE, Way.GRANT, Way.INBOX)
ONCE = (Way.CUSTOMER, Way.GRANT)  # the platform keeps no memory of these: never sent twice


class ItemKind(StoredEnum):
    """What lands in the operations inbox. Permanent names."""

    ACCOUNT_RESTRICTED = "account_restricted"
    ACCOUNT_VERIFY = "account_verify"
    ADDRESS_REFUSED = "address_refused"
    DECLARED_DRIFT = "declared_drift"
    IDENTITY_CHANGED = "identity_changed"
    MINIPROGRAM_REVIEW = "miniprogram_review"
    NOT_REACHED = "not_reached"
    OPENIDS_STRANGE = "openids_strange"
    PAGE_REFUSED = "page_refused"
    QUOTA_LOW = "quota_low"
    QUOTA_USED = "quota_used"
    SECRET_REFUSED = "secret_refused"  # noqa: S105 - the name of a kind
    TEMPLATE_BANNED = "template_banned"
    TEMPLATE_FIELD = "template_field"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - the name of a kind
    WAY_FORBIDDEN = "way_forbidden"


@dataclass(frozen=True)
class ItemRow:
    """What has happened, and what somebody should do, as a secretary reads it."""

    title: str
    sentence: str
    remedy: str


ITEMS: dict[ItemKind, ItemRow] = {
    ItemKind.ACCOUNT_RESTRICTED: ItemRow(
        "账号被平台限制",
        "微信对账号作了处罚或限制，部分消息发不出去。",
        "登录公众平台的“通知中心”看处罚原因，按要求整改或申诉；处理完后在这里点“已处理”。",
    ),
    ItemKind.ACCOUNT_VERIFY: ItemRow(
        "账号认证或备案",
        "微信通知了账号认证、年审、名称或资质的进展；年审过期后模板消息会停。",
        "登录公众平台的“微信认证”，在到期前完成年审（每年 300 元）或按失败原因补材料。",
    ),
    ItemKind.ADDRESS_REFUSED: ItemRow(
        "服务器地址不在白名单",
        "微信拒绝了来自本服务器出口地址的调用，消息都发不出去。",
        "在公众平台“设置与开发 › 基本配置 › IP 白名单”里加上服务器的出口地址，管理员扫码确认。",
    ),
    ItemKind.DECLARED_DRIFT: ItemRow(
        "公众平台上的设置被改过",
        "菜单、标签或模板和系统里声明的不一样，多半是有人在公众平台后台改的。",
        "到“账号健康”看哪里不同：菜单和标签点“按声明恢复”，模板请在公众平台重新选用；恢复一致后这一行自动消失。",
    ),
    ItemKind.IDENTITY_CHANGED: ItemRow(
        "微信号的主人对不上",
        "同一个微信号现在报来的身份和绑定时的不一样，系统没有改动绑定，也没有让它登录。",
        "请学校核实这位家长，确认后在孩子页面解绑旧微信，再发绑定码重新绑定；多人同时出现时，"
        "请管理员核对服务号和小程序是否还绑在同一个开放平台账号下。",
    ),
    ItemKind.MINIPROGRAM_REVIEW: ItemRow(
        "小程序审核",
        "微信通知了小程序版本、类目、隐私指引或名称的审核结果。",
        "登录小程序后台看审核详情；没有通过的按原因修改后重新提交。",
    ),
    ItemKind.NOT_REACHED: ItemRow(
        "有家长没有收到重要通知",
        "有重要通知没有一条途径能送到这些家长的手机，只留在站内通知里。",
        "打开“未送达名单”，请学校打电话或当面告知，再点“已电话告知”；都告知后这一行自动关闭。",
    ),
    ItemKind.OPENIDS_STRANGE: ItemRow(
        "平台不认识一些微信号",
        "微信说这些微信号不属于本服务号，系统不再往那里发，改走其他途径；可能是换过服务号。",
        "只是个别人的话，请家长重新关注服务号；一下子很多，请管理员核对接入的 AppID。",
    ),
    ItemKind.PAGE_REFUSED: ItemRow(
        "通知里的链接打不开",
        "平台不接受这种通知带的页面，系统已去掉链接重新发出，家长收到的通知点不开详情。",
        "请开发人员核对 BASE_URL 和小程序里已发布的页面。",
    ),
    ItemKind.QUOTA_LOW: ItemRow(
        "今天的调用次数快用完了",
        "某个接口今天的次数已用到八成以上。",
        "今天不要再群发不急的通知；经常这样就在公众平台申请提高上限。",
    ),
    ItemKind.QUOTA_USED: ItemRow(
        "今天的调用次数用完了",
        "某个接口今天的次数已用完，系统停用它到零点；急的通知改走其他途径，其余等到明早。",
        "不用操作，零点后自动恢复；急事请打电话。经常这样就申请提高上限。",
    ),
    ItemKind.SECRET_REFUSED: ItemRow(
        "账号密钥不对",
        "微信不接受系统里保存的 AppID 或 AppSecret，消息都发不出去；可能有人重置过密钥。",
        "请管理员在公众平台“基本配置”查看或重置 AppSecret，再在系统里更新账号。",
    ),
    ItemKind.TEMPLATE_BANNED: ItemRow(
        "模板停用",
        "平台不再接受这种通知的模板（被封、被删或类目没了），系统已改走其他途径。",
        "在公众平台“模板消息”里重新选用模板并更新编号，然后在这里点“恢复使用”。",
    ),
    ItemKind.TEMPLATE_FIELD: ItemRow(
        "模板字段对不上",
        "平台说通知里的某个字段不合规则，这些通知没有发出。",
        "请管理员核对模板的字段和系统里的对应关系；改好后到“通知投递”重新发送。",
    ),
    ItemKind.TOKEN_REFUSED: ItemRow(
        "访问令牌反复失效",
        "刚取的令牌马上又被平台判为无效，多半是另一套系统在用同一个密钥。",
        "请管理员确认没有别的程序（包括测试系统）使用本账号的 AppSecret，必要时重置密钥。",
    ),
    ItemKind.WAY_FORBIDDEN: ItemRow(
        "账号没有这项权限",
        "微信说账号没有这种消息的权限，系统已改走其他途径。",
        "确认账号已认证、类目已开通；开通后在这里点“恢复使用”。",
    ),
}
