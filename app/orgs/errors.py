"""What the district's registers refuse."""

from app.kit.errors import DomainError, Kind


class LeadNotMember(DomainError):
    kind, code = Kind.INVALID, "orgs.lead_not_member"
    sentence = "组长单位要从本组成员里选，请先勾选它为成员。"


class TermOverlaps(DomainError):
    """Two terms may not share a day: a date has one week of one term, or none."""

    kind, code = Kind.CONFLICT, "orgs.term_overlaps"
    sentence = "日期与“{name}”重叠，请改开始或结束日期。"


class TermOutsideYear(DomainError):
    """School year 2026 runs from August 2026 to August 2027."""

    kind, code = Kind.INVALID, "orgs.term_outside_year"
    sentence = "{year} 学年的学期要在 {year} 年 8 月到次年 8 月之间，请核对学年和日期。"


class DayOutsideTerms(DomainError):
    kind, code = Kind.INVALID, "orgs.day_outside_terms"
    sentence = "{day} 不在任何学期里。寒暑假不用登记，只登记学期内的放假和补课。"


class DayTaken(DomainError):
    """A date has one entry; to change it, remove it first."""

    kind, code = Kind.CONFLICT, "orgs.day_taken"
    sentence = "{day} 已经登记为“{name}”，请先删除再登记。"


class UnitByVerb(DomainError):
    """A unit's state follows from its papers and a decision, each with a verb of its own."""

    kind, code = Kind.CONFLICT, "orgs.unit_by_verb"
    sentence = "资源单位的状态不能直接修改，请在单位页面启用、暂停或到期。"


class UnitWrongState(DomainError):
    kind, code = Kind.CONFLICT, "orgs.unit_wrong_state"
    sentence = "这个单位现在是“{state}”，不能这样操作。"


class NotUnit(DomainError):
    kind, code = Kind.INVALID, "orgs.not_unit"
    sentence = "只有资源单位需要申请、启用和暂停。"
