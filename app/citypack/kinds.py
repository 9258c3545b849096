"""Closed lists of the city pack."""

from app.kit.states import StoredEnum


class PublicityState(StoredEnum):
    """草稿 → 公示中 (after the deadline: 待导出) → 已导出; 已撤回."""

    DRAFT = "draft"
    EXPORTED = "exported"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


class ObjectionState(StoredEnum):
    """待处理 → 采纳 (with a correction) or 不采纳 (with a reason)."""

    ACCEPTED = "accepted"
    OPEN = "open"
    REFUSED = "refused"


class Measure(StoredEnum):
    """What a column counts: minutes of a category, or bases of a kind."""

    BASES = "bases"
    HOURS = "hours"


STATE_WORDS = {
    PublicityState.DRAFT: "草稿",
    PublicityState.OPEN: "公示中",
    PublicityState.EXPORTED: "已导出",
    PublicityState.WITHDRAWN: "已撤回",
}
OBJECTION_WORDS = {
    ObjectionState.OPEN: "待处理",
    ObjectionState.ACCEPTED: "已采纳",
    ObjectionState.REFUSED: "不采纳",
}
