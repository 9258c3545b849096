"""What do schools look for, and which mentors have offered to come, as rows?"""

from datetime import timedelta

from app.demo.build_orgs import Members
from app.demo.cast import YECHENG
from app.demo.draft import Draft
from app.demo.extras import on_weekday
from app.kit.clock import at_school
from app.resources.kinds import NeedState, Vetting
from app.resources.models import Mentor, SchoolNeed, VisitOffer

WEEKS_AHEAD = 4
# School, title, what is wanted, grades, children, and on which weekdays somebody would come.
NEEDS = (
    (YECHENG, "非遗进校园", "想请手艺人来讲非遗，每个孩子动手做一件", (2, 4), 90, (2, 3)),
    ("南苑小学", "二十四节气与天气", "结合科学课讲云和节气，最好带仪器", (3, 5), 120, (5,)),
    ("朱桥学校", "航天科学家面对面", "科技节开幕讲座，半小时后留提问时间", (1, 9), 600, ()),
)


def build_needs(draft: Draft, members: Members) -> None:
    """Three schools ask; for two of them vetted mentors have said that they would come."""
    mentors = [row for row in draft.rows[Mentor] if row["vetting"] is Vetting.PASSED]
    for school, title, topic, grades, children, weekdays in NEEDS:
        first = draft.today + timedelta(weeks=WEEKS_AHEAD)
        need = draft.add(
            SchoolNeed,
            organization_id=members.schools[school],
            title=title,
            topic=topic,
            min_grade=grades[0],
            max_grade=grades[1],
            headcount=children,
            first_day=first,
            last_day=first + timedelta(weeks=3),
            weekdays=[],
            place="学校报告厅",
            open_until=draft.today + timedelta(weeks=2),
            state=NeedState.OPEN,
        )
        for weekday in weekdays:
            mentor = next(row for row in mentors if str(weekday) in row["weekdays"])
            day = on_weekday(first, weekday - 1)
            draft.add(
                VisitOffer,
                need_id=need,
                organization_id=mentor["organization_id"],
                mentor_id=mentor["id"],
                starts_at=at_school(day, 14),
                ends_at=at_school(day, 15),
                brings="材料和工具自带，请准备投影",
            )
