"""Who is 联系人 of each school, with two gaps as in life?"""

from datetime import date, timedelta

from app.demo.build_orgs import Members
from app.demo.build_people import Crowd
from app.demo.cast import YECHENG
from app.demo.draft import Draft
from app.demo.schools import SCHOOLS, TIES_START, YEAR_STARTS
from app.orgs.kinds import OrgKind
from app.people.models import Contact, RoleGrant
from app.people.roles import Role

POSITIONS = {OrgKind.SCHOOL: "副校长", OrgKind.KINDERGARTEN: "副园长"}
WITHOUT_CONTACT = {"西片幼儿看护点"}
WITHOUT_DEPUTY = {"民办娄塘小学", "东片幼儿看护点"}


def build_contacts(draft: Draft, members: Members, crowd: Crowd) -> None:
    """Each school's administrator, with a class teacher as deputy; one school has changed once."""
    admins = {
        row["organization_id"]: row["person_id"]
        for row in draft.rows[RoleGrant]
        if row["role"] == Role.SCHOOL_ADMIN.value
    }
    for school in SCHOOLS:
        place = members.schools[school.name]
        if school.kind not in POSITIONS or school.name in WITHOUT_CONTACT:
            continue
        teachers = [room.teacher for room in crowd.rooms if room.school == school.name]
        deputy = None if school.name in WITHOUT_DEPUTY else teachers[0]
        began = TIES_START
        if school.name == YECHENG:
            last = YEAR_STARTS - timedelta(days=1)
            _add(draft, place, teachers[1], None, "教导主任", TIES_START, last)
            began = YEAR_STARTS
        _add(draft, place, admins[place], deputy, POSITIONS[school.kind], began, None)


def _add(
    draft: Draft,
    place: object,
    person: object,
    deputy: object,
    position: str,
    starts_on: date,
    ends_on: date | None,
) -> None:
    draft.add(
        Contact,
        organization_id=place,
        person_id=person,
        deputy_id=deputy,
        position=position,
        starts_on=starts_on,
        ends_on=ends_on,
    )
