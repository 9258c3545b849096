"""Closed lists of the privacy tables."""

from app.kit.states import StoredEnum


class DataRequestKind(StoredEnum):
    """What a guardian asks for; seeing and taking a copy need no request."""

    CORRECT = "correct"
    ERASE = "erase"


class DataRequestState(StoredEnum):
    """待处理 → 已完成, 未采纳 or 已撤回."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
