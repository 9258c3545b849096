"""The two rule sets every district begins with: the city's hours and the ladder of dream courses.

City: 上海市初中学生综合素质评价 (from 2019-09-01, grades 6 to 9): 社会考察 136, 公益劳动 80,
职业体验 32 of which 16 at vocational schools, 安全实训 24 lessons, three labour posts, one patriotic
base. A lesson is taken as 45 minutes; whoever counts otherwise makes a new version.
"""

from app.passports.schemas import RuleBody

CITY, DREAM = "city_hours", "dream_ladder"

BUILT_IN: dict[str, RuleBody] = {
    CITY: RuleBody.model_validate(
        {
            "title": "初中综合素质评价学时",
            "min_grade": 6,
            "max_grade": 9,
            "since_min_grade": True,
            "minutes_per_hour": 45,
            "least_minutes": 30,
            "visit_cap": 480,
            "levels": [
                {
                    "code": "done",
                    "name": "学时达标",
                    "needs": [
                        {"kind": "hours", "at_least": 136, "category": "social"},
                        {"kind": "hours", "at_least": 80, "category": "labour"},
                        {"kind": "hours", "at_least": 32, "category": "career"},
                        {
                            "kind": "hours",
                            "at_least": 16,
                            "category": "career",
                            "mark": "vocational_school",
                        },
                        {"kind": "hours", "at_least": 24, "category": "safety"},
                        {"kind": "bases", "at_least": 3, "mark": "labour_post"},
                        {"kind": "bases", "at_least": 1, "mark": "patriotic"},
                    ],
                }
            ],
        }
    ),
    DREAM: RuleBody.model_validate(
        {
            "title": "梦想课程等级",
            "least_minutes": 30,
            "visit_cap": 240,
            "base_cap": 600,
            "period": "school_year",
            "levels": [
                {
                    "code": "bronze",
                    "name": "铜章",
                    "needs": [
                        {"kind": "stamps", "at_least": 2},
                        {"kind": "bases", "at_least": 2},
                    ],
                },
                {
                    "code": "silver",
                    "name": "银章",
                    "after": "bronze",
                    "needs": [
                        {"kind": "stamps", "at_least": 5},
                        {"kind": "bases", "at_least": 4},
                    ],
                },
                {
                    "code": "gold",
                    "name": "金章",
                    "after": "silver",
                    "needs": [
                        {"kind": "hours", "at_least": 20},
                        {"kind": "bases", "at_least": 7},
                        {"kind": "themes", "at_least": 3},
                    ],
                },
                {
                    "code": "dream",
                    "name": "梦想章",
                    "after": "gold",
                    "needs": [
                        {"kind": "hours", "at_least": 50},
                        {"kind": "bases", "at_least": 12},
                        {"kind": "themes", "at_least": 5},
                        {"kind": "categories", "at_least": 3},
                    ],
                },
            ],
        }
    ),
}
