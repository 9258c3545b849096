"""What privacy refuses."""

from app.kit.errors import DomainError, Kind


class WrongName(DomainError):
    """Erasing cannot be undone: the guardian types the child's name once more."""

    kind, code = Kind.INVALID, "privacy.wrong_name"
    sentence = "输入的姓名和孩子登记的姓名不一致，请核对后再提交。"


class NothingSaid(DomainError):
    kind, code = Kind.INVALID, "privacy.nothing_said"
    sentence = "请写明哪一项有误、应该改成什么。"


class AlreadySettled(DomainError):
    kind, code = Kind.CONFLICT, "privacy.already_settled"
    sentence = "这份申请已经处理过了，请刷新后查看结果。"


class NotToDecide(DomainError):
    """Erasure is the guardian's right: the school sees it, the system carries it out."""

    kind, code = Kind.CONFLICT, "privacy.not_to_decide"
    sentence = "删除申请到期由系统自动办理，学校不需要也不能审批。"


class YearNotBegun(DomainError):
    kind, code = Kind.INVALID, "privacy.year_not_begun"
    sentence = "还没有到这一年，请选择今年或以前的年份。"


class PackTampered(DomainError):
    """The figures of a pack and the figures of the raw rows differ."""

    kind, code = Kind.CONFLICT, "privacy.pack_differs"
    sentence = "审计包与原始记录不一致：{where}。"


class PackUnreadable(DomainError):
    kind, code = Kind.INVALID, "privacy.pack_unreadable"
    sentence = "这不是一份完好的审计包，请用原来的文件再试。"
