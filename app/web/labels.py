"""Which Chinese word does a person read for each name of a closed list?"""

from datetime import datetime

from app.activities.kinds import (
    ActivityKind,
    Category,
    EvidenceGrade,
    Phase,
    SessionMode,
    SessionState,
)
from app.activities.service.publishing import STATE_NAMES
from app.attendance.kinds import CorrectionWhat, DecisionState
from app.bookings.kinds import STATE_WORDS as BOOKING_WORDS
from app.channels.kinds import Way
from app.evaluations.kinds import STATE_WORDS as SHEET_WORDS
from app.kit.clock import SCHOOL_TIME, say_moment, school_day
from app.notifications.kinds import DeliveryState
from app.orgs.kinds import GRADE_NAMES, DayKind, OrgKind
from app.orgs.kinds import STATE_NAMES as UNIT_STATES
from app.orgs.rules import say_grades as grade_span
from app.people import rules
from app.people.kinds import Act, IdentityKind, ImportState, Purpose, Relation, RequestState
from app.people.roles import ROLES
from app.privacy.kinds import DataRequestKind, DataRequestState
from app.registers.kinds import Domain, MarkerState
from app.resources.kinds import (
    PAPER_NAMES,
    ApplicantKind,
    ApplicationState,
    VenueKind,
    Vetting,
)
from app.rounds.kinds import RoundState, RunKind, SwapState

ACTIVITY_STATES: dict[str, str] = {str(state): word for state, word in STATE_NAMES.items()}
ACTIVITY_KINDS: dict[str, str] = {
    ActivityKind.DREAM_COURSE: "梦想课程",
    ActivityKind.SOCIAL_PRACTICE: "社会实践",
    ActivityKind.VENUE_OPENING: "场馆开放",
    ActivityKind.SCIENTIST_VISIT: "科学家进校园",
    ActivityKind.LECTURE: "讲座",
    ActivityKind.CONTEST: "竞赛",
    ActivityKind.CARNIVAL: "嘉年华",
    ActivityKind.SHOWCASE: "展示",
    ActivityKind.OPEN_LESSON: "公开课",
    ActivityKind.TRAINING: "培训",
}
PHASES: dict[str, str] = {
    Phase.COMING: "即将开始",
    Phase.RUNNING: "进行中",
    Phase.ENDED: "已结束",
}
CATEGORIES: dict[str, str] = {
    Category.NONE: "不计学时",
    Category.SOCIAL: "社会考察",
    Category.LABOUR: "公益劳动",
    Category.CAREER: "职业体验",
    Category.SAFETY: "安全实训",
}
EVIDENCE: dict[str, str] = {
    EvidenceGrade.A: "A 现场老师确认",
    EvidenceGrade.B: "B 动态码",
    EvidenceGrade.C: "C 家长或学生自己扫码",
}
CORRECTIONS: dict[str, str] = {
    CorrectionWhat.CAME: "到了",
    CorrectionWhat.NOT_CAME: "没有来",
    CorrectionWhat.LEFT: "离开了",
}
STAMP_PARTS: dict[str, str] = {
    "star": "星星",
    "sun": "太阳",
    "flower": "花",
    "wave": "水波",
    "leaf": "叶子",
    "mountain": "山",
    "gear": "齿轮",
    "book": "书",
    "circle": "圆",
    "scallop": "花边",
    "octagon": "八角",
    "square": "方",
    "red": "朱红",
    "teal": "青",
    "green": "绿",
    "brown": "赭石",
    "purple": "紫",
    "rose": "玫红",
    "blue": "蓝",
    "olive": "橄榄绿",
}
RISKS: dict[str, str] = {
    "late_code": "扫的是上一个码，可能是转发的",
    "shared_device": "一台手机给好几位家长签到",
    "cluster": "两秒内好几个人同时签到",
    "away": "手机说不在基地附近（1 到 5 公里）",
    "far": "手机说离基地很远（5 公里以上）",
}
DECISIONS: dict[str, str] = {
    DecisionState.PENDING: "等待确认",
    DecisionState.APPLIED: "已生效",
    DecisionState.DECLINED: "未同意",
}
SESSION_STATES: dict[str, str] = {
    SessionState.PLANNED: "正常",
    SessionState.CANCELLED: "已取消",
    SessionState.CLOSED: "已结束",
}
SESSION_MODES: dict[str, str] = {
    SessionMode.FIRST_COME: "先到先得",
    SessionMode.LOTTERY: "抽签",
    SessionMode.NOMINATION: "学校推荐",
    SessionMode.CLASS: "整班预约",
    SessionMode.WISHES: "填志愿",
}
SHEET_STATES: dict[str, str] = {str(state): word for state, word in SHEET_WORDS.items()}
SHEET_TONES = {"submitted": "warn", "passed": "good", "excellent": "good", "returned": "bad"}
BOOKING_STATES: dict[str, str] = {str(state): word for state, word in BOOKING_WORDS.items()}
DELIVERY_STATES: dict[str, str] = {
    DeliveryState.PENDING: "待发",
    DeliveryState.LEASED: "发送中",
    DeliveryState.SENT: "已发",
    DeliveryState.DELIVERED: "送达",
    DeliveryState.REFUSED: "拒收",
    DeliveryState.NOT_FOLLOWING: "未关注",
    DeliveryState.FAILED: "失败",
    DeliveryState.UNKNOWN: "待核实",
    DeliveryState.MERGED: "已合并",
    DeliveryState.MUTED: "已静音",
}
ORG_KINDS: dict[str, str] = {
    OrgKind.SCHOOL: "学校",
    OrgKind.KINDERGARTEN: "幼儿园",
    OrgKind.RESOURCE_UNIT: "资源单位",
    OrgKind.COMMUNITY: "社区",
    OrgKind.OFFICE: "办公室",
}
DAY_KINDS: dict[str, str] = {DayKind.HOLIDAY: "放假", DayKind.MAKEUP: "补课"}
ORG_STATES: dict[str, str] = {str(state): word for state, word in UNIT_STATES.items()}
DATA_REQUEST_KINDS: dict[str, str] = {
    DataRequestKind.CORRECT: "更正资料",
    DataRequestKind.ERASE: "删除资料",
}
DATA_REQUEST_STATES: dict[str, str] = {
    DataRequestState.OPEN: "待处理",
    DataRequestState.DONE: "已完成",
    DataRequestState.DECLINED: "未采纳",
    DataRequestState.WITHDRAWN: "已撤回",
}
ROUND_STATES: dict[str, str] = {
    RoundState.DRAFT: "草稿",
    RoundState.ANNOUNCED: "已公布",
    RoundState.ALLOCATING: "正在录取",
    RoundState.PUBLISHED: "已出结果",
    RoundState.CANCELLED: "已取消",
}
RUN_KINDS: dict[str, str] = {RunKind.REHEARSAL: "试排", RunKind.FINAL: "正式录取"}
SWAP_STATES: dict[str, str] = {
    SwapState.OPEN: "等待对方",
    SwapState.DONE: "已交换",
    SwapState.WITHDRAWN: "已撤回",
}
VENUE_KINDS: dict[str, str] = {
    VenueKind.CLASSROOM: "教室",
    VenueKind.GYM: "体育馆",
    VenueKind.LAB: "实验室",
    VenueKind.LIBRARY: "图书馆",
    VenueKind.THEATRE: "剧场",
}
APPLICANT_KINDS: dict[str, str] = {
    ApplicantKind.COMPANY: "企业",
    ApplicantKind.INSTITUTE: "科研院所",
    ApplicantKind.PUBLIC_VENUE: "场馆",
    ApplicantKind.ASSOCIATION: "社会组织",
    ApplicantKind.SCHOOL: "学校",
    ApplicantKind.OTHER: "其他",
}
APPLICATION_STATES: dict[str, str] = {
    ApplicationState.PENDING: "待审核",
    ApplicationState.ACCEPTED: "已受理",
    ApplicationState.DECLINED: "未通过",
}
PAPER_KINDS: dict[str, str] = {str(kind): word for kind, word in PAPER_NAMES.items()}
VETTINGS: dict[str, str] = {
    Vetting.PENDING: "待审核",
    Vetting.PASSED: "已通过",
    Vetting.REFUSED: "未通过",
}
WEEKDAYS = {str(day): f"周{word}" for day, word in enumerate("一二三四五六日", start=1)}
DOMAINS: dict[str, str] = {
    Domain.MANAGEMENT: "管理",
    Domain.COURSES: "课程",
    Domain.TEACHERS: "教师",
    Domain.RESOURCES: "资源",
    Domain.BALANCE: "均衡",
}
MARKER_STATES: dict[str, str] = {MarkerState.OPEN: "未达成", MarkerState.REACHED: "已达成"}
ROLE_TITLES: dict[str, str] = {str(role): row.title for role, row in ROLES.items()}
CHANNELS = {
    "wechat": "微信",
    "console": "管理台",
    "miniprogram": "小程序",
    "h5": "微信网页",
    "api_key": "接口密钥",
}
WAYS: dict[str, str] = {
    "wechat": "未定",
    Way.REPLY: "当场回复",
    Way.CUSTOMER: "客服消息",
    Way.TEMPLATE: "模板消息",
    Way.GRANT: "订阅消息",
    Way.INBOX: "只在站内",
}
PROOFS = {"password": "密码", "totp": "密码和动态验证码", "wechat": "微信扫码"}
JOB_STATES = {"queued": "等待", "picked": "执行中", "failed": "失败，已停下"}
ACCOUNT_KINDS = {"service_account": "服务号", "miniprogram": "小程序"}
MODES = {"safe": "安全模式", "compatible": "兼容模式", "plain": "明文模式"}
IMPORT_STATES: dict[str, str] = {
    ImportState.WAITING: "正在检查",
    ImportState.CHECKED: "等待确认",
    ImportState.APPLYING: "正在导入",
    ImportState.APPLIED: "已导入",
    ImportState.UNDONE: "已撤销",
    ImportState.REFUSED: "不能读取",
}
IMPORT_ACTS: dict[str, str] = {
    Act.ENROL: "新增学生",
    Act.MOVE: "调到别的班",
    Act.RETURN: "转入或回校",
    Act.LEAVE: "转出或毕业",
    Act.SAME: "没有变化",
    Act.ERROR: "有误，不导入",
}
RELATIONS: dict[str, str] = {
    Relation.MOTHER: "母亲",
    Relation.FATHER: "父亲",
    Relation.GRANDPARENT: "祖辈",
    Relation.OTHER: "其他监护人",
}
VERIFIED_BY = {"staff": "学校登记", "binding_code": "绑定信", "class_teacher": "班主任确认"}
PHONE_KINDS: dict[str, str] = {
    IdentityKind.SERVICE_ACCOUNT: "服务号",
    IdentityKind.MINIPROGRAM: "小程序",
}
REQUEST_STATES: dict[str, str] = {
    RequestState.PENDING: "等待确认",
    RequestState.APPROVED: "已确认",
    RequestState.DECLINED: "已拒绝",
    RequestState.WITHDRAWN: "已撤回",
}
CONSENT_PURPOSES: dict[str, str] = {
    Purpose.PHOTO: "拍照和展示",
    Purpose.HEALTH_NOTE: "健康提示",
    Purpose.PUPIL_WECHAT: "学生使用自己的微信",
    Purpose.VISIT: "参加活动和安全须知",
}
GRADES: dict[str, str] = {str(grade): word for grade, word in GRADE_NAMES.items()}

_VERBS = {
    "approve": "批准", "create": "新建", "edit": "修改", "give": "给予", "publish": "发布",
    "read": "查看", "record": "登记", "retry": "重发", "review": "审核", "self": "自己办理",
}  # fmt: skip
_NOUNS = {
    "activity": "活动", "attendance": "签到", "audit": "审计日志", "base": "基地",
    "binding_code": "绑定码", "booking": "预约", "channel": "服务号", "class": "班级",
    "consent": "同意书", "course": "课程", "delivery": "通知投递", "guardianship": "监护关系",
    "job": "后台任务", "organization": "成员单位", "passport": "护照", "person": "人员和学生",
    "register": "台账", "resource": "资源", "role": "角色", "rule_set": "护照规则", "term": "学期", "upkeep": "运维",
    "venue": "场地",
}  # fmt: skip


def say_right(right: str) -> str:
    """`查看活动` for `activity:read`; a right without a word of its own keeps its code."""
    noun, _, verb = right.partition(":")
    if noun not in _NOUNS or verb not in _VERBS:
        return right
    return _VERBS[verb] + _NOUNS[noun]


mask_name = rules.mask_name  # for the templates


def say_grades(least: int, most: int) -> str:
    """As a family reads it: what is for everybody is not spelled out."""
    return "所有年级" if (least, most) == (-3, 9) else grade_span(least, most)


def say_ago(seconds: int) -> str:
    """`5 秒前`, `3 分钟前`, `2 小时前`, `4 天前`."""
    for size, word in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size} {word}前"
    return f"{max(0, seconds)} 秒前"


def say_span(starts: datetime, ends: datetime) -> str:
    """`11月21日（周六）14:00 至 16:00`; with the day again when it ends on another."""
    same = school_day(starts) == school_day(ends)
    until = f"{ends.astimezone(SCHOOL_TIME):%H:%M}" if same else say_moment(ends)
    return f"{say_moment(starts)} 至 {until}"
