"""Which announcements went out in the demonstration, who read them, and what stands in the column?"""

from datetime import datetime, timedelta
from uuid import UUID

from app.announcements.kinds import (
    AnnouncementState,
    ArticleState,
    ColumnState,
    ReachState,
    Rubric,
)
from app.announcements.models import (
    Announcement,
    ColumnArticle,
    Nudge,
    Recipient,
)
from app.demo.build_orgs import Members
from app.demo.build_people import Crowd
from app.demo.cast import YECHENG
from app.demo.draft import Draft
from app.kit.clock import at_school, school_day
from app.kit.ids import digest
from app.moderation.kinds import Subject, TextState
from app.moderation.models import ModerationItem
from app.people.models import Enrollment, Guardianship, RoleGrant
from app.people.roles import Role

FAMILIES = (
    "游学护照家长开放日",
    "各位家长：\n本周六上午 9:00 到 11:00，请您和孩子来看游学护照怎么用。\n学区动态见 https://edu.sh.gov.cn/ 。",
)
TEACHERS = (
    "请班主任核对综评学时",
    "各位班主任：\n公示期间请核对本班学生的学时，有异议的请提醒家长在手机上提出。\n学区秘书处",
)
ARTICLES = (
    (Rubric.NEWS, YECHENG, "三（2）班走进陶艺工坊", "孩子们第一次拉坯，泥巴在手里慢慢变成了碗。\n带队老师说，最难的是让手停下来。"),
    (Rubric.COURSES, "南苑中学", "“看云识天气”课程向全学区开放", "气象站的三位导师把课程带进七所学校，每场 30 个名额，网上预约。"),
    (Rubric.TEACHERS, "南苑小学", "骨干教师工作坊开讲", "第一讲：怎样设计一张孩子愿意写的任务单。\n听课老师来自学区 14 所学校。"),
    (Rubric.PUPILS, "朱桥学校", "一本写满印章的护照", "五（1）班的一位同学一年走了十二个基地，最喜欢的是老街。"),
    (Rubric.RULES, "南苑中学", "《课程共建共享制度》修订说明", "修订了课程申报、审核和退出的办法，下学期开始执行。"),
)  # fmt: skip
REACHES = (ReachState.WECHAT, ReachState.NOT_FOLLOWING, ReachState.UNBOUND)
DRAFTED = (Rubric.NEWS, YECHENG, "春季游学筹备会（待审核）", "联系人会议定了四月的路线和安全预案。")


def build_columns(draft: Draft, members: Members, crowd: Crowd) -> None:
    office, council = crowd.staff["秘书处值班员"], crowd.staff["理事会成员"]
    school = members.schools[YECHENG]
    families = _guardians(draft, crowd, school)
    parents = {"roles": ["guardian"], "schools": [str(school)], "grades": []}
    first = at_school(draft.today - timedelta(days=3), 16)
    sent = _announce(draft, FAMILIES, parents, (office, council), first, families)
    draft.add(
        Nudge, announcement_id=sent, day=draft.today - timedelta(days=2), number=1,
        people=len(families) // 3, person_id=office, created_at=first + timedelta(days=1),
    )  # fmt: skip
    teachers = [
        (row["person_id"], row["organization_id"])
        for row in draft.rows[RoleGrant]
        if row["role"] == Role.CLASS_TEACHER.value
    ]
    everybody = list(dict(teachers).items())
    second = at_school(draft.today - timedelta(days=1), 10)
    _announce(draft, TEACHERS, {"roles": ["class_teacher"]}, (office, council), second, everybody)
    _write(draft, members, office, council)


def _guardians(draft: Draft, crowd: Crowd, place: UUID) -> list[tuple[UUID, UUID | None]]:
    """The families of one school, each once, with the school."""
    rooms = {room.id: place for room in crowd.rooms if room.school == YECHENG}
    places = {
        row["pupil_id"]: rooms[row["class_id"]]
        for row in draft.rows[Enrollment]
        if row["class_id"] in rooms
    }
    found = {
        row["guardian_id"]: places[row["pupil_id"]]
        for row in draft.rows[Guardianship]
        if row["pupil_id"] in places
    }
    return list(found.items())


def _announce(
    draft: Draft,
    said: tuple[str, str],
    audience: dict[str, list[str]],
    people: tuple[UUID, UUID],
    at: datetime,
    recipients: list[tuple[UUID, UUID | None]],
) -> UUID:
    """Sent and reported; seven of ten whom the phone could tell have read it."""
    writer, second = people
    luck = draft.luck(f"read/{said[0]}")
    found = luck.choices(REACHES, (82, 6, 12), k=len(recipients))
    bound = found.count(ReachState.WECHAT)
    row_id = draft.add(
        Announcement,
        title=said[0],
        body=said[1],
        urgent=False,
        audience={"schools": [], "grades": [], "classes": [], "sessions": [], **audience},
        state=AnnouncementState.DONE,
        writers=[str(writer)],
        submitted_by=writer,
        submitted_at=at - timedelta(hours=1),
        approved_by=second,
        approved_at=at - timedelta(minutes=10),
        digest=digest("".join(said)),
        people=len(recipients),
        cool_until=at,
        started_at=at,
        ended_at=at + timedelta(seconds=4),
        article_state=ArticleState.FINISHED,
        article_counts={"total": bound, "kept": bound, "sent": bound - 2, "failed": 2},
        created_at=at - timedelta(hours=2),
    )
    for (person, place), reach in zip(recipients, found, strict=True):
        reads = reach is not ReachState.UNBOUND and luck.random() < 0.7
        draft.link(
            Recipient,
            announcement_id=row_id,
            person_id=person,
            organization_id=place,
            reach=reach,
            sent_at=at,
            read_at=at + timedelta(minutes=luck.randint(1, 1200)) if reads else None,
        )
    return row_id


def _write(draft: Draft, members: Members, office: UUID, council: UUID) -> None:
    """Five articles for everybody to read, and one that waits for a second person."""
    for number, (rubric, school, title, content) in enumerate((*ARTICLES, DRAFTED), start=1):
        waits = number > len(ARTICLES)
        at = draft.now - timedelta(days=3 * (len(ARTICLES) + 2 - number))
        article = draft.take_id(ColumnArticle.__tablename__)
        said = f"{title}\n{content}"
        item = draft.add(
            ModerationItem,
            subject=Subject.COLUMN,
            subject_id=article,
            author_id=office,
            digest=digest(said),
            body=said if waits else None,
            state=TextState.PERSON if waits else TextState.PASSED,
            reason="",
            settled_at=None if waits else at,
            settled_by=None if waits else council,
        )
        draft.rows[ColumnArticle].append(
            {
                "district_id": draft.district_id,
                "id": article,
                "number": number,
                "rubric": rubric,
                "title": title,
                "content": content,
                "organization_id": members.schools[school],
                "published_on": None if waits else school_day(at),
                "state": ColumnState.SUBMITTED if waits else ColumnState.PUBLISHED,
                "writers": [str(office)],
                "text_id": item,
                "reviewed_by": None if waits else council,
                "reviewed_at": None if waits else at,
                "article_state": ArticleState.NONE,
                "created_at": at,
            }
        )
