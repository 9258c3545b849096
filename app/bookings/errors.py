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
