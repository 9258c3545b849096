"""The lists of groups, terms, head-counts, contacts and yearly moves."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.kit.clock import say_moment
from app.kit.context import Ctx
from app.orgs.kinds import OrgKind
from app.orgs.models import Organization
from app.orgs.permissions import P as OrgP
from app.orgs.queries import headcount_lines, list_groups, list_organizations, list_terms
from app.orgs.rules import weeks_of
from app.people.kinds import Act, ImportKind, ImportState
from app.people.models import Contact
from app.people.permissions import P
from app.people.queries import list_contacts, list_imports, pupil_briefs
from app.web import labels, reading
from app.web.console.listing import Badge, Cell, Chosen, Filter, Line, Listing, Options

Lines = tuple[list[Line], str | None]
MEMBERS = (OrgKind.SCHOOL, OrgKind.KINDERGARTEN)
# A share of a handful of children would tell about single ones.
SMALLEST_WHOLE = 20
SCHOOL_YEAR_STARTS = 9


class Gap(StrEnum):
    """What is missing where a contact should be."""

    ANY = "any"
    CONTACT = "contact"
    DEPUTY = "deputy"


GAPS: dict[str, str] = {Gap.ANY: "有缺口的", Gap.CONTACT: "没有联系人", Gap.DEPUTY: "没有副联系人"}


def current_year(ctx: Ctx) -> int:
    """The school year of today: 2026 from September 2026 to August 2027."""
    return ctx.today.year - (ctx.today.month < SCHOOL_YEAR_STARTS)


async def _years(ctx: Ctx) -> Options:
    year = current_year(ctx)
    return [(str(one), f"{one} 学年") for one in range(year + 1, year - 6, -1)]


async def _groups(ctx: Ctx, _chosen: Chosen, _cursor: str | None, _limit: int) -> Lines:
    groups = await list_groups(ctx)
    ids = {one for group in groups for one in group.member_ids}
    names = await reading.organization_names(ctx, ids)
    lines = []
    for group in groups:
        members = "、".join(sorted(names[one] for one in group.member_ids if one in names))
        lead = names.get(group.lead_id) if group.lead_id else None
        cells = (group.name, lead or Badge("未定", "warn"), len(group.member_ids), members)
        lines.append(Line(str(group.id), cells, href=f"/console/groups/{group.id}"))
    return lines, None


async def _terms(ctx: Ctx, _chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_terms(ctx, cursor, limit)
    lines = []
    for row in rows:
        weeks = len(list(weeks_of(row, {})))
        now = row.starts_on <= ctx.today <= row.ends_on
        state = Badge("本学期", "good") if now else Badge("")
        dates = (row.starts_on.isoformat(), row.ends_on.isoformat())
        cells = (row.name, f"{row.school_year} 学年", *dates, f"{weeks} 周", state if now else "")
        lines.append(Line(str(row.id), cells, href=f"/console/terms/{row.id}"))
    return lines, following


def share(part: int | None, whole: int | None) -> str:
    """`44.6%`; nothing when the numbers are unknown or the whole is so small that it names people."""
    if part is None or not whole or whole < SMALLEST_WHOLE:
        return ""
    return f"{part / whole:.1%}"


async def _headcounts(ctx: Ctx, chosen: Chosen, _cursor: str | None, _limit: int) -> Lines:
    year = chosen.number("school_year") or current_year(ctx)
    reach = ctx.reach(OrgP.HEADCOUNT_EDIT)
    rows = await headcount_lines(ctx, year)
    total = sum(row.pupils or 0 for row in rows)
    lines = []
    for row in rows:
        mine = reach.covers(row.id)
        edit = (("填写", f"/console/headcounts/{row.id}?school_year={year}"),) if mine else ()
        missing = row.pupils is None
        cells = (
            row.name,
            labels.ORG_KINDS[row.kind],
            Badge("未填", "warn") if missing else row.pupils,
            share(row.pupils, total),
            None if missing else row.teachers,
            share(row.local_pupils, row.pupils),
        )
        lines.append(Line(str(row.id), cells, more=edit))
    return lines, None


async def _headcount_sums(ctx: Ctx, chosen: Chosen) -> Sequence[tuple[str, Cell]]:
    year = chosen.number("school_year") or current_year(ctx)
    rows = await headcount_lines(ctx, year)
    pupils = {kind: sum(row.pupils or 0 for row in rows if row.kind == kind) for kind in MEMBERS}
    sums: list[tuple[str, Cell]] = [
        ("学年", f"{year}"),
        ("中小学生", pupils[OrgKind.SCHOOL]),
        ("在园幼儿", pupils[OrgKind.KINDERGARTEN]),
        ("教师", sum(row.teachers or 0 for row in rows)),
    ]
    if ctx.reach(OrgP.HEADCOUNT_EDIT).district:
        known = [row for row in rows if row.local_pupils is not None]
        local = sum(row.local_pupils or 0 for row in known)
        sums.append(("沪籍占比", share(local, sum(row.pupils or 0 for row in known))))
    return sums


@dataclass(frozen=True)
class Standing:
    """A member, its open contact, and what is missing."""

    member: Organization
    contact: Contact | None
    missing: Gap | None


async def _standings(ctx: Ctx, name: str | None) -> list[Standing]:
    """The members the actor reaches: schools and kindergartens, and whoever has a contact."""
    reach = ctx.require(P.CONTACT_READ)
    contacts = {row.organization_id: row for row in await list_contacts(ctx, None)}
    members, _ = await list_organizations(ctx, None, name, None, 500)
    found = []
    for member in members:
        row = contacts.get(member.id)
        if reach.covers(member.id) and (row is not None or member.kind in MEMBERS):
            missing = Gap.CONTACT if row is None else None if row.deputy_id else Gap.DEPUTY
            found.append(Standing(member, row, missing))
    return found


async def _contacts(ctx: Ctx, chosen: Chosen, _cursor: str | None, _limit: int) -> Lines:
    gap = chosen.one_of("gap", Gap)
    shown = [
        one
        for one in await _standings(ctx, chosen.text("name"))
        if gap is None or one.missing == gap or (one.missing and gap == Gap.ANY)
    ]
    rows = [one.contact for one in shown if one.contact is not None]
    ids = {one for row in rows for one in (row.person_id, row.deputy_id) if one}
    people = await pupil_briefs(ctx, ids)
    lines = []
    for one in shown:
        row = one.contact
        cells: tuple[Cell, ...] = (one.member.name, Badge("缺联系人", "bad"), None, None, None)
        if row is not None:
            deputy: Cell = Badge("缺副联系人", "warn")
            if row.deputy_id:
                deputy = people[row.deputy_id].name
            contact = people[row.person_id].name
            since = row.starts_on.isoformat()
            cells = (one.member.name, contact, row.position, deputy, since)
        lines.append(Line(str(one.member.id), cells, href=f"/console/contacts/{one.member.id}"))
    return lines, None


async def _contact_sums(ctx: Ctx, _chosen: Chosen) -> Sequence[tuple[str, Cell]]:
    gaps = Counter(one.missing for one in await _standings(ctx, None))
    none, alone = gaps[Gap.CONTACT], gaps[Gap.DEPUTY]
    return [
        ("单位", gaps.total()),
        ("缺联系人", Badge(str(none), "bad" if none else "good")),
        ("缺副联系人", Badge(str(alone), "warn" if alone else "good")),
    ]


async def _promotions(ctx: Ctx, _chosen: Chosen, cursor: str | None, limit: int) -> Lines:
    rows, following = await list_imports(ctx, None, cursor, limit, ImportKind.PROMOTION)
    names = await reading.organization_names(ctx, [row.organization_id for row in rows])
    lines = []
    for row in rows:
        undone = row.state == ImportState.UNDONE
        state = Badge("已撤销", "warn") if undone else Badge("已办理", "good")
        counts = (row.counts.get(Act.MOVE, 0), row.counts.get(Act.LEAVE, 0))
        cells = (names.get(row.organization_id), f"{row.school_year} 学年", *counts)
        href = f"/console/promotions/{row.organization_id}/{row.school_year}"
        lines.append(Line(str(row.id), (*cells, say_moment(row.created_at), state), href=href))
    return lines, following


GROUPS = Listing(
    slug="groups",
    title="组别",
    group="学区",
    permission=OrgP.ORGANIZATION_READ,
    columns=("组别", "组长单位", "成员数", "成员"),
    load=_groups,
    new=("新增组别", OrgP.GROUP_EDIT),
    empty="还没有组别。中学组、小学组、企业组、综合组等都可以在这里新增。",
    hint="一个单位可以同时在两个组里，例如九年一贯制学校。",
)
TERMS = Listing(
    slug="terms",
    title="学期与校历",
    group="学区",
    permission=OrgP.ORGANIZATION_READ,
    columns=("学期", "学年", "开始", "结束", "周数", "状态"),
    load=_terms,
    new=("新增学期", OrgP.TERM_EDIT),
    empty="还没有学期。备案和提醒的期限都按学期的周次计算，请先新增。",
)
HEADCOUNTS = Listing(
    slug="headcounts",
    title="人数统计",
    group="学区",
    permission=OrgP.ORGANIZATION_READ,
    columns=("单位", "类别", "学生", "占学区", "教师", "沪籍占比"),
    load=_headcounts,
    filters=(Filter("school_year", "学年", _years, unset="本学年"),),
    above=_headcount_sums,
    empty="还没有学校和幼儿园。",
    hint="每学年由学校填写一次，秘书处可以代填。沪籍占比只有本校和学区看得到。",
)
CONTACTS = Listing(
    slug="contacts",
    title="联系人",
    group="学区",
    permission=P.CONTACT_READ,
    columns=("单位", "联系人", "职务", "副联系人", "任职起"),
    load=_contacts,
    filters=(Filter("name", "单位名称"), Filter("gap", "缺口", GAPS)),
    above=_contact_sums,
    empty="没有符合条件的单位。",
    hint="各成员单位委派校级副职作联系人。学区的提醒发给联系人，副联系人备份。",
)
PROMOTIONS = Listing(
    slug="promotions",
    title="升级与毕业",
    group="学区",
    permission=P.PERSON_EDIT,
    columns=("学校", "学年", "升级", "毕业离校", "办理时间", "状态"),
    load=_promotions,
    new=("办理升级与毕业", P.PERSON_EDIT),
    empty="还没有办理过。学年结束后（7 月 1 日起）可以一次办好全校升级。",
)
