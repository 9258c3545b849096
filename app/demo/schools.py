"""Which member schools has the district, with how many classes and teachers?

Names, culture and course brands are those of the district's plan; four
members are unnamed there and carry neutral invented names.
"""

from dataclasses import dataclass
from datetime import date

from app.orgs.kinds import DayKind, OrgKind

SCHOOL_YEAR = 2026
KINDERGARTEN, PRIMARY, JUNIOR = range(-3, 0), range(1, 6), range(6, 10)
PUPILS = {KINDERGARTEN: 2380, PRIMARY: 2972, JUNIOR: 1596}
CLASS_SIZES = {KINDERGARTEN: (25, 30), PRIMARY: (35, 42), JUNIOR: (35, 42)}
TEACHERS = 361
# 沪籍, of each stage.
LOCAL_SHARE = {KINDERGARTEN: 0.446, PRIMARY: 0.386, JUNIOR: 0.478}

MIDDLE_GROUP, PRIMARY_GROUP = "中学组", "小学组"
KINDERGARTEN_GROUP, UNIT_GROUP = "幼儿园组", "企业组"
GROUP_LEADS = {
    MIDDLE_GROUP: "南苑中学",
    PRIMARY_GROUP: "叶城小学",
    KINDERGARTEN_GROUP: "叶城幼儿园",
    UNIT_GROUP: None,
}


@dataclass(frozen=True)
class School:
    """`classes` is the number of parallel classes in each grade of a stage."""

    name: str
    kind: OrgKind
    groups: tuple[str, ...]
    classes: dict[range, int]
    spare_teachers: int
    culture: str = ""
    course_brand: str = ""
    feature: str = ""
    labs: tuple[str, ...] = ()


_SCHOOL, _NURSERY = OrgKind.SCHOOL, OrgKind.KINDERGARTEN
_MIDDLE, _PRIMARY, _BOTH = (MIDDLE_GROUP,), (PRIMARY_GROUP,), (MIDDLE_GROUP, PRIMARY_GROUP)
_YOUNG = (KINDERGARTEN_GROUP,)

NAMED_SCHOOLS = (
    School(
        "南苑中学",
        _SCHOOL,
        _MIDDLE,
        {JUNIOR: 5},
        20,
        "乐学",
        "俱乐部课程",
        "OM、书画",
        ("绿色创学工坊",),
    ),
    School(
        "朱桥学校",
        _SCHOOL,
        _BOTH,
        {PRIMARY: 3, JUNIOR: 3},
        22,
        "悦动",
        "悦动课程",
        "绳舞飞扬、快乐拳击",
        ("新能源新生活实验室",),
    ),
    School(
        "娄塘学校",
        _SCHOOL,
        _BOTH,
        {PRIMARY: 2, JUNIOR: 2},
        18,
        "暖教育",
        "暖阳课程",
        "空竹、食文化",
        ("阳光成长营创新试验室",),
    ),
    School(
        "叶城小学",
        _SCHOOL,
        _PRIMARY,
        {PRIMARY: 4},
        14,
        "勤",
        "四叶草课程",
        "玩转陶泥陶艺、快乐篮球",
        ("二十四节气创新实验室", "数学素养实验室"),
    ),
    School(
        "南苑小学",
        _SCHOOL,
        _PRIMARY,
        {PRIMARY: 4},
        14,
        "三怡",
        "雅美教育课程",
        "书画、民乐",
        ("气象风铃创新实验苑",),
    ),
    School("民办娄塘小学", _SCHOOL, _PRIMARY, {PRIMARY: 3}, 6),
    School("叶城幼儿园", _NURSERY, _YOUNG, {KINDERGARTEN: 6}, 12, course_brand="快乐游戏特色"),
    School("清水颐园幼儿园", _NURSERY, _YOUNG, {KINDERGARTEN: 6}, 12, course_brand="颐情雅韵课程"),
    School("朱桥幼儿园", _NURSERY, _YOUNG, {KINDERGARTEN: 5}, 10, course_brand="勇敢童乐项目"),
    School("娄塘幼儿园", _NURSERY, _YOUNG, {KINDERGARTEN: 5}, 10, course_brand="鼓娃走进新学堂"),
)
UNNAMED_SCHOOLS = (
    School("社区成人学校", OrgKind.COMMUNITY, (), {}, 8),
    School("民办晴禾幼儿园", _NURSERY, _YOUNG, {KINDERGARTEN: 4}, 4),
    School("东片幼儿看护点", _NURSERY, _YOUNG, {KINDERGARTEN: 2}, 2),
    School("西片幼儿看护点", _NURSERY, _YOUNG, {KINDERGARTEN: 1}, 2),
)
SCHOOLS = NAMED_SCHOOLS + UNNAMED_SCHOOLS
WITH_HALLS = tuple(school.name for school in NAMED_SCHOOLS if school.kind is _SCHOOL)
WITH_THEATRE = ("南苑中学", "叶城小学")

TERMS = (
    (2025, "2025学年第一学期", date(2025, 9, 1), date(2026, 1, 23)),
    (2025, "2025学年第二学期", date(2026, 3, 2), date(2026, 6, 30)),
    (2026, "2026学年第一学期", date(2026, 9, 1), date(2027, 1, 22)),
    (2026, "2026学年第二学期", date(2027, 2, 22), date(2027, 6, 30)),
)
# Days off and days made up within the terms; plausible, not the city's own calendar.
HOLIDAYS = (
    (date(2025, 10, 1), date(2025, 10, 8), DayKind.HOLIDAY, "国庆中秋"),
    (date(2025, 10, 11), date(2025, 10, 11), DayKind.MAKEUP, "国庆补课"),
    (date(2026, 1, 1), date(2026, 1, 2), DayKind.HOLIDAY, "元旦"),
    (date(2026, 4, 6), date(2026, 4, 6), DayKind.HOLIDAY, "清明"),
    (date(2026, 5, 1), date(2026, 5, 5), DayKind.HOLIDAY, "劳动节"),
    (date(2026, 5, 9), date(2026, 5, 9), DayKind.MAKEUP, "劳动节补课"),
    (date(2026, 6, 19), date(2026, 6, 19), DayKind.HOLIDAY, "端午"),
    (date(2026, 9, 25), date(2026, 9, 25), DayKind.HOLIDAY, "中秋"),
    (date(2026, 10, 1), date(2026, 10, 7), DayKind.HOLIDAY, "国庆"),
    (date(2026, 10, 10), date(2026, 10, 10), DayKind.MAKEUP, "国庆补课"),
    (date(2027, 1, 1), date(2027, 1, 1), DayKind.HOLIDAY, "元旦"),
    (date(2027, 4, 5), date(2027, 4, 5), DayKind.HOLIDAY, "清明"),
    (date(2027, 5, 3), date(2027, 5, 5), DayKind.HOLIDAY, "劳动节"),
    (date(2027, 5, 8), date(2027, 5, 8), DayKind.MAKEUP, "劳动节补课"),
    (date(2027, 6, 9), date(2027, 6, 9), DayKind.HOLIDAY, "端午"),
)
YEAR_STARTS = date(2026, 9, 1)
# Roles and guardianship are older than the school year: they hold whatever the clock says.
TIES_START = date(2025, 9, 1)

_YEARS = "零一二三四五六七八九"
_NURSERY_YEARS = {-3: "小", -2: "中", -1: "大"}


def class_name(grade: int, number: int) -> str:
    """`三（2）班`, `中（1）班`."""
    return f"{_NURSERY_YEARS.get(grade) or _YEARS[grade]}（{number}）班"
