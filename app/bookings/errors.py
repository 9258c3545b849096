"""What bookings refuse."""

from app.kit.errors import DomainError, Kind


class SessionNotBookable(DomainError):
    """Absent, unpublished, cancelled or over: one answer."""

    kind, code, sentence = Kind.NOT_FOUND, "booking.not_bookable", "这个场次不存在或不能预约。"


class BookingNotOpen(DomainError):
    kind, code, sentence = Kind.CONFLICT, "booking.not_open", "预约将于{opens}开始。"


class BookingClosed(DomainError):
    kind, code, sentence = Kind.CONFLICT, "booking.closed", "预约已经截止。"


class GradeDoesNotFit(DomainError):
    kind, code = Kind.INVALID, "booking.grade_does_not_fit"
    sentence = "这个活动面向{least}至{most}，孩子的年级不在其中。"


class SessionFull(DomainError):
    kind, code, sentence = Kind.CONFLICT, "booking.session_full", "名额已满，可以选择加入候补。"


class NotCancellable(DomainError):
    kind, code, sentence = Kind.CONFLICT, "booking.not_cancellable", "活动已经开始，不能再取消。"


class OtherMode(DomainError):
    """Places of this session are not given to whoever comes first."""

    kind, code = Kind.CONFLICT, "booking.other_mode"
    sentence = "这个场次的名额不是先到先得：{how}。"


class BookingClash(DomainError):
    """The child cannot be at both, with the way between them counted in."""

    kind, code = Kind.CONFLICT, "booking.clash"
    sentence = "和孩子已报的“{title}”时间冲突（含路上时间），请先取消那一个再报。"


class LimitReached(DomainError):
    kind, code = Kind.CONFLICT, "booking.limit_reached"
    sentence = "这个学期{what}每人最多报 {most} 次，孩子已经报满。"


class CancelTooLate(DomainError):
    kind, code = Kind.CONFLICT, "booking.cancel_too_late"
    sentence = "{until}以后不能再取消，单位已按人数准备。确有急事请联系班主任。"


class NoOffer(DomainError):
    kind, code = Kind.CONFLICT, "booking.no_offer"
    sentence = "现在没有为孩子保留的名额，轮到时会通知您。"


class OfferOver(DomainError):
    """The held seat went to the next family."""

    kind, code = Kind.CONFLICT, "booking.offer_over"
    sentence = "保留的时间已过，名额已让给下一位。"


class NotForClasses(DomainError):
    kind, code = Kind.CONFLICT, "class_booking.not_for_classes"
    sentence = "这个场次不是整班预约的场次，请让家长自己预约。"


class TooFewAdults(DomainError):
    kind, code = Kind.INVALID, "class_booking.too_few_adults"
    sentence = "{pupils} 名学生至少要有 {least} 名带队老师或家长，请补足。"


class NotEnoughSeats(DomainError):
    """All or none."""

    kind, code = Kind.CONFLICT, "class_booking.not_enough_seats"
    sentence = "全班要 {pupils} 个名额，现在只剩 {seats} 个，请换一个场次或和单位联系。"


class PupilsBusy(DomainError):
    kind, code = Kind.CONFLICT, "class_booking.pupils_busy"
    sentence = "班里有 {number} 名学生同一时间已报了别的活动，请先从名单里去掉。"


class NoPupils(DomainError):
    kind, code, sentence = Kind.INVALID, "class_booking.no_pupils", "名单里没有这个班的学生。"


class LimitDateWrong(DomainError):
    kind, code = Kind.INVALID, "class_booking.limit_date_wrong"
    sentence = "学校确认的期限要在现在之后、活动开始之前。"


class ClassBookingStands(DomainError):
    kind, code = Kind.CONFLICT, "class_booking.stands_already"
    sentence = "这个班已经约了这个场次，不用重复提交。"


class WrongClassBookingState(DomainError):
    kind, code = Kind.CONFLICT, "class_booking.wrong_state"
    sentence = "这份整班预约现在是“{state}”，不能这样操作。"


class ConsentNeeded(DomainError):
    """A guardian who books says yes in the same act."""

    kind, code = Kind.INVALID, "booking.consent_needed"
    sentence = "参加这个活动要家长同意，请先阅读并勾选“我同意孩子参加”。"


class ConsentOutdated(DomainError):
    """The words changed since they were shown."""

    kind, code = Kind.CONFLICT, "booking.consent_outdated"
    sentence = "安全须知刚刚有更新，请刷新页面，阅读后再确认。"


class ConsentOver(DomainError):
    kind, code = Kind.CONFLICT, "booking.consent_over"
    sentence = "这个预约已经结束或名额已经让出，不能再答复。"


class NothingAsked(DomainError):
    kind, code = Kind.CONFLICT, "booking.nothing_asked"
    sentence = "这个预约现在不需要您答复。不想参加了，请取消预约。"


class UnknownQuestion(DomainError):
    kind, code = Kind.INVALID, "booking.unknown_question"
    sentence = "报名问题刚刚有改动，请刷新页面后重新填写。"


class AnswerMissing(DomainError):
    kind, code, sentence = Kind.INVALID, "booking.answer_missing", "请填写“{label}”。"


class AnswerWrong(DomainError):
    kind, code, sentence = Kind.INVALID, "booking.answer_wrong", "“{label}”填得不对：{why}。"


class AnswersOver(DomainError):
    kind, code = Kind.CONFLICT, "booking.answers_over"
    sentence = "活动已经开始或预约已取消，报名信息不能再改；有事请直接联系主办单位。"


class SiblingsNotHere(DomainError):
    """Draws, wishes and nominations decide child by child."""

    kind, code = Kind.CONFLICT, "booking.siblings_not_here"
    sentence = "这个场次不能几个孩子一起报，请给每个孩子分别报名。"


class SiblingStands(DomainError):
    kind, code = Kind.CONFLICT, "booking.sibling_stands"
    sentence = "{name}已经约了这个场次，请只勾选还没有约的孩子。"


class NotEnoughForAll(DomainError):
    """All or none: nobody is placed."""

    kind, code = Kind.CONFLICT, "booking.not_enough_for_all"
    sentence = "现在没有够 {children} 个孩子一起参加的名额。可以一起候补，或只给一个孩子预约。"
