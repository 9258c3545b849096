"""What activities refuse."""

from app.kit.errors import DomainError, Kind


class WrongState(DomainError):
    """The verb does not fit the state the activity is in."""

    kind, code = Kind.CONFLICT, "activity.wrong_state"
    sentence = "这个活动现在是“{state}”，不能这样操作。"


class OwnReview(DomainError):
    kind, code = Kind.FORBIDDEN, "activity.own_review"
    sentence = "不能审核自己发布的活动，请由其他同事审核。"


class ReasonNeeded(DomainError):
    kind, code, sentence = Kind.INVALID, "activity.reason_needed", "退回时请写明原因。"


class NoSessions(DomainError):
    kind, code, sentence = Kind.CONFLICT, "activity.no_sessions", "请至少添加一个场次再提交。"


class ForeignBase(DomainError):
    kind, code = Kind.INVALID, "activity.foreign_base"
    sentence = "所选基地不属于发布单位，请重新选择。"


class CapacityBelowBooked(DomainError):
    kind, code = Kind.CONFLICT, "activity.capacity_below_booked"
    sentence = "已有 {booked} 人占用名额，名额不能少于这个数。"


class SessionOver(DomainError):
    kind, code, sentence = Kind.CONFLICT, "activity.session_over", "这个场次已经结束或取消。"


class TimesOutOfOrder(DomainError):
    kind, code = Kind.INVALID, "activity.times_out_of_order"
    sentence = "场次的时间前后矛盾：开始须早于结束，预约须在活动结束前。"


class ReserveTooLarge(DomainError):
    """Each school gets at least one reserved seat."""

    kind, code = Kind.INVALID, "activity.reserve_too_large"
    sentence = (
        "预留要给 {schools} 所学校各至少 1 个名额，但只有 {seats} 个名额。请增加名额或不预留。"
    )


class ReserveWithoutEnd(DomainError):
    kind, code = Kind.INVALID, "activity.reserve_without_end"
    sentence = "请填写预留名额到什么时候放开，须早于活动开始。"


class ModeNotOffered(DomainError):
    kind, code = Kind.INVALID, "activity.mode_not_offered"
    sentence = "志愿填报的场次请先按先到先得添加，再放进选课轮次。"
