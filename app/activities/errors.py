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


class ReviewNeeded(DomainError):
    """The kind may go out directly, but not of this unit, not yet."""

    kind, code = Kind.CONFLICT, "activity.review_needed"
    sentence = "这个活动要先提交审核：{reason}。"


class UnitNotActive(DomainError):
    kind, code = Kind.CONFLICT, "activity.unit_not_active"
    sentence = "发布单位现在是“{state}”，不能发布活动和新场次，请联系秘书处。"


class PapersExpired(DomainError):
    """An agreement or insurance ran out: nothing new goes out until it is renewed."""

    kind, code = Kind.CONFLICT, "activity.papers_expired"
    sentence = "发布单位的{papers}已经过期，不能发布新场次。请先续签，并登记新的有效期。"


class MentorNotVetted(DomainError):
    kind, code = Kind.CONFLICT, "activity.mentor_not_vetted"
    sentence = "这位导师还没有通过审核，不能写进活动。"


class StallsOnlyAtCarnival(DomainError):
    kind, code = Kind.INVALID, "activity.stalls_only_at_carnival"
    sentence = "只有嘉年华可以设摊位。"


class StillToCome(DomainError):
    kind, code = Kind.CONFLICT, "activity.still_to_come"
    sentence = "还有没结束的场次，不能归档。请等它们结束，或先取消。"


class NoCalendar(DomainError):
    """Without days off entered nobody knows on which days there is no school."""

    kind, code = Kind.CONFLICT, "activity.no_calendar"
    sentence = "“{term}”还没有登记校历（放假和补课），不能按周排场次。请先在“学期与校历”登记。"


class WeeksOutsideTerm(DomainError):
    kind, code = Kind.INVALID, "activity.weeks_outside_term"
    sentence = "“{term}”只有 {weeks} 周，请改起止周。"


class TooManySessions(DomainError):
    """Sixty sessions and six thousand places are the most for one go."""

    kind, code = Kind.INVALID, "activity.too_many_sessions"
    sentence = (
        "一次最多排 {most} 个场次、{seats} 个名额，现在是 {number} 个场次，请缩短周数或减少星期。"
    )


class NoDates(DomainError):
    kind, code = Kind.CONFLICT, "activity.no_dates"
    sentence = "这样排不出任何场次：所选的日子都在放假、已过或已有场次。"


class NothingToCopy(DomainError):
    kind, code = Kind.CONFLICT, "activity.nothing_to_copy"
    sentence = "“{term}”以前的学期里没有这个活动的场次，没有可以照搬的日期。"


class ReserveTooLarge(DomainError):
    """Each school gets at least one reserved seat."""

    kind, code = Kind.INVALID, "activity.reserve_too_large"
    sentence = (
        "预留要给 {schools} 所学校各至少 1 个名额，但只有 {seats} 个名额。请增加名额或不预留。"
    )


class ReserveWithoutEnd(DomainError):
    kind, code = Kind.INVALID, "activity.reserve_without_end"
    sentence = "请填写预留名额到什么时候放开，须早于活动开始。"


class CancelLimitWrong(DomainError):
    kind, code = Kind.INVALID, "activity.cancel_limit_wrong"
    sentence = "最晚取消的时间不能晚于活动开始。"


class ModeNotOffered(DomainError):
    kind, code = Kind.INVALID, "activity.mode_not_offered"
    sentence = "志愿填报的场次请先按先到先得添加，再放进选课轮次。"


class SensitiveQuestion(DomainError):
    """What a unit must not ask: the platform keeps less about a child, not more."""

    kind, code = Kind.INVALID, "activity.sensitive_question"
    sentence = (
        "“{word}”属于敏感信息，报名时不能问。健康情况请家长在“健康提示”同意书里告诉学校；"
        "确有需要请先联系秘书处。"
    )


class FieldsFixed(DomainError):
    """Families may have answered already: what stands there keeps its meaning."""

    kind, code = Kind.CONFLICT, "activity.fields_fixed"
    sentence = "活动发布以后，已有的报名问题不能再改，只能在后面加不必填的。"


class OptionsWrong(DomainError):
    kind, code = Kind.INVALID, "activity.options_wrong"
    sentence = "“{label}”：选择题要有 2 到 12 个不同的选项，其他题不用选项。"


class QuestionTwice(DomainError):
    kind, code = Kind.INVALID, "activity.question_twice"
    sentence = "“{label}”问了两次，请去掉一个。"


class SheetEmpty(DomainError):
    kind, code = Kind.INVALID, "activity.sheet_empty"
    sentence = "任务单还没有内容：请写要求、加问题或上传文件，至少一样。"


class SheetFixed(DomainError):
    """Children may hold it on paper: what they were told keeps its meaning."""

    kind, code = Kind.CONFLICT, "activity.sheet_fixed"
    sentence = "已有场次开始，任务单的问题和“计入护照”不能再改。"


class ClassNotInvited(DomainError):
    """Classes of the school that asked, in the grades it named, with children in them."""

    kind, code = Kind.INVALID, "activity.class_not_invited"
    sentence = "请至少选一个班级，须是本校、在所填年级之内、已有学生的班。"


class VisitOver(DomainError):
    kind, code = Kind.CONFLICT, "activity.visit_over"
    sentence = "约定的时间已经过去，不能再这样操作。"


class InvitationNotOpen(DomainError):
    kind, code = Kind.CONFLICT, "activity.invitation_not_open"
    sentence = "这份邀请现在是“{state}”，不能这样操作。"


class NothingAhead(DomainError):
    """A mentor is asked for something that is still to come."""

    kind, code = Kind.CONFLICT, "activity.nothing_ahead"
    sentence = "这个活动没有还没开始的场次，不能再邀请导师。"


class NoService(DomainError):
    kind, code = Kind.CONFLICT, "activity.no_service"
    sentence = "这位导师在 {year} 学年还没有服务时长，不能打印证书。"


class ServiceBelowZero(DomainError):
    kind, code = Kind.INVALID, "activity.service_below_zero"
    sentence = "这样更正以后服务时长会少于 0，请核对。"
