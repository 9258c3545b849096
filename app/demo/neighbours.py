"""Which other districts are there, so that the walls between tenants can be seen?"""

from dataclasses import dataclass
from uuid import UUID

from app.demo.build_orgs import build_district
from app.demo.build_people import build_account
from app.demo.cast import OTHER_DISTRICT, OTHER_LOGIN
from app.demo.draft import Draft
from app.orgs.kinds import OrgKind
from app.orgs.models import Organization

_SCHOOL, _COMMUNITY = OrgKind.SCHOOL, OrgKind.COMMUNITY


@dataclass(frozen=True)
class Neighbour:
    """A tiny district: an office and its members."""

    code: str
    name: str
    region: str
    office: str
    members: dict[str, OrgKind]


NEIGHBOURS = (
    Neighbour(
        OTHER_DISTRICT,
        "金杨学区",
        "浦东新区",
        OTHER_LOGIN.place,
        {f"金杨第{digit}成员小学": _SCHOOL for digit in "一二三四五六七"},
    ),
    Neighbour(
        "TPHN",
        "天平-湖南学区",
        "徐汇区",
        "天平-湖南学区秘书处",
        {
            "位育初级中学": _SCHOOL,
            "市二初级中学": _SCHOOL,
            "位育实验学校": _SCHOOL,
            "五十四中学": _SCHOOL,
            "高安路一小": _SCHOOL,
            "建襄小学": _SCHOOL,
            "向阳小学": _SCHOOL,
            "世界小学": _SCHOOL,
            "爱菊小学": _SCHOOL,
            "一中心小学": _SCHOOL,
            "天平社区学校": _COMMUNITY,
            "湖南社区学校": _COMMUNITY,
        },
    ),
)
HOME_REGION = "嘉定区"
REGIONS = (HOME_REGION, *(neighbour.region for neighbour in NEIGHBOURS))


def build_neighbour(draft: Draft, neighbour: Neighbour, regions: dict[str, UUID]) -> None:
    office = build_district(draft, regions[neighbour.region], neighbour.name, neighbour.office)
    for name, kind in neighbour.members.items():
        draft.add(Organization, kind=kind, name=name)
    if OTHER_LOGIN.place == neighbour.office:
        build_account(draft, OTHER_LOGIN, office)
