"""Closed lists of the organization tables."""

from app.kit.states import StoredEnum


class DayKind(StoredEnum):
    """放假 on a weekday, 补课 on a weekend."""

    HOLIDAY = "holiday"
    MAKEUP = "makeup"


class OrgKind(StoredEnum):
    COMMUNITY = "community"
    KINDERGARTEN = "kindergarten"
    OFFICE = "office"
    RESOURCE_UNIT = "resource_unit"
    SCHOOL = "school"


class OrgState(StoredEnum):
    """申请 → 有效 → 暂停 → 到期."""

    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


STATE_NAMES = {
    OrgState.APPLIED: "申请中",
    OrgState.ACTIVE: "有效",
    OrgState.SUSPENDED: "暂停",
    OrgState.EXPIRED: "已到期",
}

_NURSERY = {-3: "小班", -2: "中班", -1: "大班"}
GRADE_NAMES = _NURSERY | {
    grade: f"{word}年级" for grade, word in enumerate("一二三四五六七八九", start=1)
}
