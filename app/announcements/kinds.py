"""Closed lists of announcements and of the column."""

from app.kit.states import StoredEnum


class AnnouncementState(StoredEnum):
    """草稿 → 待审批 → 已批准（等待发送） → 发送中 → 已发送; 退回修改, 已停止."""

    COOLING = "cooling"
    DONE = "done"
    DRAFT = "draft"
    RETURNED = "returned"
    SENDING = "sending"
    STOPPED = "stopped"
    SUBMITTED = "submitted"


class AudienceRole(StoredEnum):
    """Whom an announcement can be for; the values of staff are their roles."""

    CLASS_TEACHER = "class_teacher"
    GUARDIAN = "guardian"
    SCHOOL_ADMIN = "school_admin"
    UNIT_PUBLISHER = "unit_publisher"


class ReachState(StoredEnum):
    """Where WeChat could find somebody when it was sent: a follower, only the mini-program, or nobody bound."""

    NOT_FOLLOWING = "not_following"
    UNBOUND = "unbound"
    WECHAT = "wechat"


class ArticleState(StoredEnum):
    """The mass article: not yet asked for, with the platform, reported, failed, or no account."""

    FAILED = "failed"
    FINISHED = "finished"
    NONE = "none"
    NO_ACCOUNT = "no_account"
    SENT = "sent"
    WAITING = "waiting"


class ColumnState(StoredEnum):
    """草稿 → 待审核 → 已发布 → 已下架; 退回修改."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETURNED = "returned"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


class Rubric(StoredEnum):
    """栏目 of the 学区化建设 column."""

    COURSES = "courses"
    NEWS = "news"
    PUPILS = "pupils"
    RULES = "rules"
    TEACHERS = "teachers"


# Jobs: ours, and those that the edge carries out because they speak to the platform.
SEND_JOB = "announcements.send"
PRESS_JOB = "announcements.article"
REMIND_JOB = "announcements.remind"
COLUMN_JOB = "announcements.column"
# As long as nobody has let it go, it can be written.
WRITABLE = (AnnouncementState.DRAFT, AnnouncementState.RETURNED)
EDITABLE = (*WRITABLE, AnnouncementState.SUBMITTED, AnnouncementState.COOLING)
OUT = (AnnouncementState.SENDING, AnnouncementState.DONE, AnnouncementState.STOPPED)
STATE_WORDS = {
    AnnouncementState.DRAFT: "草稿",
    AnnouncementState.SUBMITTED: "待审批",
    AnnouncementState.RETURNED: "退回修改",
    AnnouncementState.COOLING: "已批准，等待发送",
    AnnouncementState.SENDING: "发送中",
    AnnouncementState.DONE: "已发送",
    AnnouncementState.STOPPED: "已停止",
}
ROLE_WORDS = {
    AudienceRole.GUARDIAN: "家长",
    AudienceRole.CLASS_TEACHER: "班主任",
    AudienceRole.SCHOOL_ADMIN: "学校联系人",
    AudienceRole.UNIT_PUBLISHER: "资源单位发布员",
}
REACH_WORDS = {
    ReachState.WECHAT: "已发到微信",
    ReachState.NOT_FOLLOWING: "没有关注服务号",
    ReachState.UNBOUND: "没有绑定微信",
}
ARTICLE_WORDS = {
    ArticleState.NONE: "还没有发图文",
    ArticleState.WAITING: "正在交给微信",
    ArticleState.SENT: "微信已接收，等回执",
    ArticleState.FINISHED: "微信已发完",
    ArticleState.FAILED: "微信没有接受",
    ArticleState.NO_ACCOUNT: "没有接服务号，只发站内",
}
COLUMN_WORDS = {
    ColumnState.DRAFT: "草稿",
    ColumnState.SUBMITTED: "待审核",
    ColumnState.RETURNED: "退回修改",
    ColumnState.PUBLISHED: "已发布",
    ColumnState.WITHDRAWN: "已下架",
}
RUBRIC_WORDS = {
    Rubric.NEWS: "学区动态",
    Rubric.COURSES: "课程共享",
    Rubric.TEACHERS: "教师发展",
    Rubric.PUPILS: "学生成长",
    Rubric.RULES: "制度建设",
}
