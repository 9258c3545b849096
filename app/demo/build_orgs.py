"""How do the district, its members, groups, terms and registers become rows?"""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app.demo.cast import OFFICE
from app.demo.draft import Draft, demo_id
from app.demo.plan import DOMAINS, OWNERS, PROGRAMMES, REACHED, STAGES, WORKSHOPS
from app.demo.schools import (
    GROUP_LEADS,
    HOLIDAYS,
    SCHOOLS,
    TERMS,
    UNIT_GROUP,
    WITH_HALLS,
    WITH_THEATRE,
)
from app.demo.units import UNITS
from app.orgs.kinds import OrgKind
from app.orgs.models import (
    District,
    Organization,
    OrgGroup,
    OrgGroupMember,
    Region,
    Term,
    TermDay,
)
from app.registers.kinds import MarkerState
from app.registers.models import Marker, Programme, Workshop
from app.resources.kinds import VenueKind
from app.resources.models import Venue

CITY = "上海市"


@dataclass
class Members:
    """The ids of the district's organizations by name."""

    office: UUID
    schools: dict[str, UUID] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)

    def place(self, name: str) -> UUID:
        return {OFFICE: self.office, **self.schools, **self.units}[name]


def build_regions(draft: Draft, regions: tuple[str, ...]) -> dict[str, UUID]:
    """上海市 and its named 区."""
    city = demo_id("", "region", 1)
    draft.rows[Region].append({"id": city, "parent_id": None, "level": "city", "name": CITY})
    found = {}
    for number, name in enumerate(regions, start=2):
        found[name] = demo_id("", "region", number)
        row = {"id": found[name], "parent_id": city, "level": "county", "name": name}
        draft.rows[Region].append(row)
    return found


def build_district(draft: Draft, region: UUID, name: str, office: str) -> UUID:
    """The tenant and its office, the place of district-wide roles."""
    row = {"id": draft.district_id, "region_id": region, "code": draft.code, "name": name}
    draft.rows[District].append(row)
    return draft.add(Organization, kind=OrgKind.OFFICE, name=office)


def build_members(draft: Draft, office: UUID) -> Members:
    members = Members(office)
    for school in SCHOOLS:
        members.schools[school.name] = draft.add(
            Organization,
            kind=school.kind,
            name=school.name,
            culture=school.culture,
            course_brand=school.course_brand,
            feature=school.feature,
        )
    for number, unit in enumerate(UNITS, start=1):
        members.units[unit.name] = draft.add(
            Organization,
            kind=OrgKind.RESOURCE_UNIT,
            name=unit.name,
            address=unit_address(number),
            feature=unit.theme,
        )
    _build_groups(draft, members)
    return members


def unit_address(number: int) -> str:
    """An address that exists nowhere."""
    return f"工业区示例路 {number * 18} 号"


def _build_groups(draft: Draft, members: Members) -> None:
    groups = {
        name: draft.add(OrgGroup, name=name, lead_id=members.schools[lead] if lead else None)
        for name, lead in GROUP_LEADS.items()
    }
    for school in SCHOOLS:
        for name in school.groups:
            draft.link(
                OrgGroupMember,
                group_id=groups[name],
                organization_id=members.schools[school.name],
            )
    for unit_id in members.units.values():
        draft.link(OrgGroupMember, group_id=groups[UNIT_GROUP], organization_id=unit_id)


def build_terms(draft: Draft) -> None:
    for year, name, starts_on, ends_on in TERMS:
        draft.add(Term, school_year=year, name=name, starts_on=starts_on, ends_on=ends_on)
    for first, last, kind, name in HOLIDAYS:
        for number in range((last - first).days + 1):
            draft.add(TermDay, day=first + timedelta(days=number), kind=kind, name=name)


def build_venues(draft: Draft, members: Members) -> None:
    """The named labs, and the halls that schools share."""
    for school in SCHOOLS:
        halls = [(VenueKind.LAB, name, 40) for name in school.labs]
        if school.name in WITH_HALLS:
            halls += [(VenueKind.LIBRARY, "图书馆", 80), (VenueKind.GYM, "体育馆", 200)]
        if school.name in WITH_THEATRE:
            halls.append((VenueKind.THEATRE, "小剧场", 150))
        for kind, name, capacity in halls:
            draft.add(
                Venue,
                organization_id=members.schools[school.name],
                kind=kind,
                name=name,
                capacity=capacity,
            )


def build_registers(draft: Draft, members: Members) -> None:
    """The 34 markers with the stages of the past reached, workshops, programmes."""
    for stage, columns in STAGES.items():
        reached = stage in REACHED
        for domain, titles in zip(DOMAINS, columns.split("|"), strict=True):
            for title in titles.split("·"):
                draft.add(
                    Marker,
                    stage=stage,
                    domain=domain,
                    title=title,
                    owner=OWNERS[domain],
                    state=MarkerState.REACHED if reached else MarkerState.OPEN,
                    evidence=f"{stage} 阶段总结（演示材料）" if reached else "",
                )
    for name, host in WORKSHOPS.items():
        draft.add(Workshop, name=name, host_id=members.schools[host] if host else None)
    for name, note in PROGRAMMES.items():
        draft.add(Programme, name=name, note=note)
