"""How do classes, pupils, teachers, families and accounts become rows?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from app.demo.build_orgs import Members
from app.demo.cast import (
    CHILDREN,
    GUARDIANS,
    JUNIOR_LOGIN,
    LOGINS,
    PHONES,
    POTTERY,
    WECHAT,
    YECHENG,
    Login,
)
from app.demo.draft import Draft, demo_scene
from app.demo.names import full_name, surname
from app.demo.schools import (
    CLASS_SIZES,
    LOCAL_SHARE,
    PUPILS,
    SCHOOL_YEAR,
    SCHOOLS,
    TIES_START,
    YEAR_STARTS,
    class_name,
)
from app.orgs.models import Headcount, SchoolClass
from app.passports.models import Passport
from app.passports.rules import passport_number
from app.people.kinds import IdentityKind, Relation
from app.people.models import Enrollment, Guardianship, Identity, Person, RoleGrant
from app.people.roles import Role

GUARDIAN_COUNT = 1500


@dataclass
class ClassRoom:
    id: UUID
    school: str
    grade: int
    name: str
    teacher: UUID | None = None
    pupils: list[UUID] = field(default_factory=list)


@dataclass
class Pupil:
    id: UUID
    name: str
    room: ClassRoom
    guardians: list[UUID] = field(default_factory=list)


@dataclass
class Crowd:
    """Everybody, by what the later parts look them up by."""

    pupils: dict[UUID, Pupil] = field(default_factory=dict)
    rooms: list[ClassRoom] = field(default_factory=list)
    children: dict[str, UUID] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)
    publishers: dict[str, UUID] = field(default_factory=dict)


def build_people(draft: Draft, members: Members) -> Crowd:
    crowd = Crowd()
    _build_staff(draft, members, crowd)
    _build_rooms(draft, members, crowd)
    _build_pupils(draft, crowd)
    _build_teachers(draft, members, crowd)
    _build_cast_families(draft, crowd)
    _build_families(draft, crowd)
    _build_phones(draft, crowd)
    return crowd


def grant(draft: Draft, person: UUID, role: Role, place: UUID, room: UUID | None = None) -> None:
    draft.add(
        RoleGrant,
        person_id=person,
        organization_id=place,
        class_id=room,
        role=role.value,
        starts_on=TIES_START,
    )


def build_account(draft: Draft, login: Login, place: UUID) -> UUID:
    """A staff person with a login name; the hash of its password is filled in by the loader."""
    person = draft.add(Person, name=login.name)
    draft.add(
        Identity, person_id=person, kind=IdentityKind.PASSWORD, issuer="", subject=login.username
    )
    if login.class_name is None:
        grant(draft, person, login.role, place)
    return person


def _build_staff(draft: Draft, members: Members, crowd: Crowd) -> None:
    for login in LOGINS:
        crowd.staff[login.name] = build_account(draft, login, members.place(login.place))
    luck = draft.luck("staff")
    for school in SCHOOLS:
        if school.name == JUNIOR_LOGIN.place:
            place = members.schools[school.name]
            crowd.staff[JUNIOR_LOGIN.name] = build_account(draft, JUNIOR_LOGIN, place)
        elif school.name != YECHENG:
            person = draft.add(Person, name=full_name(luck))
            grant(draft, person, Role.SCHOOL_ADMIN, members.schools[school.name])
    by_role = {login.role: crowd.staff[login.name] for login in LOGINS}
    crowd.publishers[POTTERY] = by_role[Role.UNIT_PUBLISHER]
    for unit, unit_id in members.units.items():
        if unit != POTTERY:
            crowd.publishers[unit] = draft.add(Person, name=full_name(luck))
            grant(draft, crowd.publishers[unit], Role.UNIT_PUBLISHER, unit_id)


def _build_rooms(draft: Draft, members: Members, crowd: Crowd) -> None:
    for school in SCHOOLS:
        for stage, parallels in school.classes.items():
            for grade in stage:
                for number in range(1, parallels + 1):
                    name = class_name(grade, number)
                    room_id = draft.add(
                        SchoolClass,
                        organization_id=members.schools[school.name],
                        school_year=SCHOOL_YEAR,
                        grade=grade,
                        name=name,
                    )
                    crowd.rooms.append(ClassRoom(room_id, school.name, grade, name))


def class_sizes(total: int, classes: int, bounds: tuple[int, int], luck: Random) -> list[int]:
    """Sizes within the bounds that add up to the total, a little uneven as in life."""
    sizes = [total // classes + (place < total % classes) for place in range(classes)]
    for _ in range(classes * 2):
        giver, taker = luck.randrange(classes), luck.randrange(classes)
        if sizes[giver] > bounds[0] and sizes[taker] < bounds[1]:
            sizes[giver] -= 1
            sizes[taker] += 1
    return sizes


def _sized_rooms(draft: Draft, crowd: Crowd) -> Iterator[tuple[ClassRoom, int]]:
    luck = draft.luck("sizes")
    for stage, total in PUPILS.items():
        rooms = [room for room in crowd.rooms if room.grade in stage]
        yield from zip(rooms, class_sizes(total, len(rooms), CLASS_SIZES[stage], luck), strict=True)


def _build_pupils(draft: Draft, crowd: Crowd) -> None:
    luck = draft.luck("pupils")
    waiting = defaultdict(list)
    for child in CHILDREN:
        waiting[child.school, child.class_name].append(child)
    school_numbers = {school.name: number for number, school in enumerate(SCHOOLS, start=1)}
    for room, size in _sized_rooms(draft, crowd):
        cast = waiting[room.school, room.name]
        for place in range(size):
            known = cast[place] if place < len(cast) else None
            name = known.name if known else full_name(luck)
            pupil = _enrol(draft, crowd, room, name, school_numbers[room.school])
            if known:
                crowd.children[known.key] = pupil


def _enrol(draft: Draft, crowd: Crowd, room: ClassRoom, name: str, school_number: int) -> UUID:
    pupil = draft.add(Person, name=name)
    serial = len(crowd.pupils) + 1
    draft.add(
        Enrollment,
        pupil_id=pupil,
        class_id=room.id,
        student_no=f"0{school_number:02d}{SCHOOL_YEAR}{serial:05d}",
        starts_on=YEAR_STARTS,
    )
    number = passport_number(draft.code, serial)
    draft.add(Passport, pupil_id=pupil, number=number, scene=demo_scene("p", number))
    room.pupils.append(pupil)
    crowd.pupils[pupil] = Pupil(pupil, name, room)
    return pupil


def _build_teachers(draft: Draft, members: Members, crowd: Crowd) -> None:
    """A class teacher for each class; the others are people who are counted, without a role."""
    luck = draft.luck("teachers")
    known = {
        (login.place, login.class_name): crowd.staff[login.name]
        for login in LOGINS
        if login.role is Role.CLASS_TEACHER
    }
    for school in SCHOOLS:
        place = members.schools[school.name]
        rooms = [room for room in crowd.rooms if room.school == school.name]
        for room in rooms:
            teacher = known.get((room.school, room.name)) or draft.add(Person, name=full_name(luck))
            grant(draft, teacher, Role.CLASS_TEACHER, place, room.id)
            room.teacher = teacher
        for _ in range(school.spare_teachers):
            draft.add(Person, name=full_name(luck))
        draft.link(
            Headcount,
            organization_id=place,
            school_year=SCHOOL_YEAR,
            pupils=sum(len(room.pupils) for room in rooms),
            teachers=len(rooms) + school.spare_teachers,
            local_pupils=round(sum(len(room.pupils) * local_share(room.grade) for room in rooms)),
        )


def local_share(grade: int) -> float:
    return next(share for stage, share in LOCAL_SHARE.items() if grade in stage)


def _tie(draft: Draft, crowd: Crowd, guardian: UUID, pupil: UUID, relation: Relation) -> None:
    draft.add(
        Guardianship,
        guardian_id=guardian,
        pupil_id=pupil,
        relation=relation,
        verified_by="staff",
        starts_on=TIES_START,
    )
    crowd.pupils[pupil].guardians.append(guardian)


def _build_cast_families(draft: Draft, crowd: Crowd) -> None:
    for guardian in GUARDIANS:
        person = crowd.staff[guardian.name] = draft.add(Person, name=guardian.name)
        for key in guardian.children:
            _tie(draft, crowd, person, crowd.children[key], guardian.relation)


def _build_families(draft: Draft, crowd: Crowd) -> None:
    """Guardians of a random part of the pupils: brothers and sisters, and second guardians."""
    luck = draft.luck("families")
    free = [pupil for pupil in crowd.pupils.values() if pupil.id not in crowd.children.values()]
    luck.shuffle(free)
    by_family: dict[str, list[Pupil]] = defaultdict(list)
    for pupil in free:
        by_family[pupil.name[0]].append(pupil)
    made = 0
    while made < GUARDIAN_COUNT:
        pupil = free.pop()
        if pupil.guardians:
            continue
        family = [pupil]
        if luck.random() < 0.15:
            siblings = by_family[pupil.name[0]]
            family += [other for other in siblings if _could_be_sibling(other, pupil)][:1]
        relations = [luck.choice((Relation.MOTHER, Relation.MOTHER, Relation.FATHER))]
        if made + 1 < GUARDIAN_COUNT and luck.random() < 0.2:
            relations.append(Relation.GRANDPARENT)
        for relation in relations:
            _build_guardian(draft, crowd, luck, family, relation)
            made += 1


def _could_be_sibling(other: Pupil, pupil: Pupil) -> bool:
    return not other.guardians and other.id != pupil.id and other.room.grade != pupil.room.grade


def _build_guardian(
    draft: Draft, crowd: Crowd, luck: Random, family: list[Pupil], relation: Relation
) -> None:
    shared = family[0].name[0] if relation is Relation.FATHER else surname(luck)
    guardian = draft.add(Person, name=full_name(luck, shared))
    for pupil in family:
        _tie(draft, crowd, guardian, pupil.id, relation)


def _build_phones(draft: Draft, crowd: Crowd) -> None:
    """The openids of the cast, one for each of the two accounts."""
    children = {child.name: crowd.children[child.key] for child in CHILDREN}
    for phone in PHONES:
        if not phone.bound:
            continue
        person = {**children, **crowd.staff}[phone.name]
        for kind, issuer, subject in (
            (IdentityKind.SERVICE_ACCOUNT, WECHAT["appid"], phone.openid),
            (IdentityKind.MINIPROGRAM, WECHAT["miniprogram_appid"], phone.mp_openid),
        ):
            draft.add(Identity, person_id=person, kind=kind, issuer=issuer, subject=subject)
