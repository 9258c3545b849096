"""What stands in the left menu? Only what the role may open."""

from dataclasses import dataclass

from app.kit.context import Ctx
from app.web.console.screens import LISTINGS

# Pages that are no lists: group, title, address, permissions of which one is enough.
PAGES = (
    ("工作", "场次日历", "/console/calendar", "activity:read"),
    ("工作", "未送达名单", "/console/unreached", "unreached:read"),
    ("工作", "订阅日历", "/console/feeds", "booking:read"),
    ("工作", "打印中心", "/console/prints", "passport:read base:edit"),
    ("学区", "综评公示", "/console/city", "city_record:read"),
    ("学区", "可以链接的网站", "/console/link-hosts", "announcement:read"),
    ("工作", "收到的公告", "/console/received", "notification:read"),
    ("工作", "预约规则", "/console/booking-rules", "booking_rule:edit"),
    ("工作", "审核用词", "/console/moderation-words", "moderation:decide"),
    ("系统", "运营收件箱", "/console/operations", "operation:read"),
    ("系统", "账号健康", "/console/channel-health", "channel:read"),
    ("系统", "通知预览", "/console/message-previews", "upkeep:read"),
    ("系统", "系统体检", "/console/doctor", "upkeep:read"),
    ("系统", "年度合规审计", "/console/compliance", "compliance:read"),
)
ACCOUNT = "/console/account"


@dataclass(frozen=True)
class Entry:
    label: str
    path: str
    current: bool


def menu_of(ctx: Ctx, here: str) -> list[tuple[str, list[Entry]]]:
    """Groups with their entries, in the order of the screens; empty groups are left out; everybody has an account."""
    groups: dict[str, list[Entry]] = {"工作": [Entry("首页", "/console", here == "/console")]}
    for listing in LISTINGS:
        if listing.in_menu and listing.open_to(ctx):
            current = here == listing.path or here.startswith(f"{listing.path}/")
            groups.setdefault(listing.group, []).append(Entry(listing.title, listing.path, current))
    for group, label, path, permission in PAGES:
        if any(one in ctx.actor.permissions for one in permission.split()):
            groups.setdefault(group, []).append(Entry(label, path, here.startswith(path)))
    own = Entry("我的账号", ACCOUNT, here == ACCOUNT or here.startswith(f"{ACCOUNT}/"))
    groups.setdefault("系统", []).append(own)
    return list(groups.items())
