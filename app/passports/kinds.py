"""Closed lists of the passport."""

from enum import StrEnum

from app.kit.states import StoredEnum


class PassportState(StoredEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class RuleState(StoredEnum):
    """草稿 → 生效 from a day on; what is in force is never edited, only followed by a newer one."""

    DRAFT = "draft"
    IN_FORCE = "in_force"


class LevelState(StoredEnum):
    """达到, 按旧规则 (newer rules would not give it), 更正后待重新达到 (a visit was taken back)."""

    CORRECTED = "corrected"
    OLD_RULES = "old_rules"
    STANDING = "standing"


class PrintState(StoredEnum):
    """排队中 → 已生成."""

    DRAWN = "drawn"
    WAITING = "waiting"


class NeedKind(StrEnum):
    """What a level may ask for; each counts different things, and more visits never count less."""

    BASES = "bases"
    CATEGORIES = "categories"
    HOURS = "hours"
    SHEETS = "sheets"
    STAMPS = "stamps"
    THEMES = "themes"


class Period(StrEnum):
    """Over which time caps are counted: all of it, or each school year from September on."""

    ALL = "all"
    SCHOOL_YEAR = "school_year"


# The city's categories, as families read them; `none` lies outside of them.
CATEGORY_WORDS = {
    "social": "社会考察",
    "labour": "公益劳动",
    "career": "职业体验",
    "safety": "安全实训",
    "none": "其他活动",
}
EVIDENCE_WORDS = {
    "A": "现场老师扫码或点名，确认孩子到场",
    "B": "扫了现场大屏上不断更换的码",
    "C": "自己扫基地海报签到",
}
