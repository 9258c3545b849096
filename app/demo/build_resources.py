"""How do papers, applications, mentors and last year's catalogue become rows?"""

from datetime import timedelta
from uuid import UUID

from app.activities.kinds import ActivityState, InvitationState
from app.activities.models import Activity, MentorInvitation
from app.demo.build_orgs import Members
from app.demo.build_people import Crowd
from app.demo.cast import LOGINS
from app.demo.draft import Draft
from app.kit.clock import at_school
from app.orgs.models import Organization
from app.people.roles import Role
from app.resources.kinds import ApplicantKind, PaperKind, Vetting
from app.resources.models import Course, CourseEdition, Mentor, Paper, UnitApplication
from app.resources.service.catalogue import COPIED_FIELDS, digest_of

# Days until the insurance of some units runs out; the others have a year and more.
SOON = {"水文站": 25, "民乐馆": 6, "竹编工艺坊": 0}
OVER = {"职业技术学校烘焙室": -9}
MENTORS = (
    ("陶艺工坊", "外请陶艺师傅", "拉坯、釉色", ("3", "6"), Vetting.PASSED),
    ("竹编工艺坊", "竹编传承人", "竹编、非遗", ("2", "4"), Vetting.PASSED),
    ("气象风铃科普站", "退休气象员", "云图、节气", ("5",), Vetting.PASSED),
    ("航天育种园", "育种工程师", "航天育种", ("1", "3"), Vetting.PENDING),
    ("无人机航拍营地", "航拍教练", "无人机飞行", ("6", "7"), Vetting.PENDING),
)
APPLICANTS = (
    ("星空天文馆", ApplicantKind.PUBLIC_VENUE, "每周六可接待四十个孩子看星象厅，三年级以上。"),
    ("绿叶环保协会", ApplicantKind.ASSOCIATION, "可以进校讲垃圾分类和河道保护，自带教具。"),
)


def build_resources(draft: Draft, members: Members, crowd: Crowd) -> None:
    """Every unit has an agreement and an insurance; a few run out, one has run out."""
    secretary = next(crowd.staff[login.name] for login in LOGINS if login.role is Role.SECRETARIAT)
    for number, (name, unit_id) in enumerate(members.units.items(), start=1):
        days = {**SOON, **OVER}.get(name, 380)
        for kind, left in ((PaperKind.AGREEMENT, 700), (PaperKind.INSURANCE, days)):
            draft.add(
                Paper,
                organization_id=unit_id,
                kind=kind,
                number=f"演示-{number:02d}-{kind.value[:3].upper()}",
                valid_until=draft.today + timedelta(days=left),
            )
    _build_mentors(draft, members, secretary)
    for number, (name, applicant, offer) in enumerate(APPLICANTS, start=1):
        draft.add(
            UnitApplication,
            name=name,
            kind=applicant,
            contact_name="演示联系人",
            contact_phone=f"021-0000000{number}",
            offer=offer,
        )
    _freeze(draft, secretary)


def _build_mentors(draft: Draft, members: Members, secretary: UUID) -> None:
    for unit, name, skills, weekdays, vetting in MENTORS:
        passed = vetting is Vetting.PASSED
        draft.add(
            Mentor,
            organization_id=members.units[unit],
            name=name,
            skills=skills,
            weekdays=list(weekdays),
            availability="提前两周约",
            vetting=vetting,
            vetted_on=draft.today - timedelta(days=30) if passed else None,
            vetted_by=secretary if passed else None,
        )
        if passed:
            _promise(draft, members.units[unit])


def _promise(draft: Draft, unit: UUID) -> None:
    """The mentor added last has said that it leads the first of its unit's published activities."""
    for activity in draft.rows[Activity]:
        if (activity["organization_id"], activity["state"]) == (unit, ActivityState.PUBLISHED):
            draft.add(
                MentorInvitation,
                mentor_id=draft.rows[Mentor][-1]["id"],
                activity_id=activity["id"],
                organization_id=unit,
                state=InvitationState.ACCEPTED,
            )
            return


def _freeze(draft: Draft, secretary: UUID) -> None:
    """The catalogue of the school year that is over."""
    year = draft.today.year - (1 if draft.today.month >= 9 else 2)
    names = {row["id"]: row["name"] for row in draft.rows[Organization]}
    entries = sorted(
        (
            {"unit": names[row["organization_id"]], "course_id": str(row["id"])}
            | {name: row[name] for name in COPIED_FIELDS}
            for row in draft.rows[Course]
        ),
        key=lambda entry: (entry["unit"], entry["title"]),
    )
    draft.add(
        CourseEdition,
        year=year,
        title=f"南苑学区梦想课程汇编（{year} 学年）",
        entries=entries,
        digest=digest_of(entries),
        frozen_by=secretary,
        frozen_at=at_school(draft.today - timedelta(days=60), 15),
    )
