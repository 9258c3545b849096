"""Closed lists of the rounds."""

from app.kit.states import StoredEnum


class RoundState(StoredEnum):
    """草稿 → 已公布 → 正在录取 → 已出结果; 已取消. Whether wishes are open follows from the clock."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    ALLOCATING = "allocating"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class RunKind(StoredEnum):
    """A rehearsal leaves figures only; the final run leaves results and places."""

    FINAL = "final"
    REHEARSAL = "rehearsal"


class SwapState(StoredEnum):
    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"
