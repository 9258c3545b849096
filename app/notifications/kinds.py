"""What kinds of messages are there, and which fields does each carry?"""

from dataclasses import dataclass
from enum import StrEnum

from app.kit.states import StoredEnum


class Kind(StrEnum):
    """Permanent names: rows with them stay in the inbox."""

    ACCESS_REVIEWED = "access_reviewed"
    ACTIVITY_APPROVED = "activity_approved"
    ACTIVITY_CHANGED = "activity_changed"
    ACTIVITY_RETURNED = "activity_returned"
    ARRIVED = "arrived"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_LAPSED = "booking_lapsed"
    BOOKING_OFFERED = "booking_offered"
    BOOKING_PROMOTED = "booking_promoted"
    BOOKING_WAITLISTED = "booking_waitlisted"
    CLASS_BOOKING_DUE = "class_booking_due"
    CLASS_BOOKING_SETTLED = "class_booking_settled"
    CONSENT_ASKED = "consent_asked"
    DATA_REQUESTED = "data_requested"
    DATA_SETTLED = "data_settled"
    EVALUATION_ASKED = "evaluation_asked"
    EVALUATION_LOW = "evaluation_low"
    LEFT = "left"
    LEVEL_REACHED = "level_reached"
    MENTOR_ANSWERED = "mentor_answered"
    MENTOR_INVITED = "mentor_invited"
    NEED_DUE = "need_due"
    OBJECTION_SETTLED = "objection_settled"
    PAPER_EXPIRING = "paper_expiring"
    RECORD_PUBLISHED = "record_published"
    ROUND_RESULT = "round_result"
    SHEET_DUE = "sheet_due"
    SHEET_PASSED = "sheet_passed"
    SHEET_RETURNED = "sheet_returned"
    STAMP_AWARDED = "stamp_awarded"
    SWAP_DONE = "swap_done"
    TEXT_REFUSED = "text_refused"
    VISIT_NEWS = "visit_news"


class DeliveryState(StoredEnum):
    """待发, 发送中, 已发, 送达, 拒收, 未关注, 失败, 待核实, 已合并, 已静音.

    Every recipient ends in one of them; 已合并 shares the fate of the message it went into.
    """

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    NOT_FOLLOWING = "not_following"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MERGED = "merged"
    MUTED = "muted"


@dataclass(frozen=True)
class KindRow:
    """`title` is the headline; `fields` are name → label, in the order people read them."""

    title: str
    fields: dict[str, str]


_VISIT = {"pupil": "学生", "title": "活动", "place": "地点", "time": "时间"}

KINDS: dict[Kind, KindRow] = {
    Kind.BOOKING_CONFIRMED: KindRow("预约成功", _VISIT),
    Kind.BOOKING_PROMOTED: KindRow("候补成功", _VISIT),
    Kind.BOOKING_WAITLISTED: KindRow("已加入候补", {**_VISIT, "position": "候补位次"}),
    Kind.BOOKING_OFFERED: KindRow("轮到您了，请确认名额", {**_VISIT, "until": "保留到"}),
    Kind.BOOKING_LAPSED: KindRow("保留的名额已过期", {**_VISIT, "reason": "原因"}),
    Kind.BOOKING_CANCELLED: KindRow("预约已取消", {**_VISIT, "reason": "原因"}),
    Kind.ARRIVED: KindRow("孩子已到达", _VISIT),
    Kind.LEFT: KindRow("孩子已离开", _VISIT),
    Kind.LEVEL_REACHED: KindRow(
        "护照升级了", {"pupil": "学生", "level": "等级", "rules": "规则", "following": "下一步"}
    ),
    Kind.RECORD_PUBLISHED: KindRow(
        "综评学时公示，请核对", {"pupil": "学生", "title": "公示", "until": "异议截止"}
    ),
    Kind.OBJECTION_SETTLED: KindRow(
        "公示异议有答复", {"pupil": "学生", "title": "公示", "result": "答复"}
    ),
    Kind.STAMP_AWARDED: KindRow("护照新印章", {**_VISIT, "total": "印章总数"}),
    Kind.SHEET_DUE: KindRow("任务单还没有交", {"pupil": "学生", "title": "活动", "until": "最晚"}),
    Kind.SHEET_PASSED: KindRow(
        "任务单通过了",
        {"pupil": "学生", "title": "活动", "result": "结果", "comment": "评语"},
    ),
    Kind.SHEET_RETURNED: KindRow(
        "任务单请改一改", {"pupil": "学生", "title": "活动", "comment": "老师的话"}
    ),
    Kind.EVALUATION_ASKED: KindRow(
        "说说这次活动怎么样", {"pupil": "学生", "title": "活动", "until": "最晚"}
    ),
    Kind.EVALUATION_LOW: KindRow(
        "有活动得了低分",
        {"title": "活动", "unit": "单位", "time": "时间", "reason": "情况"},
    ),
    Kind.TEXT_REFUSED: KindRow("文字没有通过审核", {"what": "内容", "reason": "原因"}),
    Kind.ACTIVITY_APPROVED: KindRow("活动审核通过", {"title": "活动", "result": "结果"}),
    Kind.ACTIVITY_RETURNED: KindRow("活动被退回", {"title": "活动", "reason": "原因"}),
    Kind.ROUND_RESULT: KindRow(
        "选课结果", {"pupil": "学生", "round": "轮次", "result": "结果", "reason": "原因"}
    ),
    Kind.SWAP_DONE: KindRow("交换成功", {"pupil": "学生", "title": "活动", "time": "时间"}),
    Kind.ACTIVITY_CHANGED: KindRow("活动有变动", {**_VISIT, "change": "变动"}),
    Kind.PAPER_EXPIRING: KindRow(
        "证照即将到期", {"unit": "单位", "paper": "证照", "until": "有效期至", "left": "提醒"}
    ),
    Kind.CLASS_BOOKING_DUE: KindRow(
        "整班预约待处理",
        {"class": "班级", "title": "活动", "what": "要做的事", "until": "最晚"},
    ),
    Kind.CLASS_BOOKING_SETTLED: KindRow(
        "整班预约有结果", {"class": "班级", "title": "活动", "time": "时间", "result": "结果"}
    ),
    Kind.VISIT_NEWS: KindRow(
        "进校园有新进展", {"title": "需求", "party": "对方", "time": "时间", "result": "进展"}
    ),
    Kind.NEED_DUE: KindRow(
        "学校需求待选定", {"title": "需求", "what": "要做的事", "until": "最晚"}
    ),
    Kind.MENTOR_INVITED: KindRow(
        "邀请您担任导师", {"mentor": "导师", "title": "活动", "unit": "邀请单位", "message": "留言"}
    ),
    Kind.MENTOR_ANSWERED: KindRow(
        "导师答复了邀请", {"mentor": "导师", "title": "活动", "result": "答复"}
    ),
    Kind.CONSENT_ASKED: KindRow("请确认孩子能否参加", {**_VISIT, "until": "最晚答复"}),
    Kind.DATA_REQUESTED: KindRow(
        "已收到个人信息申请", {"pupil": "学生", "what": "申请", "due": "最晚办结"}
    ),
    Kind.DATA_SETTLED: KindRow("个人信息申请结果", {"pupil": "学生", "result": "结果"}),
    Kind.ACCESS_REVIEWED: KindRow(
        "学生资料查看周报", {"week": "时间", "summary": "情况", "reads": "次数"}
    ),
}


@dataclass(frozen=True)
class Matter:
    """A message a family must hear of, if need be by telephone: for so many days, and only until
    the moment that its own field names."""

    days: int
    until: str = ""


# What lands on the school's list when no way reached the family. Arrivals and departures do not:
# the family meets the child before anybody could ring up.
MATTERS: dict[Kind, Matter] = {
    Kind.ACTIVITY_CHANGED: Matter(14, "time"),
    Kind.BOOKING_CANCELLED: Matter(14, "time"),
    Kind.BOOKING_OFFERED: Matter(7, "until"),
    Kind.BOOKING_PROMOTED: Matter(14, "time"),
    Kind.CONSENT_ASKED: Matter(14, "until"),
    Kind.RECORD_PUBLISHED: Matter(14, "until"),
    Kind.ROUND_RESULT: Matter(7),
}

# A child's safety: cannot be muted, does not wait for the morning, is never merged with others.
SAFETY = frozenset({Kind.ARRIVED, Kind.LEFT, Kind.BOOKING_CANCELLED})
# These do not wait for the morning either: somebody must act, or the day has changed.
URGENT = SAFETY | {Kind.ACTIVITY_CHANGED, Kind.BOOKING_OFFERED}
# What a family may mute; the others concern staff or their own requests.
FAMILY = (
    Kind.ARRIVED,
    Kind.LEFT,
    Kind.BOOKING_CANCELLED,
    Kind.BOOKING_CONFIRMED,
    Kind.BOOKING_PROMOTED,
    Kind.BOOKING_WAITLISTED,
    Kind.BOOKING_OFFERED,
    Kind.BOOKING_LAPSED,
    Kind.ACTIVITY_CHANGED,
    Kind.CONSENT_ASKED,
    Kind.ROUND_RESULT,
    Kind.SWAP_DONE,
    Kind.STAMP_AWARDED,
    Kind.LEVEL_REACHED,
    Kind.SHEET_DUE,
    Kind.SHEET_PASSED,
    Kind.SHEET_RETURNED,
    Kind.EVALUATION_ASKED,
    Kind.RECORD_PUBLISHED,
    Kind.OBJECTION_SETTLED,
    Kind.DATA_REQUESTED,
    Kind.DATA_SETTLED,
)
MUTABLE = frozenset(FAMILY) - SAFETY
# Asked for with a tap right after booking, one tap one message: with a place, and while waiting.
ASKED_WITH_PLACE = (Kind.ACTIVITY_CHANGED, Kind.BOOKING_CANCELLED)
ASKED_WAITING = (Kind.BOOKING_PROMOTED, Kind.BOOKING_OFFERED, Kind.BOOKING_CANCELLED)


class Tap(StoredEnum):
    """What a phone answered when it was asked for one message."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
