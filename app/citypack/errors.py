"""What the city pack refuses."""

from app.kit.errors import DomainError, Kind


class PeriodsOverlap(DomainError):
    kind, code = Kind.CONFLICT, "citypack.periods_overlap"
    sentence = "这段时间和“{title}”重叠（年级也有相同的），同一次活动不能公示两次。"


class PeriodNotOver(DomainError):
    kind, code = Kind.INVALID, "citypack.period_not_over"
    sentence = "公示的时间段要已经结束，最晚到今天。"


class OneIsOpen(DomainError):
    kind, code = Kind.CONFLICT, "citypack.one_is_open"
    sentence = "本校“{title}”还在公示，导出以后才能开始下一次公示。"


class NobodyListed(DomainError):
    kind, code = Kind.INVALID, "citypack.nobody_listed"
    sentence = "这些年级里没有学生，没有可以公示的。"


class DeadlineOutside(DomainError):
    kind, code = Kind.INVALID, "citypack.deadline_outside"
    sentence = "公示至少 {least} 天、最多 {most} 天，请重新选择截止日期。"


class NotDraft(DomainError):
    kind, code, sentence = Kind.CONFLICT, "citypack.not_draft", "只有草稿可以开始公示。"


class CannotWithdraw(DomainError):
    kind, code = Kind.CONFLICT, "citypack.cannot_withdraw"
    sentence = "已经导出的公示不能撤回；要改请登记更正，再导出补充表。"


class ObjectionTooLate(DomainError):
    kind, code = Kind.CONFLICT, "citypack.objection_too_late"
    sentence = "公示已经截止，不能再提异议；有错请直接联系学校登记更正。"


class ObjectionWaiting(DomainError):
    kind, code = Kind.CONFLICT, "citypack.objection_waiting"
    sentence = "这个孩子已有一条异议在处理，请等学校答复以后再提。"


class ObjectionDecided(DomainError):
    kind, code = Kind.CONFLICT, "citypack.objection_decided"
    sentence = "这条异议已经答复，不能改成另一个结果；要改请另外登记更正。"


class CorrectionMissing(DomainError):
    kind, code = Kind.INVALID, "citypack.correction_missing"
    sentence = "采纳异议要同时写明更正哪一项、加减多少。"


class UnknownColumn(DomainError):
    kind, code = Kind.INVALID, "citypack.unknown_column"
    sentence = "现行规则里没有这一项，请从列表中选择。"


class BelowZero(DomainError):
    kind, code = Kind.INVALID, "citypack.below_zero"
    sentence = "减得太多了：这一项现在只有 {have}。"


class TooEarly(DomainError):
    kind, code = Kind.CONFLICT, "citypack.too_early"
    sentence = "公示到 {until} 截止，截止以后才能导出。"


class ObjectionsOpen(DomainError):
    kind, code = Kind.CONFLICT, "citypack.objections_open"
    sentence = "还有 {number} 条异议没有答复，全部答复以后才能导出。"


class NotPublished(DomainError):
    kind, code = Kind.CONFLICT, "citypack.not_published"
    sentence = "没有公示过，不能导出。"


class NothingChanged(DomainError):
    kind, code = Kind.CONFLICT, "citypack.nothing_changed"
    sentence = "上次导出以后没有更正，不需要补充表。"
