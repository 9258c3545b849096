"""What resources refuse."""

from app.kit.errors import DomainError, Kind


class TooManyApplications(DomainError):
    """A telephone number three times a day, a district sixty times a day."""

    kind, code = Kind.TOO_MANY, "resources.too_many_applications"
    sentence = "申请提交得太频繁，请明天再试，或直接联系学区秘书处。"


class ApplicationDecided(DomainError):
    kind, code = Kind.CONFLICT, "resources.application_decided"
    sentence = "这份申请已经办理过了。"


class DecisionNeedsReason(DomainError):
    kind, code = Kind.INVALID, "resources.reason_needed"
    sentence = "请写明原因。"


class PapersMissing(DomainError):
    """A unit is activated only with a valid agreement and a valid insurance."""

    kind, code = Kind.CONFLICT, "resources.papers_missing"
    sentence = "还不能启用：{papers}没有登记或已经过期，请先补齐。"


class DateNeeded(DomainError):
    kind, code = Kind.INVALID, "resources.date_needed"
    sentence = "合作协议和保险请填写有效期。"


class NoCourses(DomainError):
    kind, code = Kind.CONFLICT, "resources.no_courses"
    sentence = "还没有课程，不能定稿。请先登记课程。"


class ForeignPerson(DomainError):
    kind, code = Kind.INVALID, "resources.foreign_person"
    sentence = "请从本单位的工作人员里选，或者不选人、只填外请导师的姓名。"


class NeedDatesWrong(DomainError):
    """Today ≤ open until ≤ last day, first day ≤ last day, half a year ahead at most."""

    kind, code = Kind.INVALID, "resources.need_dates_wrong"
    sentence = "日期前后矛盾：征集截止不能早于今天、也不能晚于最晚的日子，最远排到半年以后。"


class NeedNotOpen(DomainError):
    kind, code = Kind.CONFLICT, "resources.need_not_open"
    sentence = "这条需求现在是“{state}”，不能这样操作。"


class NeedClosed(DomainError):
    """Offers are taken until the day the school named, that day included."""

    kind, code = Kind.CONFLICT, "resources.need_closed"
    sentence = "这条需求的征集已经截止，学校正在选定。"


class OfferOutsideNeed(DomainError):
    """On one day, of those the school named, and still to come."""

    kind, code = Kind.INVALID, "resources.offer_outside_need"
    sentence = "时间不合学校的要求：请在{span}之间选一天，开始早于结束。"


class OfferStands(DomainError):
    kind, code = Kind.CONFLICT, "resources.offer_stands"
    sentence = "这位导师已经报名了这条需求。要改时间，请先撤回再报。"


class OfferNotOpen(DomainError):
    kind, code = Kind.CONFLICT, "resources.offer_not_open"
    sentence = "这份报名现在是“{state}”，不能这样操作。"


class MentorNotReady(DomainError):
    kind, code = Kind.CONFLICT, "resources.mentor_not_ready"
    sentence = "这位导师还没有通过审核，暂时不能约请。"


class MarksAreGiven(DomainError):
    kind, code = Kind.FORBIDDEN, "resources.marks_are_given"
    sentence = "基地的认定由秘书处填写，请联系秘书处。"
