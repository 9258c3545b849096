"""Which resource units open their doors to children, and what do they offer?"""

from dataclasses import dataclass

from app.activities.kinds import ActivityKind, Category, EvidenceGrade


@dataclass(frozen=True)
class Offer:
    """An activity of a unit; `course` names the course it belongs to, when there is one."""

    title: str
    kind: ActivityKind
    category: Category
    grades: tuple[int, int]
    minutes: int
    course: str | None = None
    evidence: EvidenceGrade = EvidenceGrade.C
    bring: str = ""


@dataclass(frozen=True)
class Unit:
    """`lines` are `title|kind|category|grades|minutes` of its activities, the courses first."""

    name: str
    theme: str
    courses: int
    lines: tuple[str, ...]
    bring: str = ""

    @property
    def offers(self) -> tuple[Offer, ...]:
        return tuple(
            _read_offer(line, is_course=place < self.courses, bring=self.bring)
            for place, line in enumerate(self.lines)
        )


_KINDS = {
    "课": ActivityKind.DREAM_COURSE,
    "实践": ActivityKind.SOCIAL_PRACTICE,
    "讲座": ActivityKind.LECTURE,
    "开放": ActivityKind.VENUE_OPENING,
    "嘉年华": ActivityKind.CARNIVAL,
    "竞赛": ActivityKind.CONTEST,
    "展示": ActivityKind.SHOWCASE,
    "科学家": ActivityKind.SCIENTIST_VISIT,
}
_CATEGORIES = {
    "社会": Category.SOCIAL,
    "劳动": Category.LABOUR,
    "职业": Category.CAREER,
    "安全": Category.SAFETY,
    "无": Category.NONE,
}


def _read_offer(line: str, *, is_course: bool, bring: str) -> Offer:
    title, kind, category, grades, minutes = line.split("|")
    least, most = grades.split("~")
    return Offer(
        title=title,
        kind=_KINDS[kind],
        category=_CATEGORIES[category],
        grades=(int(least), int(most)),
        minutes=int(minutes),
        course=title if is_course else None,
        # Hours of these two kinds go into a pupil's record: a claim is not enough for them.
        evidence=EvidenceGrade.A if category in {"职业", "安全"} else EvidenceGrade.C,
        bring=bring,
    )


POTTERY_COURSE, POTTERY_FULL = "玩转陶泥：捏一只杯子", "拉坯入门"
POTTERY_WALK_IN = "陶艺开放日（随到随约）"

UNITS = (
    Unit(
        "陶艺工坊",
        "陶艺与传统手工",
        3,
        (
            f"{POTTERY_COURSE}|课|劳动|1~9|90",
            f"{POTTERY_FULL}|课|劳动|1~9|90",
            "泥条盘小屋|课|劳动|-1~3|60",
            f"{POTTERY_WALK_IN}|开放|社会|-3~9|30",
        ),
        "旧衣服或围裙",
    ),
    Unit(
        "气象风铃科普站",
        "气象与二十四节气",
        2,
        (
            "做一串气象风铃|课|社会|1~5|90",
            "读懂天气图|课|社会|4~9|90",
            "小小气象播报员|实践|职业|3~9|60",
        ),
    ),
    Unit(
        "新能源体验馆",
        "新能源与低碳生活",
        2,
        (
            "太阳能小车|课|社会|3~9|90",
            "家里的电从哪里来|讲座|社会|1~5|60",
            "低碳生活一日行|实践|社会|1~9|120",
        ),
    ),
    Unit(
        "无人机航拍营地",
        "航拍与飞行",
        2,
        (
            "无人机第一课|课|社会|4~9|90",
            "从天上看学区|课|社会|5~9|120",
            "航拍小作品竞赛|竞赛|社会|4~9|120",
        ),
        "遮阳帽、水",
    ),
    Unit(
        "消防安全体验馆",
        "消防与应急避险",
        1,
        (
            "烟雾逃生演练|实践|安全|1~9|60",
            "家庭防火小卫士|实践|安全|-1~5|60",
            "消防员的一天|讲座|职业|3~9|60",
        ),
    ),
    Unit(
        "社区图书馆",
        "阅读与志愿服务",
        1,
        (
            "绘本里的四季|课|社会|-3~2|45",
            "小小图书管理员|实践|社会|3~9|90",
            "周末读书会|实践|社会|1~9|60",
        ),
    ),
    Unit(
        "南苑敬老院",
        "敬老与志愿服务",
        1,
        (
            "陪爷爷奶奶过节|实践|社会|1~9|60",
            "给老人读一封信|实践|社会|3~9|60",
            "隔代手工坊|课|劳动|1~5|60",
        ),
    ),
    Unit(
        "集成电路展示中心",
        "芯片与电子",
        2,
        (
            "沙子变芯片|课|职业|5~9|90",
            "焊一块会唱歌的板|课|劳动|5~9|120",
            "工程师面对面|科学家|职业|6~9|60",
        ),
    ),
    Unit(
        "汽车研发试验场",
        "汽车与工程",
        2,
        (
            "风洞里的小车|课|职业|4~9|90",
            "智能驾驶初体验|课|职业|6~9|90",
            "汽车是怎样撞出来的|讲座|安全|4~9|60",
        ),
    ),
    Unit(
        "机器人工坊",
        "机器人与编程",
        2,
        (
            "会走迷宫的机器人|课|社会|3~9|90",
            "搭一只机械手|课|劳动|4~9|90",
            "小创客机器人赛|竞赛|社会|3~9|120",
        ),
    ),
    Unit(
        "书法篆刻社",
        "书法与篆刻",
        2,
        (
            "刻一方自己的印|课|劳动|3~9|90",
            "写春联|课|社会|1~9|60",
            "墨香作品展示|展示|社会|1~9|60",
        ),
    ),
    Unit(
        "民乐馆",
        "民族器乐",
        2,
        (
            "认识二胡和琵琶|课|社会|1~5|60",
            "锣鼓一起来|课|社会|-2~3|45",
            "民乐小剧场|展示|社会|-3~9|60",
        ),
    ),
    Unit(
        "航天育种园",
        "航天育种与农艺",
        2,
        (
            "太空种子种下去|课|劳动|1~5|90",
            "嫁接小能手|课|劳动|5~9|90",
            "科学家讲育种|科学家|社会|4~9|60",
        ),
        "雨鞋、水",
    ),
    Unit(
        "食品检测实验室",
        "食品与健康",
        1,
        (
            "牛奶里有什么|课|社会|4~9|90",
            "食品标签侦探|实践|安全|3~9|60",
            "检测员的白大褂|讲座|职业|6~9|60",
        ),
    ),
    Unit(
        "水文站",
        "河流与水",
        1,
        (
            "量一量家乡的河|实践|社会|3~9|90",
            "一滴水的旅行|课|社会|-1~3|60",
            "防汛知识开放日|开放|安全|1~9|60",
        ),
        "雨鞋",
    ),
    Unit(
        "博物馆分馆",
        "乡土历史",
        1,
        (
            "老物件会说话|课|社会|1~5|60",
            "小小讲解员|实践|社会|3~9|90",
            "古镇里的桥|实践|社会|4~9|120",
        ),
    ),
    Unit(
        "职业技术学校烘焙室",
        "烘焙与生活",
        2,
        (
            "烤第一块饼干|课|劳动|1~5|90",
            "面包师的清晨|课|职业|6~9|120",
            "亲子月饼坊|实践|劳动|-2~2|60",
        ),
        "围裙、饭盒",
    ),
    Unit(
        "急救培训中心",
        "急救与健康",
        1,
        (
            "心肺复苏入门|课|安全|6~9|90",
            "受伤了怎么办|实践|安全|1~5|60",
            "救护车里看一看|开放|安全|-1~5|45",
        ),
    ),
    Unit(
        "垃圾分类科普馆",
        "环保与分类",
        1,
        (
            "垃圾去哪儿了|课|社会|-1~5|60",
            "旧物改造坊|实践|劳动|3~9|90",
            "环保小创客嘉年华|嘉年华|社会|-3~9|120",
        ),
    ),
    Unit(
        "竹编工艺坊",
        "非遗与手工",
        2,
        (
            "编一只小竹篮|课|劳动|3~9|90",
            "竹蜻蜓|课|劳动|-1~3|60",
            "手艺人的故事|讲座|职业|4~9|60",
        ),
    ),
)
# How far an offer got: everything not named here is published.
DRAFTS = ("智能驾驶初体验", "亲子月饼坊", "泥条盘小屋")
SUBMITTED = ("古镇里的桥", "手艺人的故事")
RETURNED = {
    "汽车是怎样撞出来的": "标题容易引起误解，请换一个说法，并补充安全须知。",
    "检测员的白大褂": "请写明是否需要家长陪同，以及集合地点。",
}
