"""What rounds refuse."""

from app.kit.errors import DomainError, Kind


class WrongRoundState(DomainError):
    kind, code = Kind.CONFLICT, "round.wrong_state"
    sentence = "这轮选课现在不能这样操作，请刷新后查看它的状态。"


class WishesClosed(DomainError):
    kind, code = Kind.CONFLICT, "round.wishes_closed"
    sentence = "现在不在填报志愿的时间内（{opens}至{closes}）。"


class TooManyWishes(DomainError):
    kind, code, sentence = Kind.INVALID, "round.too_many_wishes", "这轮最多填 {most} 个志愿。"


class WishTwice(DomainError):
    kind, code = Kind.INVALID, "round.wish_twice"
    sentence = "同一个场次填了两次，请改成不同的场次。"


class NotInRound(DomainError):
    """Absent, called off or of another round: one answer."""

    kind, code = Kind.INVALID, "round.not_in_round"
    sentence = "“{title}”不在这轮选课里，请从列表中选择。"


class WishClashes(DomainError):
    """With the way between two places counted in."""

    kind, code = Kind.INVALID, "round.wish_clashes"
    sentence = "“{title}”和孩子已有的预约时间冲突（含路上 {gap} 分钟）。"


class WishGrade(DomainError):
    kind, code = Kind.INVALID, "round.wish_grade"
    sentence = "“{title}”不面向孩子所在的年级。"


class SessionNotForRound(DomainError):
    """Only what families can still reach and nobody has booked yet."""

    kind, code = Kind.INVALID, "round.session_not_fit"
    sentence = "“{title}”不能放进这轮选课：{why}。"


class EmptyRound(DomainError):
    kind, code, sentence = Kind.CONFLICT, "round.empty", "请先把场次放进这轮选课，再公布。"


class RoundTimes(DomainError):
    kind, code = Kind.INVALID, "round.times"
    sentence = "填报开始要早于截止，截止要晚于现在。"


class WindowStillOpen(DomainError):
    kind, code = Kind.CONFLICT, "round.still_open"
    sentence = "填报还没有截止，截止后才能正式录取；现在可以先试排。"


class NothingToSwap(DomainError):
    kind, code = Kind.INVALID, "round.nothing_to_swap"
    sentence = "只能用这轮录取的场次交换同一轮的另一个场次，而且都还没有开始。"


class ProofUnreadable(DomainError):
    kind, code = Kind.INVALID, "round.proof_unreadable"
    sentence = "这不是一份完好的录取验证文件。"


class ProofWrong(DomainError):
    kind, code = Kind.CONFLICT, "round.proof_wrong"
    sentence = "重新计算的结果与公布的不一致：{where}。"
