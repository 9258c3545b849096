"""Closed lists of the activity tables."""

from app.kit.states import StoredEnum


class ActivityKind(StoredEnum):
    CARNIVAL = "carnival"
    CONTEST = "contest"
    DREAM_COURSE = "dream_course"
    LECTURE = "lecture"
    OPEN_LESSON = "open_lesson"
    SCIENTIST_VISIT = "scientist_visit"
    SHOWCASE = "showcase"
    SOCIAL_PRACTICE = "social_practice"
    TRAINING = "training"
    VENUE_OPENING = "venue_opening"


class Category(StoredEnum):
    """The city's four kinds of hours (综合素质评价); none for activities outside them."""

    CAREER = "career"
    LABOUR = "labour"
    NONE = "none"
    SAFETY = "safety"
    SOCIAL = "social"


class ActivityState(StoredEnum):
    """草稿 → 已提交 → 退回 / 已通过 → 已发布 → 已下架 → 已归档."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


class Phase(StoredEnum):
    """Where a published activity stands now; computed from its sessions, never stored."""

    COMING = "coming"
    RUNNING = "running"
    ENDED = "ended"


class SessionState(StoredEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class SessionMode(StoredEnum):
    """先到先得, 志愿 (a round gives the places), 抽签, 学校推荐, 班级."""

    CLASS = "class"
    FIRST_COME = "first_come"
    LOTTERY = "lottery"
    NOMINATION = "nomination"
    WISHES = "wishes"


class FieldKind(StoredEnum):
    """How a question of an activity is answered: 选项, 数字, 文字, 是或否."""

    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    YES_NO = "yes_no"


class QuestionKind(StoredEnum):
    """How a question of a task sheet is answered: 填空, 长文, 单选, 多选, 数字, 拍照或画."""

    LONG = "long"
    NUMBER = "number"
    ONE = "one"
    PICTURE = "picture"
    SEVERAL = "several"
    TEXT = "text"


class SheetVerdict(StoredEnum):
    """What a teacher says of a task sheet: 优秀, 通过, 退回."""

    EXCELLENT = "excellent"
    PASSED = "passed"
    RETURNED = "returned"


# A sheet that counts for the passport.
GOOD_VERDICTS = (SheetVerdict.PASSED, SheetVerdict.EXCELLENT)


class EvidenceGrade(StoredEnum):
    """How we know that a child was there: A staff scan or roster, B rotating code, C claim."""

    A = "A"
    B = "B"
    C = "C"


class InvitationState(StoredEnum):
    """A mentor is asked to take part: 等答复 → 已答应, 已谢绝; 已收回."""

    ACCEPTED = "accepted"
    ASKED = "asked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


INVITATION_WORDS = {
    InvitationState.ASKED: "等答复",
    InvitationState.ACCEPTED: "已答应",
    InvitationState.DECLINED: "已谢绝",
    InvitationState.WITHDRAWN: "已收回",
}
