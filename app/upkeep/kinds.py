"""Closed lists of the upkeep."""

from enum import StrEnum

from app.kit.states import StoredEnum


class ReportKind(StoredEnum):
    """备份, 演练."""

    BACKUP = "backup"
    DRILL = "drill"


class Condition(StrEnum):
    """How one thing stands: 好, 注意, 有问题."""

    GOOD = "good"
    NOTICE = "notice"
    TROUBLE = "trouble"


SAID = {Condition.GOOD: "好", Condition.NOTICE: "注意", Condition.TROUBLE: "有问题"}
