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
