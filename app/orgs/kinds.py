"""Closed lists of the organization tables."""

from app.kit.states import StoredEnum


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
